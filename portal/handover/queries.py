"""What hangs between two places: one question for each step, always ordered, oldest first.

The clock asks for the whole office; pages ask for one team.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, select, text
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen, Right, StaffMember
from portal.applications.models import Application, ApplicationState
from portal.casefiles.models import (
    Case,
    CaseMember,
    Document,
    DocumentState,
    HandIn,
    Verdict,
)
from portal.inbox.models import ItemKind, ItemView, WorkItem
from portal.intake.models import Scan, ScanState
from portal.notifications.models import Message, MessageState
from portal.postbox.models import Letter

MOST = 500


@dataclass(frozen=True)
class Late:
    """One thing that hangs: since when, whose team, in which file, and its page if it has one."""

    id: UUID
    since: datetime
    team_id: UUID | None
    case_id: UUID | None
    case_number: int | None
    title: str

    @property
    def reference(self) -> str:
        """Return the Aktenzeichen, as the file itself writes it."""
        return Case(number=self.case_number).file_reference if self.case_number else ""


def _late(
    session: Session,
    found: Select[Any],
    *,
    since: Any,
    id: Any,
    team: UUID | None,
) -> Sequence[Late]:
    if team is not None:
        found = found.where(Case.team_id == team)
    rows = session.execute(found.order_by(since, id).limit(MOST)).all()
    return [Late(*row) for row in rows]


def _of_case(id: Any, since: Any, title: Any) -> Select[Any]:
    columns: tuple[Any, ...] = (id, since, Case.team_id, Case.id, Case.number, title)
    return select(*columns)


def without_receipt(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return hand-ins that were taken before a moment and have no receipt."""
    found = (
        _of_case(HandIn.id, HandIn.at, literal("Quittung"))
        .join(Case, Case.id == HandIn.case_id)
        .where(HandIn.receipt_file_id.is_(None), HandIn.at < before)
    )
    return _late(session, found, since=HandIn.at, id=HandIn.id, team=team)


