"""Places and rooms: what is asked about them, and the deeds of those who look after them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.models import Right, StaffMember
from portal.accounts.rules import check
from portal.audit import service as audit
from portal.calendars import queries, weeks
from portal.calendars.models import Place, Room, RoomClosure
from portal.calendars.resources import all_parts_of, parts_of
from portal.calendars.rules import Collides
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.db import lost_race
from portal.core.errors import Conflict, InvalidInput, NotFound

DAY = timedelta(days=1)
NAME_TAKEN = "Diesen Namen gibt es schon."

# Reading


def active_places(session: Session) -> Sequence[Place]:
    """Return where people can be met, the standard place first."""
    return session.scalars(
        select(Place).where(Place.is_active).order_by(Place.is_standard.desc(), Place.name)
    ).all()


def all_places(session: Session) -> Sequence[Place]:
    """Return every place, also those that are closed for good."""
    return session.scalars(
        select(Place).order_by(Place.is_active.desc(), Place.is_standard.desc(), Place.name)
    ).all()


def standard_place(session: Session) -> Place | None:
    """Return where hours are that name no place, if the office has written one down."""
    return session.scalar(select(Place).where(Place.is_standard))


def place_by_id(session: Session, id: UUID) -> Place:
    """Return one place."""
    found = session.get(Place, id)
    if found is None:
        raise NotFound
    return found


def rooms_by_place(session: Session) -> dict[UUID, list[Room]]:
    """Return the rooms of every place, by name."""
    found: dict[UUID, list[Room]] = defaultdict(list)
    for room in session.scalars(select(Room).order_by(Room.is_active.desc(), Room.name)):
        found[room.place_id].append(room)
    return found


def room_by_id(session: Session, id: UUID) -> Room:
    """Return one room with its place."""
    found = session.get(Room, id)
    if found is None:
        raise NotFound
    return found


def closures_of(session: Session, *, room: Room, today: date) -> Sequence[RoomClosure]:
    """Return when a room cannot be used, unless it is over."""
    return session.scalars(
        select(RoomClosure)
        .where(RoomClosure.room_id == room.id, RoomClosure.last_day >= today)
        .order_by(RoomClosure.first_day, RoomClosure.id)
    ).all()


def closure_by_id(session: Session, id: UUID) -> RoomClosure:
    """Return one closure with its room."""
    found = session.scalar(
        select(RoomClosure)
        .join(RoomClosure.room)
        .where(RoomClosure.id == id)
        .options(contains_eager(RoomClosure.room))
    )
    if found is None:
        raise NotFound
    return found


# Deeds


def save_place(
    session: Session,
    *,
    place: Place | None,
    name: str,
    address: str,
    directions: str | None,
    is_active: bool,
    is_standard: bool,
    by: StaffMember,
    now: datetime,
) -> Place:
    """Write down a place, new or known; of all places one at most is the standard."""
    check(by, Right.ADMINISTER)
    if is_standard and not is_active:
        raise InvalidInput(
            "Der Standardort muss in Gebrauch sein. Machen Sie zuerst einen anderen zum Standard.",
            field="is_active",
        )
    if place is not None and place.is_standard and not is_standard:
        raise InvalidInput(
            "Machen Sie einen anderen Ort zum Standard, dann ist es dieser nicht mehr.",
            field="is_standard",
        )
    saved = place or Place()
    if is_standard:
        session.execute(
            update(Place)
            .where(Place.is_standard, Place.id != saved.id if place else Place.is_standard)
            .values(is_standard=False)
        )
    with lost_race(session, "uq_places_name", NAME_TAKEN, field="name"):
        saved.name, saved.address, saved.directions = name, address, directions
        saved.is_active, saved.is_standard = is_active, is_standard
        session.add(saved)
        session.flush()  # the constraint answers here, and the trail names the id
    _record(session, "calendars.place_saved", ("place", saved.id), by, now, name=name)
    return saved


def save_room(
    session: Session,
    *,
    place: Place,
    room: Room | None,
    name: str,
    talks: int,
    seats: int,
    is_step_free: bool,
    is_active: bool,
    by: StaffMember,
    now: datetime,
) -> Room:
    """Write down a room, new or known. A room with appointments ahead keeps its parts."""
    check(by, Right.ADMINISTER)
    if not 1 <= talks <= 64:
        raise InvalidInput("Möglich sind 1 bis 64 Gespräche zugleich.", field="talks")
    if not 1 <= seats <= 1_000:
        raise InvalidInput("Möglich sind 1 bis 1000 Plätze.", field="seats")
    saved = room or Room(place=place)
    if room is not None:
        gone = [] if is_active else parts_of(room)
        gone = gone or parts_of(room)[talks:]
        end = now + timedelta(days=3660)
        if queries.taken_of(session, now, end, resources=gone, now=now):
            raise Conflict(
                "In diesem Raum sind noch Termine gebucht. Verlegen Sie sie zuerst, oder warten"
                " Sie, bis sie vorbei sind."
            )
    with lost_race(session, "uq_rooms_name", NAME_TAKEN, field="name"):
        saved.name, saved.talks, saved.seats = name, talks, seats
        saved.is_step_free, saved.is_active = is_step_free, is_active
        session.add(saved)
        session.flush()  # the constraint answers here, and the trail names the id
    _record(session, "calendars.room_saved", ("room", saved.id), by, now, name=name)
    weeks.refresh_all_weeks(session, touched=all_parts_of(saved), now=now)
    return saved


def close_room(
    session: Session,
    *,
    room: Room,
    first_day: date,
    last_day: date,
    reason: str | None,
    by: StaffMember,
    now: datetime,
) -> RoomClosure:
    """Close a room for some days; appointments in it must be moved first, and are named."""
    check(by, Right.ADMINISTER)
    if last_day < first_day:
        raise InvalidInput("Der letzte Tag muss nach dem ersten liegen.", field="last_day")
    if last_day < clock.local_date(now):
        raise InvalidInput("Diese Zeit ist schon vorbei.", field="last_day")
    session.execute(select(Room.id).where(Room.id == room.id).with_for_update())
    first, last = at_wall(first_day, time()), at_wall(last_day + DAY, time())
    parts, first = parts_of(room), max(first, now)
    if taken := queries.taken_of(session, first, last, resources=parts, now=now):
        raise Collides(taken)
    closure = RoomClosure(room=room, first_day=first_day, last_day=last_day, reason=reason or None)
    session.add(closure)
    session.flush()  # the trail names the id
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    _record(session, "calendars.room_closed", ("room", room.id), by, now, **days)
    weeks.refresh_all_weeks(session, touched=parts_of(room), now=now)
    return closure


def reopen_room(session: Session, *, closure: RoomClosure, by: StaffMember, now: datetime) -> None:
    """Let the room be used again on the days of a closure."""
    check(by, Right.ADMINISTER)
    _record(session, "calendars.room_reopened", ("room", closure.room_id), by, now)
    session.delete(closure)
    weeks.refresh_all_weeks(session, touched=parts_of(closure.room), now=now)


def _record(
    session: Session,
    deed: str,
    subject: tuple[str, UUID],
    by: StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(session, deed=deed, subject=subject, by=by, now=now, **facts)
