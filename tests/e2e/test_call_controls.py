"""What people do in a call: save data, choose a view, hear an interpreter, use the keyboard."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.appointments.models import Booking
from tests.e2e import guests
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import SPEAKS, both_in
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NO_PICTURE = {"name": "none", "bitrate": 0, "needs": 0, "scale": 4, "frames": 15}
BEST = {"name": "high", "bitrate": 1_800_000, "needs": 400_000, "scale": 1, "frames": 30}


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def frames_stop(side: CallPage, participant: str) -> None:
    """Wait until for a second no more pictures of somebody arrive."""
    for _ in range(20):
        before = side.frames_of(participant)
        side.page.wait_for_timeout(1000)
        if side.frames_of(participant) == before:
            return
    pytest.fail(f"pictures of {participant} still arrive")


def test_saving_data_is_kept_and_a_weak_path_leads_to_sound_only_and_back(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    citizens, officers = both_in(office, open_page, booking, width=390, height=780)
    one, other = CallPage(citizens), CallPage(officers)
    officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"
    one.wait_for_frames_of(officer_id)
    other.wait_for_frames_of(citizen_id)

    # The path carries no picture any more: that is said, sound goes on, the picture comes back.
    citizens.evaluate("rung => window.consultation.step(rung, 'low')", NO_PICTURE)
    expect(citizens.locator("[data-told]")).to_contain_text("Wir senden nur noch Ihren Ton.")
    expect(officers.locator(".call-tile")).to_contain_text("Kamera aus")
    assert other.loudness_of(citizen_id) > 0.01
    citizens.evaluate("rung => window.consultation.step(rung, 'none')", BEST)
    expect(citizens.locator("[data-told]")).to_contain_text("Man sieht Sie wieder.")
    other.wait_for_frames_of(citizen_id)
    citizens.get_by_role("button", name="Verstanden").click()

    # "Nur Ton" saves both ways and is still chosen after a reload; then the data is told.
    citizens.get_by_role("button", name="Optionen").click()
    citizens.get_by_label("Nur Ton, am wenigsten Daten").check()
    expect(citizens.get_by_role("button", name="Kamera")).to_have_attribute("aria-pressed", "false")
    expect(officers.locator(".call-tile")).to_contain_text("Kamera aus")
    frames_stop(one, officer_id)
    expect(citizens.get_by_text(re.compile(r"Bisher \d"))).to_be_visible(timeout=15_000)
    citizens.reload()
    one.wait_until_connected()
    citizens.get_by_role("button", name="Optionen").click()
    expect(citizens.get_by_label("Nur Ton, am wenigsten Daten")).to_be_checked()
    frames_stop(one, officer_id)
    expect(citizens.get_by_text(re.compile(r"Bisher \d"))).to_be_visible(timeout=15_000)
    assert other.loudness_of(citizen_id) > 0.01
    citizens.get_by_label("Bestes Bild").check()
    one.wait_for_frames_of(officer_id)


def test_an_interpreter_is_heard_in_full_by_who_listens_and_the_others_softly(
    office: Office, chromium: Browser, open_page: OpenPage, booking: Booking
) -> None:
    citizens, _ = both_in(office, open_page, booking)
    guest = guests.join(
        office,
        chromium,
        booking,
        name="Amira Haddad",
        role="interpreter",
        colour="#a03060",
        rights=SPEAKS,
    )
    one, officer_id = CallPage(citizens), f"staff:{booking.staff_member.id}"
    one.wait_for_frames_of("guest:Amira Haddad")
    guest.evaluate("window.guest.signalling.ask('speak', {channel: 'interpreter'})")
    expect(citizens.locator(".call-tile", has_text="Amira Haddad")).to_contain_text("dolmetscht")
    volume = f"window.consultation.video('{officer_id}').volume"
    assert citizens.evaluate(volume) == 1
    citizens.get_by_role("button", name="Optionen").click()
    citizens.get_by_label("Übersetzung hören, die anderen leiser").check()
    assert citizens.evaluate(volume) == pytest.approx(0.2)
    assert citizens.evaluate("window.consultation.video('guest:Amira Haddad').volume") == 1
    guest.evaluate("window.guest.signalling.ask('speak', {channel: 'floor'})")
    expect(citizens.locator(".call-tile", has_text="Amira Haddad")).not_to_contain_text(
        "dolmetscht"
    )
    assert citizens.evaluate(volume) == 1

    # Somebody can be made large, by name; whoever speaks can be large by choice.
    citizens.get_by_role("button", name="Groß: Amira Haddad").click()
    expect(citizens.locator(".call-tile--main")).to_contain_text("Amira Haddad")
    citizens.get_by_role("button", name="Klein: Amira Haddad").click()
    expect(citizens.locator(".call-tile--main")).to_have_count(0)
    citizens.get_by_label("Wer spricht, ist groß").check()
    expect(citizens.locator(".call-tile--main")).to_have_count(1)


def focused(page: Page) -> str:
    words = "it === document.body ? '' : it.innerText || it.id"
    return str(page.evaluate(f"(it => {words})(document.activeElement)"))


def test_a_call_is_held_with_the_keyboard_alone(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    page, officers = both_in(office, open_page, booking)
    CallPage(page).wait_for_frames_of(f"staff:{booking.staff_member.id}")

    def reach(name: str) -> None:
        for _ in range(40):
            if name in focused(page):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{name} is not reached")

    reach("Verschlüsselung prüfen")
    page.keyboard.press("Enter")
    assert focused(page) == "Verschlüsselung"
    reach("Stimmt")
    page.keyboard.press("Enter")
    expect(page.locator("[data-sealing-label]")).to_have_text("Verschlüsselt, geprüft")
    assert focused(page) == "Verschlüsselung"
    page.keyboard.press("Escape")
    assert "geprüft" in focused(page)
    reach("Ton")
    page.keyboard.press("Space")
    expect(officers.locator(".call-tile")).to_contain_text("Ton aus")
    reach("Chat")
    page.keyboard.press("Enter")
    page.keyboard.type("Guten Tag")
    page.keyboard.press("Enter")
    CallPage(officers).wait_for_message("Guten Tag")
    page.keyboard.press("Escape")
    assert "Chat" in focused(page)
    reach("Auflegen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sie haben aufgelegt")).to_be_focused()


LAYER = """
async () => {
  const { attachPointing } = await import("/static/js/consultation/pointing.js");
  const layer = Object.assign(document.createElement("div"), { id: "layer", tabIndex: 0 });
  Object.assign(layer.style, { position: "relative", width: "200px", height: "200px" });
  document.querySelector("[data-panel='chat']").prepend(layer);
  attachPointing(layer, { page: () => 3 });
}
"""


def test_who_points_at_a_page_is_seen_by_the_others_with_name_and_place(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    citizens, officers = both_in(office, open_page, booking)
    CallPage(officers).wait_for_frames_of(f"citizen:{booking.citizen.id}")
    for page in (citizens, officers):
        page.locator(".call__bar").get_by_role("button", name="Chat").click()
        page.evaluate(LAYER)
    officers.locator("#layer").focus()
    officers.keyboard.press("ArrowRight")
    dot = citizens.locator("#layer .call-dot")
    expect(dot).to_have_attribute("data-name", booking.staff_member.name)
    assert dot.evaluate("it => it.style.left") == "52%"
    expect(dot).to_be_hidden(timeout=8_000)
