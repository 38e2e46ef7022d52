"""The waiting list: who would take which time, and which freed time was offered to whom."""

from datetime import date, datetime, time
from enum import IntEnum, StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from portal.calendars.models import AppointmentType, Channel
from portal.core.db import Model, enum_column, new_id


class Need(IntEnum):
    """How much somebody needs an earlier time; the greater goes first."""

    WISH = 0
    DEADLINE = 1
    URGENT = 2


class WishState(StrEnum):
    """Where an entry of the waiting list is."""

    WAITING = "waiting"
    OFFERED = "offered"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class SlotWish(Model):
    """An entry of the waiting list: what time somebody would take if it came free.

    `booking_id` is the later appointment that would be moved; without it a new one is made.
    Weekdays count from Monday 1; an empty list means any. Hours are wall times of the office.
    """

    __tablename__ = "slot_wishes"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="last_day_later"),
        CheckConstraint("until_hour > from_hour", name="hours_forward"),
        CheckConstraint("need <> 1 OR deadline IS NOT NULL", name="deadline_is_named"),
        CheckConstraint("need <> 2 OR need_reason IS NOT NULL", name="urgency_has_reason"),
        # One entry for each kind: whoever wants more changes the entry.
        Index(
            "uq_slot_wishes_open",
            "citizen_id",
            "type_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("ix_slot_wishes_type", "type_id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"))
    channels: Mapped[list[Channel]] = mapped_column(ARRAY(enum_column(Channel)))
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    from_hour: Mapped[time]
    until_hour: Mapped[time]
    need: Mapped[int] = mapped_column(SmallInteger, default=Need.WISH)
    need_reason: Mapped[str | None]
    deadline: Mapped[date | None]
    state: Mapped[WishState] = mapped_column(enum_column(WishState), default=WishState.WAITING)
    created_at: Mapped[datetime]

    citizen: Mapped[Citizen] = relationship(lazy="raise")
    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    booking: Mapped[Booking | None] = relationship(lazy="raise")


class OfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class SlotOffer(Model):
    """A freed time, held for one person of the waiting list for a while; then for the next."""

    __tablename__ = "slot_offers"
    __table_args__ = (
        Index("ix_slot_offers_wish", "wish_id", "offered_at"),
        Index("ix_slot_offers_open", "expires_at", postgresql_where=text("state = 'open'")),
        Index(
            "uq_slot_offers_open",
            "wish_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_has_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    wish_id: Mapped[UUID] = mapped_column(ForeignKey("slot_wishes.id"))
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id", ondelete="SET NULL"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    starts_at: Mapped[datetime]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(enum_column(OfferState), default=OfferState.OPEN)
    answered_at: Mapped[datetime | None]

    wish: Mapped[SlotWish] = relationship(lazy="joined", innerjoin=True)
    booking: Mapped[Booking | None] = relationship(lazy="raise")


class FreedTime(Model):
    """A time that came free while somebody waits for it: kept back until it is offered."""

    __tablename__ = "freed_times"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    starts_at: Mapped[datetime]
    freed_at: Mapped[datetime]

    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    officer: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)
