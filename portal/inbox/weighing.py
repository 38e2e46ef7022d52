"""What the passing of the days does to all open items, each night: one statement per due day.

Only rows whose words change are written: most items have nothing to say most days.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.inbox import assigning, clocks
from portal.inbox.models import WorkItem

AHEAD = timedelta(days=45)
"""Later days say nothing yet, whatever the kind."""
BATCH = 1000


def weigh_all(session: Session, *, today: date, land: str) -> int:
    """Say on each item what its clock says today; return how many items that changed.

    Items whose number of days differs share a due day, so each pair has its own words; there are
    as many statements as such pairs, however many items there are.
    """
    pairs = session.execute(
        select(WorkItem.due_on, WorkItem.clock_days)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.rests_since.is_(None),
            WorkItem.due_on <= today + AHEAD,
        )
        .group_by(WorkItem.due_on, WorkItem.clock_days)
        .order_by(WorkItem.due_on, WorkItem.clock_days)
    ).all()
    changed = 0
    for due_on, clock_days in pairs:
        said = clocks.weighed(due_on, clock_days, today=today, land=land)
        if said.words is None:
            continue
        urgency = func.greatest(WorkItem.base_urgency, said.urgency)
        reason = _sentence(said.words)
        done: Any = session.execute(
            update(WorkItem)
            .where(
                WorkItem.closed_at.is_(None),
                WorkItem.rests_since.is_(None),
                WorkItem.due_on == due_on,
                WorkItem.clock_days.is_not_distinct_from(clock_days),
                or_(WorkItem.limit_on.is_(None), WorkItem.limit_on > today + clocks.LIMIT_AHEAD),
            )
            .where(
                or_(
                    WorkItem.urgency != urgency,
                    WorkItem.urgency_reason.is_distinct_from(reason),
                )
            )
            .values(urgency=urgency, urgency_reason=reason, weighed_on=today)
            .execution_options(synchronize_session=False)
        )
        changed += done.rowcount
    _weigh_near_limits(session, today=today, land=land)
    session.expire_all()
    return changed


def _sentence(words: str) -> ColumnElement[str]:
    """Return `clocks.sentence` of the feature's reason and `words`, written for the database."""
    base = func.rtrim(func.btrim(func.coalesce(WorkItem.base_reason, "")), ".")
    return case((base == "", literal(f"{words}.")), else_=base + literal(f", {words}."))


def _weigh_near_limits(session: Session, *, today: date, land: str) -> None:
    near = session.scalars(
        select(WorkItem)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.limit_on <= today + clocks.LIMIT_AHEAD,
            or_(WorkItem.weighed_on.is_(None), WorkItem.weighed_on < today),
        )
        .order_by(WorkItem.limit_on, WorkItem.id)
        .limit(BATCH)
    ).all()
    for item in near:
        assigning.clocks_say(item, today=today, land=land)
    session.flush()  # the rows are forgotten now and read anew
