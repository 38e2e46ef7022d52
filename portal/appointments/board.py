"""A week of one person, or a day of several side by side, as blocks on a grid of hours.

What stands in a calendar comes from `queries`; here it is put in its place: hours as the ground,
what is free of them, what is booked, who is away. The page shows the same blocks as a list where
the grid finds no room, so each says with words what it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.appointments.queries import CalendarSheet, Gathering
from portal.calendars import lanes, resources
from portal.calendars import queries as calendars
from portal.calendars.models import AbsenceReason, Availability, Occupancy
from portal.calendars.opening import openings
from portal.calendars.slots import at_wall
from portal.core import clock

DAY = timedelta(days=1)
USUAL_HOURS = 8, 17
"""What a grid shows at least, in hours of the wall."""
WIDEST_HOURS = 6, 20
"""How far hours alone stretch it; an appointment stretches it as far as it lies."""
WHOLE_DAY = 24 * 60
_Cut = tuple[datetime, datetime, Any]
SHORTEST_GAP = timedelta(minutes=15)


class Kind(StrEnum):
    """What a block is; the style of the grid knows these words."""

    HOURS = "hours"
    FREE = "free"
    AWAY = "away"
    TAKEN = "taken"
    BOOKED = "booked"


@dataclass(frozen=True)
class Block:
    """One time in one column. Of a booking, a gathering, an absence or hours one is set.

    `begin` and `end` are minutes of the day on the wall, in steps of five: its place on the grid.
    """

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    begin: int
    end: int
    booking: Booking | None = None
    gathering: Gathering | None = None
    reason: AbsenceReason | None = None
    hours: Availability | None = None
    is_hold: bool = False

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Return hour and minute at which it begins, and how many of both it takes."""
        return *divmod(self.begin, 60), *divmod(self.end - self.begin, 60)


@dataclass(frozen=True)
class Column:
    """One day of one person; `closed` says why nobody is met on it."""

    day: date
    officer: StaffMember
    closed: str | None
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Board:
    """Columns beside each other, and from which to which hour they reach."""

    columns: Sequence[Column]
    first_hour: int
    last_hour: int
    is_one_day: bool


@dataclass(frozen=True)
class AwayAgain:
    """One time of an absence that comes again."""

    officer: StaffMember
    starts_at: datetime
    ends_at: datetime
    reason: AbsenceReason


def away_again(
    session: Session, sheet: CalendarSheet, *, officers: Sequence[StaffMember]
) -> dict[date, list[AwayAgain]]:
    """Return by day who is away again and again, for the list of a week of several people."""
    named = {one.id: one for one in officers}
    first, last = sheet.days[0], sheet.days[-1]
    closed = lanes.closed_days(first, last)
    again = calendars.recurring_absences_within(session, first, last, officers=list(named))
    found: dict[date, list[AwayAgain]] = {day: [] for day in sheet.days}
    for one, starts_at, ends_at in sorted(openings(again, first, last), key=lambda row: row[1]):
        day = clock.local_date(starts_at)
        if day not in closed:
            found[day].append(AwayAgain(named[one.staff_member_id], starts_at, ends_at, one.reason))
    return found


def board_of(
    session: Session, sheet: CalendarSheet, *, officers: Sequence[StaffMember], now: datetime
) -> Board:
    """Put a sheet of one person by days, or of several people on one day, on a grid.

    The number of questions to the database does not grow with people or days.
    """
    ids = [officer.id for officer in officers]
    first, last = sheet.days[0], sheet.days[-1]
    closed = lanes.closed_days(first, last)
    hours = calendars.hours_within(session, first, last, officers=ids)
    again = calendars.recurring_absences_within(session, first, last, officers=ids)
    spans = _Spans(
        open=[
            (one.staff_member_id, starts, ends, one)
            for one, starts, ends in openings(hours, first, last)
        ],
        away=[
            (one.staff_member_id, one.starts_at, one.ends_at, one.reason) for one in sheet.absences
        ],
        again=[
            (one.staff_member_id, starts, ends, one.reason)
            for one, starts, ends in openings(again, first, last)
        ],
        taken=_taken(session, officers, sheet, now=now),
        booked=list(sheet.bookings),
        gatherings=[
            (officer, one.event.starts_at, one.event.ends_at, one)
            for one in sheet.gatherings
            for officer in one.officers
        ],
    )
    columns = [
        Column(day, officer, closed.get(day), _blocks(spans, officer.id, day, closed.get(day)))
        for day in sheet.days
        for officer in officers
    ]
    is_one_day = len(sheet.days) == 1
    shown = [
        column for column in columns if is_one_day or column.day.isoweekday() < 6 or column.blocks
    ]
    return _cut(shown, is_one_day=is_one_day)


