"""What a talk keeps and what comes after it, in real browsers: guests at the table, hold and lock
over a killed media process, all of it without the portal, a file picked now, the next talk from the
same form by keyboard alone.
"""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.calendars import weeks
from portal.consultations import queries
from portal.consultations.guest_models import GuestRole
from portal.core import clock
from portal.media import events
from tests.e2e import barriers
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in, look
from tests.factories import accounts, appointments, casefiles, papers
from tests.factories import consultations as factory

PATIENCE = 90_000
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def invited(office: Office) -> tuple[Booking, str]:
    """Give a talk with an officer who has hours, a paper in the file, and a guest with a link."""

    def make(session: Session) -> tuple[Booking, str]:
        officer = appointments.officer(session)
        citizen = accounts.citizen(session)
        casefiles.document(session, owner=citizen, title="Mietvertrag")
        made = factory.booking(session, officer=officer, citizen=citizen)
        _, code = factory.guest(session, made, role=GuestRole.INTERPRETER, called="Samira Aziz")
        weeks.refresh(session, touched=weeks.everybody(session), weeks=weeks.ahead(clock.now()))
        return made, code

    return office.do(make)


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Open pages that wait longer: three browsers and their pictures share the processors."""

    def patient(*person: object, **view: object) -> Page:
        page = open_page(*person, **view)
        page.set_default_timeout(PATIENCE)
        return page

    return patient


def guest_in(open_page: OpenPage, officers: Page, code: str, **view: object) -> Page:
    """Let the guest come by the link, and the officer let them in."""
    guest = open_page(**view)
    guest.goto(f"/gast/{code}")
    guest.get_by_label("Ich behalte für mich").check()
    guest.get_by_role("button", name="Zusagen und weiter").click()
    guest.get_by_role("button", name="In den Warteraum").click()
    CallPage(officers).open_panel("Personen")
    officers.get_by_role("button", name="Einlassen").click()
    CallPage(guest).wait_until_connected()
    return guest


def test_a_guest_sees_the_shown_page_and_points_and_a_picked_file_is_shown(
    office: Office, open_page: OpenPage, invited: tuple[Booking, str]
) -> None:
    booking, code = invited
    citizens, officers = both_in(office, open_page, booking)
    guest = guest_in(open_page, officers, code, width=360, height=740)
    officers.get_by_role("button", name="Unterlagen").click()
    expect(officers.get_by_text("Was Sie zeigen, sehen auch: Samira Aziz.")).to_be_visible(
        timeout=15_000
    )
    officers.get_by_role("button", name="Allen zeigen").first.click()

    shown = guest.get_by_role("group", name=re.compile("Auf die Seite zeigen"))
    expect(shown).to_be_visible(timeout=15_000)
    guest.wait_for_function("() => document.querySelector('.shown-page img').naturalWidth > 0")
    expect(guest.get_by_text("Mietvertrag")).to_have_count(0)
    look(guest, "guest-sees")
    shown.focus()
    guest.keyboard.press("ArrowRight")
    # A dot stands for some seconds only, and stays in the page after them.
    expect(officers.locator(".call-dot[data-name='Samira Aziz']")).to_be_attached()

    before = guest.locator("[data-shown]").get_attribute("data-shown") or ""
    photo = {"name": "Berechnung.jpg", "mimeType": "image/jpeg", "buffer": papers.picture()}
    officers.locator("[data-component~='talk_pick'] input[type=file]").set_input_files(photo)
    officers.get_by_role("button", name="In die Akte legen und zeigen").click()
    expect(officers.get_by_text("liegt in der Akte und wird geprüft")).to_be_visible(timeout=30_000)
    expect(officers.get_by_text("Alle sehen: Berechnung, Seite 1")).to_be_visible(timeout=60_000)
    look(officers, "picked")
    for page in (citizens, guest):
        expect(page.locator(".shown-page img")).to_be_visible(timeout=15_000)
    # Who points with the keyboard sees the new page, too, and goes on pointing.
    expect(guest.locator("[data-shown]")).not_to_have_attribute("data-shown", before)
    expect(shown).to_be_focused()


# The browser asks for the microphone, and nobody answers before `answer()`.
ASKS = """
const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const answered = new Promise((resolve) => { window.answer = resolve; });
navigator.mediaDevices.getUserMedia = async (wanted) => { await answered; return asked(wanted); };
"""


def test_who_leaves_the_question_for_the_camera_open_is_in_the_talk_and_seen_once_they_allow_it(
    office: Office, open_page: OpenPage
) -> None:
    booking = office.do(factory.booking)
    asked = open_page(booking.citizen)
    asked.add_init_script(ASKS)
    citizens, officers = both_in(
        office, lambda who: asked if who is booking.citizen else open_page(who), booking
    )
    other = CallPage(officers)
    citizen = f"citizen:{booking.citizen.id}"
    assert other.frames_of(citizen) == 0
    citizens.evaluate("window.answer()")
    other.wait_for_frames_of(citizen)
    expect(citizens.get_by_role("button", name="Kamera an")).to_be_visible()


def test_hold_and_lock_outlive_a_killed_media_process(
    office: Office, open_page: OpenPage, invited: tuple[Booking, str]
) -> None:
    booking, code = invited
    citizens, officers = both_in(office, open_page, booking)
    guest = guest_in(open_page, officers, code)
    row = officers.locator(".call-person", has_text=booking.citizen.name)
    officers.get_by_role("button", name="Raum abschließen").click()
    row.get_by_role("button", name="In die Warteschleife").click()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_visible()
    officers.wait_for_timeout(2_000)  # what media reports arrives at the portal

    other, seen = CallPage(officers), f"guest:{guest_id(office, booking)}"
    other.wait_for_frames_of(seen)
    other.watch(seen)
    office.kill("media")
    expect(guest.get_by_text("Unterbrochen.")).to_be_visible()
    office.start("media")
    other.is_back_soon(time.time())

    for page in (officers, guest):
        CallPage(page).wait_until_connected()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_visible()
    expect(officers.get_by_role("button", name="Raum wieder öffnen")).to_be_visible()
    expect(guest.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_hidden()
    row.get_by_role("button", name="Zurück ins Gespräch").click()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_hidden()


def guest_id(office: Office, booking: Booking) -> str:
    def found(session: Session) -> str:
        tickets = factory.room(session, session.merge(booking)).tickets
        return str(next(one.person_id for one in tickets if one.person_kind == "guest"))

    return office.do(found)


def tab_to(page: Page, wanted: Locator, *, most: int = 60) -> None:
    """Go on with the tabulator until something has the focus, as who has no mouse does."""
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by keyboard: {wanted}")


def test_the_talk_is_ended_and_the_next_one_chosen_by_keyboard_alone(
    office: Office, open_page: OpenPage, invited: tuple[Booking, str]
) -> None:
    booking, _ = invited
    citizens, officers = both_in(office, open_page, booking)
    officers.evaluate("document.activeElement?.blur()")
    note = officers.locator("#note")
    tab_to(officers, note, most=120)
    officers.keyboard.type("Wir haben über die Miete gesprochen.")
    tab_to(officers, officers.get_by_label("Kein neuer Termin"))
    officers.keyboard.press("ArrowDown")
    expect(officers.locator("[name='next_slot']").first).to_be_visible(timeout=15_000)
    barriers.check_day_and_night(officers)
    tab_to(officers, officers.locator("[name='next_slot']").first)
    officers.keyboard.press("Space")
    end = officers.get_by_role("button", name="Gespräch beenden")
    tab_to(officers, end, most=120)
    officers.keyboard.press("Enter")
    tab_to(officers, officers.get_by_role("button", name="Beenden und ablegen"))
    officers.keyboard.press("Enter")

    expect(officers.get_by_text("Nächster Termin:")).to_be_visible(timeout=15_000)
    barriers.check_day_and_night(officers)
    expect(citizens.get_by_text("Ihr nächster Termin:")).to_be_visible(timeout=15_000)
    barriers.check_day_and_night(citizens)


def test_a_talk_goes_on_without_the_portal_and_all_that_it_does_works_once_it_is_back(
    office: Office, open_page: OpenPage, invited: tuple[Booking, str]
) -> None:
    booking, _ = invited
    citizens, officers = pages = both_in(office, open_page, booking)
    one, other = CallPage(citizens), CallPage(officers)
    officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"
    one.wait_for_frames_of(officer_id)
    other.wait_for_frames_of(citizen_id)
    for page in pages:
        page.evaluate("window.sameness = 'not loaded again'")

    office.kill("web")
    other.open_panel("Notiz")
    officers.locator("#note").fill("Wir haben über die Miete gesprochen.")
    expect(officers.locator("[data-note-state]")).to_contain_text("Noch nicht gespeichert")
    one.wait_for_frames_of(officer_id)
    other.wait_for_frames_of(citizen_id)
    assert other.loudness_of(citizen_id) > 0.01
    one.say("Geht es noch?")
    other.wait_for_message("Geht es noch?")
    for page in pages:
        expect(page.get_by_text("Unterbrochen.")).to_be_hidden()

    office.start("web")
    back_at = time.monotonic()
    expect(officers.get_by_text("Gespeichert um")).to_be_visible()
    other.open_panel("Personen")
    officers.get_by_role("button", name="In die Warteschleife").click()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_visible()
    officers.get_by_role("button", name="Zurück ins Gespräch").click()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_hidden()
    one.wait_for_frames_of(officer_id)
    other.say("Es geht wieder.")
    one.wait_for_message("Es geht wieder.")

    # What was said while the portal was away is kept, and the talk ends as any other.
    for page in pages:
        assert page.evaluate("window.sameness") == "not loaded again"
    officers.get_by_role("button", name="Gespräch beenden").click()
    officers.get_by_role("button", name="Beenden und ablegen").click()
    expect(officers.get_by_text("Dieses Gespräch ist beendet")).to_be_visible()
    expect(citizens.get_by_role("heading", name="Das Gespräch ist beendet")).to_be_visible()
    while "Geht es noch?" not in said_in(office, booking):
        # Media asks the portal again at growing distances.
        officers.wait_for_timeout(500)
        assert time.monotonic() < back_at + events.LONGEST_DELAY + 10


def said_in(office: Office, booking: Booking) -> list[str]:
    """Return what the portal has kept of the words written in a talk."""

    def kept(session: Session) -> list[str]:
        talk = factory.room(session, session.merge(booking)).consultation
        said = queries.history_of(session, consultation=talk, viewer=booking.citizen)
        return [one["text"] for one in said]

    return office.do(kept)
