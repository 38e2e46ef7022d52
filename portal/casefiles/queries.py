"""Reading the digital file: every question names its asker, and gets only what is theirs."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts.models import Citizen, Representation, RepresentationKind, StaffMember
from portal.audit import queries as audit_queries
from portal.audit.models import Event
from portal.casefiles import kinds, rules
from portal.casefiles.models import (
    Case,
    CaseMember,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    Page,
    RequestState,
)
from portal.casefiles.rules import Reader
from portal.core.errors import NotFound

OPENED = ("casefiles.document_opened", "casefiles.document_downloaded")


def case_of(session: Session, *, asker: Citizen) -> Case | None:
    """Return the case that the citizen belongs to, if any."""
    return session.scalar(
        select(Case).join(CaseMember).where(CaseMember.citizen_id == asker.id).order_by(Case.id)
    )


def case_for_staff(session: Session, id: UUID, *, asker: StaffMember) -> Case:
    """Return a case with its people and officers, or raise `NotFound`."""
    rules.check_who_reads_cases(asker)
    found = session.scalar(
        select(Case)
        .where(Case.id == id)
        .options(joinedload(Case.benefit_officer), joinedload(Case.integration_officer))
    )
    if found is None:
        raise NotFound
    return found


def cases_for_staff(
    session: Session, *, asker: StaffMember, search: str = "", offset: int = 0, limit: int = 50
) -> tuple[Sequence[Case], int]:
    """Return one page of the cases whose number or people match `search`, and how many match."""
    rules.check_who_reads_cases(asker)
    matching = [_matches(word) for word in search.split()]
    count = session.scalar(select(func.count()).select_from(Case).where(*matching))
    cases = session.scalars(
        select(Case).where(*matching).order_by(Case.number.desc()).offset(offset).limit(limit)
    ).all()
    return cases, count or 0


def _matches(word: str) -> ColumnElement[bool]:
    number = word.upper().removeprefix("JC-").lstrip("0")
    named = (
        select(CaseMember.case_id)
        .join(Citizen, Citizen.id == CaseMember.citizen_id)
        .where(
            or_(
                Citizen.first_name.icontains(word, autoescape=True),
                Citizen.last_name.icontains(word, autoescape=True),
            )
        )
    )
    by_name = Case.id.in_(named)
    if number.isdigit():
        return or_(by_name, cast(Case.number, String).startswith(number))
    return by_name


def hidden_kinds(session: Session, *, asker: Reader) -> frozenset[DocumentKind]:
    """Return the kinds of papers that never reach who acts for the asker on this request.

    A member of the household, and whoever else belongs to the same case, by whatever right they
    act: papers about health and maintenance stay between the person and the office. A court has
    chosen a guardian, who sees everything.
    """
    through = asker.represented_by if isinstance(asker, Citizen) else None
    if through is None or through.kind is RepresentationKind.GUARDIAN:
        return frozenset()
    if through.kind is RepresentationKind.HOUSEHOLD_MEMBER:
        return kinds.KEPT_FROM_PARTNER
    theirs = select(CaseMember.case_id).where(CaseMember.citizen_id == through.representative_id)
    lives_there = exists().where(
        CaseMember.citizen_id == through.principal_id, CaseMember.case_id.in_(theirs)
    )
    return kinds.KEPT_FROM_PARTNER if session.scalar(select(lives_there)) else frozenset()


def _documents(session: Session, asker: Reader) -> Select[Document]:
    found = select(Document).order_by(Document.received_at.desc(), Document.id)
    if not isinstance(asker, Citizen):
        return found
    return found.where(
        Document.owner_id == asker.id,
        Document.kind.not_in(hidden_kinds(session, asker=asker)),
    )


def documents_of(
    session: Session, *, asker: Citizen, offset: int = 0, limit: int | None = None
) -> Sequence[Document]:
    """Return the documents of the citizen, newest first."""
    return session.scalars(_documents(session, asker).offset(offset).limit(limit)).all()


def number_of_documents(session: Session, *, asker: Citizen) -> int:
    """Count the documents of the citizen."""
    found = _documents(session, asker).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def document_for(session: Session, id: UUID, asker: Reader) -> Document:
    """Return one document with pages, people and case; raise `NotFound` when it is not yours."""
    if isinstance(asker, StaffMember):
        rules.check_who_reads_cases(asker)
    found = session.scalar(
        _documents(session, asker)
        .where(Document.id == id)
        .options(
            selectinload(Document.pages),
            selectinload(Document.originals),
            joinedload(Document.owner),
            joinedload(Document.case),
            joinedload(Document.decided_by),
            joinedload(Document.request),
        )
    )
    if found is None:
        raise NotFound
    return found


def document_to_decide(session: Session, id: UUID, asker: StaffMember) -> Document:
    """Return a document for a decision, locked: two deciding at once must not both win."""
    session.execute(select(Document.id).where(Document.id == id).with_for_update(key_share=True))
    return document_for(session, id, asker)


def same_document(session: Session, *, document: Document, since: datetime) -> Document | None:
    """Return a document of the same owner, kind, title and bytes that has just come in."""
    with session.no_autoflush:
        return session.scalar(
            select(Document)
            .where(
                Document.owner_id == document.owner_id,
                Document.kind == document.kind,
                Document.title == document.title,
                Document.sha256 == document.sha256,
                Document.received_at > since,
                Document.state.in_((DocumentState.RECEIVED, DocumentState.IN_REVIEW)),
            )
            .order_by(Document.received_at, Document.id)
            .limit(1)
        )


def page_for(session: Session, id: UUID, number: int, asker: Reader) -> Page:
    """Return one page of a document that the asker may open now."""
    found = session.scalar(
        select(Page)
        .join(Page.document)
        .where(
            Page.document_id == id,
            Page.number == number,
            Document.kind.not_in(hidden_kinds(session, asker=asker)),
        )
        .options(contains_eager(Page.document))
    )
    if found is None:
        raise NotFound
    rules.check_can_open(found.document, asker)
    return found


def documents_of_case(
    session: Session, *, case: Case, asker: StaffMember, offset: int = 0, limit: int = 50
) -> tuple[Sequence[Document], int]:
    """Return one page of the documents of a case, newest first, and how many there are."""
    rules.check_who_reads_cases(asker)
    count = session.scalar(
        select(func.count()).select_from(Document).where(Document.case_id == case.id)
    )
    documents = session.scalars(
        _documents(session, asker)
        .where(Document.case_id == case.id)
        .options(joinedload(Document.owner))
        .offset(offset)
        .limit(limit)
    ).all()
    return documents, count or 0


def _requests() -> Select[EvidenceRequest]:
    return select(EvidenceRequest).order_by(
        EvidenceRequest.due_on.asc().nulls_last(), EvidenceRequest.asked_at, EvidenceRequest.id
    )


def open_requests_of(session: Session, *, asker: Citizen) -> Sequence[EvidenceRequest]:
    """Return what the office still waits for from the citizen, the earliest date first."""
    return session.scalars(
        _requests().where(
            EvidenceRequest.owner_id == asker.id,
            EvidenceRequest.state == RequestState.OPEN,
            EvidenceRequest.kind.not_in(hidden_kinds(session, asker=asker)),
        )
    ).all()


def open_requests_through(
    session: Session, *, representations: Sequence[Representation]
) -> dict[UUID, tuple[int, date | None]]:
    """Return how many papers are waited for and the first day, by the id of each representation.

    Of a member of the household only what that person may know of is counted.
    """
    owners = [one.principal_id for one in representations]
    rows = session.execute(
        select(
            EvidenceRequest.owner_id,
            EvidenceRequest.kind,
            func.count(),
            func.min(EvidenceRequest.due_on),
        )
        .where(EvidenceRequest.owner_id.in_(owners), EvidenceRequest.state == RequestState.OPEN)
        .group_by(EvidenceRequest.owner_id, EvidenceRequest.kind)
        .order_by(EvidenceRequest.owner_id, EvidenceRequest.kind)
    ).all()
    counted: dict[UUID, tuple[int, date | None]] = {}
    for one in representations:
        seen = one.kind is RepresentationKind.GUARDIAN
        mine = [
            (count, due)
            for owner, kind, count, due in rows
            if owner == one.principal_id and (seen or kind not in kinds.KEPT_FROM_PARTNER)
        ]
        days = [due for _, due in mine if due]
        counted[one.id] = sum(count for count, _ in mine), min(days, default=None)
    return counted


def sent_by_other(session: Session, *, document: Document) -> str | None:
    """Name who handed a document in for its owner, if somebody did."""
    for event in audit_queries.events_about(session, kind="document", id=document.id):
        if event.deed == "casefiles.document_received" and "for" in event.facts:
            return event.actor_name
    return None


def request_for(session: Session, id: UUID, asker: Reader) -> EvidenceRequest:
    """Return one request for evidence, or raise `NotFound`; not yours is not there."""
    found = _requests().where(EvidenceRequest.id == id)
    if isinstance(asker, StaffMember):
        rules.check_who_reads_cases(asker)
    else:
        found = found.where(
            EvidenceRequest.owner_id == asker.id,
            EvidenceRequest.kind.not_in(hidden_kinds(session, asker=asker)),
        )
    request = session.scalar(found)
    if request is None:
        raise NotFound
    return request


def requests_of_case(
    session: Session, *, case: Case, asker: StaffMember, limit: int = 50
) -> Sequence[EvidenceRequest]:
    """Return the latest requests of a case, the open ones first."""
    rules.check_who_reads_cases(asker)
    return session.scalars(
        select(EvidenceRequest)
        .where(EvidenceRequest.case_id == case.id)
        .order_by(
            EvidenceRequest.state != RequestState.OPEN,
            EvidenceRequest.asked_at.desc(),
            EvidenceRequest.id,
        )
        .limit(limit)
    ).all()


def request_after(session: Session, *, document: Document) -> EvidenceRequest | None:
    """Return the request that the rejection of a document made."""
    return session.scalar(
        select(EvidenceRequest)
        .where(EvidenceRequest.rejected_document_id == document.id)
        .order_by(EvidenceRequest.asked_at.desc(), EvidenceRequest.id)
        .limit(1)
    )


def openings_of(session: Session, *, document: Document) -> Sequence[Event]:
    """Return when people of the office opened the document, newest first."""
    events = audit_queries.events_about(session, kind="document", id=document.id)
    return [e for e in reversed(events) if e.deed in OPENED and e.actor_kind == "staff"]


def titles_of(session: Session, *, events: Sequence[Event]) -> dict[str, str]:
    """Return the titles of the documents in a trail, by id as the trail writes it."""
    ids = {UUID(event.subject_id) for event in events if event.subject_kind == "document"}
    found = session.execute(
        select(Document.id, Document.title).where(Document.id.in_(ids)).order_by(Document.id)
    )
    return {str(id): title for id, title in found}


def document_to_prepare(session: Session, id: UUID) -> Document | None:
    """Return a document with what its preparation needs, locked until the work is done."""
    return session.scalar(
        select(Document)
        .where(Document.id == id)
        .options(
            selectinload(Document.originals),
            selectinload(Document.pages),
            selectinload(Document.owner),
            selectinload(Document.case),
        )
        .with_for_update(of=Document, key_share=True)
    )


def unprepared_since(session: Session, *, before: datetime, limit: int = 100) -> Sequence[UUID]:
    """Return documents that came in before a moment and still wait for their preparation."""
    return session.scalars(
        select(Document.id)
        .where(Document.state == DocumentState.RECEIVED, Document.received_at < before)
        .order_by(Document.received_at, Document.id)
        .limit(limit)
    ).all()
