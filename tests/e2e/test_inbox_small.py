"""The inbox on a small screen: the list at once, the deeds only when something is ticked."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from tests.e2e.conftest import OpenPage
from tests.e2e.live import opened
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = [(360, 740), (1280, 800)]


def a_desk(session: Session) -> StaffMember:
    """One officer, a colleague, and more than a screen of items."""
    jana = staff_member(session, Role.BENEFIT_OFFICER)
    staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, first_name="Tobias")
    for number in range(12):
        work_item(session, team_of=jana, assignee_id=jana.id, title=f"Brief {number:02}")
    return jana


@pytest.fixture(autouse=True)
def _nobody_deals(office: Office) -> None:
    """Let no worker deal out what is free while somebody works on it; pages need none."""
    office.kill("worker")


def top_of(page: Page, title: str) -> float:
    box = page.get_by_role("row", name=title).bounding_box()
    assert box
    return box["y"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_list_is_seen_at_once_and_the_deeds_come_with_a_tick(
    office: Office, open_page: OpenPage, width: int, height: int
) -> None:
    """Given the list, when something is ticked, then the deeds are there and nothing has moved."""
    visitor = Visitor(open_page(office.do(a_desk), width=width, height=height))
    page = opened(visitor.page, "/amt/eingang?ansicht=meine")
    page.evaluate("document.fonts.ready")
    first = page.locator("[data-row]").first
    title = (first.locator(".work-item__title").text_content() or "").strip()
    assert top_of(page, title) < height * 0.66, "at least a third of the screen is the list"
    later = page.get_by_role("button", name="Wiedervorlage", exact=True)
    expect(later).to_be_hidden()
    before = top_of(page, title)
    first.get_by_role("checkbox").check()
    expect(later).to_be_in_viewport()
    assert top_of(page, title) == before
    # At the end of the list the bar covers no row: a button half below it is one scroll away.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    visitor.check_barriers()
    later.click()
    page.get_by_role("heading", name="Wiedervorlage für einen Vorgang").wait_for()
    visitor.check_barriers()


def test_the_deeds_come_without_a_script_too(office: Office, open_page: OpenPage) -> None:
    """Given a browser without scripts, when a box is ticked, then the deeds can be done."""
    page = open_page(office.do(a_desk), width=360)
    context = page.context.browser
    assert context
    bare = context.new_context(
        base_url=office.base_url,
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
        viewport={"width": 360, "height": 740},
        locale="de-DE",
    )
    try:
        page = bare.new_page()
        page.goto("/amt/eingang?ansicht=meine")
        seen = page.get_by_role("button", name="Als gesehen merken")
        expect(seen).to_be_hidden()
        page.locator("[data-row]").first.get_by_role("checkbox").check()
        expect(seen).to_be_visible()
        seen.click()
        expect(page.get_by_text("Bei einem Vorgang erledigt.")).to_be_visible()
    finally:
        bare.close()
