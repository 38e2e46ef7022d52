"""A sheet in a photo is found, laid flat and freed of shadows; what is not surely one stays."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from portal.papers.limits import Flaw
from portal.papers.opening import flaws, sheets, straightening
from tests.factories import photos
from tests.factories.photos import Conditions

WHITE_TABLE = (235, 235, 235)
SMALL = (1512, 2016)  # three megapixels: fast, and enough for corners


def found(photo: Image.Image) -> sheets.Sheet | None:
    return sheets.find(np.asarray(photo))


@pytest.mark.parametrize("seed", range(8))
def test_the_corners_of_a_photographed_letter_are_found(seed: int) -> None:
    letter, _ = photos.letter(seed)
    how = photos.conditions(seed, size=SMALL)
    sheet = found(photos.photographed(letter, seed, how))
    assert sheet is not None
    assert sheet.is_sure
    far = np.hypot(*(sheet.corners - photos.corners_of(letter.size, how)).T)
    assert far.max() < 0.006 * max(SMALL)


def test_a_flat_scan_stays_as_it_is() -> None:
    scan, _ = photos.letter(1)
    made = straightening.straighten(scan)
    assert not made.is_cut
    assert made.image is scan


@pytest.mark.parametrize(
    ("paper", "field"), [("white", "#b8c4d8"), ("#f2e2a0", "white"), ("white", "#222222")]
)
def test_a_printed_field_is_not_taken_for_the_sheet(paper: str, field: str) -> None:
    """Forms have coloured boxes, sick notes white boxes on yellow: none may be cut out."""
    form = Image.new("RGB", (1240, 1754), paper)
    ImageDraw.Draw(form).rectangle((120, 300, 1120, 1500), fill=field, outline="black", width=4)
    assert not straightening.straighten(form).is_cut


def test_a_sheet_that_runs_out_of_the_photo_is_not_cut() -> None:
    letter, _ = photos.letter(2)
    photo = photos.photographed(letter, 2, Conditions(turn=4, shift=0.2, size=SMALL))
    assert not straightening.straighten(photo).is_cut


def test_shadows_go_and_stamps_stay() -> None:
    letter, _ = photos.letter(3, lines=20)
    how = Conditions(turn=4, lean=0.06, shade=0.6, blur=0.5, size=SMALL)
    photo = photos.photographed(photos.stamped(letter), 3, how)

    made = straightening.straighten(photo)

    assert made.is_cut
    flat = np.asarray(made.image.resize((210, 297)), float)
    paper = flat[262:290, 75:125].mean(axis=2), flat[2:10, 100:200].mean(axis=2)
    assert min(part.mean() for part in paper) > 215, "bare paper is white everywhere"
    face, portrait = flat[250:260, 42:48].mean(axis=(0, 1)), flat[275:280, 28:60].mean(axis=(0, 1))
    assert portrait.max() < 150, "what is dark in a picture stays dark"
    assert face[0] > face[2] + 25, "skin keeps its colour"
    stamp = flat[232:290, 128:175].reshape(-1, 3)
    assert (stamp[:, 2] - stamp[:, 0]).max() > 60, "the stamp stays blue"


def test_an_identity_card_is_cut_out_and_keeps_its_colours() -> None:
    card = photos.id_card()
    how = Conditions(turn=5, lean=0.05, shade=0.1, fills=0.8, blur=0.5, size=SMALL)
    made = straightening.straighten(photos.photographed(card, 1, how))
    assert made.is_cut
    seen = np.asarray(made.image.resize(card.size), float)
    meant = np.asarray(card, float)
    for down, across in ((60, 200), (600, 900), (60, 950)):
        tint, wanted = (
            part[down - 8 : down + 8, across - 8 : across + 8].mean(axis=(0, 1))
            for part in (seen, meant)
        )
        assert np.abs(tint / tint.mean() - wanted / wanted.mean()).max() < 0.06


def test_a_card_on_white_paper_stays_as_it_is() -> None:
    how = Conditions(turn=3, fills=0.7, table=WHITE_TABLE, size=SMALL)
    assert not straightening.straighten(photos.photographed(photos.id_card(), 2, how)).is_cut


@pytest.mark.parametrize("seed", range(6))
def test_a_usual_photo_has_no_flaw(seed: int) -> None:
    letter, _ = photos.letter(seed)
    assert flaws.flaws_in(photos.photographed(letter, seed, photos.conditions(seed))) == []


FLAWED = {
    "trembling": (Conditions(turn=3, blur=5.5), Flaw.BLURRED),
    "out of focus": (Conditions(turn=-3, shade=0.4, blur=9), Flaw.BLURRED),
    "at night": (Conditions(turn=3, light=0.2, noise=3), Flaw.TOO_DARK),
    "too near": (Conditions(turn=4, shift=0.2), Flaw.CUT_OFF_CORNER),
    "too near on the other side": (Conditions(turn=-3, shift=-0.15), Flaw.CUT_OFF_CORNER),
    "from far away": (Conditions(size=(600, 800), blur=0), Flaw.VERY_SMALL),
}


@pytest.mark.parametrize("case", FLAWED)
def test_a_flaw_of_a_photo_is_told(case: str) -> None:
    how, flaw = FLAWED[case]
    letter, _ = photos.letter(5)
    assert flaw in flaws.flaws_in(photos.photographed(letter, 5, how))


@pytest.mark.parametrize("size", [(1, 1), (3, 4000), (120, 120)])
def test_odd_pictures_do_not_break_anything(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "#808080")
    assert straightening.straighten(picture).image.size == size
    flaws.flaws_in(picture)
