"""Applications, their answers and their attachments."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case, Document, EvidenceAnswer, EvidenceRequest
from portal.core.db import Model, enum_column, new_id


class ApplicationState(StrEnum):
    """Where an application is; the transitions stand in `rules.TRANSITIONS`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How an application was decided."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REJECTED = "rejected"
    WITHHELD = "withheld"


class Source(StrEnum):
    """Where an answer came from."""

    TYPED = "typed"
    PROFILE = "profile"
    EARLIER = "earlier"
    PROPOSED = "proposed"


class MarkReason(StrEnum):
    """Why the office asks about an answer or a paper again."""

    UNCLEAR = "unclear"
    INCOMPLETE = "incomplete"
    CONTRADICTS = "contradicts"
    OUTDATED = "outdated"
    ILLEGIBLE = "illegible"
    MISSING = "missing"
    OTHER = "other"


class RoundEnd(StrEnum):
    """How a correction round came to its end."""

    ACCEPTED = "accepted"
    ASKED_AGAIN = "asked_again"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class FormVersion(Model):
    """The words of a form as somebody has begun to fill it in: kept, whatever comes after them.

    Without them a draft could not be read, let alone moved, once the portal brings a newer version.
    """

    __tablename__ = "form_versions"

    form: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    kept_at: Mapped[datetime]


class EditState(StrEnum):
    """Where a change of a form by the office is; the transitions stand in `editing.rules`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class FormEdit(Model):
    """What the office changes in a form that comes with the portal, and who approved it.

    `changes` are all changes against the shipped version (`editions.Change`), not against the
    edition before. `editors` are the ids of everybody who has changed it: none of them approves.
    The edition gets its number when it is published; its words are kept in `form_versions`.
    """

    __tablename__ = "form_edits"
    __table_args__ = (
        UniqueConstraint("form", "base_version", "edition", name="uq_form_edits_edition"),
        Index(
            "uq_form_edits_open",
            "form",
            unique=True,
            postgresql_where="state IN ('draft', 'submitted')",
        ),
        CheckConstraint(
            "decided_by_id IS NULL OR (decided_by_id <> prepared_by_id"
            " AND NOT editors @> to_jsonb(decided_by_id::text))",
            name="four_eyes",
        ),
        CheckConstraint(
            "(state IN ('published', 'superseded')) = (edition IS NOT NULL)", name="has_number"
        ),
        CheckConstraint(
            "(state IN ('published', 'rejected', 'superseded')) = (decided_at IS NOT NULL)"
            " AND num_nonnulls(decided_at, decided_by_id) IN (0, 2)",
            name="decided_is_whole",
        ),
        CheckConstraint(
            "state IN ('draft', 'discarded')"
            " OR num_nonnulls(submitted_at, submitted_by_id, title, why, valid_from) = 5",
            name="submitted_is_whole",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    form: Mapped[str]
    base_version: Mapped[int]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[EditState] = mapped_column(enum_column(EditState), default=EditState.DRAFT)
    revision: Mapped[int] = mapped_column(default=0)
    prepared_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    prepared_at: Mapped[datetime]
    editors: Mapped[list[str]]
    title: Mapped[str | None]
    why: Mapped[str | None]
    valid_from: Mapped[date | None]
    submitted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    submitted_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    edition: Mapped[int | None]
    note: Mapped[str | None]

    prepared_by: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[prepared_by_id])
    submitted_by: Mapped[StaffMember | None] = relationship(
        lazy="raise", foreign_keys=[submitted_by_id]
    )
    decided_by: Mapped[StaffMember | None] = relationship(
        lazy="raise", foreign_keys=[decided_by_id]
    )


class Application(Model):
    """One form on its way from draft to decision.

    When it is sent, the whole definition and every answer that was asked for are kept with it, so
    that it reads for ever as it was; `content_sha256` is the hash over both. `sent_sources` says of
    answers that were not typed where they came from. `moved` lists what became of the answers when
    a draft went on to a newer version of its form, until the citizen has read it. `revision` counts
    the changes of a draft, so that nobody goes on with answers that somebody else has changed.
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index(
            "uq_applications_open_draft",
            "citizen_id",
            "form",
            unique=True,
            postgresql_where="state = 'draft'",
        ),
        Index("ix_applications_citizen", "citizen_id", "started_at"),
        Index("ix_applications_state", "state", "submitted_at"),
        CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name="sent_has_time"),
        CheckConstraint(
            "num_nonnulls(submitted_at, case_id, submit_key, effective_from, sent_definition,"
            " sent_answers, content_sha256) IN (0, 7)",
            name="sent_is_whole",
        ),
        CheckConstraint("(review_started_at IS NULL) = (reviewer_id IS NULL)", name="review_pair"),
        CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)"
            " AND num_nonnulls(decided_at, decided_by_id, outcome) IN (0, 3)",
            name="decided_is_whole",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_time"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    form: Mapped[str]
    version: Mapped[int]
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[ApplicationState] = mapped_column(
        enum_column(ApplicationState), default=ApplicationState.DRAFT
    )
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)
    submitted_at: Mapped[datetime | None]
    submit_key: Mapped[UUID | None] = mapped_column(unique=True)
    effective_from: Mapped[date | None]
    sent_definition: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), deferred=True, deferred_group="sent"
    )
    sent_answers: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), deferred=True, deferred_group="sent"
    )
    sent_sources: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), deferred=True, deferred_group="sent"
    )
    content_sha256: Mapped[str | None]
    receipt_document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    review_started_at: Mapped[datetime | None]
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    decision_note: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    moved: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))

    citizen: Mapped[Citizen] = relationship(lazy="raise")
    case: Mapped[Case | None] = relationship(lazy="raise")
    receipt: Mapped[Document | None] = relationship(lazy="raise")
    reviewer: Mapped[StaffMember | None] = relationship(lazy="raise", foreign_keys=[reviewer_id])

    @property
    def number(self) -> str:
        """Return the short number that people read out on the phone."""
        return f"{self.form.upper()}-{self.id.hex[:4].upper()}-{self.id.hex[4:8].upper()}"


