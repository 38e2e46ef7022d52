"""Notes on a case, and questions to colleagues about it.

Both are personal data of the people of the case. No page of citizens shows them, but who asks for
the own data (Art. 15 GDPR, § 83 SGB X) gets them, private notes and earlier versions with them:
`queries.notes_to_disclose` and `queries.questions_to_disclose` are for the room that answers.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember, Team
from portal.casefiles.models import Case
from portal.core.db import Model, enum_column, new_id

TEXT_LIMIT = 4_000


class NoteScope(StrEnum):
    """Who of the office reads a note."""

    PRIVATE = "private"
    TEAM = "team"


class CaseNote(Model):
    """What somebody of the office wants to remember about a case.

    `text` is the words as they stand now; each earlier wording is a `CaseNoteVersion`, so that
    nothing that was read once is ever gone. `team_id` is the team of who wrote it, on that day.
    """

    __tablename__ = "case_notes"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {TEXT_LIMIT}", name="text_length"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(pinned_at IS NULL) = (pinned_by_name IS NULL)", name="pinned_pair"),
        CheckConstraint("changed_at >= written_at", name="changed_later"),
        Index("ix_case_notes_case", "case_id", "written_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    scope: Mapped[NoteScope] = mapped_column(enum_column(NoteScope))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    author_name: Mapped[str]
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    pinned_at: Mapped[datetime | None]
    pinned_by_name: Mapped[str | None]

    case: Mapped[Case] = relationship(lazy="raise")
    earlier: Mapped[list["CaseNoteVersion"]] = relationship(
        lazy="raise", order_by="CaseNoteVersion.number.desc()", cascade="all, delete-orphan"
    )


class CaseNoteVersion(Model):
    """How a note read before it was changed; `number` counts from 1."""

    __tablename__ = "case_note_versions"
    __table_args__ = (
        UniqueConstraint("note_id", "number", name="uq_case_note_versions_number"),
        CheckConstraint("replaced_at >= written_at", name="replaced_later"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    note_id: Mapped[UUID] = mapped_column(ForeignKey("case_notes.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str]
    written_at: Mapped[datetime]
    replaced_at: Mapped[datetime]


class QuestionState(StrEnum):
    """Where a question is; it follows from its times."""

    OPEN = "open"
    ANSWERED = "answered"
    REVOKED = "revoked"


class ExpertQuestion(Model):
    """A question about a case to another department, or to one colleague.

    Without `member_id` the whole team is asked, until somebody takes the item of the inbox. As long
    as the question is open, whoever it lies with may open the file (`casefiles.walls`).
    """

    __tablename__ = "expert_questions"
    __table_args__ = (
        CheckConstraint(f"length(question) BETWEEN 1 AND {TEXT_LIMIT}", name="question_length"),
        CheckConstraint(
            f"answer IS NULL OR length(answer) BETWEEN 1 AND {TEXT_LIMIT}", name="answer_length"
        ),
        CheckConstraint(
            "num_nonnulls(answer, answered_at, answered_by_id) IN (0, 3)", name="answered_whole"
        ),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_name IS NULL)", name="revoked_pair"),
        CheckConstraint("num_nonnulls(answered_at, revoked_at) <= 1", name="one_end"),
        CheckConstraint("read_at IS NULL OR answered_at IS NOT NULL", name="read_after_answer"),
        CheckConstraint("answered_by_id <> asked_by_id", name="two_people"),
        CheckConstraint("member_id <> asked_by_id", name="asks_another"),
        Index("ix_expert_questions_case", "case_id", "asked_at"),
        Index(
            "ix_expert_questions_open",
            "due_on",
            postgresql_where="answered_at IS NULL AND revoked_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    question: Mapped[str]
    due_on: Mapped[date]
    asked_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str | None]

    case: Mapped[Case] = relationship(lazy="raise")
    asked_by: Mapped[StaffMember] = relationship(foreign_keys=[asked_by_id], lazy="raise")
    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    member: Mapped[StaffMember | None] = relationship(foreign_keys=[member_id], lazy="raise")
    answered_by: Mapped[StaffMember | None] = relationship(
        foreign_keys=[answered_by_id], lazy="raise"
    )

    @property
    def state(self) -> QuestionState:
        """Return where the question is."""
        if self.answered_at is not None:
            return QuestionState.ANSWERED
        return QuestionState.OPEN if self.revoked_at is None else QuestionState.REVOKED

    @property
    def asked_whom(self) -> str:
        """Name who was asked: the colleague, or the department."""
        return f"{self.member.name} ({self.team.name})" if self.member else self.team.name
