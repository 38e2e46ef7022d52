"""What is made to harm whoever opens it: each file gets its answer in time, and nothing hangs.

What a person reads of the simple cases stands in `tests/uploads/test_taking.py`.
"""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from portal.papers import sandbox
from tests.factories import bombs, papers
from tests.papers.conftest import Deed

PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
SECONDS = 30

REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a page that unpacks twice, to 300 MB": (bombs.flate_bomb, PDF, "unreadable"),
    "a picture of 81 megapixels in a PDF": (bombs.pixel_bomb_in_a_pdf, PDF, "too_many_pixels"),
    "100,000 pages": (bombs.many_pages, PDF, "too_many_pages"),
    "arrays in arrays in arrays": (bombs.deep_arrays, PDF, "unreadable"),
    "a page below 20,000 branches": (bombs.deep_tree, PDF, "unreadable"),
    "pages that are their own children": (bombs.tree_in_a_circle, PDF, "unreadable"),
    "300 frames": (lambda: bombs.tiff_of_frames(300), TIFF, "too_many_pages"),
    "a gigapixel in 20 frames": (
        lambda: bombs.tiff_of_frames(20, 7000), TIFF, "too_many_pixels",
    ),
    "a note of 300 MB": (bombs.text_bomb, PNG, "unreadable"),
    "a colour profile of 300 MB": (bombs.colour_bomb, PNG, "unreadable"),
    "four gigapixels by its own word": (
        lambda: bombs.jpeg_that_says(65_000, 65_000), JPEG, "too_many_pixels",
    ),
    "2,500 megapixels in 300 kB": (lambda: papers.pixel_bomb(50_000), PNG, "too_many_pixels"),
}  # fmt: skip

TWO_IN_ONE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a GIF that is a script": (bombs.gif_that_is_a_script, JPEG, "unknown_kind"),
    "a JPEG with markup in it": (bombs.jpeg_with_a_script, JPEG, "mixed_content"),
    "an archive before a PDF": (bombs.zip_before_a_pdf, PDF, "unknown_kind"),
    "a PDF behind the head of a PNG": (
        lambda: bombs.png_with(b"tEXt", b"Comment\0" + papers.pdf()), PNG, "mixed_content",
    ),
    "a page of HTML": (lambda: b"<html><body>%PDF-1.7</body></html>", PDF, "mixed_content"),
}  # fmt: skip

TAKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "a table of places that points at itself": (bombs.table_in_a_circle, PDF),
    "a TIFF that points at itself": (bombs.tiff_in_a_circle, TIFF),
    "a page one point high": (lambda: bombs.odd_page(b"0 0 14400 1"), PDF),
    "a page without any size": (lambda: bombs.odd_page(b"0 0 0 0"), PDF),
    "a page as large as a town": (lambda: bombs.odd_page(b"0 0 9999999 9999999"), PDF),
}


@pytest.mark.parametrize("case", REFUSED)
def test_check_29_bombs_are_refused_in_time(case: str, do: Deed) -> None:
    make, kind, fault = REFUSED[case]
    content = make()
    begun = time.monotonic()
    answer = do("look", (content, kind))
    assert answer["fault"] == fault
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize("case", TWO_IN_ONE)
def test_check_26_what_is_two_things_at_once_is_refused(case: str, do: Deed) -> None:
    make, kind, fault = TWO_IN_ONE[case]
    assert do("look", (make(), kind))["fault"] == fault


@pytest.mark.parametrize("case", TAKEN)
def test_check_33_what_is_only_strange_is_made_in_time(case: str, do: Deed, tmp_path: Path) -> None:
    make, kind = TAKEN[case]
    begun = time.monotonic()
    assert do("look", (make(), kind))["files"][0]["pages"] == 1
    made = do("make", (make(), kind))
    assert len(made["pages"]) == 1
    assert (tmp_path / "page-1.jpg").is_file()
    assert time.monotonic() - begun < SECONDS


def test_check_33_a_bomb_that_was_not_seen_ends_the_process_and_nothing_else(
    do: Deed, tmp_path: Path
) -> None:
    """Even without a look before: the walls hold, and no half-made page is answered."""
    (tmp_path / "in-1").write_bytes(bombs.jpeg_that_says(65_000, 65_000))
    with pytest.raises(sandbox.Died):
        sandbox.run("make", tmp_path, [JPEG])


ACTIVE = (
    b"/JavaScript", b"/JS", b"app.alert", b"/Launch", b"calc.exe", b"/SubmitForm", b"198.51.100.7",
    b"/EmbeddedFile", b"/FileAttachment", b"ENCLOSED-CANARY", b"/XFA", b"XFA-CANARY",
    b"/OpenAction", b"/AA", b"Kamerawerk", b"Telefon 8", b"Oksana",
)  # fmt: skip


@pytest.mark.parametrize("pages", [None, [(1, 1, 90)]], ids=["as it came", "turned by staff"])
def test_check_34_nothing_acts_in_the_copy_nor_in_the_archive(
    pages: list[tuple[int, int, int]] | None, do: Deed, tmp_path: Path
) -> None:
    content = papers.pdf_that_acts()
    assert b"XFA-CANARY" in unpacked(content)
    do("make", (content, PDF), pages=pages)
    copy = (tmp_path / "served").read_bytes()
    assert do("read", (copy, PDF))["archive"]
    for name in ("served", "archive"):
        inside = unpacked((tmp_path / name).read_bytes())
        for mark in ACTIVE:
            assert mark not in inside, (name, mark)


def test_check_35_no_place_and_no_device_in_the_copy_nor_in_the_archive(
    do: Deed, tmp_path: Path
) -> None:
    do("make", (papers.phone_photo(), JPEG))
    copy = (tmp_path / "served").read_bytes()
    assert do("read", (copy, JPEG))["archive"]
    for name in ("page-1.jpg", "thumbnail-1.jpg"):
        assert b"Exif" not in (tmp_path / name).read_bytes()
    for inside in (copy, unpacked((tmp_path / "archive").read_bytes())):
        for mark in (b"Exif", b"GPS", b"Kamerawerk", b"Telefon 8", b"2026:11:20"):
            assert mark not in inside


def unpacked(content: bytes) -> bytes:
    """Return a PDF with nothing compressed, so that words in it can be looked for."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as paper:
        paper.save(
            written,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return written.getvalue()
