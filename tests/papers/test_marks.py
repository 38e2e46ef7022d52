"""QR codes of cover sheets are found on scans good and bad, and on photos."""

import img2pdf
import pytest
from PIL import ImageFilter

from tests.factories import papers, photos
from tests.papers.conftest import Deed

PDF, JPEG = "application/pdf", "image/jpeg"
CODE = "LINDENAU-1:7F3K-92QM-X4TD-0B5C-1A2B3C4D5E6F"

SHEETS = {
    "as it was printed": lambda sheet: sheet,
    "askew": lambda sheet: sheet.rotate(7, expand=True, fillcolor="white"),
    "upside down": lambda sheet: sheet.rotate(180),
    "pale and grey": lambda sheet: sheet.convert("L").point(lambda light: 150 + light * 0.25),
    "blurred": lambda sheet: sheet.filter(ImageFilter.GaussianBlur(3)),
    "scanned at 100 dpi": lambda sheet: sheet.resize((827, 1169)),
}


@pytest.mark.parametrize("case", SHEETS)
def test_a_cover_sheet_is_recognised(case: str, do: Deed) -> None:
    scan = SHEETS[case](photos.cover_sheet(CODE)).convert("RGB")
    assert do("marks", (photos.as_jpeg(scan), JPEG)) == {"marks": [[1, CODE]]}


def test_marks_tell_on_which_page_they_stand(do: Deed) -> None:
    pages = [photos.as_jpeg(page) for page in (
        papers.sheet(), photos.cover_sheet("eins"), papers.sheet(), photos.cover_sheet("zwei"),
    )]  # fmt: skip
    scan = bytes(img2pdf.convert(pages))
    assert do("marks", (scan, PDF)) == {"marks": [[2, "eins"], [4, "zwei"]]}


def test_a_photo_of_a_cover_sheet_is_recognised(do: Deed) -> None:
    photo = photos.photographed(photos.cover_sheet(CODE), 4, photos.conditions(4))
    assert do("marks", (photos.as_jpeg(photo), JPEG)) == {"marks": [[1, CODE]]}
