"""Guests of a talk: who comes without an account, by a link for one appointment and one role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.audit.models import Actor
from portal.core.db import Model, enum_column, new_id


class GuestRole(StrEnum):
    """As what a guest takes part; what each role may do stands in `roles.RIGHTS`."""

    INTERPRETER = "interpreter"
    COMPANION = "companion"
    PARTNER = "partner"
    COLLEAGUE = "colleague"
    HELPER = "helper"


@dataclass(frozen=True)
class Traits:
    """What sets a role apart.

    Who interprets hears social data for others (§ 78 SGB X); who only listens sends neither picture
    nor sound; who belongs to the office may be invited by the address in the house.
    """

    interprets: bool = False
    only_listens: bool = False
    is_of_the_office: bool = False


TRAITS: Mapping[GuestRole, Traits] = {
    GuestRole.INTERPRETER: Traits(interprets=True),
    GuestRole.COMPANION: Traits(),
    GuestRole.PARTNER: Traits(),
    GuestRole.COLLEAGUE: Traits(is_of_the_office=True),
    GuestRole.HELPER: Traits(only_listens=True),
}


class Guest(Model):
    """The invitation of one person to one talk; it moves with the appointment.

    Of the link only its hash is kept. A colleague of the office has no link but an account.
    `called` is the name the inviter wrote, `name` what the guest typed when agreeing to keep things
    to themselves. `device_hash` belongs to the one browser that takes part. `told_at` is the time
    of the appointment that was last sent to `address`, so that a move is told, too.
    """

    __tablename__ = "guests"
    __table_args__ = (
        CheckConstraint("num_nonnulls(secret_hash, staff_member_id) = 1", name="link_or_account"),
        CheckConstraint("num_nonnulls(name, agreed_at) IN (0, 2)", name="agreed_with_name"),
        CheckConstraint("num_nonnulls(device_hash, device_at) IN (0, 2)", name="device_pair"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_pair"),
        CheckConstraint("(address IS NULL) OR (told_at IS NOT NULL)", name="address_was_told"),
        Index("ix_guests_booking", "booking_id", "invited_at", "id"),
        Index("ix_guests_staff_member_id", "staff_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    role: Mapped[GuestRole] = mapped_column(enum_column(GuestRole))
    called: Mapped[str]
    name: Mapped[str | None]
    staff_member_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    secret_hash: Mapped[str | None] = mapped_column(unique=True)
    invited_by_kind: Mapped[str]
    invited_by_id: Mapped[UUID]
    invited_by: Mapped[str]
    invited_at: Mapped[datetime]
    address: Mapped[str | None]
    told_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    device_hash: Mapped[str | None]
    device_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    booking: Mapped[Booking] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="raise")

    @property
    def shown_name(self) -> str:
        """Return the name to show: what the guest typed, else what the inviter wrote."""
        return self.name or self.called

    @property
    def traits(self) -> Traits:
        """Return what sets the role of this guest apart."""
        return TRAITS[self.role]

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps."""
        return Actor("guest", str(self.id), self.shown_name)
