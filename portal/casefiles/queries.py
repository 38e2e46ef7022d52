"""Reading the digital file: every question names its asker, and gets only what is theirs."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts import queries as accounts
from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Representation, RepresentationKind, Right, StaffMember
from portal.audit import queries as audit_queries
from portal.audit.models import Event
from portal.casefiles import kinds, rules, walls
from portal.casefiles.models import (
    AccessGround,
    Case,
    CaseAccess,
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


def case_of(session: Session, *, asker: Citizen) -> Case | None:
    """Return the case that the citizen belongs to, if any."""
    return session.scalar(
        select(Case).join(CaseMember).where(CaseMember.citizen_id == asker.id).order_by(Case.id)
    )


def case_for_staff(session: Session, id: UUID, *, asker: StaffMember) -> Case:
    """Return a case with its people and officers that the asker sees, or raise `NotFound`."""
    found = session.scalar(
        select(Case)
        .where(Case.id == id, walls.opens(walls.standing_of(session, asker)))
        .options(joinedload(Case.benefit_officer), joinedload(Case.integration_officer))
    )
    if found is None:
        raise NotFound
    return found


def cases_for_staff(
    session: Session, *, asker: StaffMember, search: str = "", offset: int = 0, limit: int = 50
) -> tuple[Sequence[Case], int]:
    """Return one page of the cases that the asker sees and `search` matches, and how many."""
    matching = [
        walls.opens(walls.standing_of(session, asker)),
        *(_matches(word) for word in search.split()),
    ]
    count = session.scalar(select(func.count()).select_from(Case).where(*matching))
    cases = session.scalars(
        select(Case).where(*matching).order_by(Case.number.desc()).offset(offset).limit(limit)
    ).all()
    return cases, count or 0


def _matches(word: str) -> ColumnElement[bool]:
    number = word.upper().removeprefix("JC-").lstrip("0")
    if number.isdigit():  # nobody has digits in the name
        return cast(Case.number, String).startswith(number)
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
    return Case.id.in_(named)


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
    if isinstance(asker, Citizen):
        return found.where(
            Document.owner_id == asker.id,
            Document.kind.not_in(hidden_kinds(session, asker=asker)),
        )
    return found.where(*seen_by(session, asker))


def seen_by(session: Session, asker: StaffMember) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the asker knows of a document: its file, its kind."""
    return (
        walls.opens_case_of(walls.standing_of(session, asker), Document.case_id.expression),
        readable(asker),
    )


def readable(asker: StaffMember) -> ColumnElement[bool]:
    """Leave out papers about health or money that are none of the asker's work."""
    closed = rules.kinds_closed_to(asker)
    if not closed:
        return true()
    if not accounts_rules.can(asker, Right.CHECK_DOCUMENTS):
        return Document.kind.not_in(closed)
    return or_(Document.kind.not_in(closed), Document.state.in_(rules.UNDECIDED))


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
    wanted = (
        select(Page)
        .join(Page.document)
        .where(
            Page.document_id == id,
            Page.number == number,
            Document.kind.not_in(hidden_kinds(session, asker=asker)),
        )
        .options(contains_eager(Page.document))
    )
    if isinstance(asker, StaffMember):
        wanted = wanted.where(
            walls.opens_case_of(walls.standing_of(session, asker), Document.case_id.expression)
        )
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    rules.check_can_open(found.document, asker)
    return found


def documents_of_case(
    session: Session, *, case: Case, asker: StaffMember, offset: int = 0, limit: int = 50
) -> tuple[Sequence[Document], int]:
    """Return one page of the documents of a case, newest first, and how many there are."""
    rules.check_who_reads_cases(asker)
    of_case = and_(Document.case_id == case.id, readable(asker))
    count = session.scalar(select(func.count()).select_from(Document).where(of_case))
    documents = session.scalars(
        _documents(session, asker)
        .where(of_case)
        .options(joinedload(Document.owner))
        .offset(offset)
        .limit(limit)
    ).all()
    return documents, count or 0


def documents_of_person(
    session: Session, *, owner: Citizen, asker: StaffMember, limit: int = 20
) -> Sequence[Document]:
    """Return the latest documents of a person that the asker may read."""
    return session.scalars(
        _documents(session, asker).where(Document.owner_id == owner.id).limit(limit)
    ).all()


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
        case_id = EvidenceRequest.case_id.expression
        found = found.where(
            walls.opens_case_of(walls.standing_of(session, asker), case_id), _answerable(asker)
        )
    else:
        found = found.where(
            EvidenceRequest.owner_id == asker.id,
            EvidenceRequest.kind.not_in(hidden_kinds(session, asker=asker)),
        )
    request = session.scalar(found)
    if request is None:
        raise NotFound
    return request


