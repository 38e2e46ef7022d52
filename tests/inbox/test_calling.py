"""What the database leaves out calls for nothing, and what it finds is answered, however many."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.inbox import assigning, calling, escalating, resting, service
from portal.inbox.calling import Moment, Pressing
from portal.inbox.models import Alarm, Given, ItemKind, ItemView, WorkItem
from portal.office import workload
from portal.office.workload import Away
from tests.factories import accounts, office
from tests.factories.inbox import work_item
from tests.queries import counted_queries

HE = "HE"
TODAY = date(2026, 11, 10)  # a Tuesday
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENTS = (NOON - 4 * HOUR, NOON, NOON + 4 * DAY, NOON + 6 * DAY)


def drawn(session: Session, chance: random.Random, count: int) -> list[WorkItem]:
    """Put items in all states before two teams, of which some are away and one has left."""
    lead = office.lead(session)
    other = office.lead(session)
    people = [
        lead,
        other,
        *(accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team) for _ in range(4)),
    ]
    ill, gone = people[4], people[5]
    workload.note_away(session, [Away(ill.id, NOON - DAY, NOON + 5 * DAY)])
    items = []
    for _ in range(count):
        owner = chance.choice([*people, None])
        came = NOON - chance.randint(0, 96) * HOUR
        item = work_item(
            session,
            team_of=lead,
            assignee_id=owner.id if owner else None,
            due_on=chance.choice([None, TODAY + chance.randint(-3, 7) * DAY]),
            urgency=chance.choice((0, 0, 2)),
            now=came,
        )
        item.alarm = chance.choice(list(Alarm))
        item.given = chance.choice([None, *Given])
        if item.alarm >= Alarm.LEAD:
            item.alarmed_at = came + HOUR
            item.alarmed_to_id = chance.choice([lead.id, other.id, None])
        if chance.random() < 0.2:
            item.case_id, item.kind = item.subject_id, ItemKind.APPLICATION
            session.flush()
            resting.rest_case(
                session,
                case_id=item.subject_id,
                kinds=[item.kind],
                until=TODAY + DAY,
                by=lead,
                now=came,
            )
        if chance.random() < 0.4:
            by = chance.choice([*people[:4], owner or lead])
            service.look_at(session, item=item, by=by, now=came + chance.randint(0, 60) * HOUR)
        items.append(item)
    gone.is_active = False
    session.flush()
    return items


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_what_is_left_out_calls_for_nothing(session: Session, now: datetime) -> None:
    """Given items in all states, when the rule is asked on each, then the database agrees."""
    drawn(session, random.Random(11), 200)
    here, moment = assigning.house(session, now=now, land=HE), Moment.of(now, land=HE)
    found = [
        one.item.id for batch in calling.batches(session, here, moment=moment) for one in batch
    ]
    rows = session.execute(
        select(WorkItem, ItemView.seen_at, calling._is_known(here))
        .outerjoin(
            ItemView,
            (ItemView.item_id == WorkItem.id) & (ItemView.staff_member_id == WorkItem.assignee_id),
        )
        .order_by(WorkItem.id)
    )
    asked = [Pressing(*row) for row in rows]
    calls = {
        one.item.id
        for one in asked
        if calling.call_of(one, here.owner(one.item), moment=moment) is not None
    }
    assert len(calls) > 20
    assert len(found) == len(set(found))
    due = {one.item.id: one.item.due_on or date.max for one in asked}
    assert [due[id] for id in found] == sorted(due[id] for id in found), "the longest due first"
    # Nobody has it yet, and it does not press: `take_in` gives it an owner within the minute.
    new = {one.item.id for one in asked if one.item.assignee_id is None}
    assert set(found) - new == calls - new
    assert set(found) <= calls


def test_nothing_is_starved_by_what_cannot_be_helped(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given more items than one run takes, of which many are seen, then each gets its step."""
    monkeypatch.setattr(calling, "BATCH", 3)
    monkeypatch.setattr(escalating, "MOST", 5)
    lead = office.lead(session)
    jana = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
    now = NOON - 6 * HOUR
    for number in range(40):
        item = work_item(
            session, team_of=jana, assignee_id=jana.id, due_on=TODAY + number % 2 * DAY, now=now
        )
        if number % 4 < 2:
            service.look_at(session, item=item, by=jana, now=now + HOUR)
    assigning.take_in(session, now=now, land=HE)
    session.flush()
    made = []
    while not made or made[-1] >= escalating.MOST:
        made.append(escalating.escalate(session, now=NOON, land=HE))
        session.flush()
    assert sum(made) == 20
    assert max(made) < escalating.MOST + calling.BATCH
    unseen = session.scalars(
        select(WorkItem)
        .outerjoin(ItemView, ItemView.item_id == WorkItem.id)
        .where(ItemView.item_id.is_(None))
        .order_by(WorkItem.id)
    ).all()
    assert {(one.due_on, one.alarm) for one in unseen} == {
        (TODAY, Alarm.LEAD),
        (TODAY + DAY, Alarm.REMINDED),
    }


def test_what_nobody_can_take_does_not_stand_before_what_is_new(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "BATCH", 4)
    lead = office.lead(session)
    nobody = [str(lead.id)]
    for _ in range(6):
        work_item(session, team_of=lead, kept_from=[lead.id], now=NOON - DAY)
    new = work_item(session, team_of=lead, now=NOON)
    for _ in range(2):
        assigning.take_in(session, now=NOON, land=HE)
        session.flush()
    assert nobody == [str(new.assignee_id)]


def test_a_flood_costs_few_questions_an_item(session: Session) -> None:
    """Given many at once, then giving owners and moving up ask by the batch, not by the item."""
    lead = office.lead(session)
    for _ in range(3):
        accounts.staff_member(session, Role.BENEFIT_OFFICER, team=lead.team)
    asked = []
    for count in (50, 200):
        for _ in range(count):
            work_item(session, team_of=lead, due_on=TODAY, now=NOON - 3 * DAY)
        with counted_queries() as statements:
            assigning.take_in(session, now=NOON - 3 * DAY, land=HE)
            session.flush()
            assert escalating.escalate(session, now=NOON, land=HE) == count
            session.flush()
        asked.append(len(statements))
    assert asked[1] < asked[0] + 60, asked
