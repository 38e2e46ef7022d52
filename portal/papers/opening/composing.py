"""Putting single pages of originals together: split, joined, turned, in another order.

A page of a PDF is copied as it is built, out of a clean copy; a page of a picture becomes a JPEG
with nothing but pixels. What was left out of a document is not in its copy any more.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image

from portal.papers.limits import MAX_PAGES, PDF
from portal.papers.opening import cleaning, straightening
from portal.papers.opening.looking import frames_of
from portal.papers.order import Order

COPY_QUALITY = 88
A4_WIDTH, A4_HEIGHT = img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)
TURNS = frozenset({0, 90, 180, 270})
_WAYS_OUT = ("/Annots", "/B", "/StructParents", "/Thumb")  # they lead to pages left out


@dataclass(frozen=True)
class Wanted:
    """A page of an original (both from 1), and how far it is to be turned clockwise."""

    original: int
    page: int
    turn: int
    is_picture: bool


@dataclass(frozen=True)
class Copy:
    """The JPEG of a wanted page of a picture."""

    path: Path
    image: Image.Image
    is_straightened: bool


def wanted_pages(folder: Path, order: Order) -> list[Wanted]:
    """Return the pages of the order; raise ValueError where it makes no sense."""
    counts = [pages_in(folder / f"in-{n}", kind) for n, kind in enumerate(order.types, 1)]
    chosen = order.pages
    if chosen is None:
        chosen = tuple(
            (original, page, 0)
            for original, count in enumerate(counts, 1)
            for page in range(1, count + 1)
        )
    if not 0 < len(chosen) <= MAX_PAGES:
        raise ValueError("no pages, or too many")
    for original, page, turn in chosen:
        known = 0 < original <= len(counts) and 0 < page <= counts[original - 1]
        if not known or turn not in TURNS:
            raise ValueError("no such page")
    return [
        Wanted(original, page, turn, is_picture=order.types[original - 1] != PDF.content_type)
        for original, page, turn in chosen
    ]


def pages_in(path: Path, content_type: str) -> int:
    """Count the pages of an original."""
    if content_type == PDF.content_type:
        with pikepdf.open(path) as paper:
            return len(paper.pages)
    with Image.open(path) as image:
        return frames_of(image)


def copy_of_picture(folder: Path, page: Wanted, *, number: int, straighten: bool) -> Copy:
    """Write a page of a picture as a JPEG: upright, flat where a sheet is seen, turned."""
    with Image.open(folder / f"in-{page.original}") as opened:
        opened.seek(page.page - 1)
        image = cleaning.only_pixels(opened)
    is_straightened = False
    if straighten:
        flat = straightening.straighten(image)
        image, is_straightened = flat.image, flat.is_cut
    if page.turn:
        image = image.rotate(-page.turn, expand=True)
    path = folder / f"copy-{number}.jpg"
    image.save(path, "JPEG", quality=COPY_QUALITY)
    return Copy(path, image, is_straightened)


def bind(folder: Path, pages: list[Wanted], copies: dict[int, Path]) -> None:
    """Write `served`: the pages one after the other as one PDF; `copies` by place from 1."""
    with contextlib.ExitStack() as opened:
        bound = opened.enter_context(pikepdf.new())
        clean: dict[int, pikepdf.Pdf] = {}
        for number, page in enumerate(pages, 1):
            if page.is_picture:
                source = opened.enter_context(pikepdf.open(wrapped(copies[number])))
                bound.pages.append(source.pages[0])
                continue
            if page.original not in clean:
                clean[page.original] = opened.enter_context(flat_copy(folder, page.original))
            bound.pages.append(clean[page.original].pages[page.page - 1])
            bound.pages[-1].rotate(page.turn, relative=True)
        bound.save(folder / "served", object_stream_mode=pikepdf.ObjectStreamMode.generate)


def wrapped(picture: Path) -> Path:
    """Wrap a JPEG into a page as wide as a sheet of A4, without touching its pixels."""
    with Image.open(picture) as image:
        width = A4_WIDTH if image.height >= image.width else A4_HEIGHT
    layout = img2pdf.get_layout_fun((width, None))
    written = picture.with_suffix(".pdf")
    written.write_bytes(img2pdf.convert(str(picture), layout_fun=layout))
    return written


def flat_copy(folder: Path, original: int) -> pikepdf.Pdf:
    """Open a clean copy of a PDF in which entries of forms and notes are part of the page."""
    written = folder / f"clean-{original}.pdf"
    cleaning.clean(folder / f"in-{original}", written)
    paper = pikepdf.open(written)
    if "/AcroForm" in paper.Root:
        with contextlib.suppress(pikepdf.PdfError, RuntimeError):
            paper.generate_appearance_streams()
    paper.flatten_annotations("all")
    for page in paper.pages:
        for key in _WAYS_OUT:
            if key in page.obj:
                del page.obj[key]
    return paper