def unscanned(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return documents that wait for the virus scanner."""
    waits = Document.verdict.in_((Verdict.HELD, Verdict.WAITING))
    return _documents(session, waits, before, team)


def unprepared(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return documents that are clean and that nobody can look at yet."""
    return _documents(session, Document.verdict == Verdict.CLEAN, before, team)


def _documents(
    session: Session, waits: ColumnElement[bool], before: datetime, team: UUID | None
) -> Sequence[Late]:
    found = (
        _of_case(Document.id, Document.received_at, Document.title)
        .join(Case, Case.id == Document.case_id)
        .where(
            Document.state == DocumentState.RECEIVED,
            Document.merged_into_id.is_(None),
            Document.received_at < before,
            waits,
        )
    )
    return _late(
        session,
        found,
        since=Document.received_at,
        id=Document.id,
        team=team,
    )


def unsorted_scans(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return scans of the mailroom that nobody has opened; they belong to no case yet."""
    if team is not None:
        return []
    rows = session.execute(
        select(Scan.id, Scan.taken_at, Scan.filename)
        .where(Scan.page_count.is_(None), Scan.state != ScanState.REFUSED, Scan.taken_at < before)
        .order_by(Scan.taken_at, Scan.id)
        .limit(MOST)
    ).all()
    return [Late(row.id, row.taken_at, None, None, None, row.filename) for row in rows]


def unfiled_letters(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return letters that were written and are in no file."""
    found = _letters().where(Letter.document_id.is_(None), Letter.written_at < before)
    return _late(session, found, since=Letter.written_at, id=Letter.id, team=team)


def unposted_letters(
    session: Session, before: datetime, team: UUID | None = None
) -> Sequence[Late]:
    """Return letters that were to be printed and are not with the post."""
    found = _letters().where(
        Letter.print_asked_at.is_not(None),
        Letter.print_asked_at < before,
        Letter.posted_on.is_(None),
    )
    return _late(session, found, since=Letter.print_asked_at, id=Letter.id, team=team)


def _letters() -> Select[Any]:
    return _of_case(Letter.id, Letter.written_at, Letter.subject).join(
        Case, Case.id == Letter.case_id
    )


def unseen_items(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return what came into the inbox and nobody has opened."""
    seen = select(ItemView.item_id).where(ItemView.item_id == WorkItem.id)
    found = (
        select(
            WorkItem.subject_id,
            WorkItem.opened_at,
            WorkItem.team_id,
            WorkItem.case_id,
            Case.number,
            WorkItem.title,
        )
        .outerjoin(Case, Case.id == WorkItem.case_id)
        .where(
            WorkItem.closed_at.is_(None),
            WorkItem.opened_at < before,
            WorkItem.kind != ItemKind.HAND_OVER_LATE,
            ~seen.exists(),
        )
    )
    if team is not None:
        found = found.where(WorkItem.team_id == team)
    rows = session.execute(found.order_by(WorkItem.opened_at, WorkItem.id).limit(MOST)).all()
    return [Late(*row) for row in rows]


def forgotten_applications(
    session: Session, before: datetime, team: UUID | None = None
) -> Sequence[Late]:
    """Return applications that nobody has decided and that stand in no inbox."""
    item = select(WorkItem.id).where(
        WorkItem.subject_id == Application.id,
        WorkItem.kind.in_((ItemKind.APPLICATION, ItemKind.OBJECTION)),
        WorkItem.closed_at.is_(None),
    )
    found = (
        _of_case(Application.id, Application.submitted_at, literal("Antrag"))
        .join(Case, Case.id == Application.case_id)
        .where(
            Application.state.in_((ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)),
            Application.submitted_at < before,
            ~item.exists(),
        )
    )
    return _late(
        session,
        found,
        since=Application.submitted_at,
        id=Application.id,
        team=team,
    )


def unsent_messages(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return messages that do not leave the house."""
    return _messages(session, Message.state == MessageState.WAITING, before, team)


def untold_bounces(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return messages that did not arrive and of which nobody was told."""
    came_back = and_(Message.state == MessageState.FAILED, Message.told_at.is_(None))
    return _messages(session, came_back, before, team)


def _messages(
    session: Session, hangs: ColumnElement[bool], before: datetime, team: UUID | None
) -> Sequence[Late]:
    """A message is about a person; whose case it is, if any, says who hears of it."""
    found = (
        _of_case(Message.id, Message.created_at, Message.subject)
        .outerjoin(Citizen, Citizen.id == Message.recipient_id)
        .outerjoin(CaseMember, CaseMember.citizen_id == Citizen.id)
        .outerjoin(Case, Case.id == CaseMember.case_id)
        .where(hangs, Message.created_at < before)
    )
    return _late(session, found, since=Message.created_at, id=Message.id, team=team)


def failed_jobs(session: Session, before: datetime, team: UUID | None = None) -> Sequence[Late]:
    """Return nothing with a page of its own: what the queue has given up."""
    if team is not None:
        return []
    rows = session.execute(
        text(
            "SELECT jobs.id, jobs.task_name, max(events.at) AS since"
            " FROM procrastinate_jobs AS jobs"
            " JOIN procrastinate_events AS events ON events.job_id = jobs.id"
            " WHERE jobs.status = 'failed' GROUP BY jobs.id, jobs.task_name"
            " HAVING max(events.at) < :before ORDER BY since, jobs.id LIMIT :most"
        ),
        {"before": before, "most": MOST},
    ).all()
    return [Late(UUID(int=row.id), row.since, None, None, None, row.task_name) for row in rows]


def team_for_the_rest(session: Session) -> UUID | None:
    """Return the team that hears of what belongs to none: the first that somebody leads."""
    return session.scalar(
        select(StaffMember.team_id)
        .where(StaffMember.is_active, accounts.carries(Right.SEE_TEAM))
        .order_by(StaffMember.number)
        .limit(1)
    )
