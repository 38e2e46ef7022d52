"""Looking at what came in: it must begin as what it is, and a real parser must read all of it."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import magic
import pi_heif
import pikepdf
from PIL import Image

from portal.papers.limits import (
    ALLOWED,
    HEIC,
    JPEG,
    MAX_PAGES,
    MAX_PIXELS,
    MAX_PIXELS_TOGETHER,
    PDF,
    Fault,
    FileKind,
    Flaw,
)
from portal.papers.opening import unpacking
from portal.papers.opening.flaws import flaws_in
from portal.papers.order import Order

HEAD, TAIL = 1024, 4096

_MARKS_OF_OTHERS = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php")
_PILLOW_FORMATS = {JPEG: ("JPEG", "MPO"), HEIC: ("HEIF",)}

pi_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Refused(Exception):
    """The file cannot be taken."""

    def __init__(self, fault: Fault, **facts: Any) -> None:
        super().__init__(fault)
        self.fault = fault
        self.facts = facts


def look(folder: Path, order: Order) -> dict[str, Any]:
    """Say of each file what it is, or of the first that cannot be taken, why."""
    found: list[dict[str, Any]] = []
    for number in range(1, len(order.types) + 1):
        try:
            kind, pages, flaws = look_at(folder / f"in-{number}")
        except Refused as refused:
            return {"fault": refused.fault, "number": number, **refused.facts}
        found.append({"content_type": kind.content_type, "pages": pages, "warnings": flaws})
    if sum(one["pages"] for one in found) > MAX_PAGES:
        return {"fault": Fault.TOO_MANY_PAGES, "number": len(order.types)}
    return {"files": found}


def look_at(path: Path) -> tuple[FileKind, int, list[Flaw]]:
    """Return the kind, the number of pages and the flaws of a file that can be taken."""
    kind = kind_by_magic(path)
    refuse_two_in_one(path, kind)
    pages, flaws = (pages_of_paper(path), []) if kind is PDF else look_at_picture(path, kind)
    if pages > MAX_PAGES:
        raise Refused(Fault.TOO_MANY_PAGES)
    return kind, pages, flaws


def kind_by_magic(path: Path) -> FileKind:
    """Tell the kind by the first bytes."""
    named = magic.from_file(str(path), mime=True)
    for kind in ALLOWED:
        if named in {kind.content_type, *kind.also_declared}:
            return kind
    raise Refused(Fault.UNKNOWN_KIND, seen=named)


def refuse_two_in_one(path: Path, kind: FileKind) -> None:
    """Refuse a file that another program would read as something else."""
    with path.open("rb") as file:
        head = file.read(HEAD).lower()
    begins_as_pdf = head.startswith(b"%pdf-")
    foreign = any(mark in head for mark in _MARKS_OF_OTHERS)
    if foreign or zipfile.is_zipfile(path) or begins_as_pdf != (kind is PDF):
        raise Refused(Fault.MIXED_CONTENT)
    if kind.is_picture and b"%pdf-" in head:
        raise Refused(Fault.MIXED_CONTENT)


def pages_of_paper(path: Path) -> int:
    """Count the pages of a whole, readable PDF."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        if b"%%EOF" not in file.read():
            raise Refused(Fault.CUT_OFF)
    try:
        with pikepdf.open(path) as pdf:
            pages = len(pdf.pages)
            if pages <= MAX_PAGES:
                unpacking.measure(pdf)
    except unpacking.TooManyPixels as error:
        raise Refused(Fault.TOO_MANY_PIXELS) from error
    except pikepdf.PasswordError as error:
        raise Refused(Fault.ENCRYPTED) from error
    except (pikepdf.PdfError, unpacking.Bomb, ValueError, RuntimeError, MemoryError) as error:
        raise Refused(Fault.UNREADABLE) from error
    if pages == 0:
        raise Refused(Fault.UNREADABLE)
    return pages


def look_at_picture(path: Path, kind: FileKind) -> tuple[int, list[Flaw]]:
    """Decode every frame; a picture that is cut off or too large ends here.

    Only what cameras write is asked for flaws: scans and screenshots are as their makers want them.
    """
    flaws: list[Flaw] = []
    try:
        with Image.open(path, formats=_PILLOW_FORMATS.get(kind, (kind.word,))) as image:
            frames = frames_of(image)
            together = 0
            for frame in range(min(frames, MAX_PAGES)):
                image.seek(frame)
                pixels = image.width * image.height
                together += pixels
                if pixels > MAX_PIXELS or together > MAX_PIXELS_TOGETHER:
                    raise Refused(Fault.TOO_MANY_PIXELS)
                image.load()
            if kind in (JPEG, HEIC):
                flaws = flaws_in(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused(Fault.TOO_MANY_PIXELS) from error
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:
        cut = any(word in str(error).lower() for word in ("truncated", "end of", "eof"))
        raise Refused(Fault.CUT_OFF if cut else Fault.UNREADABLE) from error
    except MemoryError as error:
        raise Refused(Fault.TOO_MANY_PIXELS) from error
    return frames, flaws


def frames_of(image: Image.Image) -> int:
    """Count the pages of a picture: a TIFF has many, a photo one, whatever else hides in it."""
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
