"""A common time found and booked at a desk, and a time narrowed down on a phone."""

from datetime import time

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember, StaffRole
from portal.calendars.models import TalkRole
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts
from tests.factories import appointments as make

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def furnish(session: Session) -> tuple[Citizen, StaffMember]:
    """Hire three who are there around the clock, a room, and a citizen with a case."""
    make.kind(session)
    lead, work, speaks = (
        make.skilled(session, TalkRole.BENEFIT, opens=False, last_name="Weiß"),
        make.skilled(session, TalkRole.INTEGRATION, opens=False, last_name="Sommer"),
        make.skilled(
            session, TalkRole.INTERPRETER, languages=["ar"], opens=False, last_name="Haddad"
        ),
    )
    for officer in (lead, work, speaks):
        for weekday in range(1, 8):
            make.hours(session, officer, weekday=weekday, starts=time(0, 0), ends=time(23, 55))
    lead.roles.append(StaffRole(role=Role.TEAM_LEAD))
    citizen = accounts.citizen(session, last_name="Kovalenko")
    case = make.case_of(session, citizen, integration_officer=lead)
    case.team_id = lead.team_id
    return citizen, lead


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_joint_talk_at_the_desk(
    office: Office, open_page: OpenPage, width: int, *, dark: bool
) -> None:
    _, lead = office.do(furnish)
    page = open_page(lead, width=width, dark=dark)
    desk = Visitor(page)
    desk.go("/amt/termine/suche?suche=Kovalenko")
    desk.reads("Zeit suchen")
    page.locator(".action-list a").first.click()
    page.get_by_label("Art von Termin").select_option(label="Gemeinsames Gespräch")
    desk.press("Noch jemand dazu")
    page.locator("[name=s2-wer]").select_option("interpreter")
    desk.press("Zeiten zeigen")
    desk.sees("In welche Sprache wird gedolmetscht?")
    desk.check_barriers()
    page.locator("[name=s2-sprache]").select_option("tr")
    desk.press("Zeiten zeigen")
    desk.sees("ist niemand eingetragen")
    desk.check_barriers()
    page.locator("[name=s2-sprache]").select_option("ar")
    desk.press("Zeiten zeigen")
    desk.sees("Wann alle Zeit haben")
    desk.check_barriers()
    page.locator(".slot-picker__button").first.click()
    desk.sees("(Dolmetschen, Arabisch)")
    desk.check_barriers()
    for path in ("/amt/termine/faehigkeiten", f"/amt/termine/faehigkeiten/{lead.id}"):
        desk.go(path)
        desk.check_barriers()


def test_wishes_on_a_phone(office: Office, open_page: OpenPage) -> None:
    citizen, _ = office.do(furnish)
    page = open_page(citizen, width=360, height=780)
    visitor = Visitor(page)
    visitor.go("/termine/neu/beratung-video")
    visitor.reads("Wann passt es Ihnen?")
    page.locator("summary", has_text="Zeiten eingrenzen").click()
    visitor.check_barriers()
    page.get_by_label("In welcher Sprache?").select_option("ar")
    page.get_by_label("Wann am Tag?").select_option("vormittag")
    visitor.press("Passende Zeiten zeigen")
    visitor.sees("Sie sehen nur: Vormittag, bis 12 Uhr, Arabisch.")
    visitor.check_barriers()
    expect(page.locator(".slot-picker__officer").first).to_contain_text("Haddad")
    page.locator("section[aria-labelledby=naechster] button").click()
    visitor.reads("Termin buchen")
    visitor.press("Termin buchen")
    visitor.reads("Ihr Termin ist gebucht")
