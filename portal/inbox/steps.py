"""The way of an item through the office: each step on the item and in the trail of its case."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import new_id
from portal.inbox.models import ItemStep, StepKind, WorkItem

SHOWN = 8
"""So many steps of an item are shown in the list, the latest."""


@dataclass(frozen=True)
class Shown:
    """One step as people read it: when, what, to whom, by whom (the house itself: None), why."""

    at: datetime
    kind: StepKind
    to_name: str | None
    by_name: str | None
    why: str


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


def told_of(session: Session, items: Sequence[WorkItem]) -> Mapping[UUID, Collection[UUID]]:
    """Return who was told of each of these items since it was last given to somebody."""
    if not items:
        return {}
    later = aliased(ItemStep)
    given_since = exists().where(
        later.item_id == ItemStep.item_id, later.kind == StepKind.GIVEN, later.at > ItemStep.at
    )
    found = defaultdict[UUID, set[UUID]](set)
    for item_id, to_id in session.execute(
        select(ItemStep.item_id, ItemStep.to_id)
        .where(
            ItemStep.item_id.in_([item.id for item in items]),
            ItemStep.kind == StepKind.MOVED_UP,
            ItemStep.to_id.is_not(None),
            ~given_since,
        )
        .order_by(ItemStep.item_id, ItemStep.at, ItemStep.id)
    ):
        if to_id is not None:
            found[item_id].add(to_id)
    return found


def ways_of(session: Session, items: Sequence[WorkItem]) -> Mapping[UUID, Sequence[Shown]]:
    """Return the latest steps of each of these items, the oldest first: one query for all."""
    place = func.row_number().over(
        partition_by=ItemStep.item_id, order_by=(ItemStep.at.desc(), ItemStep.id.desc())
    )
    latest = (
        select(ItemStep.id, place.label("place"))
        .where(ItemStep.item_id.in_([item.id for item in items]))
        .subquery()
    )
    rows = session.execute(
        select(ItemStep, StaffMember.first_name, StaffMember.last_name)
        .join(latest, latest.c.id == ItemStep.id)
        .outerjoin(StaffMember, StaffMember.id == ItemStep.to_id)
        .where(latest.c.place <= SHOWN)
        .order_by(ItemStep.item_id, ItemStep.at, ItemStep.id)
    )
    found = defaultdict[UUID, list[Shown]](list)
    for step, first_name, last_name in rows:
        to_name = f"{first_name} {last_name}" if last_name is not None else None
        by_name = None if step.by_name == SYSTEM.actor.name else step.by_name
        found[step.item_id].append(Shown(step.at, step.kind, to_name, by_name, step.why))
    return found
