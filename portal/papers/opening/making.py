"""Making what browsers get to see: a safe copy without metadata, and the picture of each page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import img2pdf
import pypdfium2
from PIL import Image

from portal.papers.limits import MAX_PAGES, PAGE_HEIGHT, PAGE_WIDTH, PDF, THUMBNAIL_WIDTH
from portal.papers.opening import cleaning
from portal.papers.opening.looking import frames_of
from portal.papers.order import Order

COPY_QUALITY, PAGE_QUALITY, THUMBNAIL_QUALITY = 88, 80, 70
LARGEST_SCALE = 4.0
A4_WIDTH = img2pdf.mm_to_pt(210)


def make(folder: Path, order: Order) -> dict[str, Any]:
    """Write `served`, `page-n.jpg` and `thumbnail-n.jpg`; tell what they are.

    An office's own paper comes with the type `own` and is pictured only.
    """
    if order.types == ("own",):
        return {"pages": picture_paper(folder, folder / "in-1")}
    if order.types == (PDF.content_type,):
        cleaning.clean(folder / "in-1", folder / "served")
        return {
            "served": PDF.content_type,
            "pages": picture_paper(folder, folder / "served"),
        }
    return make_of_pictures(folder, len(order.types))


def make_of_pictures(folder: Path, count: int) -> dict[str, Any]:
    """Turn pictures upright and free them of metadata; several become the pages of one PDF."""
    copies: list[Path] = []
    pages = []
    for number in range(1, count + 1):
        for index, image in enumerate(frames(folder / f"in-{number}"), 1):
            copy = folder / f"copy-{len(copies) + 1}.jpg"
            image.save(copy, "JPEG", quality=COPY_QUALITY, optimize=True)
            copies.append(copy)
            page = picture(folder, len(copies), image)
            pages.append({**page, "original": number, "original_page": index})
    served = folder / "served"
    if len(copies) == 1:
        copies[0].rename(served)
        return {"served": "image/jpeg", "pages": pages}
    layout = img2pdf.get_layout_fun((A4_WIDTH, None))
    with served.open("wb") as file:
        img2pdf.convert([str(copy) for copy in copies], layout_fun=layout, outputstream=file)
    return {"served": PDF.content_type, "pages": pages}


def frames(path: Path) -> Iterator[Image.Image]:
    """Yield the pages of a picture: upright, in plain colours, with nothing but pixels."""
    with Image.open(path) as image:
        for frame in range(min(frames_of(image), MAX_PAGES)):
            image.seek(frame)
            yield cleaning.only_pixels(image)


def picture_paper(folder: Path, path: Path) -> list[dict[str, int]]:
    """Make the page images of a PDF, form entries included."""
    pages = []
    paper = pypdfium2.PdfDocument(path)
    try:
        paper.init_forms()
        for index in range(min(len(paper), MAX_PAGES)):
            page = paper[index]
            width, height = page.get_size()
            scale = min(PAGE_WIDTH / width, PAGE_HEIGHT / height, LARGEST_SCALE)
            image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
            made = picture(folder, index + 1, image)
            pages.append({**made, "original": 1, "original_page": index + 1})
            page.close()
    finally:
        paper.close()
    return pages


def picture(folder: Path, number: int, image: Image.Image) -> dict[str, int]:
    """Write the image of one page and its thumbnail; return its size."""
    large = fitted(image, PAGE_WIDTH, PAGE_HEIGHT)
    large.save(folder / f"page-{number}.jpg", "JPEG", quality=PAGE_QUALITY, progressive=True)
    small = fitted(large, THUMBNAIL_WIDTH, THUMBNAIL_WIDTH * 2)
    small.save(folder / f"thumbnail-{number}.jpg", "JPEG", quality=THUMBNAIL_QUALITY)
    return {"rotation": 0, "width": large.width, "height": large.height}


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return the image scaled down into width and height; a small one stays as it is."""
    copy = image.copy()
    copy.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return copy
