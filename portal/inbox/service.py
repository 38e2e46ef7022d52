"""Putting things before the office, handing them round, and taking them away when they are done."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core import clock
from portal.inbox import clocks, naming, resting, rules, steps
from portal.inbox.models import Alarm, Given, ItemKind, ItemView, WorkItem
from portal.office import queries as office


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
    received_on: date | None = None,
    rests_until: date | None = None,
    is_private: bool = False,
    kept_from: Collection[UUID] = (),
) -> WorkItem:
    """Put one thing before the office; an open item on the same subject is brought up to date.

    Whoever has taken the item keeps it. Without an owner the job gives it one within a minute, and
    without `due_on` its kind does (`clocks`). `rests_until` is the last day of the citizen, who
    was asked: until then the clock stands still. `received_on` is the day from which § 88 SGG
    counts, when it is not today. `kept_from` had a hand in it: nobody gives it to them.
    """
    if assignee_id and office.is_closed_to(session, assignee_id, case_id=case_id):
        assignee_id = None  # the team finds it, and the person does not
    item = _open_item_on(session, kind, subject_id)
    if item is None:
        item = WorkItem(kind=kind, subject_id=subject_id, team_id=team_id)
        item.opened_at = item.changed_at = now
        if case_id:
            item.reference = naming.reference_of(case_id)
    else:
        item.changed_at = now
        item.last_change = _difference(item, reason=reason, due_on=due_on, urgency=urgency)
    if item.assignee_id is None and assignee_id is not None:
        item.assignee_id, item.given, item.given_at = assignee_id, Given.RESPONSIBLE, now
    item.case_id = case_id
    item.title = title
    item.person = person
    item.reason = reason
    item.next_step = next_step
    item.is_private = is_private
    item.kept_from = sorted(str(one) for one in kept_from) or None
    today = clock.local_date(now)
    resting.set_days(item, due_on, rests_until=rests_until, today=today)
    item.limit_on = item.limit_on or clocks.limit_on(kind, received_on or today)
    item.urgency = item.base_urgency = urgency
    item.urgency_reason = item.base_reason = urgency_reason
    item.weighed_on = None  # the job puts in what the clock says
    return _kept(session, item)


def _kept(session: Session, item: WorkItem) -> WorkItem:
    """Keep a new item, unless another transaction has just opened one on the same subject."""
    if item in session:
        return item
    try:
        with session.begin_nested():
            session.add(item)
            session.flush()  # the constraint answers now
    except IntegrityError:
        other = _open_item_on(session, item.kind, item.subject_id)
        if other is None:
            raise
        return other
    return item


def _open_item_on(session: Session, kind: ItemKind, subject_id: UUID) -> WorkItem | None:
    return session.scalar(
        select(WorkItem)
        .where(
            WorkItem.kind == kind, WorkItem.subject_id == subject_id, WorkItem.closed_at.is_(None)
        )
        .with_for_update(of=WorkItem)
    )


def _difference(item: WorkItem, *, reason: str, due_on: date | None, urgency: int) -> str:
    """Say what is new for somebody who has seen the item before."""
    if item.reason != reason:
        return reason
    if item.given_due_on != due_on:
        return str(gettext("Die Frist hat sich geändert."))
    if urgency > item.base_urgency:
        return str(gettext("Es ist dringender geworden."))
    return str(gettext("Es ist etwas dazugekommen."))


def close_items(
    session: Session,
    *,
    kind: ItemKind,
    subject_id: UUID,
    by: Acting,
    now: datetime,
    why: str | None = None,
) -> None:
    """Take the open items on a subject away: somebody has done the step, or `why` it is no more."""
    item = _open_item_on(session, kind, subject_id)
    if item is not None:
        item.closed_at = now
        item.closed_by = by.actor.name
        item.closed_why = why


def forget_items(session: Session, *, kind: ItemKind, subject_id: UUID) -> None:
    """Delete every item on a subject, finished ones too: what it was about has been erased."""
    session.execute(
        delete(WorkItem).where(WorkItem.kind == kind, WorkItem.subject_id == subject_id)
    )


def look_at(session: Session, *, item: WorkItem, by: StaffMember, now: datetime) -> None:
    """Remember that `by` has seen the item as it is now; its owner has it from then on."""
    if item.given is Given.DEALT and item.assignee_id == by.id:
        item.given = Given.RESPONSIBLE
    session.execute(
        insert(ItemView)
        .values(staff_member_id=by.id, item_id=item.id, seen_at=now)
        .on_conflict_do_update(
            index_elements=[ItemView.staff_member_id, ItemView.item_id], set_={"seen_at": now}
        )
    )


def claim(session: Session, *, item: WorkItem, by: StaffMember, now: datetime) -> None:
    """Take the item; `item` is locked, so of two who click at once one gets it.

    Whoever stands in for a colleague takes what lies with that colleague.
    """
    standing = office.standing_of(session, by, day=clock.local_date(now))
    rules.check_can_claim(item, by, stands_in_for=standing.absent_ids)
    if item.assignee_id != by.id or item.given is not Given.CLAIMED:
        _assign(session, item, to=by, by=by, given=Given.CLAIMED, now=now)


def hand_over(
    session: Session,
    *,
    item: WorkItem,
    to: StaffMember,
    by: StaffMember,
    now: datetime,
    note: str = "",
) -> None:
    """Give the item to a colleague of the team; `note` takes the place of what was noted before."""
    note = note.strip()
    rules.check_note(note)
    rules.check_can_hand_over(item, by, to=to)
    rules.check_not_closed(to, is_closed=office.is_closed_to(session, to.id, case_id=item.case_id))
    if item.assignee_id != to.id or note:
        item.changed_at = now
        item.last_change = gettext("%(name)s hat es weitergegeben.", name=by.name)
        item.note, item.note_by = (note, by.name) if note else (None, None)
        _assign(session, item, to=to, by=by, given=Given.HANDED_OVER, now=now, note=note)


def give_anew(
    session: Session, *, item: WorkItem, to: StaffMember, why: str, now: datetime
) -> None:
    """Give an item that lies with somebody who cannot end it to who can; its clock runs on."""
    item.assignee_id, item.given, item.given_at = to.id, Given.RESPONSIBLE, now
    item.alarm = Alarm.NONE
    item.changed_at, item.last_change = now, why
    steps.note(session, item, deed="inbox.assigned", to_id=to.id, why=why, by=SYSTEM, now=now)


def release_items(
    session: Session, *, case_id: UUID, member: StaffMember, by: StaffMember, now: datetime
) -> None:
    """Give back to the team what lies with somebody who must not work on a case any more."""
    found = session.scalars(
        select(WorkItem)
        .where(
            WorkItem.case_id == case_id,
            WorkItem.assignee_id == member.id,
            WorkItem.closed_at.is_(None),
        )
        .order_by(WorkItem.id)
        .with_for_update(of=WorkItem)
    )
    for item in found:
        item.assignee_id = item.given = item.given_at = None
        item.changed_at = now
        item.last_change = gettext("%(name)s hat es zurückgegeben.", name=member.name)
        audit.record(
            session,
            deed="inbox.released",
            subject=("work_item", item.id),
            by=by,
            now=now,
            case_id=item.case_id,
            item_kind=item.kind,
        )


def _assign(
    session: Session,
    item: WorkItem,
    *,
    to: StaffMember,
    by: StaffMember,
    given: Given,
    now: datetime,
    note: str = "",
) -> None:
    """Give an item to somebody by hand: what it went up for before is settled."""
    item.assignee, item.given, item.given_at = to, given, now
    item.alarm = Alarm.NONE
    claimed = given is Given.CLAIMED
    why = gettext("Übernommen.") if claimed else gettext("Weitergegeben.")
    steps.note(
        session,
        item,
        deed="inbox.claimed" if claimed else "inbox.handed_over",
        to_id=to.id,
        why=f"{why} {note}".strip(),
        by=by,
        now=now,
    )
