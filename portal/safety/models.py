"""Calls for help during an appointment, and incidents as staff tell them.

Neither is part of a citizen's file: both are about the office and its duty to protect its people
(§ 3 ArbSchG). Who may read them stands in `rules`.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember
from portal.appointments.models import Booking
from portal.core.db import Model, new_id

TEXT_LIMIT = 4_000


class IncidentKind(StrEnum):
    """What happened."""

    INSULT = "insult"
    THREAT = "threat"
    VIOLENCE = "violence"
    HARASSMENT = "harassment"
    SELF_HARM = "self_harm"
    DAMAGE = "damage"
    OTHER = "other"


class SafetyAlert(Model):
    """A call for help; it is open until somebody who leads a team has ended it."""

    __tablename__ = "safety_alerts"
    __table_args__ = (
        CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_pair"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_pair"),
        # Pressing twice is one call.
        Index(
            "uq_safety_alerts_open",
            "booking_id",
            "raised_by_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_safety_alerts_open", "raised_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"))
    raised_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))

    booking: Mapped[Booking] = relationship(lazy="raise")
    raised_by: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[raised_by_id])
    seen_by: Mapped[StaffMember | None] = relationship(lazy="raise", foreign_keys=[seen_by_id])


class SafetyIncident(Model):
    """What happened, in the words of who was there, and what the lead has done about it."""

    __tablename__ = "safety_incidents"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered_pair"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by"),
        CheckConstraint("cardinality(kinds) > 0", name="has_kind"),
        CheckConstraint(f"length(what) BETWEEN 1 AND {TEXT_LIMIT}", name="what_length"),
        Index("ix_safety_incidents_team", "team_id", "happened_at"),
        Index("ix_safety_incidents_mine", "reported_by_id", "happened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"))
    reported_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    happened_at: Mapped[datetime]
    reported_at: Mapped[datetime]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    what: Mapped[str]
    witnesses: Mapped[str | None]
    done: Mapped[str | None]
    wants_talk: Mapped[bool] = mapped_column(default=False)
    police: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))

    booking: Mapped[Booking | None] = relationship(lazy="raise")
    reported_by: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[reported_by_id])
    answered_by: Mapped[StaffMember | None] = relationship(
        lazy="raise", foreign_keys=[answered_by_id]
    )
