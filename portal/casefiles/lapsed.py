"""Papers that did not come in time are put before the office, one item for each case.

Where an application or an objection of the case is open, that item wakes and tells of it already
(`pausing`). Somebody who has asked for more time has an item of their own (`asking`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext, ngettext
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.audit.models import SYSTEM
from portal.casefiles import pausing
from portal.casefiles.models import Case, EvidenceRequest, RequestState
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem


def tell(session: Session, *, now: datetime) -> None:
    """Put each case with overdue papers before its officer once, and take away what is settled."""
    late = _late(session, today=clock.local_date(now))
    rows = session.execute(
        select(WorkItem.subject_id, WorkItem.reason)
        .where(WorkItem.kind == ItemKind.DEADLINE, WorkItem.closed_at.is_(None))
        .order_by(WorkItem.opened_at, WorkItem.id)
    )
    there = {case_id: reason for case_id, reason in rows}  # noqa: C416 (mypy reads rows so)
    said = {id: _reason(requests) for id, requests in late.items()}
    new = [id for id, reason in said.items() if there.get(id) != reason]
    for case in session.scalars(select(Case).where(Case.id.in_(new)).order_by(Case.id)).all():
        _open(session, case, late[case.id], said[case.id], now=now)
    for case_id in there.keys() - late.keys():
        inbox.close_items(
            session,
            kind=ItemKind.DEADLINE,
            subject_id=case_id,
            by=SYSTEM,
            now=now,
            why=gettext("Keine Frist für Unterlagen ist mehr offen."),
        )


def _late(session: Session, *, today: date) -> Mapping[UUID, Sequence[EvidenceRequest]]:
    told_already = exists().where(
        WorkItem.case_id == EvidenceRequest.case_id,
        WorkItem.kind.in_(pausing.KINDS),
        WorkItem.closed_at.is_(None),
    )
    found: dict[UUID, list[EvidenceRequest]] = {}
    for one in session.scalars(
        select(EvidenceRequest)
        .where(
            EvidenceRequest.state == RequestState.OPEN,
            EvidenceRequest.due_on < today,
            or_(
                EvidenceRequest.answer_on.is_(None),
                EvidenceRequest.answer_on <= EvidenceRequest.due_on,
            ),
            ~told_already,
        )
        .options(joinedload(EvidenceRequest.owner))
        .order_by(EvidenceRequest.case_id, EvidenceRequest.due_on, EvidenceRequest.id)
    ):
        found.setdefault(one.case_id, []).append(one)
    return found


def _reason(requests: Sequence[EvidenceRequest]) -> str:
    first = requests[0]
    said: str = ngettext(
        "Eine Unterlage fehlt, die Frist war am %(day)s: %(title)s.",
        "%(num)d Unterlagen fehlen, die erste Frist war am %(day)s: %(title)s.",
        len(requests),
        day=f"{first.due_on:%d.%m.%Y}",
        title=first.title,
    )
    return said


def _open(
    session: Session,
    case: Case,
    requests: Sequence[EvidenceRequest],
    reason: str,
    *,
    now: datetime,
) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.DEADLINE,
        subject_id=case.id,
        case_id=case.id,
        title=gettext("Frist für Unterlagen vorbei"),
        person=requests[0].owner.name,
        reason=reason,
        next_step=gettext("Nachfragen oder ohne Unterlage weiter"),
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id,
        now=now,
    )
