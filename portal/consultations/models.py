"""Consultations: the talk that belongs to a booking, who waits, who was there, what was written."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.appointments.models import Booking
from portal.core.db import Model, enum_column, new_id
from portal.invitations.models import Invitation

CHAT_LIMIT = 2000
NOTE_LIMIT = 10_000
AGENDA_LIMIT = 2_000
STEP_LIMIT = 300
STEPS_MAX = 12
REMARK_LIMIT = 4_000
REMARKS_MAX = 20


class ConsultationState(StrEnum):
    """Where a talk is; the transitions stand in `rules.TRANSITIONS`."""

    PLANNED = "planned"
    OPEN = "open"
    RUNNING = "running"
    ENDED = "ended"


class WaitingState(StrEnum):
    """Where somebody stands who came to the talk."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    SENT_BACK = "sent_back"
    LEFT = "left"


class TakingPart(StrEnum):
    """How somebody takes part; the ways are equal."""

    VIDEO = "video"
    WITHOUT_CAMERA = "without_camera"
    AUDIO_ONLY = "audio_only"


class Doer(StrEnum):
    """Who does what was agreed."""

    CITIZEN = "citizen"
    OFFICE = "office"
    TOGETHER = "together"


class Consultation(Model):
    """The talk of one booking; the first deed makes the row (somebody comes, asks for a call)."""

    __tablename__ = "consultations"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_pair"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'running' OR started_at IS NOT NULL", name="running_has_start"),
        CheckConstraint(
            "(callback_at IS NULL) = (callback_phone IS NULL)", name="callback_has_phone"
        ),
        CheckConstraint(
            "(shown_document_id IS NULL) = (shown_page IS NULL)", name="shown_has_page"
        ),
        CheckConstraint("NOT is_locked OR lock_changed_at IS NOT NULL", name="locked_has_time"),
        CheckConstraint("num_nonnulls(next_booking_id, next_invitation_id) <= 1", name="one_next"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), unique=True)
    state: Mapped[ConsultationState] = mapped_column(
        enum_column(ConsultationState), default=ConsultationState.PLANNED
    )
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    callback_at: Mapped[datetime | None]
    callback_phone: Mapped[str | None]
    agenda: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    note_saved_at: Mapped[datetime | None]
    note_shown_at: Mapped[datetime | None]
    note_document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    shown_document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    shown_page: Mapped[int | None]
    is_locked: Mapped[bool] = mapped_column(default=False)
    lock_changed_at: Mapped[datetime | None]
    next_booking_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="SET NULL")
    )
    next_invitation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Invitation.id, ondelete="SET NULL")
    )

    booking: Mapped[Booking] = relationship(lazy="raise", foreign_keys=[booking_id])
    next_booking: Mapped[Booking | None] = relationship(
        lazy="raise", foreign_keys=[next_booking_id]
    )
    next_invitation: Mapped[Invitation | None] = relationship(lazy="raise")
    steps: Mapped[list["AgreedStep"]] = relationship(
        order_by="AgreedStep.position", cascade="all, delete-orphan"
    )


class AgreedStep(Model):
    """One thing that was agreed: who does what until when."""

    __tablename__ = "agreed_steps"
    __table_args__ = (
        # Steps change places while the note is written; the end of the transaction counts.
        UniqueConstraint("consultation_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint(f"position BETWEEN 0 AND {STEPS_MAX - 1}", name="position_bounded"),
        CheckConstraint(f"length(what) BETWEEN 1 AND {STEP_LIMIT}", name="what_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    who: Mapped[Doer] = mapped_column(enum_column(Doer))
    what: Mapped[str]
    until: Mapped[date | None]


class NoteRemark(Model):
    """What the citizen says about a note; nobody changes it or takes it away."""

    __tablename__ = "note_remarks"
    __table_args__ = (
        Index("ix_note_remarks_order", "consultation_id", "at", "id"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {REMARK_LIMIT}", name="text_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    name: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class TalkPaper(Model):
    """A document that came into the file during a talk."""

    __tablename__ = "talk_papers"

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]


class WaitingTicket(Model):
    """The place of one person in the waiting room; it outlives reloads, locks and restarts.

    Who `wants_call` has gone away and is called by short message when it is their turn
    (`called_at`).
    """

    __tablename__ = "waiting_tickets"
    __table_args__ = (
        UniqueConstraint("consultation_id", "person_kind", "person_id"),
        Index(
            "ix_waiting_tickets_waiting",
            "state",
            postgresql_where=text("state IN ('waiting', 'sent_back')"),
        ),
        CheckConstraint("(admitted_at IS NULL) = (admitted_by_id IS NULL)", name="admitted_pair"),
        CheckConstraint(
            "(state = 'admitted') = (admitted_at IS NOT NULL)", name="admitted_has_time"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    person_kind: Mapped[str]
    person_id: Mapped[UUID]
    name: Mapped[str]
    role: Mapped[str]
    taking_part: Mapped[TakingPart] = mapped_column(enum_column(TakingPart))
    state: Mapped[WaitingState] = mapped_column(
        enum_column(WaitingState), default=WaitingState.WAITING
    )
    arrived_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    admitted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    wants_call: Mapped[bool] = mapped_column(default=False)
    called_at: Mapped[datetime | None]

    consultation: Mapped[Consultation] = relationship(lazy="raise")

    @property
    def participant(self) -> str:
        """Return the name of this person in the media process."""
        return f"{self.person_kind}:{self.person_id}"


class ChatMessage(Model):
    """One line of the chat, as the media process passed it on; its id comes from there.

    Who was on hold or sent out while it was said stays without it (`kept_from`).
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("consultation_id", "author", "client_id"),
        Index("ix_chat_messages_order", "consultation_id", "at", "id"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {CHAT_LIMIT}", name="text_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    author: Mapped[str]
    author_name: Mapped[str]
    client_id: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    kept_from: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)


class Presence(Model):
    """One stay of one person in the talk, from signed events; its id is that of the first event."""

    __tablename__ = "consultation_presences"
    __table_args__ = (
        Index("ix_consultation_presences_order", "consultation_id", "joined_at", "id"),
        CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="left_later"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    participant: Mapped[str]
    name: Mapped[str]
    joined_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
