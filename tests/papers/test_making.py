"""Pages put together as ordered: split, joined, turned; what was left out is gone."""

import io
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from PIL import Image

from portal.papers import sandbox
from tests.factories import papers, photos
from tests.papers.conftest import Deed

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
COLOURS = ("#c00000", "#00a000", "#0000c0")


def coloured_pdf() -> bytes:
    """Make a PDF of three pages, red, green and blue, each with a word of its own inside."""
    pages = []
    for colour in COLOURS:
        written = io.BytesIO()
        Image.new("RGB", (210, 297), colour).save(written, "PNG")
        pages.append(written.getvalue())
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(img2pdf.convert(pages))) as paper:
        for number, page in enumerate(paper.pages, 1):
            page.contents_add(b"%% CANARY-OF-PAGE-%d\n" % number)
        # A link on the first page leads to the last: the last must not come along with it.
        paper.pages[0].obj.Annots = pikepdf.Array(
            [
                paper.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot,
                        Subtype=pikepdf.Name.Link,
                        Rect=pikepdf.Array([0, 0, 50, 50]),
                        Dest=pikepdf.Array([paper.pages[2].obj, pikepdf.Name.Fit]),
                    )
                )
            ]
        )
        paper.save(written)
    return written.getvalue()


def colour_of(path: Path) -> str:
    with Image.open(path) as image:
        red, green, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def test_a_pdf_is_split_and_reordered(do: Deed, tmp_path: Path) -> None:
    made = do("make", (coloured_pdf(), PDF), pages=[(1, 2, 0), (1, 1, 0)])

    assert made["served"] == PDF
    assert [(page["original"], page["original_page"]) for page in made["pages"]] == [(1, 2), (1, 1)]
    assert [colour_of(tmp_path / f"page-{n}.jpg") for n in (1, 2)] == ["green", "red"]
    with pikepdf.open(tmp_path / "served") as copy:
        words = b"".join(page.Contents.read_bytes() for page in map(whole, copy.pages))
        everything = b"".join(
            thing.read_bytes() for thing in copy.objects if isinstance(thing, pikepdf.Stream)
            and thing.get("/Subtype") != "/Image"
        )  # fmt: skip
    assert b"CANARY-OF-PAGE-2" in words
    assert b"CANARY-OF-PAGE-3" not in everything, "a page left out is not hidden in the copy"


def whole(page: pikepdf.Page) -> pikepdf.Object:
    page.contents_coalesce()
    return page.obj


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_pages_are_turned_clockwise(turn: int, do: Deed, tmp_path: Path) -> None:
    """The blue head of the sheet shows which way is up, in papers and in pictures alike."""
    sheet = papers.picture("PNG", width=600, height=848)
    for file in ((bytes(img2pdf.convert(sheet)), PDF), (sheet, PNG)):
        made = do("make", file, pages=[(1, 1, turn)])
        assert made["pages"][0]["rotation"] == turn
        with Image.open(tmp_path / "page-1.jpg") as page:
            edges = {
                0: (page.width // 2, 2), 90: (page.width - 3, page.height // 2),
                180: (page.width // 2, page.height - 3), 270: (2, page.height // 2),
            }  # fmt: skip
            red, _, blue = page.getpixel(edges[turn])
            assert blue - red > 60
            assert (page.width > page.height) == (turn in (90, 270))


def test_papers_and_photos_become_one_document(do: Deed, tmp_path: Path) -> None:
    files = ((papers.picture(), JPEG), (coloured_pdf(), PDF), (papers.picture("PNG"), PNG))
    made = do("make", *files, pages=[(2, 3, 0), (1, 1, 0), (3, 1, 90), (2, 1, 0)])

    assert made["served"] == PDF
    assert [page["original"] for page in made["pages"]] == [2, 1, 3, 2]
    assert all(page["width"] > 100 for page in made["pages"])
    with pikepdf.open(tmp_path / "served") as copy:
        assert len(copy.pages) == 4
    assert colour_of(tmp_path / "page-1.jpg") == "blue"
    assert colour_of(tmp_path / "page-4.jpg") == "red"


def test_entries_of_a_form_stay_when_its_pages_move(do: Deed, tmp_path: Path) -> None:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.pdf())) as paper:
        look = paper.make_stream(
            b"0 1 0 rg 0 0 200 200 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
            BBox=pikepdf.Array([0, 0, 200, 200]),
        )  # fmt: skip
        field = paper.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Btn,
                T="angekreuzt", F=4, Rect=pikepdf.Array([100, 100, 300, 300]),
                AP=pikepdf.Dictionary(N=look),
            )
        )  # fmt: skip
        paper.pages[0].obj.Annots = pikepdf.Array([field])
        paper.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        box = [float(side) for side in paper.pages[0].mediabox]
        paper.save(written)
    made = do("make", (written.getvalue(), PDF), pages=[(1, 1, 0)])
    with Image.open(tmp_path / "page-1.jpg") as page:
        scale = made["pages"][0]["width"] / box[2]
        red, green, _ = page.getpixel((round(200 * scale), round((box[3] - 200) * scale)))
    assert green - red > 100


def test_a_photo_can_be_left_as_it_was(do: Deed, tmp_path: Path) -> None:
    letter, _ = photos.letter(1)
    how = photos.Conditions(turn=5, size=(1512, 2016))
    photo = photos.as_jpeg(photos.photographed(letter, 1, how))

    assert do("make", (photo, JPEG))["pages"][0]["straightened"]
    assert do("make", (photo, JPEG), straighten=False)["pages"][0]["straightened"] is False
    with Image.open(tmp_path / "served") as copy:
        assert copy.size == (1512, 2016)


@pytest.mark.parametrize("pages", [[], [(1, 2, 0)], [(2, 1, 0)], [(0, 1, 0)], [(1, 1, 45)]])
def test_an_order_that_makes_no_sense_makes_nothing(
    pages: list[tuple[int, int, int]], do: Deed
) -> None:
    with pytest.raises(sandbox.Died):
        do("make", (papers.picture(), JPEG), pages=pages)
