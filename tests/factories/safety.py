"""Calls for help and incidents for tests."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.core import clock
from portal.safety import service
from portal.safety.models import IncidentKind, SafetyAlert, SafetyIncident
from portal.safety.rules import Told


def alert(session: Session, booking: Booking, *, now: datetime | None = None) -> SafetyAlert:
    """Call for help out of an appointment of now."""
    return service.raise_alert(
        session, booking=booking, by=booking.staff_member, now=now or clock.now()
    )


def incident(session: Session, by: StaffMember, *, what: str = "Ein Streit.") -> SafetyIncident:
    """Tell what happened."""
    now = clock.now()
    told = Told(happened_at=now, kinds=[IncidentKind.THREAT], what=what)
    return service.report(session, booking=None, told=told, by=by, now=now)
