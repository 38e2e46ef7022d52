"""Wiedervorlagen: what somebody wants to see again on a day comes back as an item."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core import clock, working_days
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.inbox import rules, service
from portal.inbox.models import FollowUp, ItemKind, WorkItem
from portal.office import queries as office
from portal.office.queries import Standing

LONGEST = timedelta(days=731)
BATCH = 500
SHOWN = 200


# Deeds


def put(
    session: Session,
    *,
    day: date,
    note: str,
    is_private: bool,
    by: StaffMember,
    now: datetime,
    land: str,
    item: WorkItem | None = None,
    case_id: UUID | None = None,
    person: str = "",
) -> FollowUp:
    """Put something off to a day; on a day off it comes on the next working day.

    With `item`, case and person are those of the item. Who calls this with a case has asked the
    walls of the file.
    """
    note = note.strip()
    check(day, note, today=clock.local_date(now))
    made = FollowUp(
        id=new_id(),
        owner_id=by.id,
        team_id=by.team_id,
        case_id=item.case_id if item else case_id,
        item_id=item.id if item else None,
        person=item.person if item else person,
        day=working_days.on_or_after(day, land=land),
        note=note,
        is_private=is_private,
        created_at=now,
    )
    session.add(made)
    _record(session, "inbox.follow_up_put", made, by=by, now=now, day=made.day)
    return made


def check(day: date, note: str, *, today: date) -> None:
    """Raise `InvalidInput` for a day that is not ahead, or a note that is empty or too long."""
    if day <= today:
        raise InvalidInput(gettext("Wählen Sie einen Tag ab morgen."), field="day")
    if day - today > LONGEST:
        raise InvalidInput(gettext("Höchstens zwei Jahre im Voraus."), field="day")
    if not note:
        raise InvalidInput(gettext("Schreiben Sie, worum es geht."), field="note")
    rules.check_note(note)


def move(
    session: Session, *, follow_up: FollowUp, day: date, by: StaffMember, now: datetime, land: str
) -> None:
    """Put a follow-up off to another day; its item, if it has come back, goes until then."""
    _check_open(follow_up)
    check(day, follow_up.note, today=clock.local_date(now))
    follow_up.day = working_days.on_or_after(day, land=land)
    follow_up.came_back_at = None
    why = gettext("Verschoben auf %(day)s.", day=f"{follow_up.day:%d.%m.%Y}")
    _close(session, follow_up, by=by, now=now, why=why)
    _record(session, "inbox.follow_up_moved", follow_up, by=by, now=now, day=follow_up.day)


def finish(session: Session, *, follow_up: FollowUp, by: StaffMember, now: datetime) -> None:
    """Say that it is done, before its day or after."""
    _check_open(follow_up)
    follow_up.done_at, follow_up.done_by_name = now, by.name
    _close(session, follow_up, by=by, now=now, why=None)
    _record(session, "inbox.follow_up_done", follow_up, by=by, now=now)


def bring_back(session: Session, *, now: datetime) -> int:
    """Put the follow-ups of today before their people; return how many.

    Who has left does not get it: the team does, and a private one is then no more private.
    """
    due = session.scalars(
        select(FollowUp)
        .where(
            FollowUp.day <= clock.local_date(now),
            FollowUp.came_back_at.is_(None),
            FollowUp.done_at.is_(None),
        )
        .options(joinedload(FollowUp.owner))
        .order_by(FollowUp.day, FollowUp.id)
        .limit(BATCH)
        .with_for_update(of=FollowUp, skip_locked=True)
    ).all()
    for one in due:
        one.came_back_at = now
        works = one.owner.is_active
        service.open_item(
            session,
            kind=ItemKind.FOLLOW_UP,
            subject_id=one.id,
            case_id=one.case_id,
            title=gettext("Wiedervorlage"),
            person=one.person,
            reason=one.note,
            next_step=gettext("Ansehen"),
            team_id=one.team_id,
            assignee_id=one.owner_id if works else None,
            due_on=one.day,
            is_private=one.is_private and works,
            now=now,
        )
        _record(session, "inbox.follow_up_back", one, by=SYSTEM, now=now)
    return len(due)


def _check_open(follow_up: FollowUp) -> None:
    if follow_up.done_at is not None:
        name = follow_up.done_by_name or ""
        raise Conflict(gettext("Das hat %(name)s schon erledigt.", name=name))


def _close(
    session: Session, follow_up: FollowUp, *, by: Acting, now: datetime, why: str | None
) -> None:
    service.close_items(
        session, kind=ItemKind.FOLLOW_UP, subject_id=follow_up.id, by=by, now=now, why=why
    )


def _record(
    session: Session, deed: str, follow_up: FollowUp, *, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("follow_up", follow_up.id),
        by=by,
        now=now,
        case_id=follow_up.case_id,
        **facts,
    )


# Reading


def follow_ups_for(
    session: Session, *, asker: StaffMember, today: date, mine: bool = False
) -> Sequence[FollowUp]:
    """Return what is open, the next day first: the asker's own, and the team's."""
    standing = office.standing_of(session, asker, day=today)
    own = _lies_with(standing)
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.done_at.is_(None), own if mine else _may_see(standing))
        .options(joinedload(FollowUp.owner))
        .order_by(FollowUp.day, FollowUp.created_at, FollowUp.id)
        .limit(SHOWN)
    ).all()


def follow_up_for(
    session: Session, id: UUID, *, asker: StaffMember, today: date, lock: bool = False
) -> FollowUp:
    """Return a follow-up that the asker may see; others raise `NotFound`."""
    found = (
        select(FollowUp)
        .where(FollowUp.id == id, _may_see(office.standing_of(session, asker, day=today)))
        .options(joinedload(FollowUp.owner))
    )
    if lock:
        found = found.with_for_update(of=FollowUp)
    one = session.scalar(found)
    if one is None:
        raise NotFound
    return one


def of_case(
    session: Session, *, case_id: UUID, asker: StaffMember, today: date
) -> Sequence[FollowUp]:
    """Return what is put off on a case and still open; who asks has passed the walls."""
    standing = office.standing_of(session, asker, day=today)
    return session.scalars(
        select(FollowUp)
        .where(
            FollowUp.case_id == case_id,
            FollowUp.done_at.is_(None),
            or_(~FollowUp.is_private, _lies_with(standing)),
        )
        .options(joinedload(FollowUp.owner))
        .order_by(FollowUp.day, FollowUp.id)
        .limit(SHOWN)
    ).all()


def _lies_with(standing: Standing) -> ColumnElement[bool]:
    return or_(
        FollowUp.owner_id == standing.member.id,
        FollowUp.owner_id.in_(list(standing.absent_ids)),
        FollowUp.id.in_(
            select(WorkItem.subject_id).where(
                WorkItem.kind == ItemKind.FOLLOW_UP,
                WorkItem.closed_at.is_(None),
                WorkItem.assignee_id == standing.member.id,
            )
        ),
    )


def _may_see(standing: Standing) -> ColumnElement[bool]:
    """Return the condition: one's own, and the team's; nothing on a file closed to the asker."""
    shared = and_(FollowUp.team_id == standing.member.team_id, ~FollowUp.is_private)
    is_open = FollowUp.case_id.not_in(list(standing.closed_cases))
    return and_(or_(_lies_with(standing), shared), or_(FollowUp.case_id.is_(None), is_open))
