"""Whether a slot is free right now, from the times themselves and not from the weeks made of them.

This is asked at the moment of booking, with the people locked. It means the same as the search and
shares none of its arithmetic, so that one can be tested against the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.calendars import lanes
from portal.calendars.models import (
    AppointmentType,
    Availability,
    Channel,
    Occupancy,
    Room,
)
from portal.calendars.resources import of_staff, parts_of
from portal.calendars.slots import Slot
from portal.calendars.wishes import alive, pattern_of, seats_in_room
from portal.core import clock

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spot:
    """Where a talk can be: in a room, at a place without rooms, or nowhere in particular."""

    room: Room | None = None
    place_id: UUID | None = None


def is_free(
    session: Session,
    slot: Slot,
    *,
    type: AppointmentType,
    channel: Channel,
    now: datetime,
    instead_of: UUID | None = None,
) -> bool:
    """Tell whether all officers of the slot could take it now, and a room if one is needed."""
    found = spot_for(session, slot, type=type, channel=channel, now=now, instead_of=instead_of)
    return found is not None


def spot_for(
    session: Session,
    slot: Slot,
    *,
    type: AppointmentType,
    channel: Channel,
    now: datetime,
    instead_of: UUID | None = None,
    within: frozenset[UUID | None] | None = None,
) -> Spot | None:
    """Return where the talk can be when all of the slot are free, otherwise nothing.

    `within` are the places to which it is bound, as hours name them.

    Only a talk in the office needs a room, and only at a place that has rooms, unless the kind
    says it always does. The smallest room with seats enough is given.
    """
    pattern = pattern_of(type)
    starts_at = slot.starts_at
    ends_at = starts_at + timedelta(minutes=pattern.duration)
    around = (
        starts_at - timedelta(minutes=pattern.buffer_before),
        ends_at + timedelta(minutes=pattern.buffer),
    )
    lives = alive(instead_of, now)
    staff = session.scalars(
        select(StaffMember).where(StaffMember.id.in_(slot.officers), StaffMember.is_active)
    ).all()
    if (
        not _in_rhythm(starts_at, pattern.start_every)
        or len(staff) < len(slot.officers)
        or lanes.away_times(session, slot.officers, *around)
        or _taken_among(session, [of_staff(one) for one in staff], around, lives)
    ):
        return None
    hours = _hours(session, slot.officers)
    open_at = [
        _open_at(hours.get(id, []), starts_at, ends_at, type=type, channel=channel)
        for id in slot.officers
    ]
    if not all(open_at):
        return None
    if channel != Channel.OFFICE:
        return Spot(place_id=_first(frozenset.intersection(*map(frozenset, open_at))))
    rooms = session.scalars(
        select(Room).where(Room.is_active).order_by(Room.seats, Room.number)
    ).all()
    least = seats_in_room(type, len(slot.officers))
    shut = lanes.closures(session, [room.id for room in rooms], *around)
    houses = {room.place_id for room in rooms}
    places = _shared(open_at, houses)
    if within is not None:
        places &= within
    parts = {
        part: room
        for room in rooms
        if room.place_id in places and room.id not in shut and room.seats >= least
        for part in parts_of(room)
    }
    taken = _taken_among(session, list(parts), around, lives)
    for part, room in parts.items():
        if part not in taken:
            return Spot(room, room.place_id)
    without_rooms = places - houses
    return Spot(place_id=_first(without_rooms)) if without_rooms and not type.needs_room else None


def _first(places: Collection[UUID | None]) -> UUID | None:
    return min((place for place in places if place is not None), default=None)


def _in_rhythm(moment: datetime, every: int) -> bool:
    """Tell whether the clock of the office shows a multiple of `every`, the first time if twice."""
    local = clock.local(moment)
    exact = not local.second and not local.microsecond and not local.fold
    return exact and (local.hour * 60 + local.minute) % every == 0


def _open_at(
    hours: Iterable[Availability],
    starts_at: datetime,
    ends_at: datetime,
    *,
    type: AppointmentType,
    channel: Channel,
) -> set[UUID | None]:
    """Return the places of the lanes into whose hours the talk fits as a whole."""
    first, last = clock.local_date(starts_at - DAY), clock.local_date(ends_at)
    opened = lanes.by_lane(hours, first, last, closed=lanes.closed_days(first, last))
    return {
        lane.place_id
        for lane, times in opened.items()
        if lane.takes(type.id, channel)
        and any(begins <= starts_at and ends_at <= over for begins, over in times)
    }


def _shared(open_at: Sequence[set[UUID | None]], houses: set[UUID]) -> set[UUID | None]:
    """Return the places at which all can be; hours without a place are for any house with rooms."""
    named = {place for places in open_at for place in places if place is not None} | houses
    anywhere: set[UUID | None] = {None}
    return {
        place
        for place in named or anywhere
        if all(
            place in places or (None in places and (place in houses or not houses))
            for places in open_at
        )
    }


def free_part(
    session: Session, room: Room, starts_at: datetime, ends_at: datetime, *, now: datetime
) -> int | None:
    """Return a part of a room that nobody has taken in this time."""
    parts = parts_of(room)
    taken = _taken_among(session, parts, (starts_at, ends_at), alive(None, now))
    return next((part for part in parts if part not in taken), None)


def free_rooms(
    session: Session,
    *,
    place_id: UUID,
    least: int,
    around: tuple[datetime, datetime],
    now: datetime,
    besides: UUID,
) -> list[Room]:
    """Return the rooms at a place with seats enough that are free all the time.

    `besides` is the booking that is to change its room: its own counts as free.
    """
    rooms = session.scalars(
        select(Room)
        .where(Room.is_active, Room.place_id == place_id, Room.seats >= least)
        .order_by(Room.seats, Room.number)
    ).all()
    shut = lanes.closures(session, [room.id for room in rooms], *around)
    parts = [part for room in rooms for part in parts_of(room)]
    taken = _taken_among(session, parts, around, alive(besides, now))
    return [
        room
        for room in rooms
        if room.id not in shut and any(part not in taken for part in parts_of(room))
    ]


def _taken_among(
    session: Session,
    numbers: Sequence[int],
    around: tuple[datetime, datetime],
    lives: ColumnElement[bool],
) -> frozenset[int]:
    """Return which of these resources are taken in this time."""
    starts_at, ends_at = around
    return frozenset(
        session.scalars(
            select(Occupancy.resource).where(
                Occupancy.resource.in_(numbers),
                Occupancy.starts_at.between(starts_at - DAY, ends_at),
                Occupancy.starts_at < ends_at,
                Occupancy.ends_at > starts_at,
                lives,
            )
        )
    )


def _hours(session: Session, officers: Sequence[UUID]) -> Mapping[UUID, list[Availability]]:
    hours: dict[UUID, list[Availability]] = {}
    for window in session.scalars(
        select(Availability)
        .where(Availability.staff_member_id.in_(officers))
        .order_by(Availability.id)
    ):
        hours.setdefault(window.staff_member_id, []).append(window)
    return hours