class Answer(Model):
    """One answer of a draft.

    `row_id` names the row of a list and sorts by time; `owner_id` the person, where a section
    repeats for persons: a row of the list of persons, or the nil UUID for who applies. `by_name`
    names who gave the answer if it was not the citizen.
    """

    __tablename__ = "application_answers"
    __table_args__ = (
        UniqueConstraint(
            "application_id",
            "question_id",
            "row_id",
            "owner_id",
            name="uq_application_answers_place",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    question_id: Mapped[str]
    row_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    value: Mapped[Any] = mapped_column(JSONB)
    source: Mapped[Source] = mapped_column(enum_column(Source))
    by_name: Mapped[str | None]
    changed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RenewalReminder(Model):
    """A reminder that an award ends, once for each of the days on which one is due."""

    __tablename__ = "renewal_reminders"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    award_until: Mapped[date] = mapped_column(primary_key=True)
    days_before: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]


class PaperAnswer(Model):
    """What somebody says of a paper that follows from the answers and is not there.

    `need` is the key of the paper (`sheet.Need`); `answer_on` the day that comes with "later".
    """

    __tablename__ = "application_paper_answers"

    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    need: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[EvidenceAnswer] = mapped_column(enum_column(EvidenceAnswer))
    words: Mapped[str | None]
    answer_on: Mapped[date | None]
    by_name: Mapped[str]
    answered_at: Mapped[datetime]


class OwnPart(Model):
    """The part of a draft that another person of the household fills in with an own account.

    It begins as an invitation by a code, of which only the hash is kept, and belongs to whoever
    has taken the code (`citizen_id`, `opened_at`). `owner_id` is the row of that person in the
    list of the household. `confirmed_at`: the person has said that the answers are right. Or the
    person signs a sheet of paper (`on_paper_at`): `paper_sha256` is the hash over the answers that
    stands on it, `paper_came_at` when the signed sheet was there.
    """

    __tablename__ = "application_parts"
    __table_args__ = (
        CheckConstraint("(citizen_id IS NULL) = (opened_at IS NULL)", name="taken_pair"),
        CheckConstraint(
            "confirmed_at IS NULL OR opened_at IS NOT NULL", name="confirmed_by_somebody"
        ),
        CheckConstraint(
            "(on_paper_at IS NULL) = (paper_sha256 IS NULL)"
            " AND (paper_came_at IS NULL OR on_paper_at IS NOT NULL)",
            name="paper_is_whole",
        ),
        CheckConstraint(
            "on_paper_at IS NULL OR (opened_at IS NOT NULL AND confirmed_at IS NULL)",
            name="signed_one_way",
        ),
        Index(
            "uq_application_parts_open",
            "application_id",
            "owner_id",
            unique=True,
            postgresql_where="revoked_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID]
    code_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"), index=True)
    opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    on_paper_at: Mapped[datetime | None]
    paper_sha256: Mapped[str | None]
    paper_came_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(lazy="raise")
    citizen: Mapped[Citizen | None] = relationship(lazy="raise")


class Attachment(Model):
    """A document of the file that answers a requirement of the application."""

    __tablename__ = "application_attachments"
    __table_args__ = (
        UniqueConstraint("application_id", "document_id", name="uq_application_attachments_once"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), index=True)
    requirement: Mapped[str]
    attached_at: Mapped[datetime]

    document: Mapped[Document] = relationship(lazy="raise")


class CorrectionRound(Model):
    """What the office asks about a sent application once more: marks, words, a day.

    Several may be open at once. `extended_to` is the day that the citizen has moved the period to,
    once. The round is answered when the supplement to it is sent; papers answer for themselves.
    """

    __tablename__ = "correction_rounds"
    __table_args__ = (
        UniqueConstraint("application_id", "number", name="uq_correction_rounds_number"),
        CheckConstraint(
            "num_nonnulls(closed_at, end_kind, closed_by_name) IN (0, 3)", name="closed_is_whole"
        ),
        CheckConstraint("extended_to > due_on", name="extended_is_later"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    words: Mapped[str | None]
    due_on: Mapped[date]
    extended_to: Mapped[date | None]
    reminded_for: Mapped[date | None]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    opened_by_name: Mapped[str]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str | None]
    end_kind: Mapped[RoundEnd | None] = mapped_column(enum_column(RoundEnd))

    application: Mapped[Application] = relationship(lazy="raise")
    marks: Mapped[list["CorrectionMark"]] = relationship(
        lazy="raise", order_by="CorrectionMark.position", cascade="all, delete-orphan"
    )

    @property
    def last_day(self) -> date:
        """Return the last day of the period."""
        return self.extended_to or self.due_on


class CorrectionMark(Model):
    """One answer or one paper of a round, with the reason; `before` is the answer as it was.

    A mark on the list itself lets its rows be changed and new ones be added.
    """

    __tablename__ = "correction_marks"
    __table_args__ = (
        CheckConstraint("num_nonnulls(question_id, request_id) = 1", name="answer_or_paper"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID] = mapped_column(
        ForeignKey("correction_rounds.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    question_id: Mapped[str | None]
    row_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence_requests.id"), index=True)
    reason: Mapped[MarkReason] = mapped_column(enum_column(MarkReason))
    note: Mapped[str | None]
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))

    request: Mapped[EvidenceRequest | None] = relationship(lazy="raise")


class Supplement(Model):
    """What a citizen adds to a sent application or changes in it; it overwrites nothing.

    `changes` is a list of `{"place": [question, row, owner], "before": …, "after": …}`; no value is
    null. While it is a draft it has no number; sent, it is as fixed as the application, and
    `content_sha256` covers the hash of the application, the number and every change.
    """

    __tablename__ = "supplements"
    __table_args__ = (
        UniqueConstraint("application_id", "number", name="uq_supplements_number"),
        Index(
            "uq_supplements_open_draft",
            "application_id",
            "round_id",
            unique=True,
            postgresql_where="sent_at IS NULL",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "num_nonnulls(number, sent_at, submit_key, content_sha256) IN (0, 4)",
            name="sent_is_whole",
        ),
        CheckConstraint("num_nonnulls(seen_at, seen_by_name) IN (0, 2)", name="seen_pair"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), index=True
    )
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("correction_rounds.id"), index=True)
    number: Mapped[int | None]
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    submit_key: Mapped[UUID | None] = mapped_column(unique=True)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    words: Mapped[str | None]
    by_name: Mapped[str]
    content_sha256: Mapped[str | None]
    receipt_document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    seen_at: Mapped[datetime | None]
    seen_by_name: Mapped[str | None]

    application: Mapped[Application] = relationship(lazy="raise")


class ProcessingTime(Model):
    """How long decisions took lately, in days: of one form, or of all under `rules.ALL_FORMS`."""

    __tablename__ = "processing_times"

    form: Mapped[str] = mapped_column(primary_key=True)
    decided: Mapped[int]
    half_days: Mapped[int]
    most_days: Mapped[int]
    computed_at: Mapped[datetime]
