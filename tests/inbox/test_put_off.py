"""Many items get a Wiedervorlage at once: one day, one note, and it can be taken back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.core import clock
from portal.core.errors import InvalidInput
from portal.inbox import follow_ups, many, queries
from portal.inbox.list_models import Deed
from portal.inbox.models import FollowUp, ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories.accounts import staff_member
from tests.factories.inbox import work_item

HE = "HE"
NOW = clock.now()
TODAY = clock.local_date(NOW)
DAY = timedelta(days=1)
NOTE = "Vermieter nachfragen"


@pytest.fixture
def jana(client: PortalClient, session: Session) -> StaffMember:
    member = staff_member(session, Role.BENEFIT_OFFICER)
    client.sign_in(member)
    return member


def put_off(
    session: Session, by: StaffMember, *items: WorkItem, day: date = TODAY + 7 * DAY
) -> many.Outcome:
    outcome = many.put_off(
        session,
        ids=[item.id for item in items],
        day=day,
        note=NOTE,
        is_private=False,
        by=by,
        now=NOW,
        land=HE,
    )
    session.flush()
    return outcome


def put(session: Session) -> list[FollowUp]:
    return list(session.scalars(select(FollowUp).order_by(FollowUp.created_at, FollowUp.id)))


def day_fields(day: date) -> dict[str, str]:
    return {"day": day.isoformat()}


def test_each_gets_one_and_undo_takes_them_back(session: Session, jana: StaffMember) -> None:
    """Given three items, when they are put off and it is undone, then no Wiedervorlage is left."""
    items = [work_item(session, team_of=jana) for _ in range(3)]
    assert put_off(session, jana, *items).done == 3
    assert {one.item_id for one in put(session)} == {item.id for item in items}
    assert {one.note for one in put(session)} == {NOTE}
    assert all(item.closed_at is None for item in items), "the items stay"
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    assert deed.deed is Deed.LATER
    assert many.take_back(session, id=deed.id, by=jana, now=NOW).done == 3
    session.flush()
    assert put(session) == []


def test_undo_leaves_what_was_moved_or_done_since(session: Session, jana: StaffMember) -> None:
    items = [work_item(session, team_of=jana) for _ in range(3)]
    put_off(session, jana, *items)
    moved, done, left = put(session)
    follow_ups.move(session, follow_up=moved, day=TODAY + 30 * DAY, by=jana, now=NOW, land=HE)
    follow_ups.finish(session, follow_up=done, by=jana, now=NOW)
    session.flush()
    deed = many.latest(session, asker=jana, now=NOW)
    assert deed
    outcome = many.take_back(session, id=deed.id, by=jana, now=NOW)
    session.flush()
    assert (outcome.done, len(outcome.refused)) == (1, 2)
    assert left not in put(session)
    assert len(put(session)) == 2


def test_what_is_one_already_is_refused_and_the_rest_is_done(
    session: Session, jana: StaffMember
) -> None:
    one = work_item(session, team_of=jana, kind=ItemKind.FOLLOW_UP, title="Wiedervorlage")
    paper = work_item(session, team_of=jana)
    foreign = work_item(session, team_of=staff_member(session, Role.BENEFIT_OFFICER))
    outcome = put_off(session, jana, one, paper, foreign)
    assert outcome.done == 1
    assert "schon eine Wiedervorlage" in outcome.refused[0]
    assert [made.item_id for made in put(session)] == [paper.id]


def test_a_day_that_is_over_puts_nothing_off(session: Session, jana: StaffMember) -> None:
    item = work_item(session, team_of=jana)
    with pytest.raises(InvalidInput, match="ab morgen"):
        put_off(session, jana, item, day=TODAY)
    assert put(session) == []


def test_the_page_asks_for_day_and_note_and_does_it(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    """Given two ticked items, when day and note are given, then both come back on that day."""
    items = [work_item(session, team_of=jana, title=f"Brief {n}") for n in range(3)]
    ids = [str(item.id) for item in items[:2]]
    asked = client.post_form(
        "/amt/eingang/gemeinsam?ansicht=team", {"schritt": "wiedervorlage", "id": ids}
    )
    assert asked.status_code == 200
    assert "Wiedervorlage für 2 Vorgänge" in asked.text
    assert "Brief 0" in asked.text
    assert "Brief 2" not in asked.text
    assert put(session) == [], "asking does nothing"
    given = {"id": ids, "note": NOTE, "seen_by": "team", **day_fields(TODAY + 7 * DAY)}
    answer = client.post_form("/amt/eingang/gemeinsam/wiedervorlage?ansicht=team", given)
    assert answer.location == "/amt/eingang?ansicht=team"
    assert len(put(session)) == 2
    page = client.get("/amt/eingang?ansicht=team").text
    assert "Bei 2 Vorgängen erledigt." in page
    assert "Zuletzt bei 2 Vorgängen: auf Wiedervorlage gelegt" in page


def test_what_was_typed_is_kept_with_what_was_ticked(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    """Given a day that is over, when it is sent, then the page says so and keeps everything."""
    item = work_item(session, team_of=jana)
    given = {"id": str(item.id), "note": NOTE, "seen_by": "private"}
    for day in ({}, day_fields(TODAY - DAY)):
        answer = client.post_form("/amt/eingang/gemeinsam/wiedervorlage", {**given, **day})
        assert answer.status_code == 422
        assert NOTE in answer.text
        assert f'name="id" value="{item.id}"' in answer.text
    assert "ab morgen" in answer.text
    assert put(session) == []
    assert client.post_form("/amt/eingang/gemeinsam/wiedervorlage", {}).status_code == 422


def test_all_that_the_filters_find_are_put_off(
    client: PortalClient, session: Session, jana: StaffMember
) -> None:
    """Given more items than a page, when all found are chosen, then each of them gets one."""
    for _ in range(queries.PAGE + 2):
        work_item(session, team_of=jana, title="Brief")
    work_item(session, team_of=jana, title="Antrag")
    address = "/amt/eingang/gemeinsam?suche=brief"
    page = client.post_form(address, {"schritt": "wiedervorlage", "alle": "y"}).text
    assert f"Wiedervorlage für {queries.PAGE + 2} Vorgänge" in page
    assert page.count('type="hidden" name="id"') == queries.PAGE + 2
