"""The waiting list of an event. Events and their seats: see `appointments.group_models`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.appointments.group_models import GroupEvent
from portal.appointments.models import Booking
from portal.appointments.waiting_models import WishState
from portal.core.db import Model, enum_column, new_id


class GroupWish(Model):
    """Somebody who waits for a seat, in the order in which they came.

    Who `takes_others` is offered a seat in any event of the same series. While a seat is offered,
    `booking_id` is what is held for them, in whatever event, and `offered_until` how long.
    """

    __tablename__ = "group_wishes"
    __table_args__ = (
        CheckConstraint(
            "(state = 'offered') = (offered_until IS NOT NULL)", name="offered_has_end"
        ),
        Index(
            "uq_group_wishes_open",
            "event_id",
            "citizen_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("ix_group_wishes_citizen", "citizen_id"),
        Index(
            "ix_group_wishes_offered",
            "offered_until",
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("group_events.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    takes_others: Mapped[bool] = mapped_column(default=False)
    state: Mapped[WishState] = mapped_column(enum_column(WishState), default=WishState.WAITING)
    created_at: Mapped[datetime]
    booking_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="SET NULL"), index=True
    )
    offered_until: Mapped[datetime | None]

    event: Mapped[GroupEvent] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    booking: Mapped[Booking | None] = relationship(lazy="raise")
