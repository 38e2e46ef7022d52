"""Giving a booking another room at the same place and time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import queries, rules
from portal.appointments.models import Booking
from portal.appointments.steps import lock_booking, record, take_time, tell_citizen
from portal.calendars import taking, truth
from portal.calendars.models import Room
from portal.calendars.service import lock_officers, lock_rooms
from portal.calendars.wishes import seats_in_room
from portal.core.errors import Conflict

TAKEN = "Dieser Raum ist um diese Zeit nicht mehr frei. Wählen Sie bitte einen anderen."


def rooms_for(session: Session, booking: Booking, *, now: datetime) -> Sequence[Room]:
    """Return the rooms in which the talk could be, its own among them."""
    if booking.place_id is None:
        return []
    quiet = timedelta(minutes=booking.type.buffer_before_minutes)
    officers = 1 + len(queries.others_of(session, booking))
    return truth.free_rooms(
        session,
        place_id=booking.place_id,
        least=seats_in_room(booking.type, officers),
        around=(booking.starts_at - quiet, booking.blocked_until),
        now=now,
        besides=booking.id,
    )


def change_room(
    session: Session, *, booking: Booking, room: Room, by: StaffMember, now: datetime
) -> None:
    """Give a booking another room, or raise `Conflict` when it is not free; the citizen is told.

    A second tap finds the booking in the room and changes nothing.
    """
    lock_booking(session, booking)
    rules.check_can_change_room(booking, by=by, now=now)
    if booking.room_id == room.id:
        return
    others = queries.others_of(session, booking)
    lock_officers(session, {booking.staff_member_id, *(one.staff_member_id for one in others)})
    lock_rooms(session)
    if room.id not in {one.id for one in rooms_for(session, booking, now=now)}:
        raise Conflict(TAKEN, field="room")
    before = booking.room
    with session.begin_nested():  # who is refused the new room keeps the old
        booking.room = room
        taking.give_back(session, taken_by=booking.id)
        take_time(session, booking, now=now)
    booking.sequence += 1
    record(
        session,
        "appointments.room_changed",
        booking,
        by,
        now,
        was=before.name if before else "",
        room=room.name,
    )
    tell_citizen(session, booking, "booking_room_changed", now)
