"""Reading what stands on pages: text by OCR where a page has none, and an archive copy (PDF/A)."""

import os
import tempfile
from pathlib import Path
from typing import Any

import ocrmypdf
import pypdfium2

from portal.papers.limits import MAX_PAGES, PDF
from portal.papers.opening import composing
from portal.papers.order import Order

LANGUAGE = "deu"
LONGEST_TEXT = 20_000
LONGEST_REASON = 200
PAGE_SECONDS = 120
LARGEST_MEGAPIXELS = 40


def read(folder: Path, order: Order) -> dict[str, Any]:
    """Write `archive` and answer with the text of each page; without OCR, with what was there."""
    paper, archive = as_paper(folder, order), folder / "archive"
    try:
        recognise(paper, archive)
    except Exception as error:
        # Whatever goes wrong with a foreign paper here: it stays readable as it was handed in.
        why = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
        return {"texts": texts_of(paper), "archive": False, "why": why}
    return {"texts": texts_of(archive), "archive": True}


def as_paper(folder: Path, order: Order) -> Path:
    """Return the served copy as a PDF: a photo becomes a page."""
    served = folder / "in-1"
    return served if order.types == (PDF.content_type,) else composing.wrapped(served)


def recognise(paper: Path, archive: Path) -> None:
    """Put a layer of text over pages that have none, and write PDF/A.

    Where the machine happens to have Ghostscript it is left alone: it would read foreign papers
    outside this room, and write words anew that can be copied no more.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = str(archive.parent)
    ocrmypdf.ocr(
        paper,
        archive,
        language=[LANGUAGE],
        output_type="auto",
        pdfa_backend="internal",
        rasterizer="pypdfium",
        skip_text=True,
        jobs=1,
        progress_bar=False,
        tesseract_timeout=PAGE_SECONDS,
        max_image_mpixels=LARGEST_MEGAPIXELS,
        optimize=0,
    )


def texts_of(path: Path) -> list[str]:
    """Take the text of each page out of a PDF."""
    paper = pypdfium2.PdfDocument(path)
    try:
        return [text_of(paper[index]) for index in range(min(len(paper), MAX_PAGES))]
    finally:
        paper.close()


def text_of(page: pypdfium2.PdfPage) -> str:
    """Take the text out of a page, at most `LONGEST_TEXT` characters."""
    words = page.get_textpage()
    text: str = words.get_text_range(0, min(words.count_chars(), LONGEST_TEXT))
    return text.replace("\r\n", "\n").strip()
