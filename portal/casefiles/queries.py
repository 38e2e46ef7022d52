"""Reading the digital file: every question names its asker, and gets only what is theirs."""

import functools
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Representation, RepresentationKind, Right, StaffMember
from portal.audit import queries as audit_queries
from portal.audit.models import Event
from portal.casefiles import kinds, rules, walls
from portal.casefiles.models import (
    Case,
    CaseMember,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    Original,
    Page,
    RequestState,
)
from portal.casefiles.rules import Reader
from portal.core.errors import NotFound


def case_of(session: Session, *, asker: Citizen) -> Case | None:
    """Return the case that the citizen belongs to, if any."""
    return session.scalar(_case_of(), {"citizen_id": asker.id})


@functools.cache
def _case_of() -> Select[Case]:
    """Ask for the case of a citizen; written once, for most pages ask."""
    of_citizen = CaseMember.citizen_id == bindparam("citizen_id")
    return select(Case).join(CaseMember).where(of_citizen).order_by(Case.id)


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


def sees_letters(session: Session, *, asker: Reader) -> bool:
    """Tell whether letters of the office reach who asks, and what they speak of with them."""
    return DocumentKind.LETTER not in hidden_kinds(session, asker=asker)


def documents(session: Session, asker: Reader) -> Select[Document]:
    """Select the documents that the asker may see, newest first.

    Letters of the office have one door for citizens, the postbox: it notes when one was opened.
    """
    found = select(Document).order_by(Document.received_at.desc(), Document.id)
    if isinstance(asker, Citizen):
        hidden = hidden_kinds(session, asker=asker) | {DocumentKind.LETTER}
        return found.where(Document.owner_id == asker.id, Document.kind.not_in(hidden))
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


def _listed(
    session: Session, asker: Citizen, state: DocumentState | None, kind: DocumentKind | None
) -> Select[Document]:
    """Select what stands in the list of a citizen; what was joined is a part of another by now."""
    found = documents(session, asker).where(Document.merged_into_id.is_(None))
    if state is not None:  # what the office has filed itself is shown without a state
        found = found.where(Document.state == state, Document.from_office.is_(False))
    return found.where(Document.kind == kind) if kind is not None else found


