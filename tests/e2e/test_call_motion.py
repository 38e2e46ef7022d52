"""Who wants no motion gets none: nothing of the call moves by itself."""

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.test_call_states import both_in
from tests.factories import consultations as factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Animations that run, and everything that would move longer than anybody can see.
MOVING = """
() => {
  const longest = (times) => Math.max(...times.split(",").map((time) => parseFloat(time) || 0));
  const found = document.getAnimations()
    .filter((one) => one.playState === "running" && one.effect.getComputedTiming().duration > 1)
    .map((one) => `${one.constructor.name} of ${one.effect.target?.className}`);
  for (const element of document.querySelectorAll("*")) {
    for (const part of [null, "::before", "::after"]) {
      const style = getComputedStyle(element, part);
      const moves = longest(style.transitionDuration) > 0.001
        || (style.animationName !== "none" && longest(style.animationDuration) > 0.001)
        || style.scrollBehavior === "smooth";
      if (moves) found.push(`${element.tagName}.${element.className}${part ?? ""}`);
    }
  }
  return found;
}
"""


@pytest.fixture
def booking(office: Office) -> Booking:
    return office.do(factory.booking)


def still(*pages: Page) -> None:
    for page in pages:
        assert page.evaluate(MOVING) == []


def test_nothing_moves_in_a_call_for_who_wants_no_motion(
    office: Office, open_page: OpenPage, booking: Booking
) -> None:
    def quiet(person: Citizen | StaffMember, **view: object) -> Page:
        page = open_page(person, **view)
        page.emulate_media(reduced_motion="reduce")
        return page

    citizens, officers = both_in(office, quiet, booking)
    one, other = CallPage(citizens), CallPage(officers)
    one.wait_for_frames_of(f"staff:{booking.staff_member.id}")
    still(citizens, officers)
    for panel in ("Chat", "Personen", "Notiz", "Optionen"):
        other.open_panel(panel)
        still(officers)
    one.open_panel("Chat")
    one.say("Guten Tag")
    other.wait_for_message("Guten Tag")
    still(citizens, officers)
    officers.locator(".call__bar").get_by_role("button", name="Teilen").click()
    expect(citizens.locator(".call-tile--main")).to_be_visible(timeout=30_000)
    still(citizens, officers)
    office.kill("media")
    expect(citizens.get_by_text("Unterbrochen.")).to_be_visible()
    still(citizens, officers)
    citizens.get_by_role("button", name="Auflegen").click()
    still(citizens)

    # It is the wish that keeps things still, not that there is nothing to keep still.
    citizens.goto("/dev/bausteine")
    citizens.emulate_media(reduced_motion="no-preference")
    assert citizens.evaluate(MOVING) != []
    citizens.emulate_media(reduced_motion="reduce")
    still(citizens)