@dataclass(frozen=True)
class _Spans:
    """What is known of all columns, each with its officer first."""

    open: Sequence[tuple[UUID, datetime, datetime, Availability]]
    away: Sequence[tuple[UUID, datetime, datetime, AbsenceReason]]
    again: Sequence[tuple[UUID, datetime, datetime, AbsenceReason]]
    taken: Sequence[tuple[UUID, datetime, datetime, Occupancy]]
    booked: Sequence[Booking]
    gatherings: Sequence[tuple[UUID, datetime, datetime, Gathering]]


def _taken(
    session: Session, officers: Sequence[StaffMember], sheet: CalendarSheet, *, now: datetime
) -> list[tuple[UUID, datetime, datetime, Occupancy]]:
    """Return all that is taken of these people: bookings with their buffers, groups, holds."""
    officer_of = {resources.of_staff(officer): officer.id for officer in officers}
    first, last = at_wall(sheet.days[0], time()), at_wall(sheet.days[-1] + DAY, time())
    found = calendars.taken_of(session, first, last, resources=list(officer_of), now=now)
    return [(officer_of[one.resource], one.starts_at, one.ends_at, one) for one in found]


def _blocks(spans: _Spans, officer: UUID, day: date, closed: str | None) -> list[Block]:
    """Return the blocks of one column in the order in which they are read."""
    first, last = at_wall(day, time()), at_wall(day + DAY, time())

    def mine(found: Iterable[tuple[UUID, datetime, datetime, Any]]) -> list[_Cut]:
        return [
            (max(starts, first), min(ends, last), more)
            for whose, starts, ends, more in found
            if whose == officer and starts < last and ends > first
        ]

    opened, again = ([], []) if closed else (mine(spans.open), mine(spans.again))
    away, taken = [*mine(spans.away), *again], mine(spans.taken)
    booked = mine((one.staff_member_id, one.starts_at, one.ends_at, one) for one in spans.booked)
    met = mine(spans.gatherings)
    known = {one.id for _, _, one in booked} | {one.event.id for _, _, one in met}
    busy = [(starts, ends) for starts, ends, _ in [*away, *taken, *booked, *met]]
    free = [gap for starts, ends, _ in opened for gap in gaps(starts, ends, busy)]
    found = [
        *(_block(Kind.HOURS, *times, hours=more) for *times, more in opened),
        *(_block(Kind.FREE, *gap) for gap in free if gap[1] - gap[0] >= SHORTEST_GAP),
        *(_block(Kind.AWAY, *times, reason=more) for *times, more in away),
        *(
            _block(Kind.TAKEN, *times, is_hold=more.held_until is not None)
            for *times, more in taken
            if more.taken_by not in known
        ),
        *(_block(Kind.BOOKED, *times, booking=more) for *times, more in booked),
        *(_block(Kind.BOOKED, *times, gathering=more) for *times, more in met),
    ]
    rank = list(Kind)
    return sorted(found, key=lambda block: (block.starts_at, rank.index(block.kind)))


def _block(kind: Kind, starts_at: datetime, ends_at: datetime, **more: Any) -> Block:
    """Put a time in its place; what ends at midnight ends at 24."""
    starts, ends = clock.local(starts_at), clock.local(ends_at)
    begin = starts.hour * 60 + starts.minute // 5 * 5
    end = ends.hour * 60 - ends.minute // -5 * 5 if ends.date() == starts.date() else WHOLE_DAY
    return Block(kind, starts_at, ends_at, begin, max(end, begin + 5), **more)


def gaps(
    starts: datetime, ends: datetime, busy: Iterable[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """Return what is left of a time when all that is busy is taken out of it."""
    found, begin = [], starts
    for busy_from, busy_until in sorted(busy):
        if busy_from >= ends:
            break
        if busy_from > begin:
            found.append((begin, busy_from))
        begin = max(begin, busy_until)
    if begin < ends:
        found.append((begin, ends))
    return found


def _cut(columns: Sequence[Column], *, is_one_day: bool) -> Board:
    """Find the hours that the grid reaches over, and cut to them what reaches further."""
    first, last = USUAL_HOURS
    for block in (block for column in columns for block in column.blocks):
        begin, end = block.begin // 60, -(-block.end // 60)
        if block.kind is Kind.HOURS:
            begin, end = max(begin, WIDEST_HOURS[0]), min(end, WIDEST_HOURS[1])
        if block.kind in {Kind.HOURS, Kind.TAKEN, Kind.BOOKED}:
            first, last = min(first, begin), max(last, end)
    cut = [replace(column, blocks=list(_within(column.blocks, first, last))) for column in columns]
    return Board(cut, first, last, is_one_day)


def _within(blocks: Iterable[Block], first: int, last: int) -> Iterator[Block]:
    for block in blocks:
        begin, end = max(block.begin, first * 60), min(block.end, last * 60)
        if begin < end:
            yield replace(block, begin=begin, end=end)