def _answerable(asker: StaffMember) -> ColumnElement[bool]:
    """Leave out requests for papers that the asker may not read, once they are settled."""
    closed = rules.kinds_closed_to(asker)
    return or_(EvidenceRequest.kind.not_in(closed), EvidenceRequest.state.in_(rules.UNSETTLED))


def requests_of_case(
    session: Session, *, case: Case, asker: StaffMember, limit: int = 50
) -> Sequence[EvidenceRequest]:
    """Return the latest requests of a case, the open ones first."""
    rules.check_who_reads_cases(asker)
    return session.scalars(
        select(EvidenceRequest)
        .where(EvidenceRequest.case_id == case.id, _answerable(asker))
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


def titles_of(session: Session, *, events: Sequence[Event], asker: Reader) -> dict[str, str]:
    """Return the titles of the documents in a trail that the asker may read, by id."""
    ids = {UUID(event.subject_id) for event in events if event.subject_kind == "document"}
    mine = Document.owner_id == asker.id if isinstance(asker, Citizen) else readable(asker)
    found = session.execute(
        select(Document.id, Document.title).where(Document.id.in_(ids), mine).order_by(Document.id)
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


# Emergencies


def case_to_ask_for(
    session: Session, *, reference: str, name: str, born: date | None
) -> Case | None:
    """Return the one case with this file reference, or with a person of this name and birth date.

    It asks no wall: what is found is shown to nobody before a second person has said yes.
    """
    number = reference.strip().upper().removeprefix("JC-").lstrip("0")
    if number.isascii() and number.isdigit() and len(number) < len("2147483648"):
        return session.scalar(select(Case).where(Case.number == int(number)))
    words = " ".join(name.split())
    if not words or born is None:
        return None
    found = session.scalars(
        select(Case)
        .join(CaseMember)
        .join(Citizen, Citizen.id == CaseMember.citizen_id)
        .where(
            func.lower(Citizen.first_name + " " + Citizen.last_name) == func.lower(words),
            Citizen.birth_date == born,
        )
        .order_by(Case.id)
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def waiting_access(session: Session, *, case: Case, member: StaffMember) -> CaseAccess | None:
    """Return what a staff member has asked for already and nobody has decided."""
    return session.scalar(
        select(CaseAccess).where(
            CaseAccess.case_id == case.id,
            CaseAccess.staff_member_id == member.id,
            CaseAccess.ground == AccessGround.BREAK_GLASS,
            CaseAccess.decided_at.is_(None),
        )
    )


def _emergencies(session: Session, asker: StaffMember) -> Select[CaseAccess]:
    """Return what the asker may decide as second person: of others, and of no closed file."""
    accounts_rules.check(asker, Right.APPROVE_ACCESS)
    return (
        select(CaseAccess)
        .where(
            CaseAccess.ground == AccessGround.BREAK_GLASS,
            CaseAccess.staff_member_id != asker.id,
            walls.is_open_to(walls.standing_of(session, asker), CaseAccess.case_id.expression),
        )
        .options(joinedload(CaseAccess.case), joinedload(CaseAccess.staff_member))
    )


def accesses_waiting(
    session: Session, *, asker: StaffMember, limit: int = 100
) -> Sequence[CaseAccess]:
    """Return the emergencies that wait for a second person, the oldest first."""
    return session.scalars(
        _emergencies(session, asker)
        .where(CaseAccess.decided_at.is_(None))
        .order_by(CaseAccess.asked_at, CaseAccess.id)
        .limit(limit)
    ).all()


def access_to_decide(session: Session, id: UUID, *, asker: StaffMember) -> CaseAccess:
    """Return an emergency that the asker may decide, locked, or raise `NotFound`."""
    session.execute(select(CaseAccess.id).where(CaseAccess.id == id).with_for_update())
    found = session.scalar(_emergencies(session, asker).where(CaseAccess.id == id))
    if found is None:
        raise NotFound
    return found


def second_people(session: Session, *, team_ids: set[UUID], besides: UUID) -> list[StaffMember]:
    """Return who may decide an emergency: the leads of these teams, else everybody who may."""
    may = accounts.staff_with_right(session, Right.APPROVE_ACCESS)
    others = [one for one in may if one.id != besides]
    return [one for one in others if one.team_id in team_ids] or others
