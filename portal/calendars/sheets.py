"""The weeks of all who could sit in a talk, read in chunks, and what can be given out of them.

A few dozen people are asked first: the own officer, the own team, then others from a place in the
row that is another for each citizen. Only for times at which none of them is free, although
somebody has hours (`outlines`), everybody is asked. So the cost does not grow with the office.
"""

import functools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, repeat
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.calendars import cells, outlines, resources, weeks
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
from portal.core.db import IN_BINARY

FIRST_ASKED = 40
"""How many people are asked before everybody is, for each seat.

Where two in three times of each are taken, none of them is free at one time in ten million; where
nine in ten are, at one in seventy, and then everybody is asked: some milliseconds for a thousand
people and a week.
"""

LONGEST_CHUNK = 32

Officers = tuple[UUID, tuple[UUID, ...]]
"""Who leads a talk, and who joins."""

Fits = Mapping[int, int]
"""By resource: the cells of a week at which a talk with it may begin."""


class _Fit(NamedTuple):
    """Where one lane of a resource has room for the talk; `busy` is how much else it has."""

    resource: int
    place_id: UUID | None
    starts: int
    busy: int


# What `_Fit._make` does, without the way through Python: a search of half a year makes thousands.
_to_fit = functools.partial(tuple.__new__, _Fit)


class Sheets:
    """The weeks of one search."""

    def __init__(self, session: Session, wish: Wish, *, chunk: int, last: int) -> None:
        seats = [candidates(session, wish, seat, limit=FIRST_ASKED) for seat in wish.seats]
        # A seat that has so few people is asked about completely.
        self._complete = [place for place, seat in enumerate(seats) if len(seat) < FIRST_ASKED]
        self._is_complete = len(self._complete) == len(seats) or not all(seats)
        rooms = _rooms(session) if wish.channel == Channel.OFFICE else []
        self._first_asked = _Pages(session, wish, seats, rooms, chunk=chunk, last=last)
        self._everybody = _Pages(session, wish, None, rooms, chunk=1, last=last)

    def slots(self, week: int, starts: int) -> list[Slot]:
        """Return the starts among these at which every seat can be filled, with who sits there.

        Nobody sits on two seats.
        """
        found, missing = self._first_asked.of(week).slots(starts)
        if missing and not self._is_complete:
            missing &= self._first_asked.outline(week)
            if missing := self._first_asked.of(week).where_all_fit(self._complete, missing):
                found |= self._everybody.of(week).slots(missing)[0]
        return [found[cell] for cell in sorted(found)]


class _Pages:
    """The weeks of some people or of everybody; one not read yet is read with those after it."""

    def __init__(
        self,
        session: Session,
        wish: Wish,
        seats: Sequence[Sequence[Candidate]] | None,
        rooms: Sequence[Room],
        *,
        chunk: int,
        last: int,
    ) -> None:
        self._session, self._wish, self._last = session, wish, last
        self._seats, self._rooms = seats, rooms
        least = seats_in_room(wish.type, len(wish.seats))
        self._too_small = {
            part for room in rooms if room.seats < least for part in resources.parts_of(room)
        }
        self._chunk = chunk
        self._read: dict[int, Sheet] = {}
        self._outlines: dict[int, int] = {}

    def of(self, week: int) -> "Sheet":
        """Return one week."""
        if week not in self._read:
            self._read_on(range(week, max(min(week + self._chunk, self._last + 1), week + 1)))
            self._chunk = min(2 * self._chunk, LONGEST_CHUNK)
        return self._read[week]

    def outline(self, week: int) -> int:
        """Return the cells of a week that was read at which a talk might begin, with whomever."""
        if week not in self._outlines:
            chunk = range(week, max(self._read) + 1)
            around = outlines.outlines(
                self._session, chunk, type_id=self._wish.type.id, channel=self._wish.channel
            )
            talk = self._wish.type.duration_minutes // 5
            self._outlines |= {one: cells.runs(around.get(one, 0), talk) for one in chunk}
        return self._outlines[week] | self._read[week].moved

    def _read_on(self, chunk: range) -> None:
        fits = self._fits(chunk)
        moved: Mapping[int, int] = {}
        if self._wish.instead_of:
            moved = _look_past(self._session, self._wish, fits, chunk, besides=self._too_small)
        seats = self._seats
        if seats is None:
            free = {fit.resource for week in fits.values() for fit in week}
            seats = [
                candidates(self._session, self._wish, one, among=free) for one in self._wish.seats
            ]
        for week in chunk:
            self._read[week] = Sheet(
                week,
                seats,
                fits.get(week, []),
                self._rooms,
                in_person=self._wish.channel == Channel.OFFICE,
                needs_room=self._wish.type.needs_room,
                moved=moved.get(week, 0),
            )

    def _fits(self, chunk: range) -> dict[int, list[_Fit]]:
        """Read where the people asked and the rooms with seats enough have room for the talk."""
        if self._seats is None:
            found = _fits(self._session, self._wish, None, chunk)
            return {
                week: [fit for fit in fits if fit.resource not in self._too_small]
                for week, fits in found.items()
            }
        people = {one.resource for seat in self._seats for one in seat}
        parts = {part for room in self._rooms for part in resources.parts_of(room)}
        wanted = people | (parts - self._too_small)
        return _fits(self._session, self._wish, sorted(wanted), chunk)


