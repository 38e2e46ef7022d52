"""The call in all its states: what is said, what can be done, and that nothing is in the way."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.appointments.models import Booking
from tests.e2e import barriers, guests
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SPEAKS = frozenset({"enter", "audio", "video", "chat", "screen"})
PICTURES = os.environ.get("CALL_PICTURES")


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def both_in(office: Office, open_page: OpenPage, booking: Booking, **view: object) -> list[Page]:
    """Let citizen and officer in, and return their pages."""
    citizens, officers = open_page(booking.citizen, **view), open_page(booking.staff_member, **view)
    citizens.goto(f"/beratung/{booking.id}")
    citizens.get_by_role("button", name="In den Warteraum").click()
    officers.goto(f"/amt/beratung/{booking.id}")
    officers.get_by_role("button", name="Einlassen").click()
    for page in (citizens, officers):
        CallPage(page).wait_until_connected()
    return [citizens, officers]


def look(page: Page, state: str) -> None:
    """Check a state for barriers and overflow; keep a picture of it when asked to."""
    if PICTURES:
        size = page.viewport_size or {"width": 0}
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        name = f"{state}-{size['width']}-{'dark' if dark else 'light'}.png"
        page.screenshot(path=Path(PICTURES) / name)
    barriers.check(page)


def sealing(page: Page, words: str) -> None:
    expect(page.locator("[data-sealing-label]")).to_have_text(words, timeout=20_000)


# Pictures are wanted of all four; for barriers two show every width and every colour once.
VIEWS = [(360, False), (1280, True)] + ([(360, True), (1280, False)] if PICTURES else [])


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_every_state_of_a_call_is_accessible(
    office: Office,
    chromium: Browser,
    open_page: OpenPage,
    booking: Booking,
    width: int,
    *,
    dark: bool,
) -> None:
    citizens, officers = both_in(
        office, open_page, booking, width=width, height=740 if width < 500 else 800, dark=dark
    )
    one, other = CallPage(citizens), CallPage(officers)
    officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"
    one.wait_for_frames_of(officer_id)
    other.wait_for_frames_of(citizen_id)

    # Two people: sealed, compared by voice, both see the same words.
    sealing(citizens, "Verschlüsselung prüfen")
    look(citizens, "two")
    citizens.get_by_role("button", name="Verschlüsselung prüfen").click()
    words = citizens.locator(".call-words li").all_inner_texts()
    assert len(words) == 4
    look(citizens, "compare")
    officers.get_by_role("button", name="Verschlüsselung prüfen").click()
    assert officers.locator(".call-words li").all_inner_texts() == words
    citizens.get_by_role("button", name="Stimmt", exact=True).click()
    sealing(citizens, "Verschlüsselt, geprüft")
    look(citizens, "compared")
    officers.get_by_role("button", name="Stimmt nicht").click()
    sealing(officers, "Angehalten: Wörter ungleich")
    expect(officers.locator("strong", has_text="Wir senden nichts mehr")).to_be_visible()
    look(officers, "halted")
    officers.get_by_role("button", name="Noch einmal vergleichen").click()
    officers.get_by_role("button", name="Stimmt", exact=True).click()

    # Options: data, view, devices.
    citizens.get_by_role("button", name="Optionen").click()
    expect(citizens.get_by_text("MB in 30 Minuten")).to_be_visible(timeout=15_000)
    look(citizens, "options")
    citizens.get_by_role("button", name="Optionen").click()

    # Three people, one of them interprets; then her screen is large and the people small.
    guest = guests.join(
        office,
        chromium,
        booking,
        name="Amira Haddad",
        role="interpreter",
        colour="#a03060",
        rights=SPEAKS,
    )
    for side in (one, other):
        side.wait_for_frames_of("guest:Amira Haddad")
    look(citizens, "three")
    guest.evaluate(guests.SHARE, "#f0f0e8")
    one.wait_for_frames_of("guest:Amira Haddad#screen")
    expect(citizens.locator(".call-tile--main")).to_contain_text("Bildschirm von Amira Haddad")
    look(citizens, "screen")
    other.open_panel("Personen")
    look(officers, "moderation")
    officers.get_by_role("button", name="Ton ausschalten: Amira Haddad").click()
    expect(citizens.locator(".call-tile", has_text="Dolmetschen")).to_contain_text("Ton aus")
    officers.get_by_role("button", name=f"Ton ausschalten: {booking.citizen.name}").click()
    expect(citizens.locator("[data-told]")).to_contain_text("Ihr Ton wurde ausgeschaltet.")
    look(citizens, "muted")
    citizens.get_by_role("button", name="Verstanden").click()
    officers.get_by_role("button", name=f"In die Warteschleife: {booking.citizen.name}").click()
    expect(citizens.get_by_text("Sie sind in der Warteschleife.", exact=True)).to_be_visible()
    look(citizens, "held")
    officers.get_by_role("button", name=f"Zurück ins Gespräch: {booking.citizen.name}").click()
    one.wait_for_frames_of(officer_id)
    officers.get_by_role("button", name="Entfernen: Amira Haddad").click()
    officers.get_by_role("button", name="Wirklich entfernen?: Amira Haddad").click()
    expect(citizens.locator(".call-tile")).to_have_count(1)

    # Somebody whose browser cannot seal: everybody is asked.
    guests.join(
        office,
        chromium,
        booking,
        name="Bernd Alt",
        role="companion",
        colour="#3060a0",
        rights=SPEAKS,
        seals=False,
    )
    expect(citizens.get_by_text("Ohne Verschlüsselung von Gerät zu Gerät weiter?")).to_be_visible()
    look(citizens, "ask")
    citizens.get_by_role("button", name="So weiter sprechen").click()
    sealing(citizens, "Nur zum Server verschlüsselt")
    look(citizens, "open")

    # The network is gone; then the end.
    office.kill("media")
    expect(citizens.get_by_text("Unterbrochen.")).to_be_visible()
    expect(citizens.get_by_text("Möchten Sie lieber telefonieren?")).to_be_visible(timeout=15_000)
    look(citizens, "recovering")
    office.start("media")
    one.wait_until_connected()
    expect(citizens.get_by_text("Möchten Sie lieber telefonieren?")).to_be_hidden()
    citizens.get_by_role("button", name="Auflegen").click()
    look(citizens, "ended")
    expect(officers.get_by_text("Bernd Alt").first).to_be_attached()


def test_alone_in_a_call_is_accessible(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    page = open_page(booking.staff_member, width=360, height=740)
    page.goto(f"/amt/beratung/{booking.id}/gespraech")
    CallPage(page).wait_until_connected()
    expect(page.get_by_text("Noch ist niemand im Gespräch.")).to_be_visible()
    look(page, "alone")
