"""Hours, breaks, places and rooms in the small world: things of the office and of her officer."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.calendars import away, service
from portal.calendars.models import AbsenceReason, Availability, Room, RoomClosure
from portal.calendars.recurrence import Rule
from portal.core import clock
from tests.access.things import World


def plans_of(
    session: Session,
    world: World,
    *,
    officer: StaffMember,
    hours: Availability,
    booking_id: UUID,
    now: datetime,
) -> None:
    """Give the officer a break, the office a place with a room that is closed one day."""
    today = clock.local_date(now)
    [lunch] = away.add_recurring_absences(
        session,
        officers=[officer],
        rule=Rule.weekly(7),
        starts=time(23, 50),
        ends=time(23, 55),
        valid_from=today,
        valid_until=None,
        reason=AbsenceReason.BREAK,
        by=officer,
        now=now,
    )
    place = service.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")
    room = Room(place=place, name="Saal", talks=1, seats=4)
    session.add(room)
    session.flush()
    closure = RoomClosure(room_id=room.id, first_day=today, last_day=today)
    session.add(closure)
    session.flush()
    world.things |= {
        "staff_calendars.remove_recurring_absence": {"id": lunch.id},
        "staff_exceptions": {"id": hours.id},
        "staff_hours_copy": {"id": officer.id},
        "staff_cover": {"id": officer.id},
        "staff_cover.hand_over": {"id": booking_id},
        "staff_cover.give_to": {"id": booking_id},
        "staff_places": {"id": place.id},
        "staff_places.reopen_room": {"id": closure.id},
    }
    for endpoint in ("room", "change_room", "close_room"):
        world.things[f"staff_places.{endpoint}"] = {"id": room.id}
    world.bodies["staff_exceptions.undo"] = {"day": today.isoformat()}
