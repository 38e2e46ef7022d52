"""Taking away what is not the paper itself: scripts, actions, enclosed files, metadata.

The pattern is that of a safe import: the copy holds pages, text and pictures; links inside the
paper stay, everything that would run, open, send or embed is gone.
"""

from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageOps

_ACTIVE_KEYS = (
    "/AA",
    "/AF",
    "/Collection",
    "/EF",
    "/EmbeddedFiles",
    "/JavaScript",
    "/JS",
    "/Metadata",
    "/OpenAction",
    "/PieceInfo",
    "/RichMediaContent",
    "/RichMediaSettings",
    "/Rendition",
    "/URLS",
    "/XFA",
)
_ACTIVE_ANNOTATIONS = frozenset(
    {"/FileAttachment", "/Movie", "/RichMedia", "/Screen", "/Sound", "/3D"}
)
DEEPEST = 40
_HARMLESS_ACTIONS = frozenset({"/GoTo", "/Named"})
_APP_SEGMENTS_TO_KEEP = frozenset({0xE0, 0xE2, 0xEE})  # JFIF, colour profile, Adobe


def clean(source: Path, target: Path) -> None:
    """Write a copy of a PDF without active content and without metadata."""
    with pikepdf.open(source) as pdf:
        for page in pdf.pages:
            keep_quiet_annotations(page.obj)
        for thing in pdf.objects:
            disarm(thing)
        disarm(pdf.Root)
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        pdf.save(target, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def keep_quiet_annotations(page: Any) -> None:
    """Drop annotations that play, run or carry files."""
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    quiet = [
        annotation
        for annotation in annotations
        if isinstance(annotation, pikepdf.Dictionary)
        and str(annotation.get("/Subtype")) not in _ACTIVE_ANNOTATIONS
    ]
    page["/Annots"] = pikepdf.Array(quiet)


def disarm(thing: Any, depth: int = 0) -> None:
    """Take every key away that acts, in this object and in what stands directly inside it."""
    if depth > DEEPEST:
        return
    if isinstance(thing, pikepdf.Stream) and is_photo(thing):
        strip_photo(thing)
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        drop_active_keys(thing)
    for part in parts_of(thing):
        if not part.is_indirect:
            disarm(part, depth + 1)


def drop_active_keys(thing: Any) -> None:
    """Take away the keys that run, send or embed, and every action that does."""
    for key in _ACTIVE_KEYS:
        if key in thing:
            del thing[key]
    for key in ("/A", "/Next"):
        action = thing.get(key)
        if isinstance(action, pikepdf.Dictionary) and acts(action):
            del thing[key]


def parts_of(thing: Any) -> list[Any]:
    """Return the arrays and dictionaries that stand inside an object."""
    parts: list[Any]
    if isinstance(thing, pikepdf.Array):
        parts = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        parts = [thing.get(key) for key in list(thing.keys())]
    else:
        return []
    return [part for part in parts if isinstance(part, pikepdf.Array | pikepdf.Dictionary)]


def acts(action: Any) -> bool:
    """Tell whether this is an action that does more than turn pages."""
    return "/S" in action and str(action["/S"]) not in _HARMLESS_ACTIONS


def is_photo(stream: Any) -> bool:
    """Tell whether a stream is a JPEG file put into the PDF as it was."""
    return stream.get("/Filter") in (
        pikepdf.Name.DCTDecode,
        pikepdf.Array([pikepdf.Name.DCTDecode]),
    )


def strip_photo(stream: Any) -> None:
    """Take place, device and time out of a photo inside a PDF; its pixels stay as they are."""
    data = stream.read_raw_bytes()
    stream.write(without_metadata(data), filter=stream["/Filter"])


def without_metadata(data: bytes) -> bytes:
    """Return a JPEG without its APPn segments and comments, except those that carry colour."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, position = bytearray(b"\xff\xd8"), 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xDA:
            break
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        segment = data[position : position + 2 + length]
        is_metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not is_metadata or marker in _APP_SEGMENTS_TO_KEEP:
            kept += segment
        position += 2 + length
    return bytes(kept + data[position:])


def only_pixels(image: Image.Image) -> Image.Image:
    """Return the picture upright, in plain RGB on white, with no metadata at all."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.new("RGB", layer.size, "white")
        upright.paste(layer, mask=layer.getchannel("A"))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    return plain
