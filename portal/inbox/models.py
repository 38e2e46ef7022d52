"""Work items: one table for every kind of thing that waits for the office."""

from collections.abc import Sequence as InOrder
from datetime import date, datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Sequence,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import StaffMember, Team
from portal.core.db import Model, enum_column, new_id

LONGEST_NOTE = 500
"""Characters of a note that goes along with an item or stands on a Wiedervorlage."""
KEPT_CHANGES = 20
"""So many changes of an item are kept, the latest: more of them nobody reads in a list."""


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
    DAY_CLOSED = "day_closed"
    GROUP_DAY_CLOSED = "group_day_closed"
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
    FOLLOW_UP = "follow_up"
    DECISION_RELEASE = "decision_release"
    DECISION_RETURNED = "decision_returned"
    OBJECTION = "objection"
    MESSAGE = "message"
    HAND_OVER_LATE = "hand_over_late"
    EXPERT_QUESTION = "expert_question"
    EXPERT_ANSWER = "expert_answer"
    LETTER_ARRIVAL = "letter_arrival"
    CONTACT_DUE = "contact_due"
    DEADLINE = "deadline"
    AWARD_ENDS = "award_ends"
    ACCOUNT_UNREACHED = "account_unreached"
    COLLEAGUE_UNREACHED = "colleague_unreached"
    INSTANT_UNREACHED = "instant_unreached"
    INSTANT_UNDECIDED = "instant_undecided"
    GUEST_UNREACHED = "guest_unreached"


class Given(StrEnum):
    """How an item came to who has it now."""

    RESPONSIBLE = "responsible"
    DEALT = "dealt"
    SUBSTITUTE = "substitute"
    LEAD = "lead"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"


class RestsFor(StrEnum):
    """What the office has asked the citizen, while an item rests."""

    CORRECTION = "correction"
    EVIDENCE = "evidence"


class Alarm(IntEnum):
    """How far an item has gone up because nobody looked at it in time."""

    NONE = 0
    REMINDED = 1
    LEAD = 2
    ALL = 3


STAMPS = Sequence("work_item_stamps", metadata=Model.metadata)
"""Drawn anew with each change of an item: an open list sees by them that something has moved."""

_MARKS = "-_./@:<>&+~,;"  # what PostgreSQL reads as part of an address, a path or a number
_RANK = ("(- urgency)", "COALESCE(due_on, '9999-12-31'::date)", "opened_at", "id")


def _plain(column: str) -> str:
    return f"translate(COALESCE({column}, ''), '{_MARKS}', '{' ' * len(_MARKS)}')"


