"""Booking on a phone: at most four taps from the start page, whatever the kind."""

import re
from datetime import time

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking, BookingState
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts
from tests.factories import appointments as make

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_TAPS = 4


def furnish(session: Session) -> tuple[Citizen, StaffMember]:
    """Hire an officer who is there around the clock, and know a citizen."""
    make.kind(session)
    officer = make.officer(session, opens=False, first_name="Miriam", last_name="Okafor")
    for weekday in range(1, 8):
        make.hours(session, officer, weekday=weekday, starts=time(0, 0), ends=time(23, 55))
    return accounts.citizen(session, phone="0151 2345678"), officer


class Thumb:
    """Tap, and count."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.taps = 0

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.first.click()


@pytest.mark.parametrize(
    ("kind", "taps", "dark"),
    [
        pytest.param(None, 3, False, id="the usual kind"),
        pytest.param("Telefongespräch", 4, True, id="another kind"),
    ],
)
def test_from_the_start_page_to_the_appointment(
    office: Office, open_page: OpenPage, kind: str | None, taps: int, *, dark: bool
) -> None:
    citizen, _ = office.do(furnish)
    page = open_page(citizen, width=360, height=780, dark=dark)
    visitor, thumb = Visitor(page), Thumb(Visitor(page))
    visitor.go("/")
    thumb.tap(page.get_by_role("link", name="Termin buchen"))
    visitor.reads("Termin aussuchen")
    if kind is not None:
        thumb.tap(page.get_by_role("link", name=re.compile(f"^{kind}")))
        visitor.reads("Wann passt es Ihnen?")
    thumb.tap(page.locator(".slot-picker__button"))
    visitor.reads("Termin buchen")
    visitor.sees("Für Sie frei gehalten bis")
    thumb.tap(page.get_by_role("button", name="Termin buchen"))
    visitor.reads("Ihr Termin ist gebucht")
    assert thumb.taps == taps <= MOST_TAPS
    page.go_back()
    visitor.reads("Ihr Termin ist gebucht")


def test_two_tabs_and_what_somebody_needs(office: Office, open_page: OpenPage) -> None:
    citizen, officer = office.do(furnish)
    first, second = (Visitor(open_page(citizen, width=360, height=780)) for _ in range(2))
    for visitor, place in ((first, 0), (second, 3)):
        visitor.go("/termine/neu")
        visitor.page.locator(".slot-picker__button").nth(place).click()
        visitor.reads("Termin buchen")
    first.page.locator("textarea").fill("Ich habe Fragen zur Miete.")
    first.page.locator("summary", has_text="Was Sie für das Gespräch brauchen").click()
    first.page.get_by_label("Bitte in Ruhe").check()
    first.page.locator("[name=interpreter_language]").fill("Arabisch")
    first.check_barriers()
    first.press("Termin buchen")
    first.sees("Der Termin war nur kurz für Sie frei gehalten.")
    first.check_barriers()
    expect(first.page.locator("textarea")).to_have_value("Ich habe Fragen zur Miete.")
    first.page.locator(".slot-picker__button").nth(5).click()
    first.reads("Termin buchen")
    expect(first.page.get_by_label("Bitte in Ruhe")).to_be_checked()
    first.press("Termin buchen")
    first.reads("Ihr Termin ist gebucht")
    second.press("Termin buchen")
    second.sees("Der Termin war nur kurz für Sie frei gehalten.")

    def states(session: Session) -> list[BookingState]:
        return [one.state for one in session.query(Booking).all()]

    assert office.do(states) == [BookingState.BOOKED]
    desk = Visitor(open_page(officer))
    desk.go("/amt/eingang")
    desk.sees("Dolmetschen vereinbaren")


def test_staff_book_with_the_keyboard(office: Office, open_page: OpenPage) -> None:
    """Somebody calls: search, kind, time; each by the keyboard alone."""

    def known(session: Session) -> StaffMember:
        citizen, officer = furnish(session)
        case = make.case_of(session, citizen, integration_officer=officer)
        case.team_id = officer.team_id
        citizen.last_name = "Aydın"
        return officer

    page = open_page(office.do(known))
    desk = Visitor(page)
    desk.go("/amt/termine/neu")
    desk.reads("Termin vergeben")
    page.keyboard.type("Aydın")
    page.keyboard.press("Enter")
    desk.sees("Für ")
    desk.check_barriers()
    page.get_by_role("link", name=re.compile("^Telefongespräch")).focus()
    page.keyboard.press("Enter")
    desk.sees("Wie ist der Termin zustande gekommen?")
    desk.check_barriers()
    page.locator(".slot-picker__button").first.focus()
    page.keyboard.press("Enter")
    desk.sees("Am Telefon gemeinsam ausgesucht")
    desk.check_barriers()
    desk.follow("Zettel zum Mitgeben")
    desk.reads("Ihr Termin")
