"""Appointments for tests: hours, slots and bookings through the real verbs."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.appointments import service
from portal.appointments.models import Booking
from portal.calendars import search
from portal.calendars import service as calendars
from portal.calendars.models import Absence, AbsenceReason, AppointmentType, Availability, Channel
from portal.calendars.slots import Slot, at_wall
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case
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


def hours(session: Session, officer: StaffMember, **fields: Any) -> Availability:
    """Give an officer weekly hours: Monday from 8 to 16 unless told otherwise."""
    return calendars.add_availability(
        session,
        officer=officer,
        now=NOW,
        **{
            "by": officer,
            "weekday": 1,
            "starts": time(8),
            "ends": time(16),
            "channels": list(Channel),
            "types": [],
            "valid_from": date(2026, 1, 1),
            "valid_until": None,
            **fields,
        },
    )


def absence(session: Session, officer: StaffMember, **fields: Any) -> Absence:
    """Send an officer away for the quiet Monday."""
    return calendars.add_absence(
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


def free_slot(session: Session, citizen: Citizen, key: str, after: datetime) -> Slot:
    """Return the first time of a kind that this citizen could book after a moment."""
    type = kind(session, key)
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
    return found[0]


def upcoming_slots(
    session: Session, citizen: Citizen, type: AppointmentType, now: datetime, days: int = 14
) -> list[Slot]:
    """Return what this citizen could book in the next days."""
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
