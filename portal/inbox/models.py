"""Work items: one table for every kind of thing that waits for the office."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember, Team
from portal.core.db import Model, enum_column, new_id


class ItemKind(StrEnum):
    """What came in. The page behind each kind stands in `inbox.links.ENDPOINTS`."""

    APPLICATION = "application"
    DOCUMENT = "document"
    CORRECTION = "correction"
    EVIDENCE_ANSWER = "evidence_answer"
    OUTCOME_MISSING = "outcome_missing"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    CALLBACK_WANTED = "callback_wanted"
    INTERPRETER_WANTED = "interpreter_wanted"
    SCAN = "scan"
    INSTANT_APPLICATION = "instant_application"
    CORRECTION_ANSWERED = "correction_answered"
    SUPPLEMENT = "supplement"
    OFFICER_GONE = "officer_gone"
    LETTER_TO_PRINT = "letter_to_print"
    INVITATION = "invitation"
    SUMMONS = "summons"
    HEARING = "hearing"
    SLOTS_SHORT = "slots_short"
    ABSENCE_REASON = "absence_reason"
    OUTCOME_DOUBTED = "outcome_doubted"
    TRAVEL_COSTS = "travel_costs"
    MESSAGE_FAILED = "message_failed"
    GROUP_OUTCOMES = "group_outcomes"
    GROUP_WITHOUT_LEAD = "group_without_lead"
    NOTE_REMARK = "note_remark"
    SAFETY_ALERT = "safety_alert"
    SAFETY_INCIDENT = "safety_incident"
    EXPERT_QUESTION = "expert_question"
    EXPERT_ANSWER = "expert_answer"


class WorkItem(Model):
    """One thing that waits for the office, with the reason why it is here.

    The subject is kind and id, not a foreign key: the inbox lies below the features it lists.
    """

    __tablename__ = "work_items"
    __table_args__ = (
        # The order of `queries.RANK`, so that a page of the list is read, not sorted.
        Index(
            "ix_work_items_rank",
            text("(- urgency)"),
            text("COALESCE(due_on, '9999-12-31'::date)"),
            "opened_at",
            "id",
            postgresql_where="closed_at IS NULL",
        ),
        Index("ix_work_items_team", "team_id", "assignee_id", postgresql_where="closed_at IS NULL"),
        Index("ix_work_items_mine", "assignee_id", postgresql_where="closed_at IS NULL"),
        Index("ix_work_items_subject", "subject_id"),
        Index("ix_work_items_case", "case_id", postgresql_where="closed_at IS NULL"),
        Index(
            "uq_work_items_open_subject",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where="closed_at IS NULL",
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_pair"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind))
    subject_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    title: Mapped[str]
    person: Mapped[str]
    reason: Mapped[str]
    next_step: Mapped[str]
    urgency: Mapped[int] = mapped_column(default=0)
    urgency_reason: Mapped[str | None]
    due_on: Mapped[date | None]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    last_change: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    assignee: Mapped[StaffMember | None] = relationship(lazy="raise")


class ItemView(Model):
    """When a staff member last looked at an item; what changed since then is shown as new."""

    __tablename__ = "item_views"

    staff_member_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    item_id: Mapped[UUID] = mapped_column(
        ForeignKey("work_items.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime]