def documents_of(
    session: Session,
    *,
    asker: Citizen,
    state: DocumentState | None = None,
    kind: DocumentKind | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[Document]:
    """Return the documents of the citizen, newest first, maybe in one state or of one kind only."""
    found = _listed(session, asker, state, kind)
    return session.scalars(found.offset(offset).limit(limit)).all()


def number_of_documents(
    session: Session,
    *,
    asker: Citizen,
    state: DocumentState | None = None,
    kind: DocumentKind | None = None,
) -> int:
    """Count the documents of the citizen, maybe in one state or of one kind only."""
    found = _listed(session, asker, state, kind).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def document_for(session: Session, id: UUID, asker: Reader) -> Document:
    """Return one document with pages, people and case; raise `NotFound` when it is not yours."""
    found = session.scalar(
        documents(session, asker)
        .where(Document.id == id)
        .options(
            selectinload(Document.pages),
            selectinload(Document.originals),
            joinedload(Document.owner),
            joinedload(Document.about),
            joinedload(Document.case),
            joinedload(Document.hand_in),
            joinedload(Document.decided_by),
            joinedload(Document.request),
        )
    )
    if found is None:
        raise NotFound
    return found


def documents_among(
    session: Session, ids: Sequence[UUID], *, asker: StaffMember
) -> Sequence[Document]:
    """Return those of the named documents that the asker may read, with their owners and cases."""
    return session.scalars(
        documents(session, asker)
        .where(Document.id.in_(ids))
        .options(joinedload(Document.owner), joinedload(Document.case))
    ).all()


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


def documents_made_of(
    session: Session, *, file_ids: Sequence[UUID], owner: Citizen
) -> Sequence[Document]:
    """Return the documents of a person that these uploads have become: sent before, by a click."""
    return session.scalars(
        select(Document)
        .where(
            Document.owner_id == owner.id,
            Document.originals.any(Original.file_id.in_(file_ids)),
        )
        .order_by(Document.received_at, Document.id)
    ).all()


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
    of_case = and_(Document.case_id == case.id, Document.merged_into_id.is_(None), readable(asker))
    count = session.scalar(select(func.count()).select_from(Document).where(of_case))
    found = session.scalars(
        documents(session, asker)
        .where(of_case)
        .options(joinedload(Document.owner))
        .offset(offset)
        .limit(limit)
    ).all()
    return found, count or 0


def documents_of_person(
    session: Session, *, owner: Citizen, asker: StaffMember, limit: int = 20
) -> Sequence[Document]:
    """Return the latest documents of a person that the asker may read."""
    return session.scalars(
        documents(session, asker)
        .where(Document.owner_id == owner.id, Document.merged_into_id.is_(None))
        .limit(limit)
    ).all()


def _requests() -> Select[EvidenceRequest]:
    return (
        select(EvidenceRequest)
        .options(joinedload(EvidenceRequest.about))
        .order_by(
            EvidenceRequest.due_on.asc().nulls_last(), EvidenceRequest.asked_at, EvidenceRequest.id
        )
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


def unsettled_requests_of(session: Session, *, asker: Citizen) -> Sequence[EvidenceRequest]:
    """Return what the office waits for and what was answered and is not settled yet."""
    return session.scalars(
        _requests().where(
            EvidenceRequest.owner_id == asker.id,
            EvidenceRequest.state.in_(rules.UNSETTLED),
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
    here = str(document.case_id)  # who had it before it was moved here stays with the former file
    for event in audit_queries.events_about(session, kind="document", id=document.id):
        received = event.deed == "casefiles.document_received" and event.chain == here
        if received and "for" in event.facts:
            return event.actor_name
    return None


def request_for(session: Session, id: UUID, asker: Reader) -> EvidenceRequest:
    """Return one request for evidence, or raise `NotFound`; not yours is not there."""
    found = _requests().where(EvidenceRequest.id == id)
    if isinstance(asker, StaffMember):
        case_id = EvidenceRequest.case_id.expression
        found = found.where(
            walls.opens_case_of(walls.standing_of(session, asker), case_id), answerable(asker)
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


def request_to_change(session: Session, id: UUID, asker: Reader) -> EvidenceRequest:
    """Return a request for a deed, locked: an answer and a decision must not both win."""
    session.execute(
        select(EvidenceRequest.id).where(EvidenceRequest.id == id).with_for_update(key_share=True)
    )
    return request_for(session, id, asker)


def documents_answering(
    session: Session, *, request: EvidenceRequest, asker: Reader
) -> Sequence[Document]:
    """Return the papers that answer a request, newest first."""
    return session.scalars(
        documents(session, asker)
        .where(Document.request_id == request.id)
        .options(joinedload(Document.owner))
    ).all()


def answerable(asker: StaffMember) -> ColumnElement[bool]:
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
        .where(EvidenceRequest.case_id == case.id, answerable(asker))
        .options(joinedload(EvidenceRequest.about), joinedload(EvidenceRequest.owner))
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


def requests_answered_by(session: Session, *, document: Document) -> Sequence[EvidenceRequest]:
    """Return what a document answers, with what those answered that were merged into it."""
    answered = select(Document.request_id).where(
        or_(Document.id == document.id, Document.merged_into_id == document.id)
    )
    return session.scalars(
        select(EvidenceRequest)
        .where(EvidenceRequest.id.in_(answered))
        .order_by(EvidenceRequest.asked_at, EvidenceRequest.id)
    ).all()


def titles_of(session: Session, *, events: Sequence[Event], asker: Reader) -> dict[str, str]:
    """Return the titles of the documents in a trail that the asker may read, by id.

    What has been moved to another case has no title here any more.
    """
    ids = {UUID(event.subject_id) for event in events if event.subject_kind == "document"}
    chains = {event.chain for event in events}
    mine = Document.owner_id == asker.id if isinstance(asker, Citizen) else readable(asker)
    found = session.execute(
        select(Document.id, Document.title)
        .where(Document.id.in_(ids), cast(Document.case_id, String).in_(chains), mine)
        .order_by(Document.id)
    )
    return {str(id): title for id, title in found}
