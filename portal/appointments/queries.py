"""Reading appointments for pages and verbs: always ordered, filtered by the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, false, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload, lazyload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
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
from portal.casefiles.models import Case, CaseMember
from portal.core import clock
from portal.core.config import Settings
from portal.core.errors import NotFound
from portal.inbox.models import ItemKind, WorkItem

WEEK = timedelta(days=7)
PEOPLE = (joinedload(Booking.citizen), joinedload(Booking.staff_member))


# Types


def types_for(session: Session, *, asker: Person) -> Sequence[AppointmentType]:
    """Return the kinds of appointments that the asker may book."""
    return session.scalars(
        select(AppointmentType)
        .where(_bookable_by(asker))
        .order_by(AppointmentType.position, AppointmentType.key)
    ).all()


def type_for(session: Session, key: str, *, asker: Person) -> AppointmentType:
    """Return one kind of appointment by its key."""
    found = session.scalar(
        select(AppointmentType).where(AppointmentType.key == key, _bookable_by(asker))
    )
    if found is None:
        raise NotFound
    return found


def _bookable_by(asker: Person) -> ColumnElement[bool]:
    return AppointmentType.citizen_can_book.is_(True) if isinstance(asker, Citizen) else true()


# Bookings


def booking_for(session: Session, id: UUID, *, asker: Person) -> Booking:
    """Return one booking with both people, if the asker may see it."""
    found = session.scalar(_bookings(asker).where(Booking.id == id))
    if found is None:
        raise NotFound
    return found


def next_bookings(session: Session, *, asker: Citizen, now: datetime) -> Sequence[Booking]:
    """Return the appointments that are still to come or running, the next one first."""
    return session.scalars(
        _bookings(asker)
        .where(Booking.state == BookingState.BOOKED, Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def past_bookings(
    session: Session, *, asker: Citizen, now: datetime, limit: int = 20
) -> Sequence[Booking]:
    """Return what is over or was cancelled, the latest first."""
    return session.scalars(
        _bookings(asker)
        .where(or_(Booking.state != BookingState.BOOKED, Booking.ends_at <= now))
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(limit)
    ).all()


def bookings_between(
    session: Session,
    first: datetime,
    last: datetime,
    *,
    officers: Sequence[UUID],
    asker: StaffMember,
) -> Sequence[Booking]:
    """Return what stands in the calendars of these officers, cancelled appointments left out."""
    return session.scalars(
        _bookings(asker)
        .where(
            Booking.staff_member_id.in_(officers),
            Booking.state != BookingState.CANCELLED,
            Booking.starts_at < last,
            Booking.ends_at > first,
        )
        .order_by(Booking.starts_at, Booking.staff_number)
    ).all()


def same_booking(
    session: Session, *, citizen: Citizen, type: AppointmentType, starts_at: datetime
) -> Booking | None:
    """Return the citizen's booking of this kind at this time: a second click finds the first."""
    return session.scalar(
        _bookings(citizen).where(
            Booking.type_id == type.id,
            Booking.starts_at == starts_at,
            Booking.state == BookingState.BOOKED,
        )
    )


def _bookings(asker: Person) -> Select[Booking]:
    return select(Booking).where(_visible_to(asker)).options(*PEOPLE)


def _visible_to(asker: Person) -> ColumnElement[bool]:
    if isinstance(asker, Citizen):
        return Booking.citizen_id == asker.id
    return true() if accounts_rules.can(asker, Right.MANAGE_APPOINTMENTS) else false()


# Hours of the staff


def availabilities_of(session: Session, *, officer: StaffMember) -> Sequence[Availability]:
    """Return the weekly hours of an officer, Monday first."""
    return session.scalars(
        select(Availability)
        .where(Availability.staff_member_id == officer.id)
        .order_by(Availability.weekday, Availability.starts, Availability.valid_from)
    ).all()


