"""Which slots are free: pure arithmetic on plain values, no database, no clock of its own.

The days of a search are one integer for each officer, with a bit for each five minutes, so that
hours, bookings and absences meet in a handful of AND and shift operations. Bits count elapsed time,
not hands of the clock: days on which the clocks change simply have 276 or 300 of them. A wall time
that does not exist is read as RFC 5545 says, with the offset before the gap; one that comes twice
means the first.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from portal.core.clock import BERLIN, local_date

CELL = timedelta(minutes=5)
_LONGEST_DAY = 300


@dataclass(frozen=True)
class Pattern:
    """What a kind of appointment asks of a day, in minutes that are multiples of five."""

    duration: int
    buffer: int
    start_every: int


@dataclass(frozen=True)
class Hours:
    """Weekly hours of an officer on the wall clock, in steps of five minutes; Monday is 1."""

    officer: UUID
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None

    def count_on(self, day: date) -> bool:
        """Tell whether these hours count on `day`."""
        is_weekday = self.weekday == day.isoweekday()
        return is_weekday and self.valid_from <= day <= (self.valid_until or date.max)


@dataclass(frozen=True)
class Span:
    """A time in which somebody cannot be booked."""

    person: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, order=True)
class Slot:
    """A free time with the officer who would take it."""

    starts_at: datetime
    officer: UUID

    @property
    def key(self) -> str:
        """Return the slot as one word, for forms and addresses."""
        return f"{self.starts_at:%Y%m%dT%H%MZ}.{self.officer}"

    @classmethod
    def read(cls, key: str) -> "Slot | None":
        """Return the slot that `key` names, or nothing when it names none."""
        moment, _, officer = key.partition(".")
        try:
            starts_at = datetime.strptime(moment, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
            return cls(starts_at, UUID(officer))
        except ValueError:
            return None


def at_wall(day: date, wall: time) -> datetime:
    """Return the moment at which the clock of the office shows `wall` on `day`."""
    return datetime.combine(day, wall, BERLIN).astimezone(UTC)


def days_between(first: datetime, last: datetime) -> Iterator[date]:
    """Walk the calendar days of the office from one moment to another, both included."""
    day, end = local_date(first), local_date(last)
    while day <= end:
        yield day
        day += timedelta(days=1)


def free_slots(
    pattern: Pattern,
    *,
    hours: Iterable[Hours],
    busy: Iterable[Span],
    closed: Container[date],
    first: datetime,
    last: datetime,
    preferred: Sequence[UUID] = (),
) -> list[Slot]:
    """Return each free start between `first` and `last` with one officer, in order of time.

    Of several free officers the first of `preferred` takes it, else the one with the least to do.
    """
    days = list(days_between(first, last))
    sheet = _Sheet(_midnight(days[0]), _midnight(days[-1]))
    opened = sheet.opened(hours, days)
    taken = sheet.taken(busy)
    starts = sheet.starts([day for day in days if day not in closed], pattern.start_every)
    free = {
        officer: _where_it_fits(pattern, sheet.all, cells, taken[officer]) & starts
        for officer, cells in opened.items()
    }
    ranked = sorted(free, key=_ranking(preferred, taken))
    found = sheet.slots(free, ranked)
    return [slot for slot in found if first <= slot.starts_at <= last]


def without_overlap(slots: Iterable[Slot], *, duration: int, busy: Iterable[Span]) -> list[Slot]:
    """Leave out the slots that overlap the own appointments of the person who asks."""
    taken = list(busy)
    length = timedelta(minutes=duration)
    return [
        slot
        for slot in slots
        if not any(
            span.starts_at < slot.starts_at + length and slot.starts_at < span.ends_at
            for span in taken
        )
    ]


class _Sheet:
    """The days of one search as a row of five-minute cells, from midnight of the first on."""

    def __init__(self, first_midnight: datetime, last_midnight: datetime) -> None:
        self.origin = first_midnight
        # The last day and one more: a talk in the evening may keep its officer busy past midnight.
        self.length = (last_midnight - first_midnight) // CELL + 2 * _LONGEST_DAY
        self.all = (1 << self.length) - 1

    def opened(self, hours: Iterable[Hours], days: Iterable[date]) -> Mapping[UUID, int]:
        """Return the cells inside the weekly hours of each officer."""
        by_weekday: dict[int, list[Hours]] = defaultdict(list)
        for window in hours:
            by_weekday[window.weekday].append(window)
        opened: dict[UUID, int] = defaultdict(int)
        for day in days:
            place = self._place(day)
            for window in by_weekday[day.isoweekday()]:
                if window.count_on(day):
                    opened[window.officer] |= _cells_open(day, window.starts, window.ends) << place
        return opened

    def taken(self, busy: Iterable[Span]) -> Mapping[UUID, int]:
        """Return the cells that are taken, by person; a cell that is cut counts as a whole."""
        taken: dict[UUID, int] = defaultdict(int)
        for span in busy:
            taken[span.person] |= _cells(self.origin, span.starts_at, span.ends_at) & self.all
        return taken

    def starts(self, days: Iterable[date], every: int) -> int:
        """Return the cells at which a talk may start."""
        starts = 0
        for day in days:
            starts |= _cells_of_starts(day, every) << self._place(day)
        return starts

    def slots(self, free: Mapping[UUID, int], ranked: Iterable[UUID]) -> list[Slot]:
        """Give each start to the first officer in the ranking who is free then."""
        given, found = 0, []
        for officer in ranked:
            fresh = free[officer] & ~given
            given |= fresh
            found += [Slot(self.origin + CELL * cell, officer) for cell in _set_bits(fresh)]
        return sorted(found)

    def _place(self, day: date) -> int:
        return (_midnight(day) - self.origin) // CELL


def _where_it_fits(pattern: Pattern, all_cells: int, opened: int, taken: int) -> int:
    """Return where a talk fits: inside the hours, with its buffer clear of everything else."""
    talk = pattern.duration // 5
    with_buffer = talk + pattern.buffer // 5
    return _runs(opened, talk) & _runs(all_cells & ~taken, with_buffer)


def _runs(cells: int, length: int) -> int:
    """Return the cells at which a run of `length` set cells begins."""
    have = 1
    while have < length:
        step = min(have, length - have)
        cells &= cells >> step
        have += step
    return cells


def _ranking(
    preferred: Sequence[UUID], taken: Mapping[UUID, int]
) -> Callable[[UUID], tuple[int, int, UUID]]:
    place = {officer: index for index, officer in enumerate(preferred)}

    def rank(officer: UUID) -> tuple[int, int, UUID]:
        return place.get(officer, len(place)), taken[officer].bit_count(), officer

    return rank


@functools.lru_cache(maxsize=1024)
def _midnight(day: date) -> datetime:
    return at_wall(day, time())


@functools.lru_cache(maxsize=4096)
def _cells_open(day: date, starts: time, ends: time) -> int:
    return _cells(_midnight(day), at_wall(day, starts), at_wall(day, ends))


@functools.lru_cache(maxsize=4096)
def _cells_of_starts(day: date, every: int) -> int:
    """Return the cells of a day that begin every so many minutes on the wall clock."""
    cells = 0
    for minute in range(0, 24 * 60, every):
        wall = time(minute // 60, minute % 60)
        start = at_wall(day, wall)
        if start.astimezone(BERLIN).time() == wall:  # this wall time exists today
            cells |= _cells(_midnight(day), start, start + CELL)
    return cells


def _cells(origin: datetime, starts_at: datetime, ends_at: datetime) -> int:
    first = max(0, (starts_at - origin) // CELL)
    last = max(first, -((origin - ends_at) // CELL))  # rounded up
    return (1 << last) - (1 << first)


def _set_bits(cells: int) -> Iterator[int]:
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest
