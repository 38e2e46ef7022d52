"""An open list of the inbox: a colleague's deed is there within two seconds, nothing jumps."""

import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.inbox import follow_ups, queries, service
from portal.inbox.models import ItemKind, WorkItem
from tests.e2e.conftest import OpenPage
from tests.e2e.live import asks_nothing_while_hidden, opened, within
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEAM = "/amt/eingang?ansicht=team"


@pytest.fixture(autouse=True)
def _nobody_deals(office: Office) -> None:
    """Let no worker deal out what is free while somebody works on it; pages need none."""
    office.kill("worker")


def a_team(session: Session) -> StaffMember:
    """Two people and what is free."""
    jana = staff_member(session, Role.BENEFIT_OFFICER)
    staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, first_name="Tobias")
    for number in range(20):
        work_item(session, team_of=jana, title=f"Brief {number:02}")
    return jana


def tobias(session: Session) -> StaffMember:
    return session.scalars(
        select(StaffMember).where(StaffMember.first_name == "Tobias").order_by(StaffMember.id)
    ).one()


def takes(session: Session, title: str) -> None:
    id = session.scalars(select(WorkItem.id).where(WorkItem.title == title)).one()
    by = tobias(session)
    item = queries.item_for(session, id, asker=by, lock=True)
    service.claim(session, item=item, by=by, now=clock.now())


def puts(session: Session, title: str, **fields: object) -> None:
    work_item(session, team_of=tobias(session), title=title, **fields)


def row(page: Page, title: str):
    return page.get_by_role("row", name=title)


def test_a_deed_of_a_colleague_is_seen_within_two_seconds(
    office: Office, open_page: OpenPage
) -> None:
    """Given an open list, when a colleague takes an item, then it says so and disturbs nobody."""
    jana = office.do(a_team)
    mine = opened(open_page(jana, height=500), TEAM)
    button = row(mine, "Brief 12").get_by_role("button", name="Prüfen")
    button.focus()
    row(mine, "Brief 11").get_by_role("checkbox").check()
    button.focus()
    before = button.bounding_box()
    assert before

    begun = time.monotonic()
    office.do(lambda session: takes(session, "Brief 03"))
    expect(row(mine, "Brief 03")).to_contain_text("Tobias", timeout=10_000)
    within(begun)

    begun = time.monotonic()
    office.do(lambda session: puts(session, "Ganz oben", urgency=2))
    expect(row(mine, "Ganz oben")).to_be_visible(timeout=10_000)
    within(begun)
    after = button.bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) < 2, "what is looked at does not jump"
    expect(button).to_be_focused()
    expect(row(mine, "Brief 11").get_by_role("checkbox")).to_be_checked()
    expect(mine.locator("[data-live-told]")).to_contain_text("neu: 1")


def test_what_goes_while_it_is_used_stays_until_it_is_left(
    office: Office, open_page: OpenPage
) -> None:
    """Given the focus in a free item, when it is taken elsewhere, then it is shown as gone."""
    jana = office.do(a_team)
    page = opened(open_page(jana), "/amt/eingang?ansicht=frei")
    button = row(page, "Brief 05").get_by_role("button", name="Prüfen")
    button.focus()
    office.do(lambda session: takes(session, "Brief 05"))
    expect(page.locator("[data-gone]")).to_have_count(1, timeout=5_000)
    expect(button).to_be_focused()
    row(page, "Brief 06").get_by_role("button", name="Prüfen").focus()
    office.do(lambda session: takes(session, "Brief 07"))
    expect(row(page, "Brief 05")).to_have_count(0, timeout=5_000)
    expect(row(page, "Brief 07")).to_have_count(0)


def test_a_hidden_page_does_not_ask(office: Office, open_page: OpenPage) -> None:
    page = opened(open_page(office.do(a_team)), TEAM)
    asks_nothing_while_hidden(page)


def test_the_list_is_worked_by_keyboard_alone(office: Office, open_page: OpenPage) -> None:
    """Given cancelled appointments, when j x j x u z d are pressed, then each does its deed."""
    jana = office.do(a_team)
    office.do(
        lambda session: puts(session, "Abgesagt", kind=ItemKind.APPOINTMENT_CANCELLED, urgency=1)
    )
    visitor = Visitor(open_page(jana))
    page = opened(visitor.page, TEAM)
    page.locator(".keys-button").wait_for(state="visible")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-ticked]")).to_have_text("✓ 2")
    page.keyboard.press("u")
    page.get_by_text("Zuletzt bei 2 Vorgängen: übernommen").wait_for()
    page.locator(".keys-button").wait_for(state="visible")
    page.keyboard.press("z")
    page.get_by_text("Bei 2 Vorgängen zurückgenommen.").wait_for()
    page.locator(".keys-button").wait_for(state="visible")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("ankreuzen")
    visitor.check_barriers()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.get_by_text("Als erledigt abgelegt").wait_for()
    expect(row(page, "Abgesagt")).to_have_count(0)
    page.locator(".keys-button").wait_for(state="visible")
    page.keyboard.press("f")
    expect(page.locator("#art")).to_be_focused()


def test_from_thing_to_thing_and_all_at_once_by_keyboard(
    office: Office, open_page: OpenPage
) -> None:
    """Given two Wiedervorlagen, when o l h i A p are pressed, then each does its deed."""
    jana = office.do(a_team)

    def come_back(session: Session) -> None:
        by, now = session.get_one(StaffMember, jana.id), clock.now()
        day = clock.local_date(now) + timedelta(days=7)
        for note in ("Anrufen", "Nachfragen"):
            one = follow_ups.put(
                session, day=day, note=note, is_private=False, by=by, now=now, land="HE"
            )
            puts(session, note, kind=ItemKind.FOLLOW_UP, subject_id=one.id)

    office.do(come_back)
    page = opened(open_page(jana), f"{TEAM}&art=follow_up")
    ready = page.locator(".keys-button")
    ready.wait_for(state="visible")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.get_by_role("navigation", name="Durch den Eingang").wait_for()
    ready.wait_for(state="visible")
    first = page.url
    page.keyboard.press("l")
    page.wait_for_url(lambda url: "/amt/wiedervorlagen/" in url and url != first)
    ready.wait_for(state="visible")
    second = page.url
    page.locator("input[name^='day']").first.focus()
    page.keyboard.press("h")
    assert page.url == second, "in a field a key is a letter"
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    page.wait_for_url(first)
    ready.wait_for(state="visible")
    page.keyboard.press("i")
    page.wait_for_url(lambda url: url.endswith("art=follow_up"))
    page.goto(f"{TEAM}&suche=brief")
    ready.wait_for(state="visible")
    page.keyboard.press("A")
    expect(page.get_by_label("Alle gefundenen")).to_be_checked()
    page.keyboard.press("A")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_url("**/amt/wiedervorlagen/zu/*")
