"""The way of an item through the office: each step on the item and in the trail of its case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import new_id
from portal.inbox.models import ItemStep, StepKind, WorkItem


def note(
    session: Session,
    item: WorkItem,
    *,
    deed: str,
    why: str,
    by: Acting,
    now: datetime,
    kind: StepKind = StepKind.GIVEN,
    to_id: UUID | None = None,
) -> None:
    """Write one step on the item, and the same into the trail."""
    session.add(
        ItemStep(
            id=new_id(),
            item_id=item.id,
            at=now,
            kind=kind,
            to_id=to_id,
            by_name=by.actor.name,
            why=why,
        )
    )
    facts: dict[str, Any] = {"to": to_id} if to_id else {}
    audit.record(
        session,
        deed=deed,
        subject=("work_item", item.id),
        by=by,
        now=now,
        case_id=item.case_id,
        item_kind=item.kind,
        **facts,
    )


def steps_of(session: Session, item: WorkItem) -> Sequence[ItemStep]:
    """Return the way of an item so far, the oldest step first."""
    return session.scalars(
        select(ItemStep)
        .where(ItemStep.item_id == item.id)
        .order_by(ItemStep.at, ItemStep.id)
        .limit(200)
    ).all()