class Sheet:
    """One week of some who could sit in the talk, and of the rooms.

    `moved` is where the people of a talk that is to be moved could be met.
    """

    def __init__(
        self,
        week: int,
        seats: Sequence[Sequence[Candidate]],
        fits: Sequence[_Fit],
        rooms: Sequence[Room],
        *,
        in_person: bool,
        needs_room: bool,
        moved: int = 0,
    ) -> None:
        self._week = week
        self.moved = moved
        busy = {fit.resource: fit.busy for fit in fits}
        self._seats = [_in_turn(seat, busy) for seat in seats]
        self._fits = fits
        self._grounds = [
            (free, starts)
            for free, rooms_free in _grounds(
                fits, rooms, in_person=in_person, needs_room=needs_room
            )
            if (starts := self._all_seats(free) & rooms_free)
        ]

    def slots(self, starts: int) -> tuple[dict[int, Slot], int]:
        """Return by cell where every seat can be filled and by whom, and which starts are left."""
        begins = cells.row_span(self._week)[0]
        found: dict[int, Slot] = {}
        for free, fitting in self._grounds:
            for officers, given in self._given_out(free, fitting & starts):
                for cell in cells.set_cells(given):
                    found[cell] = Slot(begins + cells.SINCE[cell], *officers)
                starts ^= given
        return found, starts

    def _given_out(self, free: Fits, starts: int) -> Iterator[tuple[Officers, int]]:
        """Walk who sits on all seats together, with the cells that are given to them."""
        if len(self._seats) > 1:
            for cell in cells.set_cells(starts):
                if officers := self._seated(free, cell):
                    yield (officers[0], officers[1:]), 1 << cell
            return
        for one in self._seats[0]:  # who comes first takes what they can, the next what is left
            if given := free.get(one.resource, 0) & starts:
                yield (one.id, ()), given
                starts ^= given

    def where_all_fit(self, seats: Sequence[int], starts: int) -> int:
        """Return the starts among these at which somebody is free for each of these seats."""
        free = _at(self._fits)
        for place in seats:
            starts &= _anybody(self._seats[place], free)
        return starts

    def _all_seats(self, free: Fits) -> int:
        starts = cells.INSIDE
        if len(self._seats) > 1:  # of one seat alone it turns out as it is given
            for seat in self._seats:
                starts &= _anybody(seat, free)
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


def _in_turn(seat: Sequence[Candidate], busy: Mapping[int, int]) -> list[Candidate]:
    """Return those who have room that week, in the order in which they are asked."""
    order = [
        (one.rank, busy[one.resource], one.turn, place)
        for place, one in enumerate(seat)
        if one.resource in busy
    ]
    return [seat[place] for *_, place in sorted(order)]


