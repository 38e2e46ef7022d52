"""Where the things behind work items are kept, by name: the inbox lies below them.

`tests/inbox/test_subjects.py` looks each table up. An item whose thing is gone closes itself.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import Uuid, column, exists, select, table
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.inbox import service, steps
from portal.inbox.models import ItemKind, WorkItem

TABLES: Mapping[ItemKind, str] = {
    ItemKind.APPLICATION: "applications",
    ItemKind.DOCUMENT: "documents",
    ItemKind.CORRECTION: "documents",
    ItemKind.EVIDENCE_ANSWER: "evidence_requests",
    ItemKind.OUTCOME_MISSING: "bookings",
    ItemKind.APPOINTMENT_CANCELLED: "bookings",
    ItemKind.CALLBACK_WANTED: "bookings",
    ItemKind.INTERPRETER_WANTED: "bookings",
    ItemKind.SCAN: "scans",
    ItemKind.INSTANT_APPLICATION: "instant_applications",
    ItemKind.CORRECTION_ANSWERED: "correction_rounds",
    ItemKind.SUPPLEMENT: "supplements",
    ItemKind.OFFICER_GONE: "bookings",
    ItemKind.DAY_CLOSED: "bookings",
    ItemKind.GROUP_DAY_CLOSED: "group_events",
    ItemKind.LETTER_TO_PRINT: "letters",
    ItemKind.INVITATION: "invitations",
    ItemKind.SUMMONS: "summonses",
    ItemKind.HEARING: "hearings",
    ItemKind.SLOTS_SHORT: "appointment_types",
    ItemKind.ABSENCE_REASON: "bookings",
    ItemKind.OUTCOME_DOUBTED: "bookings",
    ItemKind.TRAVEL_COSTS: "bookings",
    ItemKind.MESSAGE_FAILED: "cases",
    ItemKind.GROUP_OUTCOMES: "group_events",
    ItemKind.GROUP_WITHOUT_LEAD: "group_events",
    ItemKind.NOTE_REMARK: "documents",
    ItemKind.SAFETY_ALERT: "safety_alerts",
    ItemKind.SAFETY_INCIDENT: "safety_incidents",
    ItemKind.FOLLOW_UP: "follow_ups",
    ItemKind.DECISION_RELEASE: "decisions",
    ItemKind.DECISION_RETURNED: "decisions",
    ItemKind.OBJECTION: "applications",
    ItemKind.MESSAGE: "message_threads",
    ItemKind.EXPERT_QUESTION: "expert_questions",
    ItemKind.EXPERT_ANSWER: "expert_questions",
    ItemKind.LETTER_ARRIVAL: "letters",
    ItemKind.CONTACT_DUE: "cases",
    ItemKind.DEADLINE: "cases",
    ItemKind.AWARD_ENDS: "cases",
    ItemKind.ACCOUNT_UNREACHED: "messages",
    ItemKind.COLLEAGUE_UNREACHED: "messages",
    ItemKind.INSTANT_UNREACHED: "messages",
    ItemKind.GUEST_UNREACHED: "messages",
    ItemKind.INSTANT_UNDECIDED: "instant_applications",
}
WITHOUT_TABLE = frozenset({ItemKind.HAND_OVER_LATE})
"""Kinds whose thing is no row: one item for all that hangs at a step of a team."""

BATCH = 500


def close_gone(session: Session, *, now: datetime) -> int:
    """Close open items whose thing is not there any more, with a word; return how many."""
    closed = 0
    for kind, name in TABLES.items():
        for item_id in _gone(session, kind, name):
            close(session, item=session.get_one(WorkItem, item_id), now=now)
            closed += 1
    return closed


def close(session: Session, *, item: WorkItem, now: datetime) -> None:
    """Close an item whose thing is gone; one that is finished already is left alone."""
    if item.closed_at is not None:
        return
    why = gettext("Die Sache gibt es nicht mehr.")
    service.close_items(
        session, kind=item.kind, subject_id=item.subject_id, by=SYSTEM, now=now, why=why
    )
    steps.note(session, item, deed="inbox.subject_gone", why=why, by=SYSTEM, now=now)


def is_gone(session: Session, item: WorkItem) -> bool:
    """Tell whether the thing behind an item is not there any more."""
    if item.kind in WITHOUT_TABLE:
        return False
    there = table(TABLES[item.kind], column("id", Uuid))
    found = select(there.c.id).where(there.c.id == item.subject_id)
    return session.scalar(select(~found.exists())) or False


def _gone(session: Session, kind: ItemKind, name: str) -> list[UUID]:
    there = table(name, column("id", Uuid))
    return list(
        session.scalars(
            select(WorkItem.id)
            .where(
                WorkItem.kind == kind,
                WorkItem.closed_at.is_(None),
                ~exists().where(there.c.id == WorkItem.subject_id),
            )
            .order_by(WorkItem.id)
            .limit(BATCH)
        )
    )
