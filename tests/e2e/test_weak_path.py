"""What a page does when its own way to the server loses even the sound: it sends no picture."""

import re

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
