"""Files made to harm whoever opens them: small outside and huge inside, endless, or two in one."""

import functools
import io
import struct
import zlib

import pikepdf
from PIL import Image

from tests.factories import papers


@functools.cache
def _zeros(megabytes: int) -> bytes:
    squeezed = zlib.compressobj(6)
    block = bytes(1024 * 1024)
    return b"".join(squeezed.compress(block) for _ in range(megabytes)) + squeezed.flush()


def flate_bomb(megabytes: int = 300) -> bytes:
    """Make a PDF of some kilobytes whose one page unpacks twice, to 300 megabytes."""
    inner = _zeros(megabytes)
    written = io.BytesIO()
    with pikepdf.new() as paper:
        paper.add_blank_page(page_size=(595, 842))
        stream = paper.make_stream(b"")
        stream.write(
            zlib.compress(inner, 9),
            filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]),
        )
        paper.pages[0].obj.Contents = stream
        paper.save(written, compress_streams=False)
    return written.getvalue()


def pixel_bomb_in_a_pdf(side: int = 9_000) -> bytes:
    """Make a PDF that shows a picture of 81 megapixels."""
    written = io.BytesIO()
    row = zlib.compressobj(6)
    data = b"".join(row.compress(bytes(side)) for _ in range(side)) + row.flush()
    with pikepdf.new() as paper:
        paper.add_blank_page(page_size=(595, 842))
        picture = paper.make_stream(b"")
        picture.write(data, filter=pikepdf.Name.FlateDecode)
        for key, value in (
            ("/Type", pikepdf.Name.XObject), ("/Subtype", pikepdf.Name.Image), ("/Width", side),
            ("/Height", side), ("/BitsPerComponent", 8), ("/ColorSpace", pikepdf.Name.DeviceGray),
        ):  # fmt: skip
            picture[key] = value
        page = paper.pages[0].obj
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
        page.Contents = paper.make_stream(b"q 595 0 0 842 0 0 cm /P Do Q")
        paper.save(written)
    return written.getvalue()


def raw_pdf(objects: list[bytes], *, root: int = 1, more: bytes = b"") -> bytes:
    """Write a PDF object by object, its table of places included."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<< /Size %d /Root %d 0 R %b >>" % (len(objects) + 1, root, more)
    out += b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (trailer, table)
    return bytes(out)


def many_pages(count: int = 100_000) -> bytes:
    """Make a PDF of very many empty pages."""
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    pages = b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids)
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, *[page] * count])


def deep_arrays(depth: int = 200_000) -> bytes:
    """Make a PDF in which arrays stand in arrays in arrays."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/X %b%b>>" % (b"[" * depth, b"]" * depth)
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page])


def deep_tree(depth: int = 20_000) -> bytes:
    """Make a PDF whose one page hangs below very many branches."""
    branches = [
        b"<</Type/Pages/Count 1/Kids[%d 0 R]%b>>"
        % (number + 3, b"" if number == 0 else b"/Parent %d 0 R" % (number + 1))
        for number in range(depth)
    ]
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 99 99]>>" % (depth + 1)
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", *branches, page])


def tree_in_a_circle() -> bytes:
    """Make a PDF whose pages are their own children."""
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"])


def table_in_a_circle() -> bytes:
    """Make a PDF whose table of places says that the one before it is itself."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page]
    table = raw_pdf(objects).index(b"xref\n0")
    return raw_pdf(objects, more=b"/Prev %d" % table)


def odd_page(box: bytes) -> bytes:
    """Make a PDF whose page has a strange size (the four numbers of its MediaBox)."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]>>" % box
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page])


def tiff_of_frames(count: int, side: int = 8) -> bytes:
    """Make a TIFF of many black frames."""
    frame = Image.new("1", (side, side))
    written = io.BytesIO()
    frame.save(
        written, "TIFF", compression="group4", save_all=True, append_images=[frame] * (count - 1)
    )
    return written.getvalue()


def tiff_in_a_circle() -> bytes:
    """Make a TIFF whose frame says that the next frame is itself."""
    whole = bytearray(papers.picture("TIFF", width=40, height=30))
    first = struct.unpack_from("<I", whole, 4)[0]
    entries = struct.unpack_from("<H", whole, first)[0]
    struct.pack_into("<I", whole, first + 2 + 12 * entries, first)
    return bytes(whole)


def png_with(kind: bytes, content: bytes) -> bytes:
    """Put a chunk into a PNG, right behind its head."""
    png = papers.picture("PNG", width=200, height=200)
    chunk = struct.pack(">I", len(content)) + kind + content
    return png[:33] + chunk + struct.pack(">I", zlib.crc32(kind + content)) + png[33:]


def text_bomb(megabytes: int = 300) -> bytes:
    """Make a PNG with a note that unpacks to 300 megabytes."""
    return png_with(b"zTXt", b"Comment\0\0" + _zeros(megabytes))


def colour_bomb(megabytes: int = 300) -> bytes:
    """Make a PNG with a colour profile that unpacks to 300 megabytes."""
    return png_with(b"iCCP", b"profile\0\0" + _zeros(megabytes))


def jpeg_that_says(width: int, height: int) -> bytes:
    """Make a JPEG that claims to be of another size than it is."""
    whole = bytearray(papers.picture())
    place = whole.index(b"\xff\xc0")
    struct.pack_into(">HH", whole, place + 5, height, width)
    return bytes(whole)


def gif_that_is_a_script() -> bytes:
    """Make a GIF that a browser would also run as JavaScript."""
    return b"GIF89a=1;/*" + papers.picture("GIF")[11:] + b"*/;alert(1)"


def jpeg_with_a_script() -> bytes:
    """Make a JPEG with markup in its comment."""
    whole = papers.picture()
    note = b"<script>alert(1)</script>"
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + whole[2:]


def zip_before_a_pdf() -> bytes:
    """Make a file that begins as an archive and goes on as a PDF."""
    return papers.zipped() + papers.pdf()