def availability_for(session: Session, id: UUID, *, asker: StaffMember) -> Availability:
    """Return weekly hours that the asker may change: one's own, or the team's for its lead."""
    found = session.scalar(
        select(Availability)
        .join(Availability.staff_member)
        .where(Availability.id == id, _planned_by(asker))
        .options(contains_eager(Availability.staff_member))
    )
    if found is None:
        raise NotFound
    return found


def absences_of(session: Session, *, officer: StaffMember, now: datetime) -> Sequence[Absence]:
    """Return the absences of an officer that are not over, the next one first."""
    return session.scalars(
        select(Absence)
        .where(Absence.staff_member_id == officer.id, Absence.ends_at > now)
        .order_by(Absence.starts_at, Absence.id)
    ).all()


def absence_for(session: Session, id: UUID, *, asker: StaffMember) -> Absence:
    """Return an absence that the asker may change."""
    found = session.scalar(
        select(Absence)
        .join(Absence.staff_member)
        .where(Absence.id == id, _planned_by(asker))
        .options(contains_eager(Absence.staff_member))
    )
    if found is None:
        raise NotFound
    return found


def booked_within(
    session: Session,
    first: datetime,
    last: datetime,
    *,
    officer: StaffMember,
    asker: StaffMember,
) -> Sequence[Booking]:
    """Return the appointments still ahead of an officer between two moments."""
    return session.scalars(
        _bookings(asker)
        .where(
            Booking.staff_member_id == officer.id,
            Booking.state == BookingState.BOOKED,
            Booking.starts_at < last,
            Booking.ends_at > first,
        )
        .order_by(Booking.starts_at)
    ).all()


def officers_for(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return the colleagues whose calendars the asker may open: active, with hours, by name."""
    if not accounts_rules.can(asker, Right.MANAGE_APPOINTMENTS):
        return []
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.is_active,
            select(Availability.id)
            .where(Availability.staff_member_id == StaffMember.id)
            .correlate(StaffMember)
            .exists(),
        )
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.number)
    ).all()


def _planned_by(asker: StaffMember) -> ColumnElement[bool]:
    own = StaffMember.id == asker.id
    leads = accounts_rules.can(asker, Right.SEE_TEAM)
    return or_(own, StaffMember.team_id == asker.team_id) if leads else own


# What the clock looks for


def due_reminders(session: Session, *, now: datetime) -> Sequence[Booking]:
    """Lock and return bookings to remind of; another worker's share is left to it."""
    ahead = session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.BOOKED,
            Booking.starts_at > now,
            Booking.starts_at <= now + rules.EARLY_REMINDER,
            or_(Booking.early_reminder_at.is_(None), Booking.late_reminder_at.is_(None)),
        )
        .order_by(Booking.starts_at, Booking.id)
        .options(*PEOPLE)
        .with_for_update(of=Booking, skip_locked=True)
    )
    return [booking for booking in ahead if rules.needs_reminder(booking, now=now)]


def without_outcome(session: Session, *, now: datetime) -> Sequence[Booking]:
    """Return past appointments that nobody has written an outcome for, nor been asked to."""
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.OUTCOME_MISSING,
        WorkItem.subject_id == Booking.id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.BOOKED,
            Booking.ends_at <= now - rules.OUTCOME_DUE_AFTER,
            ~asked.exists(),
        )
        .order_by(Booking.starts_at, Booking.id)
        .options(*PEOPLE)
    ).all()


# Free slots


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
    Four queries, however many people work here. `instead_of` is the booking that is to be moved.
    """
    first = max(first, rules.earliest_start(type, by=asker, now=now))
    last = min(last, rules.latest_start(type, now=now))
    if first > last:
        return []
    case = case_of(session, citizen=citizen)
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


def case_of(session: Session, *, citizen: Citizen) -> Case | None:
    """Return the case the citizen belongs to, if there is one yet."""
    return session.scalar(
        select(Case)
        .join(CaseMember)
        .where(CaseMember.citizen_id == citizen.id)
        .options(lazyload(Case.members))
    )


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
