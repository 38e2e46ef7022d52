"""Telling the browsers of an officer that somebody waits: how many, and nobody's name."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations import queries
from portal.notifications import service as notifications

PATH = "/amt/beratung"


def ring(session: Session, *, booking: Booking, now: datetime) -> None:
    """Tell the officer of the talk how many citizens wait for them now."""
    officer = booking.staff_member_id
    notifications.ring(
        session,
        recipient_id=officer,
        waiting=queries.waiting_for(session, officer, now=now),
        path=PATH,
        language="de",
        now=now,
    )
