"""One deed on many items at once, and taking it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError
from portal.inbox import follow_ups, list_rules, queries, rules, service
from portal.inbox.list_models import Deed, ManyDeed
from portal.inbox.models import FollowUp, Given, WorkItem

UNDO_FOR = timedelta(minutes=30)
"""For how long a deed can be taken back."""


@dataclass
class Outcome:
    """What came of a deed on many items: how many it was done on, and why not on the others."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


def do(
    session: Session,
    *,
    deed: Deed,
    ids: Sequence[UUID],
    by: StaffMember,
    now: datetime,
    to: StaffMember | None = None,
    note: str = "",
) -> Outcome:
    """Do a deed on those items that `by` sees and on which it is allowed; keep what was before.

    `to` and `note` belong to handing over.
    """
    items = chosen(session, ids, by=by)
    if deed is Deed.GIVE and to is None:
        raise InvalidInput(gettext("Wählen Sie aus, an wen Sie weitergeben."))
    verbs: dict[Deed, Callable[[WorkItem], None]] = {
        Deed.TAKE: lambda item: service.claim(session, item=item, by=by, now=now),
        Deed.GIVE: lambda item: service.hand_over(
            session, item=item, to=to or by, by=by, now=now, note=note
        ),
        Deed.DONE: lambda item: finish(session, item=item, by=by, now=now),
        Deed.SEEN: lambda item: service.look_at(session, item=item, by=by, now=now),
    }
    outcome, before = Outcome(), dict[str, dict[str, Any]]()
    for item in items:
        was = {
            "was": _text(item.assignee_id),
            "given": item.given,
            "note": item.note,
            "note_by": item.note_by,
        }
        try:
            verbs[deed](item)
        except PortalError as refusal:
            outcome.refused.append(f"{item.title}, {item.person}: {refusal}")
            continue
        outcome.done += 1
        is_now = _text(item.assignee.id if item.assignee else None)
        if deed is Deed.DONE or was["was"] != is_now or was["note"] != item.note:
            before[str(item.id)] = {**was, "now": is_now}
    _keep(session, deed, before, by=by, now=now)
    return outcome


def chosen(session: Session, ids: Sequence[UUID], *, by: StaffMember) -> list[WorkItem]:
    """Return those of these items that `by` sees, locked; raise when there are none."""
    items = queries.items_for(session, ids, asker=by)
    if not items:
        raise InvalidInput(gettext("Kreuzen Sie Vorgänge an. Vielleicht sind sie schon erledigt."))
    return items


def put_off(
    session: Session,
    *,
    ids: Sequence[UUID],
    day: date,
    note: str,
    is_private: bool,
    by: StaffMember,
    now: datetime,
    land: str,
) -> Outcome:
    """Put a follow-up beside each of these items; the items stay and keep their days."""
    items = chosen(session, ids, by=by)
    follow_ups.check(day, note.strip(), today=clock.local_date(now))
    outcome, before = Outcome(), dict[str, dict[str, Any]]()
    for item in items:
        try:
            rules.check_is_open(item)
            list_rules.check_can_put_off(item)
        except PortalError as refusal:
            outcome.refused.append(f"{item.title}, {item.person}: {refusal}")
            continue
        made = follow_ups.put(
            session,
            item=item,
            day=day,
            note=note,
            is_private=is_private,
            by=by,
            now=now,
            land=land,
        )
        outcome.done += 1
        before[str(item.id)] = {"follow_up": str(made.id), "day": made.day.isoformat()}
    _keep(session, Deed.LATER, before, by=by, now=now)
    return outcome


def _keep(
    session: Session,
    deed: Deed,
    before: dict[str, dict[str, Any]],
    *,
    by: StaffMember,
    now: datetime,
) -> None:
    """Keep what was before, and forget what has grown old."""
    session.execute(
        delete(ManyDeed).where(ManyDeed.staff_member_id == by.id, ManyDeed.at <= now - UNDO_FOR)
    )
    if before:
        session.add(ManyDeed(id=new_id(), staff_member_id=by.id, deed=deed, before=before, at=now))


