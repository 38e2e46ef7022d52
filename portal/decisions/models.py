"""Decisions on applications, their amounts, the text blocks of their letters, and objections."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen, StaffMember
from portal.applications.models import Application
from portal.casefiles.models import Case
from portal.core.db import Model, enum_column, new_id
from portal.invitations.models import Hearing
from portal.postbox.models import Letter


class Ruling(StrEnum):
    """What is decided; what each needs and which letter it makes stands in `law.RULINGS`."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REJECTED = "rejected"
    WITHHELD = "withheld"
    DEFERRED = "deferred"
    REMEDIED = "remedied"
    PARTLY_REMEDIED = "partly_remedied"
    REFUSED = "refused"


class DecisionState(StrEnum):
    """Where a decision is; the transitions stand in `rules.TRANSITIONS`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ISSUED = "issued"
    DISCARDED = "discarded"


class NoHearing(StrEnum):
    """Why nobody is heard before an intrusive decision (§ 24 (2) SGB X)."""

    DANGER = "danger"
    TIME_LIMIT = "time_limit"
    OWN_WORDS = "own_words"
    MANY_ALIKE = "many_alike"
    INCOME_CHANGE = "income_change"


class WrittenForm(StrEnum):
    """By what an objection meets the written form (§ 84 (1) SGG), if it does."""

    MISSING = "missing"
    EID = "eid"
    SIGNED = "signed"
    RECORD = "record"


class ObjectionState(StrEnum):
    """Whether an objection is answered; one that was taken back says so as application."""

    OPEN = "open"
    ANSWERED = "answered"


class Objection(Model):
    """An objection that was sent: when it came, until when it could, and what its form lacks.

    The text is the application `wid` that was sent; it is kept with its day whatever else is true.
    `letter` is what it is against, if the portal has written that. `until` and `reasoning` are the
    deadline as it stood when the objection came. An objection after its deadline stays; whether the
    missed period is healed (§ 67 SGG) is the answer of the office in `is_reinstated`.
    """

    __tablename__ = "objections"
    __table_args__ = (
        Index("ix_objections_case", "case_id", "received_at"),
        Index("ix_objections_open", "answer_due_on", postgresql_where="state = 'open'"),
        CheckConstraint(
            "(form = 'missing') = (form_met_on IS NULL)"
            " AND num_nonnulls(form_met_on, form_noted_at, form_noted_by_name) IN (0, 3)",
            name="form_has_day",
        ),
        CheckConstraint("(until IS NULL) = (reasoning IS NULL)", name="until_has_reasoning"),
        CheckConstraint(
            "(is_reinstated IS NULL) = (reinstated_why IS NULL)", name="reinstated_has_reason"
        ),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"), unique=True)
    letter_id: Mapped[UUID | None] = mapped_column(ForeignKey("letters.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    received_at: Mapped[datetime]
    until: Mapped[date | None]
    reasoning: Mapped[str | None]
    answer_due_on: Mapped[date]
    form: Mapped[WrittenForm] = mapped_column(enum_column(WrittenForm), default=WrittenForm.MISSING)
    form_met_on: Mapped[date | None]
    form_noted_at: Mapped[datetime | None]
    form_noted_by_name: Mapped[str | None]
    is_reinstated: Mapped[bool | None]
    reinstated_why: Mapped[str | None]
    state: Mapped[ObjectionState] = mapped_column(
        enum_column(ObjectionState), default=ObjectionState.OPEN
    )
    ended_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(lazy="raise")
    letter: Mapped[Letter | None] = relationship(lazy="raise")
    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")


class ObjectionAim(Model):
    """Which letter a draft of an objection is against: begun from that letter."""

    __tablename__ = "objection_aims"

    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"), index=True)


class Decision(Model):
    """One decision on an application (an objection is one too), from draft to letter.

    The amounts are typed from the benefit system: the portal computes no benefit. `blocks` are the
    text blocks as they read when they were chosen. `editors` are the ids of everybody who has
    changed it: none of them releases it. `release_why` are the reasons that ask for a second person
    (`rules.release_reasons`), kept when it is handed over or issued.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        Index(
            "uq_decisions_open",
            "application_id",
            unique=True,
            postgresql_where="state IN ('draft', 'submitted')",
        ),
        Index("ix_decisions_case", "case_id", "prepared_at"),
        Index("ix_decisions_citizen", "citizen_id", "issued_at"),
        CheckConstraint(
            "released_by_id IS NULL OR (released_by_id <> prepared_by_id"
            " AND NOT editors @> to_jsonb(released_by_id::text))",
            name="four_eyes",
        ),
        CheckConstraint(
            "num_nonnulls(released_by_id, released_at) IN (0, 2)", name="released_pair"
        ),
        CheckConstraint(
            "state <> 'issued' OR jsonb_array_length(release_why) = 0"
            " OR released_by_id IS NOT NULL",
            name="released_if_asked",
        ),
        CheckConstraint(
            "(state = 'issued') = (letter_id IS NOT NULL)"
            " AND num_nonnulls(letter_id, issued_at, issued_by_name) IN (0, 3)",
            name="issued_is_whole",
        ),
        CheckConstraint("state <> 'issued' OR ruling IS NOT NULL", name="issued_has_ruling"),
        CheckConstraint("state <> 'submitted' OR submitted_at IS NOT NULL", name="submitted_time"),
        CheckConstraint(
            "num_nonnulls(award_from, award_until) IN (0, 2) AND award_until >= award_from",
            name="award_in_order",
        ),
        CheckConstraint(
            "num_nonnulls(returned_at, returned_by_name, returned_why) IN (0, 3)",
            name="returned_is_whole",
        ),
        CheckConstraint(
            "num_nonnulls(warned_on, warned_until) IN (0, 2) AND warned_until > warned_on",
            name="warned_in_order",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    objection_id: Mapped[UUID | None] = mapped_column(ForeignKey("objections.id"), index=True)
    state: Mapped[DecisionState] = mapped_column(
        enum_column(DecisionState), default=DecisionState.DRAFT
    )
    revision: Mapped[int] = mapped_column(default=0)
    ruling: Mapped[Ruling | None] = mapped_column(enum_column(Ruling))
    award_from: Mapped[date | None]
    award_until: Mapped[date | None]
    is_provisional: Mapped[bool] = mapped_column(default=False)
    provisional_why: Mapped[str | None]
    legal_basis: Mapped[str | None]
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    reasons: Mapped[str | None]
    is_intrusive: Mapped[bool] = mapped_column(default=False)
    hearing_id: Mapped[UUID | None] = mapped_column(ForeignKey("hearings.id"))
    no_hearing: Mapped[NoHearing | None] = mapped_column(enum_column(NoHearing))
    warned_on: Mapped[date | None]
    warned_until: Mapped[date | None]
    discretion: Mapped[str | None]
    is_abroad: Mapped[bool] = mapped_column(default=False)
    editors: Mapped[list[str]]
    release_why: Mapped[list[str]] = mapped_column(default=list)
    prepared_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    prepared_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_by_name: Mapped[str | None]
    returned_why: Mapped[str | None]
    released_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    released_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]
    issued_by_name: Mapped[str | None]
    letter_id: Mapped[UUID | None] = mapped_column(ForeignKey("letters.id"), unique=True)

    case: Mapped[Case] = relationship(lazy="raise")
    citizen: Mapped[Citizen] = relationship(lazy="raise")
    application: Mapped[Application] = relationship(lazy="raise")
    objection: Mapped[Objection | None] = relationship(lazy="raise")
    hearing: Mapped[Hearing | None] = relationship(lazy="raise")
    letter: Mapped[Letter | None] = relationship(lazy="raise")
    prepared_by: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[prepared_by_id])
    released_by: Mapped[StaffMember | None] = relationship(
        lazy="raise", foreign_keys=[released_by_id]
    )
    amounts: Mapped[list["Amount"]] = relationship(
        back_populates="decision",
        lazy="selectin",
        order_by="Amount.position",
        cascade="all, delete-orphan",
    )


class Amount(Model):
    """What one person gets in each month from the first to the last, in cents.

    Months are kept by their first day.
    """

    __tablename__ = "decision_amounts"
    __table_args__ = (
        CheckConstraint("cents BETWEEN 0 AND 99999999", name="cents_bounded"),
        CheckConstraint("last_month >= first_month", name="months_in_order"),
        CheckConstraint(
            "extract(day FROM first_month) = 1 AND extract(day FROM last_month) = 1",
            name="months_by_first_day",
        ),
        CheckConstraint("length(person) BETWEEN 1 AND 160", name="person_named"),
    )

    decision_id: Mapped[UUID] = mapped_column(
        ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str]
    first_month: Mapped[date]
    last_month: Mapped[date]
    cents: Mapped[int]

    decision: Mapped[Decision] = relationship(back_populates="amounts", lazy="raise")


class TextBlock(Model):
    """One version of a text block that the office has written; `blocks.SHIPPED` are the others.

    A version is never changed: whoever changes a block writes the next one. With `is_retired` a
    version takes its block out of use.
    """

    __tablename__ = "text_blocks"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    rulings: Mapped[list[str]]
    is_retired: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    made_by_name: Mapped[str]
