"""Which slots are free: pure arithmetic on plain values, no database, no clock of its own.

A day is an integer with one bit for each five minutes since local midnight, so that opening hours,
bookings and absences of one officer meet in a handful of AND and shift operations. Bits count
elapsed time, not hands of the clock: days on which the clocks change have 276 or 300 of them.
A wall time that does not exist is read as RFC 5545 says, with the offset before the gap; one that
comes twice means the first.
"""

import functools
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import holidays

from portal.core.clock import BERLIN, local_date

CELL = timedelta(minutes=5)
_CELLS = 2 * 300  # two days: a talk in the evening may keep its officer busy past midnight
_ALL = (1 << _CELLS) - 1


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

    def open_on(self, day: date) -> bool:
        """Tell whether these hours count on `day`."""
        return (
            self.weekday == day.isoweekday()
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )


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


@functools.cache
def public_holidays(land: str, year: int) -> frozenset[date]:
    """Return the public holidays of a Land in one year."""
    return frozenset(holidays.country_holidays("DE", subdiv=land, years=year))


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

    Of several free officers the first of `preferred` takes it, else the one with the emptiest day.
    """
    windows = list(hours)
    days = [day for day in days_between(first, last) if day not in closed]
    taken = _cells_by_day(busy, days)
    found: list[Slot] = []
    for day in days:
        starts = {
            officer: _free_starts(pattern, day, opened, taken[day].get(officer, 0))
            for officer, opened in _opened(windows, day).items()
        }
        found += _share_out(day, starts, _ranked(starts, preferred, taken[day]))
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


@functools.lru_cache(maxsize=1024)
def _midnight(day: date) -> datetime:
    return at_wall(day, time())


def _cells(day: date, starts_at: datetime, ends_at: datetime) -> int:
    """Return the bits of `day` between two moments; a cell that is cut counts as a whole."""
    midnight = _midnight(day)
    first = max(0, (starts_at - midnight) // CELL)
    last = min(_CELLS, -((midnight - ends_at) // CELL))
    return ((1 << last) - 1) & ~((1 << first) - 1) if last > first else 0


def _cells_by_day(spans: Iterable[Span], days: Iterable[date]) -> dict[date, dict[UUID, int]]:
    """Collect what is taken on each day, by person; a span over midnight is in both days."""
    taken: dict[date, dict[UUID, int]] = {day: defaultdict(int) for day in days}
    for span in spans:
        for day in days_between(span.starts_at - timedelta(days=1), span.ends_at):
            if day in taken:
                taken[day][span.person] |= _cells(day, span.starts_at, span.ends_at)
    return taken


def _opened(hours: Iterable[Hours], day: date) -> dict[UUID, int]:
    """Return the opening bits of each officer who has hours on `day`."""
    opened: dict[UUID, int] = defaultdict(int)
    for window in hours:
        if window.open_on(day):
            opened[window.officer] |= _opening_cells(day, window.starts, window.ends)
    return opened


@functools.lru_cache(maxsize=4096)
def _opening_cells(day: date, starts: time, ends: time) -> int:
    return _cells(day, at_wall(day, starts), at_wall(day, ends))


@functools.lru_cache(maxsize=4096)
def _start_cells(day: date, every: int) -> int:
    """Return the bits at which a talk may start: every so many minutes on the wall clock."""
    bits = 0
    for minute in range(0, 24 * 60, every):
        wall = time(minute // 60, minute % 60)
        start = at_wall(day, wall)
        if start.astimezone(BERLIN).time() == wall:  # this wall time exists today
            bits |= _cells(day, start, start + CELL)
    return bits


def _runs(cells: int, length: int) -> int:
    """Return the bits at which `length` set bits in a row begin."""
    have = 1
    while have < length:
        step = min(have, length - have)
        cells &= cells >> step
        have += step
    return cells


def _free_starts(pattern: Pattern, day: date, opened: int, busy: int) -> int:
    """Return where a talk fits: inside the hours, with its buffer clear of everything else."""
    talk = pattern.duration // 5
    with_buffer = talk + pattern.buffer // 5
    clear = _runs(_ALL & ~busy, with_buffer)
    return _runs(opened, talk) & clear & _start_cells(day, pattern.start_every)


def _ranked(
    officers: Iterable[UUID], preferred: Sequence[UUID], taken: Mapping[UUID, int]
) -> list[UUID]:
    """Order officers: the preferred first, then by how little the day holds for them."""
    place = {officer: index for index, officer in enumerate(preferred)}
    return sorted(
        officers,
        key=lambda officer: (
            place.get(officer, len(place)),
            taken.get(officer, 0).bit_count(),
            officer,
        ),
    )


def _share_out(day: date, starts: Mapping[UUID, int], ranked: Sequence[UUID]) -> list[Slot]:
    """Give each start of the day to the first officer in the ranking who is free then."""
    midnight = _midnight(day)
    given, found = 0, []
    for officer in ranked:
        fresh = starts[officer] & ~given
        given |= fresh
        found += [Slot(midnight + CELL * cell, officer) for cell in _set_bits(fresh)]
    return sorted(found)


def _set_bits(cells: int) -> Iterator[int]:
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest
