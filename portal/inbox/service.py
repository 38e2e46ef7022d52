"""Putting things before the office and taking them away when they are done."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import Acting
from portal.inbox.models import ItemKind, WorkItem


def open_item(
    session: Session,
    *,
    kind: ItemKind,
    subject_id: UUID,
    case_id: UUID | None,
    title: str,
    person: str,
    reason: str,
    next_step: str,
    team_id: UUID,
    assignee_id: UUID | None,
    now: datetime,
    due_on: date | None = None,
    urgency: int = 0,
    urgency_reason: str | None = None,
) -> WorkItem:
    """Put one thing before the office; an open item on the same subject is brought up to date."""
    item = session.scalar(
        select(WorkItem)
        .where(
            WorkItem.kind == kind, WorkItem.subject_id == subject_id, WorkItem.closed_at.is_(None)
        )
        .with_for_update()
    )
    if item is None:
        item = WorkItem(kind=kind, subject_id=subject_id, opened_at=now)
        session.add(item)
    item.case_id = case_id
    item.title = title
    item.person = person
    item.reason = reason
    item.next_step = next_step
    item.team_id = team_id
    item.assignee_id = assignee_id
    item.due_on = due_on
    item.urgency = urgency
    item.urgency_reason = urgency_reason
    item.changed_at = now
    return item


def close_items(
    session: Session, *, kind: ItemKind, subject_id: UUID, by: Acting, now: datetime
) -> None:
    """Take the open items on a subject away: somebody has done the step."""
    for item in session.scalars(
        select(WorkItem).where(
            WorkItem.kind == kind, WorkItem.subject_id == subject_id, WorkItem.closed_at.is_(None)
        )
    ):
        item.closed_at = now
        item.closed_by = by.actor.name
