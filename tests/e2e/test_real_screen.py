"""A screen that the browser captures: what stands in another tab is seen by the other side."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from tests.browser import executable
from tests.e2e.call import CallPage
from tests.e2e.conftest import ARGUMENTS, OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in, sealing
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The browser that agrees to everything by itself would share a picture made of air.
AGREES = "--use-fake-ui-for-media-stream"
CHOOSES = "--auto-select-tab-capture-source-by-title=Unterlage"
PATIENCE = 30_000
PAGE = "<!doctype html><title>Unterlage</title><body style='background: #20a040'>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser that shares the tab with this title when it is asked for a screen."""
    arguments = [one for one in ARGUMENTS if one != AGREES and "capture" not in one]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=[*arguments, CHOOSES]
        )
        yield browser
        browser.close()


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def test_a_tab_that_is_shared_is_seen_until_sharing_ends(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    def with_camera(person: Citizen | StaffMember, **view: object) -> Page:
        page = open_page(person, **view)
        page.context.grant_permissions(["camera", "microphone"], origin=office.base_url)
        return page

    citizens, officers = both_in(office, with_camera, booking)
    one, officer_id = CallPage(citizens), f"staff:{booking.staff_member.id}"
    sealing(officers, "Verschlüsselung prüfen")
    paper = officers.context.new_page()
    paper.set_content(PAGE)
    officers.bring_to_front()
    share = officers.locator(".call__bar").get_by_role("button", name="Teilen")
    share.click()
    expect(share).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)

    main = citizens.locator(".call-tile--main")
    expect(main).to_contain_text(f"Bildschirm von {booking.staff_member.name}", timeout=PATIENCE)
    screen = f"{officer_id}#screen"
    one.wait_for_colour(screen, 0x20, 0xA0, 0x40)
    paper.evaluate("document.body.style.background = '#c02020'")
    one.wait_for_colour(screen, 0xC0, 0x20, 0x20)
    # The camera stays beside it, and both are sealed.
    one.wait_for_frames_of(officer_id)
    assert officers.evaluate("window.consultation.counts()")["plain"] == 0

    share.click()
    expect(main).to_have_count(0, timeout=PATIENCE)
    expect(share).to_have_attribute("aria-pressed", "false")

    # Whoever closes what they share has stopped sharing too.
    share.click()
    one.wait_for_colour(screen, 0xC0, 0x20, 0x20)
    paper.close()
    expect(share).to_have_attribute("aria-pressed", "false", timeout=PATIENCE)
    expect(main).to_have_count(0, timeout=PATIENCE)
