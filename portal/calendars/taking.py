"""Taking time of people and rooms, so that nobody is taken twice: the database is the judge.

Staff, citizens and the parts of rooms share one space of numbers: the own number of each, shifted,
with its kind in the lowest bits. A room that holds three talks at a time has three parts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, cast, delete, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.calendars.models import Occupancy, Room
from portal.core.db import lost_race

OVERLAP = "ex_occupancies_overlap"
TAKEN = "Dieser Termin wurde gerade vergeben. Wählen Sie bitte einen anderen."
OWN_OVERLAP = "Um diese Zeit gibt es schon einen Termin. Wählen Sie bitte eine andere Zeit."

_STAFF, _CITIZEN, _ROOM = 1, 2, 3
_KIND_BITS, _PART_BITS = 2, 6


@dataclass(frozen=True)
class Take:
    """A time of one resource that somebody wants, buffers included."""

    resource: int
    starts_at: datetime
    ends_at: datetime


def staff_number(number: int) -> int:
    """Return the resource of the staff member with this number."""
    return number << _KIND_BITS | _STAFF


def staff_number_of(number: SQLColumnExpression[int]) -> ColumnElement[int]:
    """Return the same as an expression, for joins."""
    return cast(number, BigInteger) * (1 << _KIND_BITS) + _STAFF


def of_staff(officer: StaffMember) -> int:
    """Return the resource of a staff member."""
    return staff_number(officer.number)


def of_citizen(citizen: Citizen) -> int:
    """Return the resource of a citizen."""
    return citizen.number << _KIND_BITS | _CITIZEN


def parts_of(room: Room) -> list[int]:
    """Return the resources of a room, one for each talk it holds at a time."""
    first = room.number << _PART_BITS
    return [(first + part) << _KIND_BITS | _ROOM for part in range(room.talks)]


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
    _clear_lapsed(session, takes, now=now)
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


def keep(session: Session, *, taken_by: UUID) -> int:
    """Turn a hold into a firm time; return how many rows of it were still there."""
    rows = session.scalars(select(Occupancy).where(Occupancy.taken_by == taken_by)).all()
    for row in rows:
        row.held_until = None
    return len(rows)


def give_back(session: Session, *, taken_by: UUID) -> None:
    """Give back all times that this booking or group has taken."""
    session.execute(delete(Occupancy).where(Occupancy.taken_by == taken_by))


def _clear_lapsed(session: Session, takes: Iterable[Take], *, now: datetime) -> None:
    """Delete holds that have run out and stand in the way."""
    in_the_way = [
        (Occupancy.resource == one.resource)
        & (Occupancy.starts_at < one.ends_at)
        & (Occupancy.ends_at > one.starts_at)
        for one in takes
    ]
    session.execute(
        delete(Occupancy)
        .where(Occupancy.held_until <= now, or_(*in_the_way))
        .execution_options(synchronize_session=False)
    )
