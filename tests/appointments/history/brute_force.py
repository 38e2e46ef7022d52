"""The rules of free time in plain words: the slow model that the real thing is compared with.

It knows no bits, no weeks and no database. Moments are minutes since the beginning of 2026, and
each five minutes are looked at by themselves.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays

CLOCK = ZoneInfo("Europe/Berlin")
BASE = datetime(2026, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LAND = "HE"

Resource = tuple[str, object, int]
"""Who or what is taken: ("staff", id, 0), ("citizen", id, 0) or ("room", id, place in it)."""


def minute_of(moment: datetime) -> int:
    return (moment - BASE) // MINUTE


def moment_of(minute: int) -> datetime:
    return BASE + minute * MINUTE


def day_of(minute: int) -> date:
    return moment_of(minute).astimezone(CLOCK).date()


@functools.cache
def walls_of(day: date) -> Mapping[time, int]:
    """Return what the clock shows on a day, and at which minute it does so for the first time."""
    walls: dict[time, int] = {}
    first = minute_of(datetime.combine(day, time(), UTC)) - 180
    for minute in range(first, first + 30 * 60):
        shown = moment_of(minute).astimezone(CLOCK)
        if shown.date() == day:
            walls.setdefault(shown.time().replace(tzinfo=None, fold=0), minute)
    return walls


def at(day: date, wall: time) -> int:
    """Return when the clock shows this; a time that is skipped that night is an hour later."""
    walls = walls_of(day)
    return walls[wall] if wall in walls else walls[wall.replace(hour=wall.hour + 1)]


@functools.cache
def closed(year: int) -> frozenset[date]:
    own = {date(year, 12, 24), date(year, 12, 31)}
    return frozenset(own | set(holidays.country_holidays("DE", subdiv=LAND, years=year)))


@dataclass
class Again:
    """What comes again on some weekdays, each week or each second."""

    officer: object
    weekdays: frozenset[int]
    interval: int
    starts: time
    ends: time
    first: date
    last: date | None = None
    out: set[date] = field(default_factory=set)
    extra: set[date] = field(default_factory=set)

    def falls_on(self, day: date) -> bool:
        if day in self.extra:
            return True
        if day in self.out or day < self.first or (self.last and day > self.last):
            return False
        mondays = [one - timedelta(days=one.weekday()) for one in (self.first, day)]
        in_step = (mondays[1] - mondays[0]).days // 7 % self.interval == 0
        return in_step and day.isoweekday() in self.weekdays

    def times(self, days: Iterable[date]) -> Iterator[tuple[int, int]]:
        for day in days:
            if self.falls_on(day):
                span = at(day, self.starts), at(day, self.ends)
                if span[0] < span[1]:
                    yield span


@dataclass
class Hours(Again):
    """Hours of somebody, and what they are for."""

    channels: frozenset[str] = frozenset()
    kinds: frozenset[object] = frozenset()
    place: object = None

    @property
    def lane(self) -> tuple[object, ...]:
        return self.channels, self.kinds, self.place


class Kind(NamedTuple):
    """What a kind of appointment asks for."""

    id: object
    channels: frozenset[str]
    duration: int
    before: int
    after: int
    every: int
    lead_hours: int
    horizon_days: int
    limit_hours: int
    roles: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Return for how many a room must have seats; a talk of two fits into every room."""
        return 1 + len(self.roles) if len(self.roles) > 1 else 0


class Taken(NamedTuple):
    """A time that somebody or a part of a room has not any more."""

    resource: Resource
    by: object
    starts: int
    ends: int
    until: int | None

    def lives(self, now: int) -> bool:
        return self.until is None or self.until > now

    def meets(self, starts: int, ends: int) -> bool:
        return self.starts < ends and starts < self.ends


@dataclass
class Room:
    """A room, how many talks and how many people it holds, and the days on which it is closed."""

    place: object
    talks: int
    seats: int
    is_active: bool = True
    closures: dict[object, tuple[date, date]] = field(default_factory=dict)

    def is_shut(self, starts: int, ends: int) -> bool:
        return any(
            at(first, time()) < ends and starts < at(last + DAY, time())
            for first, last in self.closures.values()
        )