def finish(session: Session, *, item: WorkItem, by: StaffMember, now: datetime) -> None:
    """Close an item that no other step closes: somebody has read or arranged it."""
    list_rules.check_can_finish(item, by)
    item.closed_at = now
    item.closed_by = by.name
    _record(session, "inbox.finished", item, by, now)


def latest(session: Session, *, asker: StaffMember, now: datetime) -> ManyDeed | None:
    """Return the asker's latest deed on many items, as long as it can be taken back."""
    found = session.scalar(
        select(ManyDeed)
        .where(ManyDeed.staff_member_id == asker.id, ManyDeed.at > now - UNDO_FOR)
        .order_by(ManyDeed.at.desc(), ManyDeed.id)
        .limit(1)
    )
    return found if found and found.undone_at is None else None


def take_back(session: Session, *, id: UUID, by: StaffMember, now: datetime) -> Outcome:
    """Bring the items of a deed back to what was before, unless somebody has gone on since."""
    found = session.scalar(
        select(ManyDeed)
        .where(ManyDeed.id == id, ManyDeed.staff_member_id == by.id)
        .with_for_update(of=ManyDeed)
    )
    if found is None:
        raise NotFound
    if found.undone_at is not None or found.at <= now - UNDO_FOR:
        raise Conflict(gettext("Das lässt sich nicht mehr zurücknehmen."))
    found.undone_at = now
    outcome = Outcome()
    ids = [UUID(one) for one in found.before]
    for item in queries.items_for(session, ids, asker=by):
        told = found.before[str(item.id)]
        if _put_back(session, item, found.deed, told, by=by, now=now):
            outcome.done += 1
    outcome.refused = [""] * (len(ids) - outcome.done)
    return outcome


def _put_back(
    session: Session,
    item: WorkItem,
    deed: Deed,
    told: dict[str, Any],
    *,
    by: StaffMember,
    now: datetime,
) -> bool:
    """Tell whether the item is as it was; somebody else's later deed is left alone."""
    if deed is Deed.LATER:
        return _drop_follow_up(session, item, told, by=by, now=now)
    if deed is Deed.DONE:
        if item.closed_by != by.name or _is_put_anew(session, item):
            return False
        item.closed_at = item.closed_by = None
    else:
        if item.closed_at is not None or _text(item.assignee_id) != told["now"]:
            return False
        was = told["was"]
        item.assignee = session.get(StaffMember, UUID(was)) if was else None
        item.given = Given(told["given"]) if told.get("given") else None
        item.note, item.note_by = told.get("note"), told.get("note_by")
    item.changed_at = now
    item.last_change = gettext("%(name)s hat es zurückgenommen.", name=by.name)
    _record(session, "inbox.taken_back", item, by, now)
    return True


def _drop_follow_up(
    session: Session, item: WorkItem, told: dict[str, Any], *, by: StaffMember, now: datetime
) -> bool:
    """Delete a follow-up, unless it was moved, has come back or is done."""
    made = session.get(FollowUp, UUID(told["follow_up"]), with_for_update={"of": FollowUp})
    if made is None or made.came_back_at or made.done_at or made.day.isoformat() != told["day"]:
        return False
    session.delete(made)
    _record(session, "inbox.taken_back", item, by, now)
    return True


def _is_put_anew(session: Session, item: WorkItem) -> bool:
    """Tell whether another item on the same subject waits by now."""
    again = select(WorkItem.id).where(
        WorkItem.kind == item.kind,
        WorkItem.subject_id == item.subject_id,
        WorkItem.closed_at.is_(None),
    )
    return session.scalar(again.order_by(WorkItem.id).limit(1)) is not None


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None


def _record(session: Session, deed: str, item: WorkItem, by: StaffMember, now: datetime) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("work_item", item.id),
        by=by,
        now=now,
        case_id=item.case_id,
        item_kind=item.kind,
    )
