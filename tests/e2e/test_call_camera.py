"""A paper is photographed inside a call, on a telephone that opens one camera at a time."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.appointments.models import Booking
from portal.casefiles.models import Original
from portal.casefiles.models import Page as Sheet
from portal.core.vault import service as vault
from tests.browser import executable
from tests.e2e import barriers
from tests.e2e.call import CallPage
from tests.e2e.conftest import ARGUMENTS, OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in
from tests.factories import consultations as factory
from tests.factories import photos
from tests.factories.photos import Conditions

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = 30_000
PATIENCE = 60.0
SIZE = (960, 1280)
TURNED = Conditions(turn=6, lean=0.05, shade=0.1, blur=0.5, size=SIZE)

# A second camera beside one that runs is refused, as many telephones do.
ONE_CAMERA = """
const { mediaDevices } = navigator;
const ask = mediaDevices.getUserMedia.bind(mediaDevices);
const open = [];
window.refusals = 0;
mediaDevices.getUserMedia = async (wanted) => {
  if (wanted.video && window.refusals-- > 0) throw new DOMException("no", "NotAllowedError");
  if (wanted.video && open.some((track) => track.readyState === "live")) {
    throw new DOMException("in use", "NotReadableError");
  }
  const stream = await ask(wanted);
  open.push(...stream.getVideoTracks());
  return stream;
};
window.running = () => open.filter((track) => track.readyState === "live").length;
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start a browser whose camera sees a letter that lies askew on a table."""
    film = tmp_path_factory.mktemp("camera") / "letter.mjpeg"
    lay_before_the_camera(film)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"],
        )
        yield browser
        browser.close()


def lay_before_the_camera(film: Path) -> None:
    letter, _ = photos.letter(3, lines=20)
    picture = io.BytesIO()
    photos.photographed(letter, 3, TURNED).save(picture, "JPEG", quality=95)
    film.write_bytes(picture.getvalue() * 2)


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


class Caller:
    """The citizen in a call, with the desk at which papers are handed in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.desk = page.locator("[data-panel='desk']")
        self.camera = page.get_by_role("dialog", name="Seiten fotografieren")

    def photographs(self) -> None:
        self.desk.get_by_role("button", name="Seiten fotografieren").click()

    def sees_the_paper(self) -> None:
        expect(self.camera.locator("video")).not_to_have_js_property("videoWidth", 0)
        assert self.page.evaluate("running()") == 1, "the call has let go of its camera"
        expect(self.page.locator("[data-self]")).to_have_class("call-self call-self--dark")

    def is_seen_again(self, officers: CallPage, me: Citizen) -> None:
        expect(self.camera).to_be_hidden()
        expect(self.page.locator("[data-self]")).not_to_have_class("call-self call-self--dark")
        officers.wait_for_frames_of(f"citizen:{me.id}")
        assert self.page.evaluate("running()") == 1


def pictures_of(office: Office, page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Wait for the worker; return what was taken, and what it has made of it."""

    def made(session: Session) -> tuple[bytes, bytes] | None:
        sheet = session.scalars(select(Sheet)).one_or_none()
        if sheet is None:
            return None
        original = session.get_one(Original, sheet.original_id)
        return vault.read(session, original.file_id), vault.read(session, sheet.image_file_id)

    deadline = time.monotonic() + PATIENCE
    while not (found := office.do(made)):
        assert time.monotonic() < deadline, "the worker makes no picture of the page"
        page.wait_for_timeout(500)
    taken, kept = (np.asarray(Image.open(io.BytesIO(one)).convert("L"), float) for one in found)
    return taken, kept


def corners(picture: np.ndarray) -> np.ndarray:
    """Return how bright the four corners are."""
    down, across = (side // 50 for side in picture.shape)
    halves = picture[:down], picture[-down:]
    return np.array(
        [part.mean() for half in halves for part in (half[:, :across], half[:, -across:])]
    )


@pytest.fixture
def both(office: Office, open_page: OpenPage, booking: Booking) -> tuple[Caller, CallPage]:
    """Let both in and open the desk."""

    def strict(*args: object, **view: object) -> Page:
        page = open_page(*args, **view)
        page.add_init_script(ONE_CAMERA)
        return page

    citizens, officers = both_in(office, strict, booking)
    caller, officer = Caller(citizens), CallPage(officers)
    officer.wait_for_frames_of(f"citizen:{booking.citizen_id}")
    citizens.get_by_role("button", name="Abgeben").click()
    return caller, officer


def test_a_paper_is_photographed_in_the_call_and_lies_straightened_in_the_file(
    office: Office, booking: Booking, both: tuple[Caller, CallPage]
) -> None:
    """Given a running call, when a letter is photographed, then the call sees the person again."""
    caller, officer = both
    caller.photographs()
    caller.sees_the_paper()
    caller.camera.get_by_role("button", name="Foto machen").click()
    barriers.check(caller.page)
    caller.camera.get_by_role("button", name="Fertig").click()
    caller.is_seen_again(officer, booking.citizen)

    caller.desk.get_by_role("button", name="Jetzt abgeben").click()
    expect(caller.desk).to_contain_text("Angekommen.", timeout=LONG)
    taken, kept = pictures_of(office, caller.page)
    assert corners(taken).max() < 150, "the table is on the photo"
    assert corners(kept).min() > 200, "the sheet alone lies in the file"


def test_the_picture_comes_back_too_when_nothing_was_photographed(
    booking: Booking, both: tuple[Caller, CallPage]
) -> None:
    """Given a camera that was opened and left, or refused, then the call has its picture again."""
    caller, officer = both
    caller.photographs()
    caller.sees_the_paper()
    caller.camera.get_by_role("button", name="Abbrechen").click()
    caller.is_seen_again(officer, booking.citizen)

    caller.photographs()
    caller.sees_the_paper()
    caller.page.keyboard.press("Escape")
    caller.is_seen_again(officer, booking.citizen)

    caller.page.evaluate("refusals = 1")
    caller.photographs()
    expect(caller.desk).to_contain_text("Die Kamera")
    caller.is_seen_again(officer, booking.citizen)
