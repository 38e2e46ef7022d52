"""What happens when nobody looks: an item goes to who is there, and then to the lead.

Owner gone or away: to who stands in, else the freest of the team, else the lead. Owner there but
silent: reminded one working day before, on the last day at noon the lead gets what nobody has
looked at; a day that has passed is told to the lead in any case. Each step stands on the item and
in the trail. What rests for the citizen is left alone, but for § 88 SGG and for an owner who has
left the house.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core import clock, working_days
from portal.inbox import assigning, clocks, steps
from portal.inbox.assigning import Choice, House
from portal.inbox.models import Alarm, Given, ItemView, StepKind, WorkItem
from portal.office.workload import Worker

BATCH = 200
MOST = 5000
"""Items that one run looks at; the next run, ten minutes later, begins with the oldest again."""
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


@dataclass(frozen=True)
class Moment:
    """One look at the clock of the office."""

    now: datetime
    today: date
    next_day: date
    is_afternoon: bool

    @classmethod
    def of(cls, now: datetime, *, land: str) -> "Moment":
        """Return the moment, with the working day after today."""
        today = clock.local_date(now)
        following = working_days.on_or_after(today + timedelta(days=1), land=land)
        return cls(now, today, following, clock.local(now).time() >= NOON)


def call_of(
    item: WorkItem, owner: Worker | None, *, seen_at: datetime | None, moment: Moment
) -> Call | None:
    """Tell what an open item calls for now; `seen_at` is when its owner last looked at it."""
    if owner is None or not owner.member.is_active:
        return Call.OWNER
    if item.is_resting:
        return None
    due_on = item.due_on or date.max
    presses = due_on <= moment.next_day or item.urgency >= URGENT
    if not owner.is_there:
        return Call.OWNER if presses else None
    return None if item.alarm >= Alarm.LEAD else _call_of_silence(item, seen_at, moment)


def _call_of_silence(item: WorkItem, seen_at: datetime | None, moment: Moment) -> Call | None:
    """Tell what an item calls for whose owner is there."""
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


def escalate(session: Session, *, now: datetime, land: str) -> int:
    """Do for each open item what it calls for; return how many steps were made.

    Nothing happens on days on which nobody works, except that what lies with somebody who has
    left gets another owner.
    """
    moment = Moment.of(now, land=land)
    works = working_days.is_working_day(moment.today, land=land)
    here = assigning.house(session, now=now, land=land)
    made = 0
    for item, seen_at in _pressing(session, here, moment):
        owner = here.workers.get(item.assignee_id) if item.assignee_id else None
        call = call_of(item, owner, seen_at=seen_at, moment=moment)
        if call is not None and (works or call is Call.OWNER):
            made += _answer(session, here, item, owner, call, moment=moment)
    return made


def alarm_limits(session: Session, *, now: datetime, land: str) -> int:
    """Tell owner and lead of what comes near § 88 SGG, resting or not; return how many."""
    today = clock.local_date(now)
    found = session.scalars(
        select(WorkItem)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.limit_on <= today + clocks.LIMIT_AHEAD,
            WorkItem.limit_said_at.is_(None),
        )
        .order_by(WorkItem.limit_on, WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    ).all()
    here = assigning.house(session, now=now, land=land) if found else None
    for item in found:
        lead = here.lead(item) if here else None
        why = clocks.near_limit(item.limit_on, today=today).words or ""
        item.limit_said_at = now
        item.weighed_on = None
        _tell_lead(session, item, lead, StepKind.LIMIT_NEAR, f"{why}.", now=now)
    return len(found)


def _pressing(
    session: Session, here: House, moment: Moment
) -> Iterator[tuple[WorkItem, datetime | None]]:
    """Yield the open items that may call for something, batch by batch, the longest due first."""
    away = [one.id for one in here.workers.values() if not one.is_there]
    gone = [one.id for one in here.workers.values() if not one.member.is_active]
    presses = or_(
        and_(
            WorkItem.due_on <= moment.next_day,
            or_(WorkItem.alarm < Alarm.LEAD, WorkItem.assignee_id.in_(away)),
        ),
        and_(WorkItem.urgency >= URGENT, WorkItem.assignee_id.in_(away)),
    )
    is_awake = or_(WorkItem.rests_since.is_(None), WorkItem.woke_on.is_not(None))
    which = or_(and_(is_awake, presses), WorkItem.assignee_id.in_(gone))
    after: UUID | None = None
    for _ in range(MOST // BATCH):
        batch = _batch(session, which, after)
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1][0].id


def _batch(
    session: Session, which: ColumnElement[bool], after: UUID | None
) -> Sequence[tuple[WorkItem, datetime | None]]:
    found = (
        select(WorkItem, ItemView.seen_at)
        .outerjoin(
            ItemView,
            and_(ItemView.item_id == WorkItem.id, ItemView.staff_member_id == WorkItem.assignee_id),
        )
        .where(WorkItem.closed_at.is_(None), which)
        .order_by(WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    )
    if after is not None:
        found = found.where(WorkItem.id > after)
    return [(item, seen_at) for item, seen_at in session.execute(found)]


def _answer(
    session: Session,
    here: House,
    item: WorkItem,
    owner: Worker | None,
    call: Call,
    *,
    moment: Moment,
) -> int:
    now = moment.now
    if call is Call.REMINDER:
        item.alarm = Alarm.REMINDED
        why = gettext("Die Frist endet bald. Niemand hat es bisher angesehen.")
        _say(session, item, StepKind.REMINDED, "inbox.reminded", why, to_id=None, now=now)
        return 1
    if call is Call.OWNER:
        return _new_owner(session, here, item, owner, now=now)
    lead = here.lead(item, besides=item.assignee_id)
    if call is Call.LEAD_KNOWS:
        why = gettext("Die Frist ist vorbei.")
        _tell_lead(session, item, lead, StepKind.MOVED_UP, why, now=now)
        return 1
    late = moment.today > (item.due_on or moment.today)
    why = gettext("Niemand hat es angesehen, und die Frist endet heute.")
    if late:
        why = gettext("Niemand hat es angesehen, und die Frist ist vorbei.")
    if lead is not None:
        here.put(item, Choice(lead.worker, Given.LEAD, why), now=now)
    _tell_lead(session, item, lead, StepKind.MOVED_UP, why, now=now)
    return 1


def _new_owner(
    session: Session, here: House, item: WorkItem, owner: Worker | None, *, now: datetime
) -> int:
    """Give an item to somebody who is there; when nobody is, it stays and is looked at again."""
    besides = owner.id if owner else None
    choice = here.substitute(item, owner) if owner else None
    if choice is None and item.is_private:
        choice = here.lead(item, besides=besides)
    choice = choice or here.any_owner(item, besides=besides)
    if choice is None or choice.worker.id == besides:
        return 0
    if owner is not None and owner.member.is_active and not choice.worker.is_there:
        return 0
    name = owner.member.name if owner else ""
    here.give(session, item, choice, now=now)
    said = gettext("%(name)s ist nicht da.", name=name) if name else ""
    item.changed_at, item.last_change = now, f"{said} {choice.why}".strip()
    return 1


def _tell_lead(
    session: Session,
    item: WorkItem,
    lead: Choice | None,
    kind: StepKind,
    why: str,
    *,
    now: datetime,
) -> None:
    to_id = lead.worker.id if lead else None
    item.alarmed_at, item.alarmed_to_id = now, to_id
    if kind is StepKind.MOVED_UP:
        item.alarm = Alarm.LEAD
    deed = "inbox.moved_up" if kind is StepKind.MOVED_UP else "inbox.limit_near"
    _say(session, item, kind, deed, why, to_id=to_id, now=now)


def _say(
    session: Session,
    item: WorkItem,
    kind: StepKind,
    deed: str,
    why: str,
    *,
    to_id: UUID | None,
    now: datetime,
) -> None:
    item.changed_at, item.last_change = now, why
    steps.note(session, item, kind=kind, deed=deed, to_id=to_id, why=why, by=SYSTEM, now=now)
