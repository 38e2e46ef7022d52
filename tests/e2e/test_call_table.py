"""The table of a talk in two browsers: a paper handed over, shown to both, pointed at; the note."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations.models import NoteRemark
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in
from tests.factories import casefiles, papers
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def booking(office: Office) -> Booking:
    def with_paper(session: Session) -> Booking:
        made = factory.booking(session)
        casefiles.document(session, owner=made.citizen, title="Mietvertrag")
        return made

    return office.do(with_paper)


def test_a_paper_is_shown_pointed_at_and_taken_away_while_both_talk(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    citizens, officers = both_in(office, open_page, booking)
    officers.get_by_role("button", name="Unterlagen").click()
    officers.get_by_role("button", name="Allen zeigen").first.click()

    shown = citizens.get_by_role("group", name=re.compile("Auf die Seite zeigen"))
    expect(shown).to_be_visible(timeout=15_000)
    citizens.wait_for_function("() => document.querySelector('.shown-page img').naturalWidth > 0")
    shown.hover(position={"x": 40, "y": 60})
    # A dot stands for some seconds only, and stays in the page after them.
    expect(officers.locator(".call-dot[data-name]").first).to_be_attached()

    officers.get_by_role("button", name="Nicht mehr zeigen").first.click()
    expect(citizens.get_by_text("Gerade wird nichts gezeigt.")).to_be_visible(timeout=15_000)


def test_the_note_is_read_along_and_answered_and_a_photo_handed_over(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    citizens, officers = both_in(office, open_page, booking)
    officers.locator("#note").fill("Wir haben über die Miete gesprochen.")
    officers.locator("#steps-0-what").fill("Den Mietvertrag schicken.")
    officers.locator("#steps-0-until").fill("4.12.2026")
    expect(officers.get_by_text(re.compile(r"Gespeichert um"))).to_be_visible(timeout=15_000)
    officers.get_by_role("button", name="Notiz mitlesen lassen").click()

    note = citizens.locator("[data-panel='table']")
    expect(note).to_contain_text("Den Mietvertrag schicken.", timeout=15_000)
    expect(note).to_contain_text("4. Dezember 2026")
    note.get_by_label("Ihre Anmerkung").fill("Die Miete steigt erst im Mai.")
    note.get_by_role("button", name="Anmerkung abschicken").click()
    expect(note.get_by_label("Ihre Anmerkung")).to_have_value("")
    officers.get_by_role("button", name="Unterlagen").click()
    expect(officers.locator("[data-panel='documents']")).to_contain_text(
        "Die Miete steigt erst im Mai.", timeout=15_000
    )

    citizens.get_by_role("button", name="Abgeben").click()
    desk = citizens.locator("[data-panel='desk']")
    photo = {"name": "brief.jpg", "mimeType": "image/jpeg", "buffer": papers.picture()}
    desk.locator("input[type=file]").first.set_input_files(photo)
    desk.get_by_role("button", name="Jetzt abgeben").click()
    expect(desk).to_contain_text("Angekommen.", timeout=30_000)
    expect(officers.locator("[data-panel='documents']")).to_contain_text(
        "Im Gespräch abgegeben", timeout=15_000
    )
    remarks = office.do(lambda session: session.query(NoteRemark).count())
    assert remarks == 1
