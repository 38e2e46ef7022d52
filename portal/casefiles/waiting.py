"""What waits to be checked, and what the portal suggests for each paper."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, raiseload

from portal.accounts.models import StaffMember
from portal.casefiles import rules, walls
from portal.casefiles.models import (
    Case,
    CaseMember,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    RequestState,
)
from portal.casefiles.suggesting import Asked, Paper, Person, Suggestion, suggest
from portal.core import clock
from portal.core.vault import service as vault
from portal.inbox.models import WorkItem


class Whose(StrEnum):
    """Whose papers are listed; the value stands in the address."""

    ALL = "alle"
    MINE = "meine"
    TEAM = "team"


@dataclass(frozen=True)
class Filters:
    """What the list of waiting papers is narrowed to."""

    whose: Whose = Whose.ALL
    kind: DocumentKind | None = None
    case_id: UUID | None = None


def documents(
    session: Session, *, asker: StaffMember, filters: Filters, offset: int = 0, limit: int = 25
) -> tuple[Sequence[Document], int]:
    """Return one page of what the asker may decide on, oldest first, and how much there is."""
    waiting = _waiting(session, asker, filters)
    count = session.scalar(select(func.count()).select_from(waiting.order_by(None).subquery()))
    found = session.scalars(waiting.options(*_WITH).offset(offset).limit(limit)).all()
    return found, count or 0


def some(session: Session, ids: Iterable[UUID], *, asker: StaffMember) -> Sequence[Document]:
    """Return those of the named documents that the asker may still decide on, locked in order."""
    wanted = set(ids)
    session.execute(
        select(Document.id)
        .where(Document.id.in_(wanted))
        .order_by(Document.id)
        .with_for_update(key_share=True)
    )
    waiting = _waiting(session, asker, Filters()).where(Document.id.in_(wanted))
    return session.scalars(waiting.options(*_WITH).execution_options(populate_existing=True)).all()


def after(
    session: Session, document: Document | None, *, asker: StaffMember, filters: Filters
) -> Document | None:
    """Return what waits next after a document, which may be decided by now."""
    waiting = _waiting(session, asker, filters)
    if document is not None:
        place = (document.received_at, document.id)
        waiting = waiting.where(tuple_(Document.received_at, Document.id) > place)
    return session.scalar(waiting.limit(1))


_WITH = (
    joinedload(Document.owner),
    joinedload(Document.case).options(
        raiseload(Case.benefit_officer), raiseload(Case.integration_officer)
    ),
    joinedload(Document.request),
)


def _waiting(session: Session, asker: StaffMember, filters: Filters) -> Select[Document]:
    rules.check_who_decides(asker)
    standing = walls.standing_of(session, asker)
    found = (
        select(Document)
        .where(
            walls.opens_case_of(standing, Document.case_id.expression),
            Document.state == DocumentState.IN_REVIEW,
            Document.merged_into_id.is_(None),
            Document.from_office.is_(False),
        )
        .order_by(Document.received_at, Document.id)
    )
    if filters.kind:
        found = found.where(Document.kind == filters.kind)
    if filters.case_id:
        found = found.where(Document.case_id == filters.case_id)
    if filters.whose is not Whose.ALL:
        found = found.where(_lies_with(asker, filters.whose))
    return found


def _lies_with(asker: StaffMember, whose: Whose) -> ColumnElement[bool]:
    if whose is Whose.TEAM:
        of_team = select(Case.id).where(Case.team_id == asker.team_id)
        return Document.case_id.in_(of_team)
    mine = select(WorkItem.subject_id).where(
        WorkItem.assignee_id == asker.id, WorkItem.closed_at.is_(None)
    )
    officers = select(Case.id).where(
        or_(Case.benefit_officer_id == asker.id, Case.integration_officer_id == asker.id)
    )
    return or_(Document.id.in_(mine), Document.case_id.in_(officers))


# What may be taken back


def accepted_lately(
    session: Session, *, asker: StaffMember, now: datetime, at: datetime | None = None
) -> Sequence[Document]:
    """Return what the asker has accepted last in one go (or at the moment `at`), if still fresh."""
    mine = (
        walls.opens_case_of(walls.standing_of(session, asker), Document.case_id.expression),
        Document.decided_by_id == asker.id,
        Document.state == DocumentState.ACCEPTED,
        Document.from_office.is_(False),
        Document.decided_at > now - rules.TAKEN_BACK_WITHIN,
    )
    latest = select(func.max(Document.decided_at)).where(*mine).scalar_subquery()
    return session.scalars(
        select(Document)
        .where(*mine, Document.decided_at == (latest if at is None else at))
        .options(joinedload(Document.owner), joinedload(Document.case))
        .order_by(Document.id)
    ).all()


# Suggestions


def suggestions(session: Session, found: Sequence[Document]) -> dict[UUID, Suggestion]:
    """Return what the portal suggests for each document: a handful of questions for all of them.

    The documents carry their case with its people, and the request that they answer.
    """
    texts = vault.read_each(session, [one.text_file_id for one in found if one.text_file_id])
    open_requests = session.scalars(
        select(EvidenceRequest)
        .where(
            EvidenceRequest.owner_id.in_({one.owner_id for one in found}),
            EvidenceRequest.state == RequestState.OPEN,
        )
        .order_by(EvidenceRequest.asked_at, EvidenceRequest.id)
    ).all()
    return {
        one.id: suggest(
            _paper(one, texts.get(one.text_file_id) if one.text_file_id else None),
            household=people_of(one.case.members),
            waited_for=[_asked(asked) for asked in open_requests if asked.owner_id == one.owner_id],
        )
        for one in found
    }


def suggestion_for(session: Session, document: Document) -> Suggestion:
    """Return what the portal suggests for one document."""
    return suggestions(session, [document])[document.id]


def people_of(members: Sequence[CaseMember]) -> list[Person]:
    """Return the people of a household as the suggestions know them."""
    citizens = [member.citizen for member in members]
    return [Person(one.id, one.first_name, one.last_name) for one in citizens]


def _paper(document: Document, text: bytes | None) -> Paper:
    return Paper(
        owner_id=document.owner_id,
        received_on=clock.local_date(document.received_at),
        kind=document.kind,
        title=document.title,
        filename=document.filename,
        texts=json.loads(text) if text else (),
        about_id=document.about_id,
        months=_period(document.months_from, document.months_until),
        answers=_asked(document.request) if document.request else None,
    )


def _asked(request: EvidenceRequest) -> Asked:
    return Asked(
        kind=request.kind,
        asked_on=clock.local_date(request.asked_at),
        about_id=request.about_id,
        months=_period(request.months_from, request.months_until),
    )


def _period(start: date | None, end: date | None) -> tuple[date, date] | None:
    return None if start is None else (start, end or start)
