"""What the machines of the office know of the keys of a call: nothing."""

import pytest
from playwright.sync_api import Page, expect

from portal.appointments.models import Booking
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in, sealing
from tests.factories import consultations as factory
from tests.processes import memory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REMEMBER_KEYS = """
window.made = [];
const generate = SubtleCrypto.prototype.generateKey;
SubtleCrypto.prototype.generateKey = async function (algorithm, extractable, usages) {
  const key = await generate.call(this, algorithm, extractable, usages);
  if (key instanceof CryptoKey && key.extractable) {
    window.made.push([...new Uint8Array(await crypto.subtle.exportKey("raw", key))]);
  }
  return key;
};
"""


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def keys_of(page: Page) -> list[bytes]:
    return [bytes(key) for key in page.evaluate("window.made")]


def test_no_process_of_the_office_and_no_log_holds_a_key_of_a_call(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    def remembering(*person: object, **view: object) -> Page:
        page = open_page(*person, **view)
        page.add_init_script(REMEMBER_KEYS)
        return page

    pages = both_in(office, remembering, booking)
    one, other = map(CallPage, pages)
    one.wait_for_frames_of(f"staff:{booking.staff_member.id}")
    other.wait_for_frames_of(f"citizen:{booking.citizen.id}")
    for page in pages:
        sealing(page, "Verschlüsselung prüfen")
    keys = [key for page in pages for key in keys_of(page)]
    assert len(keys) >= 2

    known = [office.settings.ticket_keys[0].encode()]
    processes = office.pids("media")
    # The search finds what is there: the key that tickets are signed with.
    assert any(memory.holds(pid, known) for pid in processes)
    for name in ("media", "web"):
        for pid in office.pids(name):
            assert memory.holds(pid, keys) == [], name
    log = office.log.read_bytes()
    assert not any(key in log or key.hex().encode() in log for key in keys)

    # After a reload and a killed media process both are sealed again, and nothing was open.
    pages[0].reload()
    for side, who in ((one, booking.staff_member), (other, booking.citizen)):
        side.wait_until_connected()
        kind = "staff" if who is booking.staff_member else "citizen"
        side.wait_for_frames_of(f"{kind}:{who.id}")
    office.kill("media")
    expect(pages[0].get_by_text("Unterbrochen.")).to_be_visible()
    office.start("media")
    one.wait_until_connected()
    other.wait_for_frames_of(f"citizen:{booking.citizen.id}")
    one.wait_for_frames_of(f"staff:{booking.staff_member.id}")
    for page in pages:
        sealing(page, "Verschlüsselung prüfen")
        assert page.evaluate("window.consultation.counts()")["plain"] == 0
        expect(page.locator(".call-tile")).to_have_count(1)
