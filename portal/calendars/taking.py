"""Taking time of people and rooms, so that nobody is taken twice: the database is the judge.

What is taken or given back here changes the weeks of those concerned in the same transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.calendars import weeks
from portal.calendars.models import Occupancy
from portal.calendars.resources import (
    of_citizen,
    of_staff,
    parts_of,
    staff_number,
    staff_number_of,
)
from portal.core.db import lost_race

__all__ = ["of_citizen", "of_staff", "parts_of", "staff_number", "staff_number_of"]

OVERLAP = "ex_occupancies_overlap"
TAKEN = "Dieser Termin wurde gerade vergeben. Wählen Sie bitte einen anderen."
OWN_OVERLAP = "Um diese Zeit gibt es schon einen Termin. Wählen Sie bitte eine andere Zeit."


@dataclass(frozen=True)
class Take:
    """A time of one resource that somebody wants, buffers included."""

    resource: int
    starts_at: datetime
    ends_at: datetime


def take(
    session: Session,
    takes: Sequence[Take],
    *,
    taken_by: UUID,
    now: datetime,
    held_until: datetime | None = None,
    refusal: str = TAKEN,
) -> None:
    """Take all these times at once, or none and raise `Conflict` with `refusal`.

    Holds that have run out make way. What `taken_by` had before must be given back first. Callers
    hold the locks of the people concerned, so the constraint decides only where they did not.
    """
    weeks.lock(session, (one.resource for one in takes))
    cleared = _clear_lapsed(session, takes, now=now)
    rows = [
        Occupancy(
            resource=one.resource,
            taken_by=taken_by,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            held_until=held_until,
        )
        for one in sorted(takes, key=lambda one: one.resource)
    ]
    with lost_race(session, OVERLAP, refusal, field="slot"):
        session.add_all(rows)
        session.flush()  # the constraint decides here
    taken = [(one.resource, one.starts_at, one.ends_at) for one in takes]
    weeks.refresh_times(session, [*taken, *cleared])


def keep(session: Session, *, taken_by: UUID) -> int:
    """Turn a hold into a firm time; return how many rows of it were still there.

    The weeks do not change: what is held counts as taken.
    """
    rows = session.scalars(select(Occupancy).where(Occupancy.taken_by == taken_by)).all()
    for row in rows:
        row.held_until = None
    return len(rows)


def give_back(session: Session, *, taken_by: UUID) -> None:
    """Give back all times that this booking or group has taken."""
    give_back_all(session, taken_by=[taken_by])


def give_back_all(session: Session, *, taken_by: Sequence[UUID]) -> None:
    """Give back all times that these bookings or groups have taken, their people locked first."""
    theirs = Occupancy.taken_by.in_(taken_by)
    weeks.lock(session, session.scalars(select(Occupancy.resource).where(theirs)))
    given = session.execute(
        delete(Occupancy)
        .where(theirs)
        .returning(Occupancy.resource, Occupancy.starts_at, Occupancy.ends_at)
    )
    weeks.refresh_times(session, [(one, begins, ends) for one, begins, ends in given])


def _clear_lapsed(
    session: Session, takes: Iterable[Take], *, now: datetime
) -> list[tuple[int, datetime, datetime]]:
    """Delete holds that have run out and stand in the way; return their times."""
    in_the_way = [
        (Occupancy.resource == one.resource)
        & (Occupancy.starts_at < one.ends_at)
        & (Occupancy.ends_at > one.starts_at)
        for one in takes
    ]
    cleared = session.execute(
        delete(Occupancy)
        .where(Occupancy.held_until <= now, or_(*in_the_way))
        .returning(Occupancy.resource, Occupancy.starts_at, Occupancy.ends_at)
        .execution_options(synchronize_session=False)
    )
    return [(resource, starts_at, ends_at) for resource, starts_at, ends_at in cleared]
