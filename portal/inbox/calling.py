"""What an open item calls for now, as a rule on one item and as a question to the database.

The question leaves out what calls for nothing, so that whatever was looked at is not looked at
again: however many items press, each run comes to the next ones. `tests/inbox/test_calling.py`
holds rule and question against each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.core import clock, working_days
from portal.inbox.assigning import House
from portal.inbox.models import Alarm, Given, ItemView, WorkItem
from portal.office.workload import Worker

BATCH = 200
NOON = time(12)
PATIENCE = timedelta(hours=1)
"""So long after an item came to somebody nobody takes it away again."""
URGENT = 2


class Call(StrEnum):
    """What an item calls for."""

    OWNER = "owner"
    REMINDER = "reminder"
    LEAD_TAKES = "lead_takes"
    LEAD_KNOWS = "lead_knows"
    NEXT_LEAD = "next_lead"


@dataclass(frozen=True)
class Moment:
    """One look at the clock of the office."""

    now: datetime
    today: date
    next_day: date
    is_afternoon: bool
    is_working_day: bool
    a_day_ago: datetime
    """This time of the working day before: who was told by then had a whole day to look."""

    @classmethod
    def of(cls, now: datetime, *, land: str) -> "Moment":
        """Return the moment, with the working days before and after today."""
        local = clock.local(now)
        today = local.date()
        before = today - timedelta(days=1)
        while not working_days.is_working_day(before, land=land):
            before -= timedelta(days=1)
        return cls(
            now=now,
            today=today,
            next_day=working_days.on_or_after(today + timedelta(days=1), land=land),
            is_afternoon=local.time() >= NOON,
            is_working_day=working_days.is_working_day(today, land=land),
            a_day_ago=datetime.combine(before, local.time(), clock.BERLIN),
        )


@dataclass(frozen=True)
class Pressing:
    """An item that may call for something, and who has looked at it.

    `seen_at` is when its owner last did; `is_known` tells whether somebody who leads, or stands in
    for who does, has looked since it went up.
    """

    item: WorkItem
    seen_at: datetime | None = None
    is_known: bool = False


def call_of(one: Pressing, owner: Worker | None, *, moment: Moment) -> Call | None:
    """Tell what an open item calls for now; on days off only another owner."""
    item = one.item
    if owner is None or not owner.member.is_active:
        return Call.OWNER
    if item.is_resting:
        return None
    presses = (item.due_on or date.max) <= moment.next_day or item.urgency >= URGENT
    if presses and not owner.is_there:
        return Call.OWNER
    if not moment.is_working_day or item.alarm >= Alarm.ALL:
        return None
    if item.alarm >= Alarm.LEAD:
        had_a_day = (item.alarmed_at or item.opened_at) <= moment.a_day_ago
        return Call.NEXT_LEAD if had_a_day and not one.is_known else None
    return _call_of_silence(one, moment)


def _call_of_silence(one: Pressing, moment: Moment) -> Call | None:
    """Tell what an item calls for whose owner is there."""
    item, seen_at = one.item, one.seen_at
    due_on = item.due_on or date.max
    seen = item.given is Given.CLAIMED
    seen = seen or (seen_at is not None and seen_at >= (item.given_at or item.opened_at))
    if due_on < moment.today:
        return Call.LEAD_KNOWS if seen else Call.LEAD_TAKES
    if seen or moment.now - (item.given_at or item.opened_at) < PATIENCE:
        return None
    is_last_day = due_on < moment.next_day  # a due day at the weekend is over on Friday
    if is_last_day and moment.is_afternoon:
        return Call.LEAD_TAKES
    near = due_on <= moment.next_day and item.alarm < Alarm.REMINDED
    return Call.REMINDER if near else None


def batches(session: Session, here: House, *, moment: Moment) -> Iterator[Sequence[Pressing]]:
    """Yield the open items that call for something, batch by batch, the longest due first.

    They stay locked; what somebody else has locked comes next time.
    """
    due_on = func.coalesce(WorkItem.due_on, date.max)
    asked = (
        select(WorkItem, ItemView.seen_at, _is_known(here))
        .outerjoin(
            ItemView,
            and_(ItemView.item_id == WorkItem.id, ItemView.staff_member_id == WorkItem.assignee_id),
        )
        .where(WorkItem.closed_at.is_(None), _calls(here, moment))
        .order_by(due_on, WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    )
    after: tuple[date, UUID] | None = None
    while True:
        place = (
            [] if after is None else [tuple_(due_on, WorkItem.id) > tuple_(*map(literal, after))]
        )
        batch = [Pressing(*row) for row in session.execute(asked.where(*place))]
        if batch:
            last = batch[-1].item
            after = (last.due_on or date.max, last.id)
            yield batch
        if len(batch) < BATCH:
            return


def _calls(here: House, moment: Moment) -> ColumnElement[bool]:
    """Return `call_of` as a condition."""
    away = [one.id for one in here.workers.values() if not one.is_there]
    gone = [one.id for one in here.workers.values() if not one.member.is_active]
    nobody = or_(WorkItem.assignee_id.is_(None), WorkItem.assignee_id.in_(away))
    presses = or_(WorkItem.due_on <= moment.next_day, WorkItem.urgency >= URGENT)
    calls = [and_(nobody, presses)]
    if moment.is_working_day:
        calls += [_is_silent(moment), _lead_is_silent(here, moment)]
    is_awake = or_(WorkItem.rests_since.is_(None), WorkItem.woke_on.is_not(None))
    return or_(and_(is_awake, or_(*calls)), WorkItem.assignee_id.in_(gone))


def _is_silent(moment: Moment) -> ColumnElement[bool]:
    """Return the condition that its day is over, or near and its owner has not looked."""
    came_at = func.coalesce(WorkItem.given_at, WorkItem.opened_at)
    unseen = and_(
        WorkItem.given.is_distinct_from(Given.CLAIMED),
        or_(ItemView.seen_at.is_(None), ItemView.seen_at < came_at),
        came_at <= moment.now - PATIENCE,
    )
    step = WorkItem.alarm < Alarm.REMINDED
    if moment.is_afternoon:
        step = or_(step, WorkItem.due_on < moment.next_day)
    near = and_(WorkItem.due_on <= moment.next_day, unseen, step)
    return and_(WorkItem.alarm < Alarm.LEAD, or_(WorkItem.due_on < moment.today, near))


def _lead_is_silent(here: House, moment: Moment) -> ColumnElement[bool]:
    """Return the condition that it went up a working day ago, and nobody who leads has looked."""
    return and_(
        WorkItem.alarm == Alarm.LEAD,
        func.coalesce(WorkItem.alarmed_at, WorkItem.opened_at) <= moment.a_day_ago,
        ~_is_known(here),
    )


def _is_known(here: House) -> ColumnElement[bool]:
    view = ItemView.__table__.alias("looks")
    return exists().where(
        view.c.item_id == WorkItem.id,
        view.c.seen_at >= func.coalesce(WorkItem.alarmed_at, WorkItem.opened_at),
        or_(
            view.c.staff_member_id == WorkItem.alarmed_to_id,
            view.c.staff_member_id.in_(here.watchers()),
        ),
    )
