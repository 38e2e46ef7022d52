"""What a page does when its own way to the server loses even the sound: it sends no picture."""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from tests.e2e import paths
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]

PATIENCE = 45_000
STEPS = 90_000
"""Milliseconds for all rungs of the ladder, each of which waits for its measurements."""
LISTENED = 8_000

CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    window.connections.push(this);
  }
};
"""
# What is played, and what of it had to be invented because it did not arrive.
PLAYED = """
async () => {
  const report = await window.connections.at(-1).getStats();
  const streams = [...report.values()].filter((it) => it.type === "inbound-rtp");
  const heard = streams.filter((it) => it.kind === "audio");
  const sum = (key) => heard.reduce((total, it) => total + (it[key] ?? 0), 0);
  return [sum("totalSamplesReceived"), sum("concealedSamples") - sum("silentConcealedSamples")];
}
"""


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def test_on_a_way_that_loses_the_sound_the_picture_is_left_out_and_comes_back(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    with paths.path_to(office.media_udp_port) as (path, via):

        def over_the_path(person: Citizen | StaffMember, **view: object) -> Page:
            page = open_page(person, **view)
            if isinstance(person, Citizen):
                paths.lead(page, via)
            return page

        citizens, officers = both_in(office, over_the_path, booking)
        one, other = CallPage(citizens), CallPage(officers)
        citizen_id = f"citizen:{booking.citizen.id}"
        other.wait_for_frames_of(citizen_id)
        assert one.stats()["path"]["remotePort"] == via

        # Two of three packets get lost on the way up: the server hears it and says so.
        path.up.loss = 0.6
        told = citizens.locator("[data-told]")
        expect(told).to_contain_text("Wir senden nur noch Ihren Ton.", timeout=PATIENCE)
        expect(officers.locator(".call-tile")).to_contain_text("Kamera aus")
        before = other.frames_of(citizen_id)
        officers.wait_for_timeout(2_000)
        assert other.frames_of(citizen_id) <= before + 5
        # The camera is still the person's: its button is pressed, the own picture stays.
        camera = citizens.get_by_role("button", name="Kamera")
        expect(camera).to_have_attribute("aria-pressed", "true")
        expect(citizens.locator("[data-self]")).to_have_class(re.compile("call-self--weak"))

        path.up.loss = 0.0
        assert other.loudness_of(citizen_id) > 0.01
        expect(told).to_contain_text("Man sieht Sie wieder.", timeout=PATIENCE)
        expect(officers.locator(".call-tile")).not_to_contain_text("Kamera aus")
        other.wait_for_frames_of(citizen_id)


def missing(pages: Sequence[Page]) -> list[float]:
    """Return, for each page, the part of the sound that did not arrive within some seconds."""
    before = [page.evaluate(PLAYED) for page in pages]
    pages[0].wait_for_timeout(LISTENED)
    after = [page.evaluate(PLAYED) for page in pages]
    return [
        (invented - invented_before) / (samples - samples_before)
        for (samples_before, invented_before), (samples, invented) in zip(
            before, after, strict=True
        )
    ]


def test_at_64_kbit_with_losses_and_delay_both_hear_each_other_and_see_each_other_afterwards(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    """Given 64 kbit/s, 15 % loss and 300 ms there and back, in user space: not every kernel has
    `tc netem`.
    """
    with paths.path_to(office.media_udp_port) as (path, via):

        def over_the_path(person: Citizen | StaffMember, **view: object) -> Page:
            page = open_page(person, **view)
            page.add_init_script(CONNECTIONS)
            if isinstance(person, Citizen):
                paths.lead(page, via)
            return page

        citizens, officers = pages = both_in(office, over_the_path, booking)
        one, other = CallPage(citizens), CallPage(officers)
        officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"
        one.wait_for_frames_of(officer_id)
        other.wait_for_frames_of(citizen_id)

        good = [(way.rate, way.loss, way.delay) for way in (path.up, path.down)]
        for way in (path.up, path.down):
            way.rate, way.loss, way.delay = 64_000, 0.15, 0.15
        told = citizens.locator("[data-told]")
        expect(told).to_contain_text("Wir senden nur noch Ihren Ton.", timeout=STEPS)
        citizens.wait_for_timeout(3_000)  # what was under way before it still stands in the pipe
        before = one.frames_of(officer_id), other.frames_of(citizen_id)
        to_citizen, to_officer = missing(pages)
        assert max(to_citizen, to_officer) < 0.3, (to_citizen, to_officer)
        assert min(one.loudness_of(officer_id), other.loudness_of(citizen_id)) > 0.01
        after = one.frames_of(officer_id), other.frames_of(citizen_id)
        assert max(after[0] - before[0], after[1] - before[1]) < 60, "pictures make way for it"

        for way, (way.rate, way.loss, way.delay) in zip((path.up, path.down), good, strict=True):
            assert way.loss == 0
        expect(told).to_contain_text("Man sieht Sie wieder.", timeout=STEPS)
        one.wait_for_frames_of(officer_id)
        other.wait_for_frames_of(citizen_id)
