"""One tap to join, from the appointment and from the link of a short message; taps are counted."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations import queries, service
from portal.core import clock
from portal.notifications import service as notifications
from tests.e2e import barriers
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNTS = """
addEventListener("click", (event) => { if (event.isTrusted) tapped(); }, true);
const { mediaDevices } = navigator;
const ask = mediaDevices?.getUserMedia.bind(mediaDevices);
if (ask) mediaDevices.getUserMedia = (wanted) => { asked(); return ask(wanted); };
"""


class Taps:
    """Counts what a person taps and how often the page asks for camera or microphone."""

    def __init__(self, page: Page) -> None:
        self.count = self.asked = 0
        page.expose_function("tapped", self._tapped)
        page.expose_function("asked", self._asked)
        page.add_init_script(COUNTS)

    def _tapped(self) -> None:
        self.count += 1

    def _asked(self) -> None:
        self.asked += 1


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def link_of(session: Session, booking: Booking) -> str:
    """Write the reminder as a short message and return the link in it."""
    message = notifications.send(
        session,
        template="booking_reminder",
        address="+4915112345678",
        recipient_id=None,
        now=clock.now(),
        context={"booking": session.get_one(Booking, booking.id)},
        at_once=True,
    )
    assert message is not None
    assert len(message.text) <= 160
    return re.findall(r"http\S+", message.text)[-1]


def let_in(session: Session, booking: Booking) -> None:
    room = queries.room_for(session, booking.id, asker=booking.citizen)
    [ticket] = room.tickets
    by = room.booking.staff_member
    service.admit(session, ticket=ticket, booking=room.booking, by=by, now=clock.now())


def open_mail(page: Page, link: str) -> None:
    """Show a message as a mail program does, with its link."""
    words = f'<!doctype html><title>SMS</title><a href="{link}">{link}</a>'
    page.route(
        "https://sms.example/", lambda route: route.fulfill(body=words, content_type="text/html")
    )
    page.goto("https://sms.example/")


def test_one_tap_at_the_appointment_leads_into_the_talk(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    page = open_page(booking.citizen, width=360, height=740)
    taps = Taps(page)
    page.goto(f"/termine/{booking.id}")
    barriers.check(page)

    page.get_by_role("button", name="Zum Gespräch").click()
    expect(page.get_by_role("heading", name="Warteraum")).to_be_visible()
    barriers.check(page)
    assert (taps.count, taps.asked) == (1, 0), "no camera before the talk"

    office.do(lambda session: let_in(session, booking))
    CallPage(page).wait_until_connected()
    assert taps.count == 1
    assert taps.asked > 0


def test_one_tap_at_the_link_of_a_short_message_leads_into_the_talk(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    link = office.do(lambda session: link_of(session, booking))
    page = open_page(booking.citizen, width=360, height=740)
    taps = Taps(page)
    open_mail(page, link)

    page.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Warteraum")).to_be_visible()
    assert (taps.count, taps.asked) == (1, 0)

    office.do(lambda session: let_in(session, booking))
    CallPage(page).wait_until_connected()
    assert taps.count == 1


def test_a_page_that_was_left_takes_nobody_in_again(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    """Given somebody who left, when the page is loaded again, then only a tap leads back in."""
    link = office.do(lambda session: link_of(session, booking))
    page = open_page(booking.citizen, width=360, height=740)
    page.goto(link)
    page.get_by_role("button", name="Warteraum verlassen").click()
    expect(page.get_by_role("heading", name="Ihre Video-Beratung")).to_be_visible()
    barriers.check(page)
    page.wait_for_timeout(1_500)
    page.reload()
    page.wait_for_timeout(1_500)
    expect(page.get_by_role("heading", name="Ihre Video-Beratung")).to_be_visible()


def test_without_scripts_the_link_shows_the_door_and_every_way(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    link = office.do(lambda session: link_of(session, booking))
    page = open_page(booking.citizen, width=360, height=740)
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setScriptExecutionDisabled", {"value": True})
    page.goto(link)
    for way in ("In den Warteraum", "Ohne Kamera teilnehmen", "Nur Ton"):
        expect(page.get_by_role("button", name=way)).to_be_visible()
    expect(page.get_by_role("link", name="Bitte rufen Sie mich an")).to_be_visible()
    page.get_by_role("button", name="Nur Ton").click()
    expect(page.get_by_role("heading", name="Warteraum")).to_be_visible()
    expect(page.get_by_text("Nur Ton.", exact=True)).to_be_visible()