@dataclass
class Office:
    """Everything that decides whether a time is free."""

    hours: dict[object, Hours] = field(default_factory=dict)
    absences: dict[object, tuple[object, int, int]] = field(default_factory=dict)
    breaks: dict[object, Again] = field(default_factory=dict)
    rooms: dict[object, Room] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    roles: dict[object, frozenset[str]] = field(default_factory=dict)
    gone: set[object] = field(default_factory=set)
    _open: dict[tuple[object, date], dict[tuple[Any, ...], set[int]]] = field(default_factory=dict)

    # Of one officer

    def is_away(self, officer: object, starts: int, ends: int) -> bool:
        if any(
            who == officer and begins < ends and starts < over
            for who, begins, over in self.absences.values()
        ):
            return True
        days = [day_of(starts) - DAY, day_of(starts), day_of(ends)]
        return any(
            begins < ends and starts < over
            for one in self.breaks.values()
            if one.officer == officer
            for begins, over in one.times(days)
        )

    def open_on(self, officer: object, day: date) -> dict[tuple[Any, ...], set[int]]:
        """Return the minutes of a day's hours, each fifth of them, by what they are for."""
        if (officer, day) not in self._open:
            lanes: dict[tuple[Any, ...], set[int]] = {}
            for one in self.hours.values():
                if one.officer == officer and day not in closed(day.year):
                    for begins, over in one.times([day]):
                        lanes.setdefault(one.lane, set()).update(range(begins, over, 5))
            self._open[officer, day] = lanes
        return self._open[officer, day]

    def hours_changed(self) -> None:
        self._open.clear()

    def places_of(self, officer: object, kind: Kind, channel: str, start: int) -> set[object]:
        """Return where the hours of somebody have room for the whole talk: of one lane alone."""
        places = set()
        today = day_of(start)
        opened = [self.open_on(officer, day) for day in (today - DAY, today, today + DAY)]
        for lane in {lane for lanes in opened for lane in lanes}:
            channels, kinds, place = lane
            if channel in channels and (not kinds or kind.id in kinds):
                minutes = set().union(*(lanes.get(lane, set()) for lanes in opened))
                if all(one in minutes for one in range(start, start + kind.duration, 5)):
                    places.add(place)
        return places

    def is_busy(self, resource: Resource, starts: int, ends: int, taken: Sequence[Taken]) -> bool:
        return any(one.resource == resource and one.meets(starts, ends) for one in taken)

    def officer_places(
        self, officer: object, kind: Kind, channel: str, start: int, taken: Sequence[Taken]
    ) -> set[object]:
        """Return where somebody could have the talk, quiet time before and after included."""
        starts, ends = start - kind.before, start + kind.duration + kind.after
        if officer in self.gone or self.is_busy(("staff", officer, 0), starts, ends, taken):
            return set()
        places = self.places_of(officer, kind, channel, start)
        return set() if places and self.is_away(officer, starts, ends) else places

    # Of a talk

    def rooms_for(
        self, kind: Kind, start: int, at_each: Sequence[set[object]], taken: Sequence[Taken]
    ) -> list[object] | None:
        """Return the rooms in which the talk can be; None when it needs none."""
        houses = {room.place for room in self.rooms.values() if room.is_active}
        named = {place for places in at_each for place in places if place is not None}
        shared = {
            place
            for place in (named | houses) or {None}
            if all(
                place in places or (None in places and (place in houses or not houses))
                for places in at_each
            )
        }
        starts, ends = start - kind.before, start + kind.duration + kind.after
        free = [
            id
            for id, room in self.rooms.items()
            if room.is_active
            and room.place in shared
            and room.seats >= kind.people
            and not room.is_shut(starts, ends)
            and not all(
                self.is_busy(("room", id, part), starts, ends, taken) for part in range(room.talks)
            )
        ]
        if free:
            return free
        return None if shared - houses else []

    def suits(
        self,
        kind: Kind,
        channel: str,
        officers: Sequence[object],
        start: int,
        taken: Sequence[Taken],
    ) -> bool:
        """Tell whether these officers can have the talk then, in a room if it needs one."""
        if not is_start(start, kind.every):
            return False
        at_each = [self.officer_places(one, kind, channel, start, taken) for one in officers]
        if not all(at_each):
            return False
        return channel != "office" or self.rooms_for(kind, start, at_each, taken) != []

    def seatings(self, kind: Kind) -> Iterator[tuple[object, ...]]:
        """Walk who could sit there together, everybody on a seat that they can take."""
        everybody = sorted(self.roles, key=str)
        for officers in itertools.permutations(everybody, len(kind.roles) or 1):
            if not kind.roles or all(
                role in self.roles[one] for role, one in zip(kind.roles, officers, strict=True)
            ):
                yield officers

    def offered(
        self,
        kind: Kind,
        channel: str,
        first: int,
        last: int,
        *,
        taken: Sequence[Taken],
        own_time: Sequence[Taken],
    ) -> dict[int, list[tuple[object, ...]]]:
        """Return the starts from `first` to `last`, and who could have the talk then."""
        found = {}
        for start in range(-(-first // 5) * 5, last + 1, 5):
            if not is_start(start, kind.every):
                continue
            if any(one.meets(start, start + kind.duration) for one in own_time):
                continue
            who = [
                officers
                for officers in self.seatings(kind)
                if self.suits(kind, channel, officers, start, taken)
            ]
            if who:
                found[start] = who
        return found


@functools.cache
def is_start(start: int, every: int) -> bool:
    """Tell whether the clock shows a multiple of `every` minutes, and does so the first time."""
    shown = moment_of(start).astimezone(CLOCK)
    first_time = walls_of(shown.date())[shown.time().replace(tzinfo=None, fold=0)] == start
    return (shown.hour * 60 + shown.minute) % every == 0 and first_time
