"""Looking for free slots: what the database knows, handed to the arithmetic of `slots`.

The number of queries does not grow with the office.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import rules, slots
from portal.appointments.models import (
    Absence,
    AppointmentType,
    Availability,
    Booking,
    BookingState,
    Channel,
)
from portal.appointments.rules import Person
from portal.appointments.slots import Hours, Pattern, Slot, Span
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.config import Settings
from portal.core.errors import NotFound

WEEK = timedelta(days=7)


def free_slots(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    citizen: Citizen,
    first: datetime,
    last: datetime,
    asker: Person,
    now: datetime,
    officer: UUID | None = None,
    instead_of: Booking | None = None,
) -> list[Slot]:
    """Return the slots of a kind that this citizen could take between two moments.

    The citizen's own integration officer comes first, then any whose hours fit, or only `officer`.
    The number of queries does not grow with the office. `instead_of` is the booking to be moved.
    """
    first = max(first, rules.earliest_start(type, by=asker, now=now))
    last = min(last, rules.latest_start(type, now=now))
    if first > last:
        return []
    case = casefiles.case_of(session, asker=citizen)
    own = case.integration_officer_id if case else None
    found = slots.free_slots(
        _pattern(type),
        hours=_hours(session, type, channel, officer),
        busy=_busy_staff(session, first, last + timedelta(days=1), instead_of, officer),
        closed=_public_holidays(first, last),
        first=first,
        last=last,
        preferred=[own] if own else [],
    )
    return slots.without_overlap(
        found,
        duration=type.duration_minutes,
        busy=_busy_citizen(session, citizen, first, last + type.duration, instead_of),
    )


@dataclass(frozen=True)
class SlotPage:
    """Free slots of one week, by day, and the days at which the weeks before and after begin."""

    days: dict[date, list[Slot]]
    officers: dict[UUID, StaffMember]
    earlier: date | None
    later: date | None


def slot_page(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    citizen: Citizen,
    start: date | None,
    asker: Person,
    now: datetime,
    officer: UUID | None = None,
    instead_of: Booking | None = None,
) -> SlotPage:
    """Return a week of free slots from `start` on; without any, the next week that has some."""
    today, last = clock.local_date(now), rules.latest_start(type, now=now)

    def search(first: date, last: datetime) -> list[Slot]:
        return free_slots(
            session,
            type=type,
            channel=channel,
            citizen=citizen,
            first=slots.at_wall(first, time()),
            last=last,
            asker=asker,
            now=now,
            officer=officer,
            instead_of=instead_of,
        )

    start = max(start or today, today)
    found = search(start, _week_after(start))
    if not found:
        found = search(start, last)
        start = clock.local_date(found[0].starts_at) if found else start
        found = [slot for slot in found if slot.starts_at < _week_after(start)]
    later = start + WEEK
    return SlotPage(
        days=_by_day(found),
        officers=_staff_by_id(session, {slot.officer for slot in found}),
        earlier=max(start - WEEK, today) if start > today else None,
        later=later if found and slots.at_wall(later, time()) <= last else None,
    )


def _week_after(day: date) -> datetime:
    return slots.at_wall(day + WEEK, time()) - slots.CELL


def _by_day(found: list[Slot]) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in found:
        days.setdefault(clock.local_date(slot.starts_at), []).append(slot)
    return days


def _staff_by_id(session: Session, ids: set[UUID]) -> dict[UUID, StaffMember]:
    found = session.scalars(
        select(StaffMember).where(StaffMember.id.in_(ids)).order_by(StaffMember.number)
    )
    return {officer.id: officer for officer in found}


def officer_of(session: Session, slot: Slot) -> StaffMember:
    """Return the officer of a slot."""
    found = session.get(StaffMember, slot.officer)
    if found is None:
        raise NotFound
    return found


def is_free(
    session: Session,
    slot: Slot,
    *,
    type: AppointmentType,
    channel: Channel,
    instead_of: Booking | None = None,
) -> bool:
    """Tell whether the officer of the slot could take it now."""
    first = last = slot.starts_at
    found = slots.free_slots(
        _pattern(type),
        hours=_hours(session, type, channel, slot.officer),
        busy=_busy_staff(session, first, last + timedelta(days=1), instead_of, slot.officer),
        closed=_public_holidays(first, last),
        first=first,
        last=last,
    )
    return slot in found


def _pattern(type: AppointmentType) -> Pattern:
    return Pattern(type.duration_minutes, type.buffer_minutes, type.start_every_minutes)


def _hours(
    session: Session, type: AppointmentType, channel: Channel, officer: UUID | None
) -> list[Hours]:
    """Return the weekly hours that take this kind by this channel."""
    found = session.execute(
        select(
            Availability.staff_member_id,
            Availability.weekday,
            Availability.starts,
            Availability.ends,
            Availability.valid_from,
            Availability.valid_until,
        )
        .join(StaffMember, StaffMember.id == Availability.staff_member_id)
        .where(
            StaffMember.is_active,
            _only(Availability.staff_member_id, officer),
            Availability.channels.contains([channel]),
            or_(~Availability.types.any(), Availability.types.any(AppointmentType.id == type.id)),
        )
        .order_by(Availability.id)
    )
    return [Hours(*row) for row in found]


def _busy_staff(
    session: Session,
    first: datetime,
    last: datetime,
    instead_of: Booking | None,
    officer: UUID | None,
) -> list[Span]:
    """Return when officers are taken, by appointments with their buffers and by absences."""
    booked = select(Booking.staff_member_id, Booking.starts_at, Booking.blocked_until).where(
        Booking.state != BookingState.CANCELLED,
        Booking.starts_at < last,
        Booking.blocked_until > first,
        _only(Booking.staff_member_id, officer),
        _is_not(instead_of),
    )
    away = select(Absence.staff_member_id, Absence.starts_at, Absence.ends_at).where(
        Absence.starts_at < last,
        Absence.ends_at > first,
        _only(Absence.staff_member_id, officer),
    )
    return [Span(*row) for row in session.execute(union_all(booked, away))]


def _busy_citizen(
    session: Session,
    citizen: Citizen,
    first: datetime,
    last: datetime,
    instead_of: Booking | None,
) -> list[Span]:
    found = session.execute(
        select(Booking.citizen_id, Booking.starts_at, Booking.ends_at)
        .where(
            Booking.citizen_id == citizen.id,
            Booking.state != BookingState.CANCELLED,
            Booking.starts_at < last,
            Booking.ends_at > first,
            _is_not(instead_of),
        )
        .order_by(Booking.starts_at)
    )
    return [Span(*row) for row in found]


def _only(column: InstrumentedAttribute[UUID], officer: UUID | None) -> ColumnElement[bool]:
    return column == officer if officer else true()


def _is_not(booking: Booking | None) -> ColumnElement[bool]:
    return Booking.id != booking.id if booking else true()


def _public_holidays(first: datetime, last: datetime) -> set[date]:
    settings: Settings = current_app.config["SETTINGS"]
    years = range(first.year, last.year + 1)
    return {day for year in years for day in slots.public_holidays(settings.land, year)}
