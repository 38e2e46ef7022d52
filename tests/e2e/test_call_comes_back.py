"""A phone loses its network in a talk, and gets another one: the talk is back by itself."""

import time
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from tests.e2e import paths
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in, sealing
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]

PATIENCE = 45_000


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def back_soon(sides: Iterable[CallPage], since: float) -> None:
    for side in sides:
        side.is_back_soon(since)


def test_a_talk_is_back_by_itself_after_no_network_at_all_and_in_another_one(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    with paths.path_to(office.media_udp_port) as (path, via):

        def over_the_path(person: Citizen | StaffMember, **view: object) -> Page:
            page = open_page(person, **view)
            if isinstance(person, Citizen):
                paths.lead(page, via)
            return page

        citizens, officers = pages = both_in(office, over_the_path, booking)
        one, other = CallPage(citizens), CallPage(officers)
        officer_id, citizen_id = f"staff:{booking.staff_member.id}", f"citizen:{booking.citizen.id}"

        def both_see_each_other() -> None:
            one.wait_until_connected()
            one.wait_for_frames_of(officer_id)
            other.wait_for_frames_of(citizen_id)
            assert one.stats()["path"]["remotePort"] == via

        both_see_each_other()
        for page in pages:
            page.evaluate("window.sameness = 'not loaded again'")

        # Another network at once: the server follows the packets to where they come from now.
        one.watch(officer_id)
        other.watch(citizen_id)
        moved_at = time.time()
        paths.move(path)
        back_soon((one, other), moved_at)
        both_see_each_other()

        # No network at all, neither for the page nor for sound and picture.
        citizens.context.set_offline(True)
        path.cut()
        expect(citizens.get_by_text("Unterbrochen.")).to_be_visible(timeout=PATIENCE)
        one.say("Hört mich jemand?")
        before = other.frames_of(citizen_id)
        officers.wait_for_timeout(2_000)
        assert other.frames_of(citizen_id) == before

        # It is back, in another place.
        back_at = time.time()
        paths.move(path)
        path.mend()
        citizens.context.set_offline(False)
        back_soon((one, other), back_at)
        both_see_each_other()
        assert other.loudness_of(citizen_id) > 0.01
        other.wait_for_message("Hört mich jemand?")
        for page in pages:
            sealing(page, "Verschlüsselung prüfen")
            expect(page.locator(".call-tile")).to_have_count(1)
            assert page.evaluate("window.sameness") == "not loaded again"

        # Loaded again, by a finger that slipped.
        loaded_at = time.time()
        citizens.reload()
        one.watch(officer_id)
        back_soon((one, other), loaded_at)
        both_see_each_other()
