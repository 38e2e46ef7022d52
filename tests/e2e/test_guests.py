"""A guest comes by the link alone, and a citizen rehearses: real processes, real browsers."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations.guest_models import GuestRole
from portal.consultations.waiting_models import DeviceProfile
from tests.e2e import barriers
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import accounts
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Longer than the page needs to look after its place twice.
STAYS_OUTSIDE = 10_000


def invited(session: Session) -> tuple[Booking, str]:
    booking = factory.booking(session)
    _, code = factory.guest(session, booking, role=GuestRole.INTERPRETER, called="Samira Aziz")
    return booking, code


def test_an_interpreter_comes_by_the_link_and_is_let_in(
    office: Office, open_page: OpenPage
) -> None:
    booking, code = office.do(invited)
    guest = open_page(width=360, height=740)
    officer = open_page(booking.staff_member)
    guest.goto(f"/gast/{code}")
    barriers.check(guest)
    guest.get_by_label("Ich behalte für mich").check()
    guest.get_by_role("button", name="Zusagen und weiter").click()
    barriers.check(guest)
    guest.get_by_role("button", name="In den Warteraum").click()
    expect(guest.get_by_role("heading", name="Warteraum")).to_be_visible()
    barriers.check(guest)

    officer.goto(f"/amt/beratung/{booking.id}")
    expect(officer.get_by_text("Dolmetscherin oder Dolmetscher")).to_be_visible()
    officer.get_by_text("Nachricht an Wartende").click()
    officer.get_by_role("button", name="Ich bin gleich für Sie da.").click()
    expect(guest.get_by_text("Ich bin gleich für Sie da.")).to_be_visible()
    officer.get_by_role("button", name="Einlassen").click()

    expect(guest.get_by_role("heading", name="Gespräch mit")).to_be_visible()
    inside, other = CallPage(guest), CallPage(officer)
    inside.wait_until_connected()
    other.wait_until_connected()
    inside.wait_for_frames_of(f"staff:{booking.staff_member.id}")

    # Shown out, the guest is asked to wait, and neither time nor a reload leads back inside.
    other.open_panel("Personen")
    officer.get_by_role("button", name="Entfernen: Samira Aziz").click()
    officer.get_by_role("button", name="Wirklich entfernen?: Samira Aziz").click()
    expect(guest.get_by_text("bittet Sie um einen Moment Geduld")).to_be_visible()
    barriers.check(guest)
    guest.wait_for_timeout(STAYS_OUTSIDE)
    guest.goto(f"/gast/{code}/gespraech")
    expect(guest.get_by_role("heading", name="Warteraum")).to_be_visible()
    expect(officer.locator(".call-tile")).to_have_count(0)

    # The officer lets the guest in again, and the guest is simply there.
    officer.get_by_role("button", name="Einlassen").click()
    expect(guest.get_by_role("heading", name="Gespräch mit")).to_be_visible()
    inside.wait_until_connected()
    expect(guest.locator("[data-hold]")).to_be_hidden()
    inside.wait_for_frames_of(f"staff:{booking.staff_member.id}")


def test_the_rehearsal_measures_the_line_and_keeps_the_profile(
    office: Office, open_page: OpenPage
) -> None:
    citizen = office.do(accounts.citizen)
    page = open_page(citizen, width=360, height=740)
    page.goto("/beratung/probe")
    barriers.check(page)

    page.get_by_role("button", name="Verbindung prüfen").click()
    expect(page.get_by_text("Wir messen ein paar Sekunden")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Noch einmal prüfen")).to_be_enabled(timeout=30_000)

    page.reload()
    expect(page.get_by_role("heading", name="Ihre letzte Probe")).to_be_visible()
    barriers.check(page)
    profile = office.do(lambda session: session.scalars(select(DeviceProfile)).one())
    assert profile.camera_ok
    assert profile.sound_ok
    assert profile.rtt_ms is not None
