"""Making what browsers get to see: a safe copy without metadata, and the picture of each page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from portal.papers.limits import JPEG, MAX_PAGES, PAGE_HEIGHT, PAGE_WIDTH, PDF, THUMBNAIL_WIDTH
from portal.papers.opening import cleaning, composing
from portal.papers.order import Order

PAGE_QUALITY, THUMBNAIL_QUALITY = 80, 70
LARGEST_SCALE = 4.0


def make(folder: Path, order: Order) -> dict[str, Any]:
    """Write `served`, `page-n.jpg` and `thumbnail-n.jpg`; tell what they are.

    An office's own paper comes with the type `own` and is pictured only.
    """
    if order.types == ("own",):
        return {"pages": pages_of_paper(folder, folder / "in-1")}
    if order.types == (PDF.content_type,) and order.pages is None:
        cleaning.clean(folder / "in-1", folder / "served")
        return {"served": PDF.content_type, "pages": pages_of_paper(folder, folder / "served")}
    return make_of_pages(folder, order)


def make_of_pages(folder: Path, order: Order) -> dict[str, Any]:
    """Put single pages of the originals together, turned as wanted; photos become flat sheets."""
    wanted = composing.wanted_pages(folder, order)
    copies: dict[int, Path] = {}
    pages: list[dict[str, Any]] = []
    for number, page in enumerate(wanted, 1):
        made: dict[str, Any] = {
            "original": page.original,
            "original_page": page.page,
            "rotation": page.turn,
            "straightened": False,
        }
        if page.is_picture:
            copy = composing.copy_of_picture(
                folder, page, number=number, straighten=order.straighten
            )
            copies[number] = copy.path
            made |= {
                **picture(folder, number, copy.image),
                "straightened": copy.is_straightened,
            }
        pages.append(made)
    if len(copies) == len(wanted) == 1:
        copies[1].rename(folder / "served")
        return {"served": JPEG.content_type, "pages": pages}
    composing.bind(folder, wanted, copies)
    left = [number for number in range(1, len(wanted) + 1) if number not in copies]
    for number, image in zip(left, images_of_paper(folder / "served", left), strict=True):
        pages[number - 1] |= picture(folder, number, image)
    return {"served": PDF.content_type, "pages": pages}


def pages_of_paper(folder: Path, path: Path) -> list[dict[str, Any]]:
    """Make the images of all pages of a PDF, form entries included."""
    return [
        {
            "original": 1,
            "original_page": number,
            "rotation": 0,
            "straightened": False,
            **picture(folder, number, image),
        }
        for number, image in enumerate(images_of_paper(path), 1)
    ]


def images_of_paper(path: Path, numbers: Sequence[int] | None = None) -> Iterator[Image.Image]:
    """Render pages of a PDF (from 1; all when none are named)."""
    paper = pypdfium2.PdfDocument(path)
    try:
        paper.init_forms()
        for number in range(1, min(len(paper), MAX_PAGES) + 1) if numbers is None else numbers:
            page = paper[number - 1]
            width, height = page.get_size()
            scale = min(PAGE_WIDTH / width, PAGE_HEIGHT / height, LARGEST_SCALE)
            yield page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
            page.close()
    finally:
        paper.close()


def picture(folder: Path, number: int, image: Image.Image) -> dict[str, int]:
    """Write the image of one page and its thumbnail; return its size."""
    large = fitted(image, PAGE_WIDTH, PAGE_HEIGHT)
    large.save(folder / f"page-{number}.jpg", "JPEG", quality=PAGE_QUALITY, progressive=True)
    small = fitted(large, THUMBNAIL_WIDTH, THUMBNAIL_WIDTH * 2)
    small.save(folder / f"thumbnail-{number}.jpg", "JPEG", quality=THUMBNAIL_QUALITY)
    return {"width": large.width, "height": large.height}


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return the image scaled down into width and height; a small one stays as it is."""
    copy = image.copy()
    copy.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return copy
