"""Looking for free slots: the weeks of everybody as bits, laid over each other.

A seat is free when one of those who could sit there is; a talk fits where all its seats are free
at once, the rhythm of the kind allows a start and the citizen has nothing else. Weeks are read in
growing chunks until there is something to show, full ones not at all, and of a big office those
only who have to be asked (`sheets`). What is found is an offer: whether it can be taken is decided
by `truth` and the database when somebody takes it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.accounts.models import Citizen, Person, StaffMember
from portal.calendars import cells, sheets
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.sheets import Sheets
from portal.calendars.slots import CELL, Slot, at_wall
from portal.calendars.wishes import ANY_TIME, Filter, Seat, Wish, seats_of, wish
from portal.core import clock
from portal.core.errors import NotFound

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class SlotPage:
    """Free slots of one week, by day, and the days at which the weeks before and after begin.

    `next_free` is the soonest of all, where the search began today. `skipped` is the day that was
    asked for when its week has nothing, so that this is a later week.
    """

    days: dict[date, list[Slot]]
    officers: dict[UUID, StaffMember]
    earlier: date | None
    later: date | None
    next_free: Slot | None = None
    skipped: date | None = None

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
    seats: Sequence[Seat] | None = None,
    filter: Filter = ANY_TIME,
) -> list[Slot]:
    """Return every slot of a kind that this citizen could take between two moments, in order.

    With several seats each slot has as many officers. The own officer takes it if free, else
    somebody of the own team, else of the few dozen who are asked first who has the least to do that
    week. `officer` is a short word for one seat with a certain person, `instead_of` is the booking
    to be moved.
    """
    wanted = wish(
        session,
        type=type,
        channel=channel,
        citizen=citizen,
        asker=asker,
        now=now,
        instead_of=instead_of,
        seats=_seats(type, officer, seats),
        filter=filter,
    )
    first, last = max(first, wanted.earliest), min(last, wanted.latest)
    weeks = cells.week_of(last) - cells.week_of(first) + 1
    known = Sheets(session, wanted, chunk=max(weeks, 1), last=cells.week_of(last))
    return _between(known, wanted, first, last)


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
    seats: Sequence[Seat] | None = None,
    filter: Filter = ANY_TIME,
) -> SlotPage:
    """Return a week of free slots from `start` on; without any, the next week that has some."""
    wanted = wish(
        session,
        type=type,
        channel=channel,
        citizen=citizen,
        asker=asker,
        now=now,
        instead_of=instead_of,
        seats=_seats(type, officer, seats),
        filter=filter,
    )
    known = Sheets(session, wanted, chunk=2, last=cells.week_of(wanted.latest))
    today = clock.local_date(now)
    asked = start = max(start or today, today)
    found: list[Slot] = []
    for day in _weeks(start, clock.local_date(wanted.latest)):
        found = _between(known, wanted, at_wall(day, time()), _end_of_week(day))
        if found:
            start = day
            break
    later = start + WEEK
    earlier = max(asked - WEEK, today) if asked > today else None
    return SlotPage(
        days=_by_day(found),
        officers=_staff_by_id(session, {id for slot in found for id in slot.officers}),
        earlier=earlier,
        later=later if found and at_wall(later, time()) <= wanted.latest else None,
        next_free=found[0] if found and earlier is None else None,
        skipped=asked if start > asked else None,
    )


def _seats(
    type: AppointmentType, officer: UUID | None, seats: Sequence[Seat] | None
) -> Sequence[Seat]:
    """Return who has to sit there; a person who is asked for takes the first seat."""
    asked = seats or seats_of(type)
    return [replace(asked[0], person=officer), *asked[1:]] if officer else asked


def officer_of(session: Session, slot: Slot) -> StaffMember:
    """Return the officer of a slot."""
    found = session.get(StaffMember, slot.officer)
    if found is None:
        raise NotFound
    return found


def _between(known: Sheets, wanted: Wish, first: datetime, last: datetime) -> list[Slot]:
    first, last = max(first, wanted.earliest), min(last, wanted.latest)
    found: list[Slot] = []
    for week in range(cells.week_of(first), cells.week_of(last) + 1) if first <= last else ():
        if starts := sheets.suitable_starts(wanted, week, first, last):
            found += known.slots(week, starts)
    return found


def _end_of_week(day: date) -> datetime:
    return at_wall(day + WEEK, time()) - CELL


def _weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += WEEK


def _by_day(found: Sequence[Slot]) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in found:
        days.setdefault(clock.local_date(slot.starts_at), []).append(slot)
    return days


def _staff_by_id(session: Session, ids: set[UUID]) -> dict[UUID, StaffMember]:
    found = session.scalars(
        select(StaffMember)
        .where(StaffMember.id.in_(ids))
        .order_by(StaffMember.number)
        .options(lazyload(StaffMember.roles))
    )
    return {officer.id: officer for officer in found}