def _words(column: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple'::regconfig, {_plain(column)}), '{weight}')"


WORDS = " || ".join(
    _words(column, weight)
    for column, weight in (
        ("person", "A"),
        ("reference", "B"),
        ("title", "C"),
        ("reason", "D"),
        ("next_step", "D"),
    )
)
"""The words of an item; the letter tells the column. Nothing but letters and digits divides them:
`queries` cuts what is looked for in the same way."""


TEAM_WORDS = (
    "to_tsvector('simple'::regconfig, regexp_replace("
    + " || ' ' || ".join(
        [
            "'0kind0' || replace(kind, '_', '')",
            *(_plain(one) for one in ("person", "reference", "title", "reason", "next_step")),
        ]
    )
    + ", '\\S+', CASE WHEN closed_at IS NULL THEN 'o' ELSE 'd' END"
    " || left(team_id::text, 8) || '\\&', 'g'))"
)
"""The same words and the kind, each behind a letter for open or done and the beginning of the id of
the team: what one team looks for costs as much as the team has, whatever the house has."""

_BESIDE = ("kind", "case_id", "changed_at", "urgency", "due_on", "is_private")
_OTHER = {"team_id": "assignee_id", "assignee_id": "team_id"}


def _ranked(
    name: str, column: str, *, order: InOrder[str] = _RANK, where: str = "closed_at IS NULL"
) -> Index:
    """Return an index in an order of the list (`filters.ORDERS`), with what the filters ask.

    A page is read from it alone, neither sorted nor looked up row by row in the table.
    """
    return Index(
        name,
        column,
        *map(text, order),
        postgresql_where=where,
        postgresql_include=(_OTHER[column], *_BESIDE),
    )


def _finished(name: str, column: str) -> Index:
    return Index(
        name,
        column,
        "closed_at",
        "id",
        postgresql_where="closed_at IS NOT NULL",
        postgresql_include=(_OTHER[column], *_BESIDE, "opened_at"),
    )


class WorkItem(Model):
    """One thing that waits for the office, with the reason why it is here.

    The subject is kind and id, not a foreign key: the inbox lies below the features it lists.

    `urgency` and `urgency_reason` are what the list shows: what the feature said (`base_…`) and
    what the clock adds day by day (`clocks.weighed`). `clock_days` are the working days that the
    item had at all. While the citizen is asked it rests: `due_on` is then the last day of the
    citizen and `due_before` the day that it had; the job gives back the days after `woke_on`.
    `given_due_on` is the day the feature last named, so that a pause survives an update.
    `weighed_on` is empty until the job has taken in what is new. `limit_on` is the first day of a
    lawsuit for failure to act (§ 88 SGG). `kept_from` are the ids of those who never get it: they
    had a hand in what it is about. `note` is what whoever handed it over last (`note_by`) wants the
    next person to know. `changes` are the latest changes, each with its moment. `reference` is the
    Aktenzeichen of the case, `stamp` the number of its last change.
    """

    __tablename__ = "work_items"
    __table_args__ = (
        _ranked("ix_work_items_team", "team_id"),
        _ranked("ix_work_items_mine", "assignee_id"),
        _ranked("ix_work_items_free", "team_id", where="closed_at IS NULL AND assignee_id IS NULL"),
        _ranked("ix_work_items_by_due", "team_id", order=(_RANK[1], "id", "opened_at")),
        _ranked("ix_work_items_by_age", "team_id", order=("opened_at", "id")),
        _finished("ix_work_items_done", "team_id"),
        _finished("ix_work_items_done_by", "assignee_id"),
        Index("ix_work_items_stamp", "team_id", "stamp"),
        Index("ix_work_items_my_stamp", "assignee_id", "stamp"),
        Index("ix_work_items_words", "team_words", postgresql_using="gin"),
        Index("ix_work_items_subject", "subject_id"),
        Index("ix_work_items_case", "case_id", postgresql_where="closed_at IS NULL"),
        Index(
            "uq_work_items_open_subject",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where="closed_at IS NULL",
        ),
        Index(
            "ix_work_items_to_take_in",
            "opened_at",
            "id",
            postgresql_where="closed_at IS NULL AND (assignee_id IS NULL OR weighed_on IS NULL)",
        ),
        Index("ix_work_items_due", "due_on", postgresql_where="closed_at IS NULL"),
        Index("ix_work_items_escalated", "team_id", "closed_at", postgresql_where="alarm >= 2"),
        Index(
            "ix_work_items_escalated_to", "alarmed_to_id", "closed_at", postgresql_where="alarm = 2"
        ),
        Index("ix_work_items_escalated_to_all", "closed_at", postgresql_where="alarm = 3"),
        Index(
            "ix_work_items_limit",
            "limit_on",
            postgresql_where="closed_at IS NULL AND limit_on IS NOT NULL",
        ),
        Index(
            "ix_work_items_resting",
            "due_on",
            postgresql_where="closed_at IS NULL AND rests_since IS NOT NULL",
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_pair"),
        CheckConstraint("rests_since IS NULL OR due_on IS NOT NULL", name="rests_until_a_day"),
        CheckConstraint("clock_days > 0", name="clock_positive"),
        CheckConstraint("alarm BETWEEN 0 AND 3", name="alarm"),
        CheckConstraint(f"length(note) BETWEEN 1 AND {LONGEST_NOTE}", name="note_length"),
        CheckConstraint("(note IS NULL) = (note_by IS NULL)", name="note_pair"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind))
    subject_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    reference: Mapped[str | None]
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
    changes: Mapped[list[tuple[str, str]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    closed_why: Mapped[str | None]
    is_private: Mapped[bool] = mapped_column(default=False)
    kept_from: Mapped[list[str] | None] = mapped_column(JSONB)
    given: Mapped[Given | None] = mapped_column(enum_column(Given))
    given_at: Mapped[datetime | None]
    note: Mapped[str | None]
    note_by: Mapped[str | None]
    base_urgency: Mapped[int] = mapped_column(default=0)
    base_reason: Mapped[str | None]
    given_due_on: Mapped[date | None]
    clock_days: Mapped[int | None]
    weighed_on: Mapped[date | None]
    rests_since: Mapped[date | None]
    rests_for: Mapped[RestsFor | None] = mapped_column(enum_column(RestsFor))
    due_before: Mapped[date | None]
    woke_on: Mapped[date | None]
    limit_on: Mapped[date | None]
    limit_said_at: Mapped[datetime | None]
    alarm: Mapped[int] = mapped_column(default=Alarm.NONE)
    alarmed_at: Mapped[datetime | None]
    alarmed_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    stamp: Mapped[int] = mapped_column(
        BigInteger, STAMPS, server_default=STAMPS.next_value(), onupdate=STAMPS.next_value()
    )
    words: Mapped[str] = mapped_column(TSVECTOR, Computed(WORDS, persisted=True), deferred=True)
    team_words: Mapped[str] = mapped_column(
        TSVECTOR, Computed(TEAM_WORDS, persisted=True), deferred=True
    )

    team: Mapped[Team] = relationship(lazy="joined", innerjoin=True)
    assignee: Mapped[StaffMember | None] = relationship(foreign_keys=[assignee_id], lazy="raise")

    @property
    def last_change(self) -> str | None:
        """Return in words what changed last."""
        return self.changes[-1][1] if self.changes else None

    @last_change.setter
    def last_change(self, words: str) -> None:
        """Add a change to those before it; `changed_at`, which is set first, says when it was."""
        before = self.changes or []
        self.changes = [*before, (self.changed_at.isoformat(), words)][-KEPT_CHANGES:]

    @property
    def is_resting(self) -> bool:
        """Tell whether it waits for the citizen, and its clock stands still."""
        return self.rests_since is not None and self.woke_on is None

    @property
    def is_escalated(self) -> bool:
        """Tell whether it went up to the lead, and nobody has taken it in hand since."""
        return self.alarm in {Alarm.LEAD, Alarm.ALL}

    @property
    def is_open_to_all(self) -> bool:
        """Tell whether no lead has looked in time: all who lead, and the team, may take it."""
        return self.alarm == Alarm.ALL


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


class StepKind(StrEnum):
    """What happened to an item without its subject changing."""

    GIVEN = "given"
    REMINDED = "reminded"
    MOVED_UP = "moved_up"
    LIMIT_NEAR = "limit_near"
    RESTED = "rested"
    WOKE = "woke"


class ItemStep(Model):
    """One step of an item on its way through the office, with its reason in words."""

    __tablename__ = "item_steps"
    __table_args__ = (Index("ix_item_steps_item", "item_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("work_items.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind))
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    by_name: Mapped[str]
    why: Mapped[str]


class FollowUp(Model):
    """A Wiedervorlage: what somebody wants to see again on a day; it comes back as an item.

    A private one is seen by its owner and by who stands in for them. `item_id` is the item beside
    which it was written, when there was one.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_day", "day", postgresql_where="came_back_at IS NULL"),
        Index("ix_follow_ups_owner", "owner_id", "day", postgresql_where="done_at IS NULL"),
        Index("ix_follow_ups_team", "team_id", "day", postgresql_where="done_at IS NULL"),
        Index("ix_follow_ups_case", "case_id", postgresql_where="case_id IS NOT NULL"),
        CheckConstraint(f"length(note) BETWEEN 1 AND {LONGEST_NOTE}", name="note_length"),
        CheckConstraint("(done_at IS NULL) = (done_by_name IS NULL)", name="done_pair"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    case_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("work_items.id", ondelete="SET NULL"), index=True
    )
    person: Mapped[str]
    day: Mapped[date]
    note: Mapped[str]
    is_private: Mapped[bool]
    created_at: Mapped[datetime]
    came_back_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_name: Mapped[str | None]

    owner: Mapped[StaffMember] = relationship(lazy="raise")
