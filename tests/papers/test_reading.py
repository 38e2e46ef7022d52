"""Words are read from pictures of paper, and an archive copy is made that says what it is."""

import io
import os
from pathlib import Path

import img2pdf
import pikepdf
import pytest

from portal.core import pdf
from portal.papers import walls
from tests.factories import papers, photos
from tests.papers.conftest import Deed

PDF, JPEG = "application/pdf", "image/jpeg"


def test_a_photo_becomes_an_archive_copy_with_words(do: Deed, tmp_path: Path) -> None:
    letter, text = photos.letter(1, lines=8)

    read = do("read", (photos.as_jpeg(letter), JPEG))

    assert read["archive"]
    assert read["texts"][0].split()[:4] == text.split()[:4]
    with pikepdf.open(tmp_path / "archive") as archive:
        with archive.open_metadata() as metadata:
            assert metadata.pdfa_status in {"2B", "2U", "3B"}, "it declares PDF/A"
        width, height = (float(side) for side in archive.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx((595, 842), abs=2), "as large as the sheet is"


def test_umlauts_are_read(do: Deed) -> None:
    letter, text = photos.letter(3, lines=8)
    umlauts = {word for word in text.split() if set(word) & set("äöüßÄÖÜ")}
    words = do("read", (photos.as_jpeg(letter), JPEG))["texts"][0].split()
    assert len(umlauts) > 4
    assert umlauts <= set(words)


def test_pages_with_words_keep_theirs_and_others_are_read(do: Deed) -> None:
    """A letter that was printed to PDF is not read by eye; a scan behind it is."""
    html = '<html lang="de"><head><title>x</title></head><body><p>Wortlaut-4711</p></body></html>'
    scan, _ = photos.letter(2, lines=4)
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf.from_html(html))) as paper:
        behind = pikepdf.open(io.BytesIO(img2pdf.convert(photos.as_jpeg(scan))))
        paper.pages.extend(behind.pages)
        paper.save(written)

    read = do("read", (written.getvalue(), PDF))

    assert read["archive"]
    assert "Wortlaut-4711" in read["texts"][0]
    assert "Stadtwerke" in read["texts"][1]


def test_an_empty_page_has_no_words(do: Deed) -> None:
    assert do("read", (papers.pdf_of_empty_pages(2), PDF)) == {"texts": ["", ""], "archive": True}


def test_where_reading_fails_the_words_that_are_there_are_kept(
    do: Deed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    html = '<html lang="de"><head><title>x</title></head><body><p>Wortlaut-4711</p></body></html>'
    monkeypatch.setitem(walls._ENVIRONMENT, "PATH", os.devnull)  # tesseract is not there

    read = do("read", (pdf.from_html(html), PDF))

    assert read["archive"] is False
    assert "tesseract" in read["why"].lower()
    assert "Wortlaut-4711" in read["texts"][0]
    assert not (tmp_path / "archive").exists()
