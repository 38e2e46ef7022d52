"""An item rests while the citizen is asked: its clock stands still, and nothing is late meanwhile.

A resting item is due on the last day that the citizen has, so it comes back when nobody answers.
The working days that were left are given back by the job, which knows the Land.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import Acting
from portal.core import clock
from portal.inbox import clocks, steps
from portal.inbox.models import ItemKind, RestsFor, StepKind, WorkItem

BATCH = 500


def set_days(item: WorkItem, due_on: date | None, *, rests_until: date | None, today: date) -> None:
    """Set the days of an item as a feature names them, without losing a pause it had.

    The day of the feature counts anew only when it names another one than last time.
    """
    named = due_on != item.given_due_on
    item.given_due_on = due_on
    if rests_until is not None:
        if named and item.rests_since is not None:
            item.due_before = due_on
        _rest(item, rests_until, RestsFor.CORRECTION, today=today, due_on=item.due_on or due_on)
    elif item.is_resting:
        _wake(item, today=today)
    elif named:
        item.due_on, item.clock_days = due_on, None


def rest_case(
    session: Session,
    *,
    case_id: UUID,
    kinds: Iterable[ItemKind],
    until: date,
    by: Acting,
    now: datetime,
) -> None:
    """Let the items of a case rest until the last day on which the citizen is to answer.

    What rests for papers already rests until the later day; what rests for a round is left alone.
    """
    today = clock.local_date(now)
    which = or_(~_resting(), WorkItem.rests_for == RestsFor.EVIDENCE)
    for item in _of_case(session, case_id, kinds, which):
        if item.is_resting:
            until = max(until, item.due_on or until)
        _rest(item, until, RestsFor.EVIDENCE, today=today, due_on=item.due_on)
        why = gettext("Ruht: Die Person ist gefragt, bis %(day)s.", day=f"{until:%d.%m.%Y}")
        _note(session, item, StepKind.RESTED, why, by=by, now=now)


def wake_case(
    session: Session, *, case_id: UUID, kinds: Iterable[ItemKind], by: Acting, now: datetime
) -> None:
    """Let the items of a case go on that rested for papers: the citizen has answered everything."""
    today = clock.local_date(now)
    for item in _of_case(session, case_id, kinds, WorkItem.rests_for == RestsFor.EVIDENCE):
        if item.is_resting:
            _wake(item, today=today)
            why = gettext("Geht weiter: Die Person hat geantwortet.")
            _note(session, item, StepKind.WOKE, why, by=by, now=now)


def wake_overdue(session: Session, *, by: Acting, now: datetime) -> int:
    """Let items go on whose citizen has not answered in time; return how many."""
    today = clock.local_date(now)
    found = session.scalars(
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None), _resting(), WorkItem.due_on < today)
        .order_by(WorkItem.due_on, WorkItem.id)
        .limit(BATCH)
        .with_for_update(of=WorkItem, skip_locked=True)
    ).all()
    for item in found:
        _wake(item, today=today)
        why = gettext("Geht weiter: Die Zeit der Person ist vorbei.")
        _note(session, item, StepKind.WOKE, why, by=by, now=now)
    return len(found)


def give_back(item: WorkItem, *, land: str) -> None:
    """Give an item that woke the working days that were left when it went to rest, at least one."""
    if item.woke_on is None or item.rests_since is None:
        return
    if item.due_before is not None:
        left = max(1, clocks.between(item.rests_since, item.due_before, land=land))
        item.due_on = clocks.later(item.woke_on, left, land=land)
    item.rests_since = item.rests_for = item.due_before = item.woke_on = None


def _rest(
    item: WorkItem, until: date, cause: RestsFor, *, today: date, due_on: date | None
) -> None:
    if item.rests_since is None:
        item.rests_since, item.due_before = today, due_on
    item.woke_on = None
    item.due_on, item.rests_for = until, cause
    item.weighed_on = None


def _wake(item: WorkItem, *, today: date) -> None:
    item.woke_on = today
    item.due_on = max(item.due_before or today, today)  # until the job counts the days
    item.weighed_on = None


def _resting() -> ColumnElement[bool]:
    return and_(WorkItem.rests_since.is_not(None), WorkItem.woke_on.is_(None))


def _of_case(
    session: Session, case_id: UUID, kinds: Iterable[ItemKind], which: ColumnElement[bool]
) -> Iterable[WorkItem]:
    return session.scalars(
        select(WorkItem)
        .where(
            WorkItem.case_id == case_id,
            WorkItem.kind.in_(list(kinds)),
            WorkItem.closed_at.is_(None),
            which,
        )
        .order_by(WorkItem.id)
        .with_for_update(of=WorkItem)
    ).all()


def _note(
    session: Session, item: WorkItem, kind: StepKind, why: str, *, by: Acting, now: datetime
) -> None:
    item.changed_at, item.last_change = now, why
    deed = "inbox.rested" if kind is StepKind.RESTED else "inbox.woke"
    steps.note(session, item, kind=kind, deed=deed, why=why, by=by, now=now)
