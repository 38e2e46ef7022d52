"""Giving chosen hours of one person to many at once: looked at first, then all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.calendars import rules
from portal.calendars.models import Availability, Place
from portal.calendars.recurrence import Rule
from portal.calendars.service import add_availability
from portal.core.errors import Conflict, InvalidInput


@dataclass(frozen=True)
class Copy:
    """One row that one person would get, and what of theirs stands in its way."""

    officer: StaffMember
    hours: Availability
    clash: Availability | None


def preview(
    session: Session, *, rows: Sequence[Availability], officers: Sequence[StaffMember]
) -> list[Copy]:
    """Return who would get what, and what collides; nothing is changed."""
    present = _present(session, officers)
    return [
        Copy(officer, hours, rules.clash_of(hours, present[officer.id]))
        for officer in officers
        for hours in rows
    ]


def copy_hours(
    session: Session,
    *,
    rows: Sequence[Availability],
    officers: Sequence[StaffMember],
    by: StaffMember,
    now: datetime,
) -> int:
    """Give all these rows to all these people, and return how many; one collision refuses all.

    Single days that differ stay with the person they were made for.
    """
    if not rows:
        raise InvalidInput("Wählen Sie mindestens eine Sprechzeit.", field="rows")
    rules.check_how_many(officers)
    for officer in officers:
        rules.check_can_plan(officer, by=by)
    if any(copy.clash for copy in preview(session, rows=rows, officers=officers)):
        raise Conflict("Einige haben um diese Zeit schon Sprechzeiten. Es wurde nichts kopiert.")
    places = {place.id: place for place in _places(session, rows)}
    for officer in sorted(officers, key=lambda one: one.id):  # one order of locks
        for hours in rows:
            add_availability(
                session,
                officer=officer,
                rule=Rule.read(hours.rule),
                starts=hours.starts,
                ends=hours.ends,
                channels=hours.channels,
                types=hours.types,
                place=places.get(hours.place_id) if hours.place_id else None,
                valid_from=hours.valid_from,
                valid_until=hours.valid_until,
                by=by,
                now=now,
            )
    return len(rows) * len(officers)


def _present(session: Session, officers: Sequence[StaffMember]) -> dict[UUID, list[Availability]]:
    present: dict[UUID, list[Availability]] = {officer.id: [] for officer in officers}
    found = session.scalars(
        select(Availability)
        .where(Availability.staff_member_id.in_(present))
        .order_by(Availability.staff_member_id, Availability.starts, Availability.id)
    )
    for hours in found:
        present[hours.staff_member_id].append(hours)
    return present


def _places(session: Session, rows: Sequence[Availability]) -> Sequence[Place]:
    ids = {hours.place_id for hours in rows if hours.place_id}
    return session.scalars(select(Place).where(Place.id.in_(ids)).order_by(Place.name)).all()
