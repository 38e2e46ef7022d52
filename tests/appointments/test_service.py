"""The deeds of booking: what they change, what they say, what they refuse."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.appointments import queries, service
from portal.appointments.models import AbsenceReason, BookingState, Channel
from portal.appointments.rules import CollidesWithBookings
from portal.appointments.slots import at_wall
from portal.audit.queries import events_about
from portal.core.errors import Conflict, InvalidInput, NotAllowed
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.queries import latest_messages
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

TUESDAY = MONDAY + timedelta(days=1)


def test_booking_takes_the_slot_and_tells_the_citizen(session: Session) -> None:
    officer = make.officer(session)
    citizen = accounts.citizen(session)

    booking = make.booking(session, citizen=citizen, officer=officer, note="Mein Mietvertrag")

    assert booking.state == BookingState.BOOKED
    assert booking.staff_member == officer
    assert booking.starts_at == at_wall(MONDAY, time(9))
    assert booking.ends_at == at_wall(MONDAY, time(9, 30))
    assert booking.blocked_until == at_wall(MONDAY, time(9, 45))
    assert booking.chosen_by_citizen
    assert booking.note == "Mein Mietvertrag"
    [message] = latest_messages(session, address=citizen.email)
    assert message.template == "booking_made"
    assert "9:00" in message.text
    assert "Mietvertrag" not in message.text + message.html
    [deed] = events_about(session, kind="booking", id=booking.id)
    assert deed.deed == "appointments.booked"
