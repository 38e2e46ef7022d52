"""Scans as the mailroom makes them: sheets of paper in a stack, in grey, not quite straight."""

import io
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from PIL import Image
from sqlalchemy.orm import Session

from portal.intake import sheets
from portal.intake.models import CoverSheet
from tests.factories import papers

DPI = 150


def printed(pdf: bytes) -> list[Image.Image]:
    """Print a PDF on paper."""
    paper = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=DPI / 72).to_pil().convert("L") for page in paper]
    finally:
        paper.close()


def cover(session: Session, sheet: CoverSheet) -> list[Image.Image]:
    """Print a cover sheet."""
    session.flush()
    return printed(sheets.cover_sheet(sheet))


def letter(pages: int = 1) -> list[Image.Image]:
    """Print a letter."""
    return printed(papers.pdf(pages))


def scanned(*stack: Sequence[Image.Image], tilt: float = 0.7) -> bytes:
    """Scan sheets of paper into one PDF."""
    pages = [
        sheet.rotate(tilt, expand=False, fillcolor=240).convert("L")
        for part in stack
        for sheet in part
    ]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=60)
    return file.getvalue()


def lay(folder: Path, name: str, content: bytes, *, seconds_ago: float = 60) -> Path:
    """Put a file into the scan folder, written some time ago."""
    path = folder / name
    path.write_bytes(content)
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path
