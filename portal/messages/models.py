"""Threads between a citizen and the office with all that stands in them, and text blocks.

These are not letters: what has effects in law and runs a period goes through `postbox`. They are
not the messages of `notifications` either, which only say that there is something to read here.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember, Team
from portal.casefiles.models import Case, Document, EvidenceRequest
from portal.core.db import Model, enum_column, new_id
from portal.invitations.models import Invitation

TEXT_LIMIT = 4_000
SUBJECT_LIMIT = 120
NAME_LIMIT = 60


class Topic(StrEnum):
    """What a thread is about; it says which of the two officers of a case answers."""

    MONEY = "money"
    WORK = "work"
    OTHER = "other"


class Side(StrEnum):
    """Who has written something."""

    CITIZEN = "citizen"
    OFFICE = "office"


class EntryKind(StrEnum):
    """What stands in a thread; a remark is for the office alone."""

    MESSAGE = "message"
    REMARK = "remark"
    REQUEST = "request"
    INVITATION = "invitation"
    NO_ANSWER = "no_answer"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    REOPENED = "reopened"


class Thread(Model):
    """One matter that one citizen and the office write about.

    It belongs to this citizen, never to the household. `officer_id` names who answers when it was
    handed over; without it, the officer of the case for this topic does. `waiting_since` is the
    first message that nobody of the office has answered yet, `answer_by` the day until which the
    office wants to. `reply_by` is the day that the office has named for a reply: what comes later
    is taken and dated all the same.
    """

    __tablename__ = "message_threads"
    __table_args__ = (
        Index("ix_message_threads_case", "case_id", "last_at"),
        Index("ix_message_threads_citizen", "citizen_id", "last_at"),
        Index("ix_message_threads_officer", "officer_id"),
        Index("ix_message_threads_waiting", "answer_by", postgresql_where="answer_by IS NOT NULL"),
        CheckConstraint("(waiting_since IS NULL) = (answer_by IS NULL)", name="waiting_pair"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_name IS NULL)", name="closed_pair"),
        CheckConstraint("closed_at IS NULL OR waiting_since IS NULL", name="closed_is_answered"),
        CheckConstraint(f"length(subject) BETWEEN 1 AND {SUBJECT_LIMIT}", name="subject_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    topic: Mapped[Topic] = mapped_column(enum_column(Topic))
    subject: Mapped[str]
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_side: Mapped[Side] = mapped_column(enum_column(Side))
    waiting_since: Mapped[datetime | None]
    answer_by: Mapped[date | None]
    reply_by: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str | None]

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    officer: Mapped[StaffMember | None] = relationship(lazy="raise")
    entries: Mapped[list["Entry"]] = relationship(
        back_populates="thread", lazy="raise", order_by="Entry.position"
    )


class Entry(Model):
    """One thing in a thread; it is never changed and never taken back.

    `was_due_on` is the day that was named, in a reply that came after it. `waited_days` are the
    working days that a citizen has waited for this answer. `sent_key` is drawn by the page, so that
    two clicks are one message.
    """

    __tablename__ = "thread_entries"
    __table_args__ = (
        UniqueConstraint("thread_id", "position"),
        UniqueConstraint("sent_key"),
        Index(
            "ix_thread_entries_unseen",
            "thread_id",
            "side",
            postgresql_where="seen_at IS NULL AND kind <> 'remark'",
        ),
        Index("ix_thread_entries_waited", "at", postgresql_where="waited_days IS NOT NULL"),
        CheckConstraint("position >= 0", name="position_not_negative"),
        CheckConstraint("(seen_at IS NULL) = (seen_by_name IS NULL)", name="seen_pair"),
        CheckConstraint("kind <> 'remark' OR side = 'office'", name="remark_of_office"),
        CheckConstraint(
            f"kind NOT IN ('message', 'remark') OR length(text) BETWEEN 1 AND {TEXT_LIMIT}",
            name="text_length",
        ),
        CheckConstraint("(kind = 'handed_over') = (to_name IS NOT NULL)", name="handed_over_pair"),
        CheckConstraint("(kind = 'request') = (request_id IS NOT NULL)", name="request_pair"),
        CheckConstraint(
            "(kind = 'invitation') = (invitation_id IS NOT NULL)", name="invitation_pair"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("message_threads.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind))
    side: Mapped[Side] = mapped_column(enum_column(Side))
    author_name: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    sent_key: Mapped[UUID | None]
    reply_by: Mapped[date | None]
    was_due_on: Mapped[date | None]
    waited_days: Mapped[int | None]
    to_name: Mapped[str | None]
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence_requests.id"))
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id"))
    seen_at: Mapped[datetime | None]
    seen_by_name: Mapped[str | None]

    thread: Mapped[Thread] = relationship(back_populates="entries", lazy="raise")
    request: Mapped[EvidenceRequest | None] = relationship(lazy="raise")
    invitation: Mapped[Invitation | None] = relationship(lazy="raise")
    papers: Mapped[list["EntryPaper"]] = relationship(lazy="raise", order_by="EntryPaper.position")


class EntryPaper(Model):
    """A document of the digital file that came with a message."""

    __tablename__ = "thread_papers"

    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("thread_entries.id", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]

    document: Mapped[Document] = relationship(lazy="raise")


class TextBlock(Model):
    """A piece of text that is written often: of one person, or of a team."""

    __tablename__ = "message_blocks"
    __table_args__ = (
        CheckConstraint("(owner_id IS NULL) <> (team_id IS NULL)", name="one_owner"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_LIMIT}", name="name_length"),
        CheckConstraint(f"length(text) BETWEEN 1 AND {TEXT_LIMIT}", name="text_length"),
        UniqueConstraint("owner_id", "name"),
        UniqueConstraint("team_id", "name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE")
    )
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    name: Mapped[str]
    text: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str]

    team: Mapped[Team | None] = relationship(lazy="raise")
