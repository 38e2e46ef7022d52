"""The table of reminders: which were sent for which time, so that each goes out once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.message_wishes import Lead
from portal.core.db import Model, enum_column


class BookingReminder(Model):
    """That somebody was reminded of an appointment at the time it had then.

    The key is the guard: of two workers one writes the row and the message. A moved appointment has
    another time and is reminded of anew. One that a nearer reminder overtook was not sent.
    """

    __tablename__ = "booking_reminders"

    booking_id: Mapped[UUID] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    lead: Mapped[Lead] = mapped_column(enum_column(Lead), primary_key=True)
    at: Mapped[datetime]
    is_sent: Mapped[bool]
