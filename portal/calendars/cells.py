"""Weeks as integers: one bit for each five minutes of elapsed time, no database, no clock.

A week begins on Monday 00:00 UTC and is counted from a fixed Monday, so the nights in which the
clocks change are weeks like any other. Its row has a shoulder of a day on both sides: a talk that
begins in the week and its quiet time before and after are judged by this one row, even on the edge
between two weeks. Many rows stand behind each other in one integer when a whole office is asked.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from portal.calendars.slots import CELL, Pattern, at_wall
from portal.core.clock import BERLIN, local_date

DAY, WEEK = timedelta(days=1), timedelta(days=7)
EPOCH = datetime(2020, 1, 6, tzinfo=UTC)  # a Monday

CELLS_OF_DAY = DAY // CELL
CELLS_OF_WEEK = 7 * CELLS_OF_DAY
ROW_CELLS = 9 * CELLS_OF_DAY
ROW_BYTES = ROW_CELLS // 8
ALL = (1 << ROW_CELLS) - 1
SINCE = tuple(cell * CELL for cell in range(ROW_CELLS))
"""How long after the beginning of a row each of its cells begins."""
INSIDE = ((1 << CELLS_OF_WEEK) - 1) << CELLS_OF_DAY
"""The cells of the week itself, without its shoulders: where a talk may begin."""


def week_of(moment: datetime) -> int:
    """Return the number of the week in which a moment lies."""
    return (moment - EPOCH) // WEEK


def monday_of(week: int) -> datetime:
    """Return the moment at which a week begins."""
    return EPOCH + week * WEEK


def row_span(week: int) -> tuple[datetime, datetime]:
    """Return from when until when the row of a week reaches, shoulders included."""
    return monday_of(week) - DAY, monday_of(week) + WEEK + DAY


def weeks_touched(starts_at: datetime, ends_at: datetime) -> range:
    """Return the weeks whose rows know a time: on the edge of a week there are two."""
    first = (starts_at - WEEK - DAY - EPOCH) // WEEK + 1
    last = -((EPOCH - DAY - ends_at) // WEEK) - 1
    return range(first, last + 1)


def cells_of(
    week: int, spans: Iterable[tuple[datetime, datetime]], *, whole: bool, weeks: int = 1
) -> int:
    """Return the cells that these times cover, in the row of a week or in a strip of several.

    A cell that is only cut counts when `whole` is false: taken time is rounded up, open time down.
    """
    origin, cells = row_span(week)[0], 0
    length = ROW_CELLS + (weeks - 1) * CELLS_OF_WEEK
    for starts_at, ends_at in spans:
        if whole:
            first, last = -((origin - starts_at) // CELL), (ends_at - origin) // CELL
        else:
            first, last = (starts_at - origin) // CELL, -((origin - ends_at) // CELL)
        first, last = max(first, 0), min(last, length)
        if first < last:
            cells |= (1 << last) - (1 << first)
    return cells


def row_in(strip: int, place: int) -> int:
    """Return the row of the week at this place of a strip; the first place is 0."""
    return strip >> place * CELLS_OF_WEEK & ALL


def moment_of(week: int, cell: int) -> datetime:
    """Return the moment at which a cell of a row begins."""
    return row_span(week)[0] + cell * CELL


@functools.lru_cache(maxsize=4096)
def starts_of(week: int, every: int) -> int:
    """Return the cells of a week at which the clock of the office shows a multiple of `every`.

    A wall time that does not exist that night is no start, one that comes twice means the first.
    """
    return _walls(week, 0, 24 * 60, every)


@functools.lru_cache(maxsize=4096)
def part_of_day(week: int, first_minute: int, last_minute: int) -> int:
    """Return the cells whose wall time, in minutes of the day, lies in this part of it."""
    return _walls(week, first_minute, last_minute, 5)


@functools.lru_cache(maxsize=4096)
def weekday_of(week: int, weekday: int) -> int:
    """Return the cells of a row that lie on this day of the office; Monday is 1."""
    spans = [
        (at_wall(day, time()), at_wall(day + DAY, time()))
        for day in _days(week)
        if day.isoweekday() == weekday
    ]
    return cells_of(week, spans, whole=True)


def runs(cells: int, length: int) -> int:
    """Return the cells at which a run of `length` set cells begins."""
    have = 1
    while have < length:
        step = min(have, length - have)
        cells &= cells >> step
        have += step
    return cells


def longest_run(cells: int, *, begins_in: int = INSIDE, limit: int = CELLS_OF_DAY) -> int:
    """Return how long the longest run is that begins in these cells, in cells, up to a limit."""
    length = 0
    while length < limit and cells & begins_in:
        cells &= cells >> 1
        length += 1
    return length


def where_it_fits(pattern: Pattern, opened: int, taken: int, *, rows: int = 1) -> int:
    """Return where a talk may begin: inside the hours, its quiet times clear of everything else.

    `rows` rows may stand behind each other. What a run sees of the next row lies in the shoulder
    of its own, so only starts inside the week (`INSIDE`) mean anything.
    """
    before, talk, after = pattern.buffer_before // 5, pattern.duration // 5, pattern.buffer // 5
    clear = taken ^ ((1 << rows * ROW_CELLS) - 1)
    return runs(opened, talk) & (runs(clear, before + talk + after) << before)


def rows_of(cells: int, rows: int) -> list[int]:
    """Take rows apart that stand behind each other."""
    return rows_in(cells.to_bytes(rows * ROW_BYTES, "little"))


def rows_in(data: bytes) -> list[int]:
    """Take rows apart that the database has put behind each other."""
    return [
        int.from_bytes(data[place : place + ROW_BYTES], "little")
        for place in range(0, len(data), ROW_BYTES)
    ]


def to_bytes(cells: int) -> bytes:
    """Return a row as the database keeps it."""
    return cells.to_bytes(ROW_BYTES, "little")


def from_bytes(data: bytes) -> int:
    """Return the cells of one row or of many behind each other."""
    return int.from_bytes(data, "little")


def set_cells(cells: int) -> Iterator[int]:
    """Walk the places of the set cells, the first one first."""
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


def _days(week: int) -> Sequence[date]:
    first = local_date(row_span(week)[0])
    return [first + number * DAY for number in range(10)]


def _walls(week: int, first: int, last: int, every: int) -> int:
    origin, cells = row_span(week)[0], 0
    for day in _days(week):
        for minute in range(-(-first // every) * every, last, every):
            wall = time(minute // 60, minute % 60)
            moment = at_wall(day, wall)
            if moment.astimezone(BERLIN).time() == wall:  # this wall time exists today
                place = (moment - origin) // CELL
                cells |= 1 << place if 0 <= place < ROW_CELLS else 0
    return cells
