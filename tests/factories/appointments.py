"""Appointments for tests: hours, slots and bookings through the real verbs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import holding, service
from portal.appointments.models import Booking
from portal.calendars import away, resources, search, weeks
from portal.calendars import service as calendars
from portal.calendars.models import (
    Absence,
    AbsenceReason,
    AppointmentType,
    Availability,
    Channel,
    Room,
    RoomClosure,
    StaffSkills,
    TalkRole,
)
from portal.calendars.recurrence import Rule
from portal.calendars.slots import Slot, at_wall
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case
from portal.core import clock, working_days
from tests.factories import accounts

# A quiet Monday: no holiday in any Land that week, no change of clocks.
MONDAY = date(2026, 11, 16)
NOW = at_wall(MONDAY, time(7, 0))


def kind(session: Session, key: str = "beratung-video") -> AppointmentType:
    """Return one of the standard kinds."""
    return calendars.ensure_standard_types(session)[key]


def officer(session: Session, *, opens: bool = True, **fields: Any) -> StaffMember:
    """Make an integration officer, with hours every weekday from 8 to 16 unless told otherwise."""
    made = accounts.staff_member(session, Role.INTEGRATION_OFFICER, **fields)
    if opens:
        for weekday in range(1, 6):
            hours(session, made, weekday=weekday)
    return made


def skilled(
    session: Session, *roles: TalkRole, languages: Sequence[str] = (), **fields: Any
) -> StaffMember:
    """Make an officer with hours who can be asked for these roles, in these languages."""
    made = officer(session, **fields)
    session.add(StaffSkills(staff_member_id=made.id, roles=list(roles), languages=list(languages)))
    session.flush()
    return made


def room(session: Session, name: str = "Saal", *, seats: int = 4, talks: int = 1) -> Room:
    """Add a room to the standard place, known to the search at once."""
    place = calendars.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")
    made = Room(place=place, name=name, talks=talks, seats=seats)
    session.add(made)
    session.flush()
    weeks.refresh_all_weeks(session, touched=resources.all_parts_of(made), now=NOW)
    return made


def hours(session: Session, officer: StaffMember, **fields: Any) -> Availability:
    """Give an officer weekly hours: Monday from 8 to 16 unless told otherwise."""
    weekday = fields.pop("weekday", 1)
    return calendars.add_availability(
        session,
        officer=officer,
        now=NOW,
        **{
            "by": officer,
            "rule": Rule.weekly(weekday),
            "starts": time(8),
            "ends": time(16),
            "channels": [Channel.VIDEO, Channel.PHONE, Channel.OFFICE],
            "types": [],
            "valid_from": date(2026, 1, 1),
            "valid_until": None,
            **fields,
        },
    )


def absence(session: Session, officer: StaffMember, **fields: Any) -> Absence:
    """Send an officer away for the quiet Monday."""
    return away.add_absence(
        session,
        officer=officer,
        by=officer,
        now=NOW,
        **{
            "starts_at": at_wall(MONDAY, time()),
            "ends_at": at_wall(MONDAY, time(18)),
            "reason": AbsenceReason.VACATION,
            **fields,
        },
    )


def case_of(
    session: Session, citizen: Citizen, *, integration_officer: StaffMember | None = None
) -> Case:
    """Open the case of a citizen."""
    case = casefiles.case_for(session, citizen=citizen, now=NOW)
    case.integration_officer_id = integration_officer.id if integration_officer else None
    session.flush()
    return case


def slot_at(officer: StaffMember, day: date = MONDAY, wall: time = time(9)) -> Slot:
    """Name the slot of an officer at a wall time."""
    return Slot(at_wall(day, wall), officer.id)


def booking(session: Session, **fields: Any) -> Booking:
    """Book for a citizen with an officer: on the quiet Monday at nine unless told otherwise."""
    who = fields.pop("citizen", None) or accounts.citizen(session)
    host = fields.pop("officer", None) or officer(session)
    type = fields.pop("type", None) or kind(session)
    slot = fields.pop("slot", None) or slot_at(host)
    return service.book(
        session,
        **{
            "citizen": who,
            "type": type,
            "channel": type.channels[0],
            "slot": slot,
            "note": None,
            "by": who,
            "now": NOW,
            **fields,
        },
    )


def held(session: Session, citizen: Citizen, *, now: datetime) -> Booking:
    """Hold the last free time of the next two weeks for a citizen who chooses."""
    type = kind(session)
    return holding.hold(
        session,
        citizen=citizen,
        type=type,
        channel=type.channels[0],
        slot=upcoming_slots(session, citizen, type, now)[-1],
        by=citizen,
        now=now,
    )


def free_slot(session: Session, citizen: Citizen, key: str, after: datetime) -> Slot:
    """Return the first time of a kind on a working day, as a citizen could book it after a moment.

    Tests that need a talk in some minutes give somebody hours on each day, Sundays included.
    """
    type = kind(session, key)
    weeks.refresh(session, touched=weeks.everybody(session), weeks=weeks.ahead(after))
    found = search.free_slots(
        session,
        type=type,
        channel=type.channels[0],
        citizen=citizen,
        first=after,
        last=after + timedelta(days=14),
        asker=citizen,
        now=after - timedelta(days=20),
    )
    return next(
        slot
        for slot in found
        if working_days.is_working_day(clock.local_date(slot.starts_at), land="HE")
    )


def upcoming_slots(
    session: Session, citizen: Citizen, type: AppointmentType, now: datetime, days: int = 14
) -> list[Slot]:
    """Return what this citizen could book in the next days, whenever `now` is."""
    weeks.refresh(session, touched=weeks.everybody(session), weeks=weeks.ahead(now))
    return search.free_slots(
        session,
        type=type,
        channel=type.channels[0],
        citizen=citizen,
        first=now,
        last=now + timedelta(days=days),
        asker=citizen,
        now=now,
    )


def plans(session: Session, officer: StaffMember, *, now: datetime) -> None:
    """Give an officer a break and a single day off, the office a place with a closed room."""
    day = clock.local_date(now) + timedelta(days=1)
    away.add_recurring_absences(
        session,
        officers=[officer],
        rule=Rule.weekly(*range(1, 6)),
        starts=time(17),
        ends=time(17, 30),
        valid_from=day,
        valid_until=None,
        reason=AbsenceReason.BREAK,
        by=officer,
        now=now,
    )
    sunday = hours(session, officer, weekday=7)
    sunday.days_out = [day + timedelta(days=7 - day.isoweekday())]
    place = calendars.ensure_standard_place(session, name="Haus", address="Rathausplatz 1")
    room = Room(place=place, name="Saal", talks=1, seats=4)
    session.add(room)
    session.flush()
    session.add(RoomClosure(room_id=room.id, first_day=day, last_day=day))
    session.flush()
