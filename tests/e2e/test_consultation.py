"""A talk by video from the waiting room to the note, with real processes and browsers."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.appointments.models import Booking
from portal.audit import queries as audit
from tests.e2e import barriers
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RED, BLUE = "#e01020", "#1030e0"


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def test_a_talk_from_the_waiting_room_to_the_note(
    office: Office, open_page: OpenPage, booking: Booking, tmp_path: Path
) -> None:
    citizen, officer = booking.citizen, booking.staff_member
    citizen_id, officer_id = f"citizen:{citizen.id}", f"staff:{officer.id}"
    citizens_page = open_page(citizen, width=390, height=780)
    officers_page = open_page(officer)

    # The citizen checks the devices and waits.
    citizens_page.goto(f"/beratung/{booking.id}")
    citizens_page.get_by_role("link", name="Kamera und Ton prüfen").click()
    citizens_page.get_by_role("button", name="Kamera und Mikrofon einschalten").click()
    expect(citizens_page.get_by_text("Ihre Kamera funktioniert.")).to_be_visible()
    expect(citizens_page.get_by_text("Wir hören Sie.")).to_be_visible()
    citizens_page.get_by_role("button", name="Mit Bild und Ton").click()
    expect(citizens_page.get_by_role("heading", name="Warteraum")).to_be_visible()
    expect(
        citizens_page.get_by_text("Es ist vermerkt, dass Sie pünktlich da waren.")
    ).to_be_visible()

    # The officer sees who waits and lets the citizen in; the door opens by itself.
    officers_page.goto("/amt/beratung")
    expect(officers_page.get_by_text("wartet seit")).to_be_visible()
    officers_page.get_by_role("link", name=citizen.name).click()
    officers_page.get_by_role("button", name="Einlassen").click()
    expect(citizens_page.get_by_role("heading", name="Gespräch mit")).to_be_visible()

    # Both see and hear each other, through the media process.
    one, other = CallPage(citizens_page), CallPage(officers_page)
    one.wait_until_connected()
    other.wait_until_connected()
    one.wait_for_frames_of(officer_id)
    other.wait_for_frames_of(citizen_id)
    for side in (one, other):
        path = side.stats()["path"]
        assert path["remotePort"] == office.media_udp_port
        assert path["protocol"] == "udp"
    assert one.loudness_of(officer_id) > 0.01
    assert other.loudness_of(citizen_id) > 0.01

    # The picture received is the one sent.
    other.send_colour(RED)
    one.send_colour(BLUE)
    one.wait_for_colour(officer_id, 0xE0, 0x10, 0x20)
    other.wait_for_colour(citizen_id, 0x10, 0x30, 0xE0)
    citizens_page.screenshot(path=tmp_path / "call-citizen.png")
    officers_page.screenshot(path=tmp_path / "call-officer.png")

    # Words go both ways.
    one.say("Guten Tag, hören Sie mich?")
    other.wait_for_message("Guten Tag, hören Sie mich?")
    other.say("Ja, sehr gut.")
    one.wait_for_message("Ja, sehr gut.")

    # A reload comes back into the call, with the chat.
    citizens_page.reload()
    one.wait_until_connected()
    one.wait_for_frames_of(officer_id)
    one.wait_for_message("Ja, sehr gut.")
    one.wait_for_message("Guten Tag, hören Sie mich?")
    other.wait_for_frames_of(citizen_id)

    # The officer writes the note and ends; both see it, the citizen reads it.
    other.open_panel("Notiz")
    officers_page.get_by_label("Worüber haben wir gesprochen?").fill("Über die neue Miete.")
    step = officers_page.get_by_role("group", name="Schritt 1")
    step.get_by_label("Was?").fill("Mietvertrag bis Freitag schicken.")
    expect(officers_page.get_by_text("Gespeichert um")).to_be_visible()
    officers_page.get_by_role("button", name="Gespräch beenden").click()
    officers_page.get_by_role("button", name="Beenden und ablegen").click()
    expect(officers_page.get_by_text("Dieses Gespräch ist beendet")).to_be_visible()
    expect(citizens_page.get_by_role("heading", name="Das Gespräch ist beendet")).to_be_visible()
    link = citizens_page.get_by_role("link", name="Gesprächsnotiz lesen")
    link.wait_for(timeout=60_000)
    link.click()
    expect(citizens_page.get_by_role("heading", name="Gesprächsnotiz")).to_be_visible()

    # Every deed is on the trail.
    deeds = office.do(lambda session: audit.events_about(session, kind="booking", id=booking.id))
    done = {event.deed for event in deeds}
    for deed in ("arrived", "admitted", "joined", "ended", "left", "note_filed"):
        assert f"consultation.{deed}" in done


def test_a_place_in_line_and_a_call_survive_killed_processes(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    citizen, officer = booking.citizen, booking.staff_member
    citizens_page = open_page(citizen, width=390, height=780)
    officers_page = open_page(officer)
    one, other = CallPage(citizens_page), CallPage(officers_page)
    citizens_page.goto(f"/beratung/{booking.id}")
    citizens_page.get_by_role("button", name="In den Warteraum").click()
    waiting_since = citizens_page.get_by_text("Sie warten seit").inner_text()

    # The place in line stands in the database, not in a process.
    office.restart("web")
    citizens_page.reload()
    assert citizens_page.get_by_text("Sie warten seit").inner_text() == waiting_since
    officers_page.goto(f"/amt/beratung/{booking.id}")
    officers_page.get_by_role("button", name="Einlassen").click()
    one.wait_until_connected()
    other.wait_until_connected()

    # A killed media process costs seconds, and both are back in the same room.
    office.kill("media")
    expect(citizens_page.get_by_text("Unterbrochen.")).to_be_visible()
    office.start("media")
    one.wait_until_connected()
    other.wait_until_connected()
    one.wait_for_frames_of(f"staff:{officer.id}")
    other.wait_for_frames_of(f"citizen:{citizen.id}")

    # Hanging up is not the end: one tap leads back.
    citizens_page.get_by_role("button", name="Auflegen").click()
    expect(citizens_page.get_by_role("heading", name="Sie haben aufgelegt")).to_be_visible()
    expect(officers_page.get_by_text("Noch ist niemand im Gespräch.")).to_be_visible()
    citizens_page.get_by_role("link", name="Wieder eintreten").click()
    one.wait_until_connected()
    other.wait_for_frames_of(f"citizen:{citizen.id}")

    # Sent back, the citizen waits again and is let in again.
    other.open_panel("Personen")
    officers_page.get_by_role("button", name="Zurück in den Warteraum").click()
    expect(citizens_page.get_by_text("bittet Sie um einen Moment Geduld")).to_be_visible()
    officers_page.get_by_role("button", name="Einlassen").click()
    one.wait_until_connected()
    other.wait_for_frames_of(f"citizen:{citizen.id}")


@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_a_talk_is_accessible(
    office: Office, open_page: OpenPage, booking: Booking, width: int
) -> None:
    citizens_page = open_page(booking.citizen, width=width)
    officers_page = open_page(booking.staff_member, width=width)
    for path in ("", "/geraete", "/rueckruf"):
        citizens_page.goto(f"/beratung/{booking.id}{path}")
        barriers.check_day_and_night(citizens_page)
    citizens_page.goto(f"/beratung/{booking.id}/geraete")
    citizens_page.get_by_role("button", name="Ohne Kamera teilnehmen").click()
    barriers.check_day_and_night(citizens_page)
    for path in ("", f"/{booking.id}", f"/{booking.id}/geraete"):
        officers_page.goto(f"/amt/beratung{path}")
        barriers.check_day_and_night(officers_page)
    officers_page.goto(f"/amt/beratung/{booking.id}")
    officers_page.get_by_role("button", name="Einlassen").click()
    one, other = CallPage(citizens_page), CallPage(officers_page)
    one.wait_until_connected()
    other.wait_until_connected()
    expect(officers_page.get_by_text("Kamera aus", exact=True)).to_be_visible()
    one.say("Guten Tag")
    other.wait_for_message("Guten Tag")
    barriers.check_day_and_night(citizens_page)
    for panel in ("Chat", "Personen", "Notiz", "Unterlagen"):
        other.open_panel(panel)
        barriers.check_day_and_night(officers_page)
    citizens_page.get_by_role("button", name="Auflegen").click()
    barriers.check_day_and_night(citizens_page)
