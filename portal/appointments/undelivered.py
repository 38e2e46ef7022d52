"""Messages about appointments that did not arrive: a fact that speaks for who did not come.

Only what told of a time or a place counts: that an appointment was made by the office, moved,
handed over or put into another room. A reminder is a courtesy, and a summons has its letter with
its own proof (`invitations`).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.appointments import evidence
from portal.appointments.models import Booking, BookingFact, FactKind
from portal.core.templating import short_moment
from portal.notifications.models import Message, MessageState

TELL_OF_A_TIME = (
    "booking_made",
    "booking_moved",
    "booking_handed_over",
    "booking_room_changed",  # who waits before the wrong door was there
)
SAID_BY = "Portal"


def note(session: Session, *, now: datetime, limit: int = 200) -> None:
    """Write each such message down once at its appointment, with the moment it was written."""
    noted = select(BookingFact.id).where(
        BookingFact.booking_id == Message.about_id,
        BookingFact.kind == FactKind.NOT_DELIVERED,
        BookingFact.at == Message.created_at,
    )
    twin = aliased(Message)  # the same by the other way: it may have arrived
    arrived = select(twin.id).where(
        twin.about_id == Message.about_id,
        twin.template == Message.template,
        twin.recipient_id == Message.recipient_id,
        twin.created_at == Message.created_at,
        twin.state != MessageState.FAILED,
    )
    rows = session.execute(
        select(Message, Booking)
        .join(Booking, Booking.id == Message.about_id)
        .where(
            Message.about_kind == "booking",
            Message.state == MessageState.FAILED,
            Message.template.in_(TELL_OF_A_TIME),
            Message.recipient_id == Booking.citizen_id,  # what guardians get is a copy
            Booking.is_summons.is_(False),
            ~noted.exists(),
            ~arrived.exists(),
        )
        .order_by(Message.created_at, Message.id)
        .limit(limit)
    ).all()
    for message, booking in rows:
        way = "SMS" if message.is_sms else "E-Mail"
        evidence.note_fact(
            session,
            booking=booking,
            kind=FactKind.NOT_DELIVERED,
            text=f"Die {way} vom {short_moment(message.created_at)} zu diesem Termin kam nicht an.",
            at=message.created_at,
            said_by=SAID_BY,
        )
