"""Invitations, summonses and hearings: three tables, because in law they have nothing in common.

An invitation binds nobody and threatens nothing. A summons is an administrative act (§ 59 SGB II,
§ 309 SGB III). A hearing (§ 24 SGB X) lets somebody speak before the office decides. No row ever
changes its table.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.appointments.models import Booking
from portal.calendars.models import AppointmentType, Channel
from portal.casefiles.models import Case
from portal.core.db import Model, enum_column, new_id
from portal.postbox.models import Letter


class InvitationState(StrEnum):
    """Where an invitation is; the transitions stand in `rules.TRANSITIONS`."""

    INVITED = "invited"
    REMINDED = "reminded"
    BOOKED = "booked"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Invitation(Model):
    """A voluntary invitation: choose a time of a kind until a day. A time is held for it.

    `round_id` is the deed by which several were invited at once. The hold runs out with the last
    day; the booking is what the citizen has chosen, and how that ended stands there.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_open",
            "citizen_id",
            "type_id",
            unique=True,
            postgresql_where="state IN ('invited', 'reminded')",
        ),
        Index("ix_invitations_case", "case_id", "invited_at"),
        Index("ix_invitations_invited_at", "invited_at"),
        Index(
            "ix_invitations_open",
            "answer_until",
            postgresql_where="state IN ('invited', 'reminded')",
        ),
        CheckConstraint(
            "(state IN ('invited', 'reminded')) = (ended_at IS NULL)", name="ended_has_time"
        ),
        CheckConstraint("(state = 'booked') = (booking_id IS NOT NULL)", name="booked_has_booking"),
        CheckConstraint(
            "held_booking_id IS NULL OR state IN ('invited', 'reminded')", name="held_while_open"
        ),
        CheckConstraint("state <> 'reminded' OR reminded_at IS NOT NULL", name="reminded_has_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    answer_until: Mapped[date]
    about: Mapped[str]
    state: Mapped[InvitationState] = mapped_column(enum_column(InvitationState))
    held_booking_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="SET NULL"), index=True
    )
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"))
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"))
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    held_booking: Mapped[Booking | None] = relationship(
        foreign_keys=[held_booking_id], lazy="raise"
    )
    booking: Mapped[Booking | None] = relationship(foreign_keys=[booking_id], lazy="raise")
    letter: Mapped[Letter] = relationship(lazy="raise")
    invited_by: Mapped[StaffMember] = relationship(lazy="raise")


class Purpose(StrEnum):
    """What a summons may be for, and nothing else (§ 309 (2) SGB III)."""

    ADVICE = "advice"
    PLACEMENT = "placement"
    MEASURES = "measures"
    DECISIONS = "decisions"
    CONDITIONS = "conditions"


class SummonsState(StrEnum):
    """Where a summons is; whether somebody came stands at its booking."""

    ISSUED = "issued"
    EXCUSED = "excused"
    WITHDRAWN = "withdrawn"


class Summons(Model):
    """A Meldeaufforderung: for what, where, when, with which notice of consequences.

    `law_from` names the law of its notice (`law.CONSEQUENCES`). The reason not to come is kept as
    it was given, with its day; `reason_papers` are ids of documents in the digital file.
    """

    __tablename__ = "summonses"
    __table_args__ = (
        Index("ix_summonses_case", "case_id", "issued_at"),
        Index("ix_summonses_citizen", "citizen_id", "issued_at"),
        Index("ix_summonses_issued_at", "issued_at"),
        CheckConstraint("(reason IS NULL) = (reason_at IS NULL)", name="reason_pair"),
        CheckConstraint("(reason_at IS NULL) = (reason_by_name IS NULL)", name="reason_by_pair"),
        CheckConstraint(
            "num_nonnulls(decided_at, decided_by_name, is_accepted) IN (0, 3)", name="decided"
        ),
        CheckConstraint("decided_at IS NULL OR reason IS NOT NULL", name="decided_has_reason"),
        CheckConstraint("(state = 'issued') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    about: Mapped[str]
    place: Mapped[str]
    law_from: Mapped[date]
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), unique=True)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"))
    state: Mapped[SummonsState] = mapped_column(enum_column(SummonsState))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    reason: Mapped[str | None]
    reason_at: Mapped[datetime | None]
    reason_by_name: Mapped[str | None]
    reason_papers: Mapped[list[str]] = mapped_column(default=list)
    is_accepted: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    booking: Mapped[Booking] = relationship(lazy="raise")
    letter: Mapped[Letter] = relationship(lazy="raise")
    issued_by: Mapped[StaffMember] = relationship(lazy="raise")


class HearingState(StrEnum):
    """Where a hearing is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Hearing(Model):
    """A hearing (§ 24 SGB X): what is planned, by which facts, until when to answer, and how.

    With `is_personal` a talk is offered before everything else (§ 31a (2) SGB II). An answer stays
    as it was given; one extension by the citizen moves `answer_until` and is dated.
    """

    __tablename__ = "hearings"
    __table_args__ = (
        Index("ix_hearings_case", "case_id", "asked_at"),
        Index("ix_hearings_citizen", "citizen_id", "asked_at"),
        Index("ix_hearings_open", "answer_until", postgresql_where="state = 'open'"),
        CheckConstraint(
            "num_nonnulls(answer, answered_at, answered_by_name) IN (0, 3)", name="answered"
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by_name IS NULL)", name="closed_pair"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint(
            "state <> 'answered' OR answered_at IS NOT NULL OR booking_id IS NOT NULL",
            name="answered_somehow",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    planned: Mapped[str]
    facts: Mapped[str]
    basis: Mapped[str]
    is_personal: Mapped[bool]
    type_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_types.id"))
    answer_until: Mapped[date]
    extended_at: Mapped[datetime | None]
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"))
    state: Mapped[HearingState] = mapped_column(enum_column(HearingState))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    answer_papers: Mapped[list[str]] = mapped_column(default=list)
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"))
    overdue_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str | None]

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    type: Mapped[AppointmentType] = relationship(lazy="joined", innerjoin=True)
    letter: Mapped[Letter] = relationship(lazy="raise")
    booking: Mapped[Booking | None] = relationship(lazy="raise")
    asked_by: Mapped[StaffMember] = relationship(lazy="raise")
