"""Looking for free slots: what the database knows, handed to the arithmetic of `slots`.

A big office is not read as a whole. A page of slots asks the citizen's own officer and team first
and goes on to others, in growing batches, until there is enough to choose from. When slots are
scarce, everybody is asked: that nothing is free is never a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, lazyload

from portal.accounts.models import Citizen, Person, StaffMember
from portal.calendars import rules, slots, taking
from portal.calendars.models import Absence, AppointmentType, Availability, Channel, Occupancy
from portal.calendars.slots import Hours, Pattern, Slot, Span, at_wall
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case
from portal.core import clock, working_days
from portal.core.config import Settings
from portal.core.errors import NotFound
from portal.office import queries as office

DAY, WEEK = timedelta(days=1), timedelta(days=7)
ENOUGH = 20
FIRST_BATCH = 10


@dataclass(frozen=True)
class Wish:
    """What is looked for, within which time, and what is known about the citizen."""

    type: AppointmentType
    channel: Channel
    earliest: datetime
    latest: datetime
    own_officer: UUID | None
    own_team: UUID | None
    own_time: list[Span]
    kept_apart: frozenset[UUID]
    instead_of: UUID | None
    now: datetime


@dataclass(frozen=True)
class SlotPage:
    """Free slots of one week, by day, and the days at which the weeks before and after begin."""

    days: dict[date, list[Slot]]
    officers: dict[UUID, StaffMember]
    earlier: date | None
    later: date | None

    def first(self, count: int) -> "SlotPage":
        """Return the same page with the first few slots only, and no way to other weeks."""
        left = count
        days: dict[date, list[Slot]] = {}
        for day, slots_of_day in self.days.items():
            if left > 0:
                days[day] = slots_of_day[:left]
                left -= len(days[day])
        return SlotPage(days, self.officers, None, None)


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
    instead_of: UUID | None = None,
) -> list[Slot]:
    """Return every slot of a kind that this citizen could take between two moments.

    The citizen's own integration officer comes first, then any whose hours fit, or only `officer`.
    The number of queries does not grow with the office. `instead_of` is the booking
    to be moved.
    """
    wish = _wish(
        session,
        type=type,
        channel=channel,
        citizen=citizen,
        asker=asker,
        now=now,
        instead_of=instead_of,
    )
    return _slots(session, wish, first, last, [officer] if officer else None)


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
    instead_of: UUID | None = None,
) -> SlotPage:
    """Return a week of free slots from `start` on; without any, the next week that has some."""
    wish = _wish(
        session,
        type=type,
        channel=channel,
        citizen=citizen,
        asker=asker,
        now=now,
        instead_of=instead_of,
    )
    officers = [officer] if officer else _officers(session, wish, citizen)
    today = clock.local_date(now)
    start = max(start or today, today)
    found: list[Slot] = []
    for week in _weeks(start, clock.local_date(wish.latest)):
        found = _week_of_slots(session, wish, week, officers)
        if found:
            start = week
            break
    later = start + WEEK
    return SlotPage(
        days=_by_day(found),
        officers=_staff_by_id(session, {slot.officer for slot in found}),
        earlier=max(start - WEEK, today) if start > today else None,
        later=later if found and at_wall(later, time()) <= wish.latest else None,
    )


def is_free(
    session: Session,
    slot: Slot,
    *,
    type: AppointmentType,
    channel: Channel,
    now: datetime,
    instead_of: UUID | None = None,
) -> bool:
    """Tell whether the officer of the slot could take it now."""
    found = slots.free_slots(
        _pattern(type),
        hours=_hours(session, type, channel, [slot.officer]),
        busy=_busy_staff(
            session,
            first=slot.starts_at,
            last=slot.starts_at,
            instead_of=instead_of,
            officers=[slot.officer],
            now=now,
        ),
        closed=_public_holidays(slot.starts_at, slot.starts_at),
        first=slot.starts_at,
        last=slot.starts_at,
    )
    return slot in found


def kept_from(session: Session, citizen: Citizen) -> frozenset[UUID]:
    """Return the officers whom a conflict of interest keeps from this citizen or their case."""
    return _kept_from(session, citizen, casefiles.case_of(session, asker=citizen))


def _kept_from(session: Session, citizen: Citizen, case: Case | None) -> frozenset[UUID]:
    people = [member.citizen_id for member in case.members] if case else [citizen.id]
    return office.kept_from(session, citizen_ids=people)


def officer_of(session: Session, slot: Slot) -> StaffMember:
    """Return the officer of a slot."""
    found = session.get(StaffMember, slot.officer)
    if found is None:
        raise NotFound
    return found


# A wish, and the slots that fulfil it


def _wish(
    session: Session,
    *,
    type: AppointmentType,
    channel: Channel,
    citizen: Citizen,
    asker: Person,
    now: datetime,
    instead_of: UUID | None,
) -> Wish:
    case = casefiles.case_of(session, asker=citizen)
    return Wish(
        type=type,
        channel=channel,
        earliest=rules.earliest_start(type, by=asker, now=now),
        latest=rules.latest_start(type, now=now),
        own_officer=case.integration_officer_id if case else None,
        own_team=case.team_id if case else None,
        own_time=_busy_citizen(session, citizen, now, instead_of),
        kept_apart=_kept_from(session, citizen, case),
        instead_of=instead_of,
        now=now,
    )


def _slots(
    session: Session,
    wish: Wish,
    first: datetime,
    last: datetime,
    officers: Sequence[UUID] | None,
) -> list[Slot]:
    """Return what these officers, or all, could offer between two moments."""
    first, last = max(first, wish.earliest), min(last, wish.latest)
    if first > last:
        return []
    found = slots.free_slots(
        _pattern(wish.type),
        hours=[
            hours
            for hours in _hours(session, wish.type, wish.channel, officers)
            if hours.officer not in wish.kept_apart
        ],
        busy=_busy_staff(
            session,
            first=first,
            last=last,
            instead_of=wish.instead_of,
            officers=officers,
            now=wish.now,
        ),
        closed=_public_holidays(first, last),
        first=first,
        last=last,
        preferred=[wish.own_officer] if wish.own_officer else [],
    )
    return slots.without_overlap(found, duration=wish.type.duration_minutes, busy=wish.own_time)


def _week_of_slots(
    session: Session, wish: Wish, start: date, officers: Sequence[UUID]
) -> list[Slot]:
    """Ask officers in growing batches until there is enough to choose from."""
    first, last = at_wall(start, time()), at_wall(start + WEEK, time()) - slots.CELL
    found: dict[datetime, Slot] = {}
    for batch in _batches(officers):
        for slot in _slots(session, wish, first, last, batch):
            found.setdefault(slot.starts_at, slot)
        if len(found) >= ENOUGH:
            break
    return [slot for _, slot in sorted(found.items())]


def _batches(officers: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    size = FIRST_BATCH
    while officers:
        yield officers[:size]
        officers, size = officers[size:], 2 * size


def _weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += WEEK


def _by_day(found: Sequence[Slot]) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in found:
        days.setdefault(clock.local_date(slot.starts_at), []).append(slot)
    return days


def _pattern(type: AppointmentType) -> Pattern:
    return Pattern(type.duration_minutes, type.buffer_minutes, type.start_every_minutes)


# What the database knows


def _officers(session: Session, wish: Wish, citizen: Citizen) -> Sequence[UUID]:
    """Return who is to be asked: the own officer, the own team, then the others.

    Each citizen begins at another place in the row, so that nobody is always asked first.
    """
    return session.scalars(
        select(StaffMember.id)
        .where(StaffMember.is_active, _has_hours(wish.type, wish.channel))
        .order_by(
            (StaffMember.id == wish.own_officer).desc(),
            (StaffMember.team_id == wish.own_team).desc(),
            (StaffMember.number + citizen.number) % 997,
            StaffMember.number,
        )
    ).all()


def _has_hours(type: AppointmentType, channel: Channel) -> ColumnElement[bool]:
    return StaffMember.id.in_(
        select(Availability.staff_member_id).where(_takes(type, channel)).distinct()
    )


def _takes(type: AppointmentType, channel: Channel) -> ColumnElement[bool]:
    """Narrow weekly hours to those that take this kind by this channel."""
    for_all_types = ~Availability.types.any()
    return Availability.channels.contains([channel]) & or_(
        for_all_types, Availability.types.any(AppointmentType.id == type.id)
    )


def _hours(
    session: Session, type: AppointmentType, channel: Channel, officers: Sequence[UUID] | None
) -> list[Hours]:
    found = session.execute(
        select(
            Availability.staff_member_id,
            Availability.weekday,
            Availability.starts,
            Availability.ends,
            Availability.valid_from,
            Availability.valid_until,
        )
        .join(Availability.staff_member)
        .where(
            StaffMember.is_active,
            _takes(type, channel),
            _among(Availability.staff_member_id, officers),
        )
        .order_by(Availability.id)
    )
    return [Hours(*row) for row in found.all()]


def _busy_staff(
    session: Session,
    *,
    first: datetime,
    last: datetime,
    instead_of: UUID | None,
    officers: Sequence[UUID] | None,
    now: datetime,
) -> list[Span]:
    """Return when officers are taken, by appointments with their buffers and by absences.

    A talk that begins at `last` must see what is taken after it, so a day is added. Nothing takes
    longer than a day: saying so spares the database the years before `first`.
    """
    taken = (
        select(StaffMember.id, Occupancy.starts_at, Occupancy.ends_at)
        .join(Occupancy, Occupancy.resource == taking.staff_number_of(StaffMember.number))
        .where(
            Occupancy.starts_at.between(first - DAY, last + DAY),
            Occupancy.ends_at > first,
            _among(StaffMember.id, officers),
            _counts(instead_of, now),
        )
    )
    away = select(Absence.staff_member_id, Absence.starts_at, Absence.ends_at).where(
        Absence.starts_at < last + DAY,
        Absence.ends_at > first,
        _among(Absence.staff_member_id, officers),
    )
    return [Span(*row) for row in session.execute(union_all(taken, away)).all()]


def _busy_citizen(
    session: Session, citizen: Citizen, now: datetime, instead_of: UUID | None
) -> list[Span]:
    found = session.execute(
        select(Occupancy.starts_at, Occupancy.ends_at)
        .where(
            Occupancy.resource == taking.of_citizen(citizen),
            Occupancy.ends_at > now,
            _counts(instead_of, now),
        )
        .order_by(Occupancy.starts_at)
    )
    return [Span(citizen.id, *row) for row in found]


def _counts(instead_of: UUID | None, now: datetime) -> ColumnElement[bool]:
    """Leave out holds that have run out, and what is to be moved."""
    alive = or_(Occupancy.held_until.is_(None), Occupancy.held_until > now)
    return alive & (Occupancy.taken_by != instead_of) if instead_of else alive


def _staff_by_id(session: Session, ids: set[UUID]) -> dict[UUID, StaffMember]:
    found = session.scalars(
        select(StaffMember)
        .where(StaffMember.id.in_(ids))
        .order_by(StaffMember.number)
        .options(lazyload(StaffMember.roles))
    )
    return {officer.id: officer for officer in found}


def _among(
    column: InstrumentedAttribute[UUID], officers: Sequence[UUID] | None
) -> ColumnElement[bool]:
    return true() if officers is None else column.in_(officers)


def _public_holidays(first: datetime, last: datetime) -> set[date]:
    settings: Settings = current_app.config["SETTINGS"]
    years = range(first.year, last.year + 1)
    return {day for year in years for day in working_days.public_holidays(settings.land, year)}
