"""The weeks of all who could sit in a talk, read in chunks, and what can be given out of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import LargeBinary, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.calendars import cells, resources, weeks
from portal.calendars.models import CalendarWeek, Channel, Occupancy, Room
from portal.calendars.slots import CELL, Slot
from portal.calendars.wishes import (
    HOURS_OF,
    Candidate,
    Wish,
    candidates,
    pattern_of,
    seats_in_room,
)

LONGEST_CHUNK = 32

Fits = Mapping[int, int]
"""By resource: the cells of a week at which a talk with it may begin."""


@dataclass(frozen=True)
class _Fit:
    """Where one lane of a resource has room for the talk; `busy` is how much else it has."""

    resource: int
    place_id: UUID | None
    starts: int
    busy: int


class Sheets:
    """The weeks of one search; a week that was not read yet is read with those after it."""

    def __init__(self, session: Session, wish: Wish, *, chunk: int, last: int) -> None:
        self._session = session
        self._wish = wish
        self._chunk = chunk
        self._last = last
        self._read: dict[int, Sheet] = {}
        self._seats = [candidates(session, wish, seat) for seat in wish.seats]
        self._rooms = _rooms(session) if wish.channel == Channel.OFFICE else []

    def of(self, week: int) -> "Sheet":
        """Return one week."""
        if week not in self._read:
            self._read_on(range(week, max(min(week + self._chunk, self._last + 1), week + 1)))
            self._chunk = min(2 * self._chunk, LONGEST_CHUNK)
        return self._read[week]

    def _read_on(self, chunk: range) -> None:
        people = {one.resource for seat in self._seats for one in seat}
        least = seats_in_room(self._wish.type, len(self._seats))
        fitting = [room for room in self._rooms if room.seats >= least]
        parts = {part for room in fitting for part in resources.parts_of(room)}
        fits = _fits(self._session, self._wish, people | parts, chunk) if all(self._seats) else {}
        for week in chunk:
            self._read[week] = Sheet(
                week,
                self._seats,
                fits.get(week, []),
                self._rooms,
                in_person=self._wish.channel == Channel.OFFICE,
                needs_room=self._wish.type.needs_room,
            )


class Sheet:
    """One week of those who could sit in the talk, and of the rooms."""

    def __init__(
        self,
        week: int,
        seats: Sequence[Sequence[Candidate]],
        fits: Sequence[_Fit],
        rooms: Sequence[Room],
        *,
        in_person: bool,
        needs_room: bool,
    ) -> None:
        self._week = week
        busy = {fit.resource: fit.busy for fit in fits}
        self._seats = [
            sorted(
                (one for one in seat if one.resource in busy),
                key=lambda one: (one.rank, busy[one.resource], one.turn),
            )
            for seat in seats
        ]
        self._grounds = [
            (free, starts)
            for free, rooms_free in _grounds(
                fits, rooms, in_person=in_person, needs_room=needs_room
            )
            if (starts := self._all_seats(free) & rooms_free)
        ]

    def slots(self, starts: int) -> Iterator[Slot]:
        """Walk the starts among these at which every seat can be filled, with those who sit there.

        Nobody sits on two seats.
        """
        possible = 0
        for _, fitting in self._grounds:
            possible |= fitting
        for cell in cells.set_cells(possible & starts):
            for free, fitting in self._grounds:
                officers = self._seated(free, cell) if fitting >> cell & 1 else None
                if officers:
                    lead, *others = officers
                    yield Slot(cells.moment_of(self._week, cell), lead, tuple(others))
                    break

    def _all_seats(self, free: Fits) -> int:
        starts = cells.INSIDE
        for seat in self._seats:
            somebody = 0
            for one in seat:
                somebody |= free.get(one.resource, 0)
            starts &= somebody
        return starts

    def _seated(self, free: Fits, cell: int) -> tuple[UUID, ...] | None:
        """Choose who sits where, the seats with the least choice first.

        Of each seat as many people as there are seats are enough to choose from: one of them is
        always left. So the search goes back a few times at most, however big the office is.
        """
        count = len(self._seats)
        choices = [
            list(
                islice(
                    (one.id for one in seat if free.get(one.resource, 0) >> cell & 1),
                    count,
                )
            )
            for seat in self._seats
        ]
        order = sorted(range(count), key=lambda number: len(choices[number]))
        found = _fill([choices[number] for number in order])
        if found is None:
            return None
        by_seat = dict(zip(order, found, strict=True))
        return tuple(by_seat[number] for number in range(count))


def _fill(
    choices: Sequence[Sequence[UUID]], seated: tuple[UUID, ...] = ()
) -> tuple[UUID, ...] | None:
    """Fill one seat after the other, going back where somebody is needed on a later one."""
    if len(seated) == len(choices):
        return seated
    for one in choices[len(seated)]:
        if one not in seated:
            found = _fill(choices, (*seated, one))
            if found:
                return found
    return None


def suitable_starts(wish: Wish, week: int, first: datetime, last: datetime) -> int:
    """Return where in a week the kind, the wishes and the citizen's own time allow a start."""
    earliest = -((cells.row_span(week)[0] - first) // CELL)
    latest = (last - cells.row_span(week)[0]) // CELL
    if latest < 0 or earliest >= cells.ROW_CELLS:
        return 0
    starts = cells.starts_of(week, wish.type.start_every_minutes) & cells.INSIDE
    starts &= (1 << latest + 1) - 1
    if earliest > 0:
        starts &= ~((1 << earliest) - 1)
    if wish.filter.day_time is not None:
        starts &= cells.part_of_day(week, *HOURS_OF[wish.filter.day_time])
    if wish.filter.weekdays:
        days = 0
        for weekday in wish.filter.weekdays:
            days |= cells.weekday_of(week, weekday)
        starts &= days
    own = cells.cells_of(week, wish.own_time, whole=False)
    return starts & cells.runs(~own & cells.ALL, wish.type.duration_minutes // 5)


def _grounds(
    fits: Sequence[_Fit], rooms: Sequence[Room], *, in_person: bool, needs_room: bool
) -> Iterator[tuple[Fits, int]]:
    """Walk the places where a talk could be, with who is free there and when a room is.

    A place without rooms asks for none, unless the kind needs one: `rooms` are all of the office,
    and in `fits` only those with seats enough. Hours without a place are for any house with rooms,
    and who does not meet in person meets anywhere.
    """
    if not in_person:
        yield _at(fits), cells.ALL
        return
    with_rooms = {room.place_id for room in rooms}
    parts = {part for room in rooms for part in resources.parts_of(room)}
    people = [fit for fit in fits if fit.resource not in parts]
    places = {fit.place_id for fit in people} | with_rooms
    for place in sorted(places - {None}, key=str) or [None]:
        starts = 0 if place in with_rooms or needs_room else cells.ALL
        for fit in fits:
            if fit.resource in parts and fit.place_id == place:
                starts |= fit.starts
        anywhere = {place, None} if place in with_rooms or not with_rooms else {place}
        here = [fit for fit in people if fit.place_id in anywhere]
        yield _at(here), starts


def _at(fits: Sequence[_Fit]) -> Fits:
    free: dict[int, int] = defaultdict(int)
    for fit in fits:
        free[fit.resource] |= fit.starts
    return free


def _rooms(session: Session) -> Sequence[Room]:
    return session.scalars(select(Room).where(Room.is_active).order_by(Room.number)).all()


def _fits(session: Session, wish: Wish, wanted: set[int], chunk: range) -> dict[int, list[_Fit]]:
    """Return where the talk fits with each of these, by week.

    The rows of a week come as one long string of bytes and are one integer to the arithmetic: what
    a thousand people need is the same handful of operations as for one.
    """
    pattern = pattern_of(wish.type)
    rows = select(CalendarWeek).where(
        CalendarWeek.week.between(chunk[0], chunk[-1]),
        CalendarWeek.longest_free >= pattern.duration // 5,
        CalendarWeek.resource.in_(wanted),
        CalendarWeek.channels.contains([wish.channel]),
        or_(
            func.cardinality(CalendarWeek.type_ids) == 0,
            CalendarWeek.type_ids.contains([wish.type.id]),
        ),
    )
    # The same order in all four: they are fed row by row.
    found = session.execute(
        rows.with_only_columns(
            CalendarWeek.week,
            func.array_agg(CalendarWeek.resource),
            func.array_agg(CalendarWeek.place_id),
            func.string_agg(CalendarWeek.open, literal(b"", LargeBinary)),
            func.string_agg(CalendarWeek.taken, literal(b"", LargeBinary)),
        )
        .group_by(CalendarWeek.week)
        .order_by(CalendarWeek.week)
    ).all()
    fits: dict[int, list[_Fit]] = {}
    for week, ids, places, opened, taken in found:
        busy = cells.from_bytes(taken)
        where = cells.where_it_fits(pattern, cells.from_bytes(opened), busy, rows=len(ids))
        fits[week] = [
            _Fit(*one)
            for one in zip(
                ids,
                places,
                cells.rows_of(where, len(ids)),
                map(int.bit_count, cells.rows_of(busy, len(ids))),
                strict=True,
            )
        ]
    if wish.instead_of:
        _look_past(session, wish, fits, chunk)
    return fits


def _look_past(session: Session, wish: Wish, fits: dict[int, list[_Fit]], chunk: range) -> None:
    """Put the rows of those who sit in the booking to be moved as if it did not exist."""
    theirs = session.scalars(
        select(Occupancy.resource).where(Occupancy.taken_by == wish.instead_of)
    ).all()
    pattern = pattern_of(wish.type)
    for week in chunk:
        fits[week] = [fit for fit in fits.get(week, []) if fit.resource not in theirs]
    for row in weeks.computed(session, touched=theirs, weeks=chunk, besides=wish.instead_of):
        opened, taken = cells.from_bytes(row["open"]), cells.from_bytes(row["taken"])
        suits = not row["type_ids"] or wish.type.id in row["type_ids"]
        if suits and wish.channel in row["channels"]:
            starts = cells.where_it_fits(pattern, opened, taken)
            fits[row["week"]].append(
                _Fit(row["resource"], row["place_id"], starts, taken.bit_count())
            )