def _anybody(seat: Sequence[Candidate], free: Fits) -> int:
    """Return where one of these at least is free."""
    somebody = 0
    for one in seat:
        somebody |= free.get(one.resource, 0)
    return somebody


def _at(fits: Sequence[_Fit]) -> Fits:
    free: dict[int, int] = defaultdict(int)
    for fit in fits:
        free[fit.resource] |= fit.starts
    return free


def _rooms(session: Session) -> Sequence[Room]:
    return session.scalars(select(Room).where(Room.is_active).order_by(Room.number)).all()


def _fits(
    session: Session, wish: Wish, wanted: list[int] | None, chunk: range
) -> dict[int, list[_Fit]]:
    """Return where the talk fits with each of these, or with all, by week.

    The rows of a week come as one long string of bytes and are one integer to the arithmetic: what
    a thousand people need is the same handful of operations as for one.
    """
    pattern = pattern_of(wish.type)
    found = session.execute(
        _rows_of_weeks(of_some=wanted is not None, with_places=wish.channel == Channel.OFFICE),
        {
            "first": chunk[0],
            "last": chunk[-1],
            "length": pattern.duration // 5,
            "channels": [wish.channel],
            "type_id": wish.type.id,
            "wanted": wanted,
        },
        execution_options=IN_BINARY,
    ).all()
    fits: dict[int, list[_Fit]] = {}
    for week, ids, places, opened, taken, busy in found:
        where = cells.where_it_fits(
            pattern, cells.from_bytes(opened), cells.from_bytes(taken), rows=len(ids)
        )
        rows = cells.rows_of(where, len(ids))
        lanes = zip(ids, places or repeat(None, len(ids)), rows, busy, strict=True)
        fits[week] = [*map(_to_fit, lanes)]
    return fits


@functools.cache
def _rows_of_weeks(*, of_some: bool, with_places: bool) -> Select[Any]:
    """Ask for the rows of weeks by week; written once, for putting a question together has a price.

    Where people do not meet in a house nobody asks for its places.
    """
    rows = select(
        CalendarWeek.week,
        # The same order in all: they are fed row by row.
        func.array_agg(CalendarWeek.resource),
        func.array_agg(CalendarWeek.place_id) if with_places else null(),
        func.string_agg(CalendarWeek.open, literal(b"", LargeBinary)),
        func.string_agg(CalendarWeek.taken, literal(b"", LargeBinary)),
        func.array_agg(func.bit_count(CalendarWeek.taken)),
    ).where(
        CalendarWeek.week.between(bindparam("first"), bindparam("last")),
        CalendarWeek.longest_free >= bindparam("length"),
        CalendarWeek.channels.contains(bindparam("channels")),
        or_(
            func.cardinality(CalendarWeek.type_ids) == 0,
            bindparam("type_id", type_=Uuid) == any_(CalendarWeek.type_ids),
        ),
    )
    if of_some:
        wanted = bindparam("wanted", type_=ARRAY(BigInteger))
        rows = rows.where(CalendarWeek.resource == any_(wanted))
    return rows.group_by(CalendarWeek.week).order_by(CalendarWeek.week)


def _look_past(
    session: Session,
    wish: Wish,
    fits: dict[int, list[_Fit]],
    chunk: range,
    *,
    besides: Collection[int],
) -> dict[int, int]:
    """Put the rows of those who sit in the booking to be moved as if it did not exist.

    Return by week where a talk with one of them might begin. `besides` are the parts of rooms that
    are too small for the talk, wherever the one to be moved is.
    """
    moved: dict[int, int] = defaultdict(int)
    theirs = session.scalars(
        select(Occupancy.resource).where(
            Occupancy.taken_by == wish.instead_of, Occupancy.resource.not_in(besides)
        )
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
            moved[row["week"]] |= starts
    return moved
