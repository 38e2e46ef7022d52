"""What was typed into a Sofortantrag, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Citizen
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import Case, Document
from portal.core.db import Model, enum_column


class Emergency(StrEnum):
    """What cannot wait (reference: domain, section b, Q0)."""

    NO_MONEY = "no_money"
    HOME = "home"
    ENERGY = "energy"
    HEALTH_COVER = "health_cover"
    NONE = "none"


class InstantState(StrEnum):
    """Where a Sofortantrag is; the transitions stand in `rules.TRANSITIONS`."""

    RECEIVED = "received"
    SEEN = "seen"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class InstantApplication(Model):
    """One Sofortantrag; its number, its time and its proof stand in the `Lodgement` of the same id.

    `content` is what was typed, exactly and for ever: the hash in the lodgement is the one over
    it. `key` was drawn for the form it was typed into, so that a form makes one application however
    often it is sent. `person_id` is who of the file has applied: the account that is bound, else
    whom the office takes it for. `opened_case` says that its file was opened for it and held nobody
    before.
    """

    __tablename__ = "instant_applications"
    __table_args__ = (
        Index("ix_instant_applications_state", "state", "urgency", "id"),
        Index("ix_instant_applications_case", "case_id"),
        CheckConstraint("num_nonnulls(seen_at, seen_by_name) IN (0, 2)", name="seen_pair"),
        CheckConstraint(
            "num_nonnulls(linked_at, case_id, person_id) IN (0, 3)", name="linked_pair"
        ),
        CheckConstraint("num_nonnulls(answered_at, answered_by_name) IN (0, 2)", name="answered"),
        CheckConstraint("(state = 'answered') <= (answered_at IS NOT NULL)", name="answered_time"),
        CheckConstraint("(state = 'seen') <= (seen_at IS NOT NULL)", name="seen_time"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("lodgements.id"), primary_key=True)
    key: Mapped[UUID] = mapped_column(unique=True)
    content: Mapped[dict[str, Any]]
    urgency: Mapped[int]
    state: Mapped[InstantState] = mapped_column(enum_column(InstantState))
    changed_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by_name: Mapped[str | None]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    linked_at: Mapped[datetime | None]
    opened_case: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    answer: Mapped[str | None]
    receipt_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))

    lodgement: Mapped[Lodgement] = relationship(lazy="joined", innerjoin=True)
    case: Mapped[Case | None] = relationship(lazy="raise")
    person: Mapped[Citizen | None] = relationship(lazy="raise")
    document: Mapped[Document | None] = relationship(lazy="raise")

    @property
    def answers(self) -> dict[str, Any]:
        """Return what was typed, field by field, as `rules.answers` writes it down."""
        typed: dict[str, Any] = self.content["answers"]
        return typed

    @property
    def name(self) -> str:
        """Return the name as it was typed."""
        return str(self.answers["name"])

    @property
    def birth_date(self) -> date:
        """Return the date of birth."""
        return date.fromisoformat(self.answers["birth_date"])

    @property
    def emergencies(self) -> tuple[Emergency, ...]:
        """Return what cannot wait; nothing when nothing was named."""
        found = (Emergency(word) for word in self.answers["emergencies"])
        return tuple(one for one in found if one is not Emergency.NONE)

    @property
    def number(self) -> str:
        """Return the number that people read out."""
        return self.lodgement.spoken_number

    @property
    def received_at(self) -> datetime:
        """Return when it came in."""
        return self.lodgement.at

    @property
    def effective_from(self) -> date:
        """Return the day from which it counts."""
        return self.lodgement.effective_from
