"""An open thread at two browsers: what one side does is there within two seconds, nothing jumps."""

import time

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.messages.models import Thread
from tests.e2e.conftest import OpenPage
from tests.e2e.live import asks_nothing_while_hidden, opened, within
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts
from tests.factories import messages as make

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def begun(session: Session) -> tuple[Citizen, StaffMember, Thread]:
    """Let Oksana and Jana have written to each other for a while."""
    oksana, jana = accounts.citizen(session), make.officer(session)
    make.case_with(session, oksana, jana)
    thread = make.thread(session, oksana)
    for number in range(6):
        make.answered(session, thread, jana, text=f"Antwort {number}. " + "Bitte warten. " * 8)
        make.replied(session, thread, oksana, text=f"Frage {number}")
    return oksana, jana, thread


def answers(session: Session, thread: Thread, by: StaffMember, text: str) -> None:
    """Let an officer answer from somewhere else."""
    make.answered(session, thread, session.get_one(StaffMember, by.id), text=text)


def place_of(field: Locator) -> float:
    box = field.bounding_box()
    assert box
    return box["y"]


def test_both_sides_see_what_the_other_does_and_lose_nothing(
    office: Office, open_page: OpenPage
) -> None:
    """Given both have the thread open and write, when each does something, then both see it."""
    oksana, jana, thread = office.do(begun)
    phone = opened(open_page(oksana, width=360, height=640), f"/nachrichten/{thread.id}")
    desk = opened(open_page(jana), f"/amt/nachrichten/{thread.id}")

    # What the desk has opened is read, and the telephone says so without being touched.
    begun_at = time.monotonic()
    expect(phone.get_by_text("Noch nicht gelesen")).to_have_count(0, timeout=10_000)
    within(begun_at)

    field = phone.get_by_label("Ihre Nachricht")
    field.fill("Ich schreibe gerade")
    field.evaluate("field => field.setSelectionRange(4, 11)")
    before = place_of(field)
    expect(phone.locator("#stand")).to_contain_text("Wir antworten bis")

    begun_at = time.monotonic()
    desk.get_by_label("Antwort", exact=True).fill("Das Geld kommt am Montag.")
    desk.get_by_role("button", name="Senden", exact=True).click()
    expect(phone.get_by_text("Das Geld kommt am Montag.")).to_be_visible(timeout=10_000)
    within(begun_at + 1.0)  # the desk has sent a form and got a page
    expect(phone.locator("#stand")).not_to_contain_text("Wir antworten bis")
    expect(field).to_have_value("Ich schreibe gerade")
    expect(field).to_be_focused()
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [4, 11]
    assert abs(place_of(field) - before) < 2, "what is written in does not jump"
    told = phone.locator("[data-live-told]")
    expect(told).to_contain_text("Neu in dieser Unterhaltung: 1")
    expect(told).to_be_in_viewport(ratio=1)
    assert phone.locator("[id=neu]").count() == 1

    # The page alone has not read it; whoever types has.
    desk = opened(desk, f"/amt/nachrichten/{thread.id}")
    last = desk.locator(".thread__entry").last
    expect(last).to_contain_text("Noch nicht gelesen")
    begun_at = time.monotonic()
    phone.keyboard.press("ArrowRight")
    expect(last).to_contain_text("Gelesen:", timeout=10_000)
    within(begun_at)

    # What Oksana sends comes to a desk that is writing, with what follows from it.
    remark = desk.get_by_label("Antwort", exact=True)
    remark.fill("Noch im Satz")
    expect(desk.get_by_role("button", name="Unterhaltung abschließen")).to_be_visible()
    phone.get_by_role("button", name="Nachricht senden").click()
    begun_at = time.monotonic()
    expect(desk.get_by_text("Ich schreibe gerade")).to_be_visible(timeout=10_000)
    within(begun_at)
    expect(remark).to_have_value("Noch im Satz")
    expect(remark).to_be_focused()
    expect(desk.locator("#stand")).to_contain_text("Wartet auf uns")
    expect(desk.get_by_role("button", name="Keine Antwort nötig")).to_be_visible()
    expect(desk.get_by_role("button", name="Unterhaltung abschließen")).to_have_count(0)
    Visitor(desk).check_barriers()
    Visitor(phone).check_barriers()


def test_who_reads_higher_up_stays_there(office: Office, open_page: OpenPage) -> None:
    oksana, jana, thread = office.do(begun)
    page = opened(open_page(oksana, width=360, height=640), f"/nachrichten/{thread.id}")
    third = page.get_by_text("Frage 2", exact=True)
    third.scroll_into_view_if_needed()
    before = place_of(third)
    office.do(lambda session: answers(session, thread, jana, "Ganz neu."))
    expect(page.get_by_text("Ganz neu.")).to_be_attached(timeout=10_000)
    assert abs(place_of(third) - before) < 2


def test_a_hidden_page_does_not_ask_and_reads_nothing(office: Office, open_page: OpenPage) -> None:
    oksana, _, thread = office.do(begun)
    page = opened(open_page(oksana), f"/nachrichten/{thread.id}")
    asks_nothing_while_hidden(page)
