"""Finding the QR codes on pages: cover sheets say by them whose papers follow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import zxingcpp
from PIL import Image

from portal.papers.limits import MAX_PAGES, PDF
from portal.papers.opening import cleaning
from portal.papers.opening.looking import frames_of
from portal.papers.order import Order

DOTS_PER_INCH = 200
LONGEST_SIDE = 3400
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def marks(folder: Path, order: Order) -> dict[str, Any]:
    """Answer with the QR codes of `in-1`: page from 1, and what the code says."""
    path = folder / "in-1"
    pages = pages_of(path) if order.types == (PDF.content_type,) else frames_in(path)
    return {
        "marks": [
            [number, text] for number, image in enumerate(pages, 1) for text in codes_on(image)
        ]
    }


def codes_on(image: Image.Image) -> list[str]:
    """Read the QR codes of a page from top to bottom."""
    grey = image.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    found = zxingcpp.read_barcodes(np.asarray(grey), formats=QR_CODES)
    return [code.text for code in sorted(found, key=lambda code: code.position.top_left.y)]


def frames_in(path: Path) -> Iterator[Image.Image]:
    """Yield the pages of a picture, upright."""
    with Image.open(path) as image:
        for frame in range(min(frames_of(image), MAX_PAGES)):
            image.seek(frame)
            yield cleaning.only_pixels(image)


def pages_of(path: Path) -> Iterator[Image.Image]:
    """Render the pages of a PDF in grey."""
    paper = pypdfium2.PdfDocument(path)
    try:
        for index in range(min(len(paper), MAX_PAGES)):
            page = paper[index]
            width, height = page.get_size()
            scale = min(DOTS_PER_INCH / 72, LONGEST_SIDE / max(width, height))
            yield page.render(scale=scale, grayscale=True).to_pil()
            page.close()
    finally:
        paper.close()
