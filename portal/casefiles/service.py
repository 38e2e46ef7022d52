"""The verbs of the digital file: open a case, take documents in, decide on them.

What the worker does to a document stands in `scanning`, `preparation` and `recognition`, asking for
evidence in `asking`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen, Right, StaffMember, Team
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.casefiles import (
    asking,
    jobs,
    kinds,
    law,
    mails,
    originals,
    queries,
    receipts,
    rules,
    words,
)
from portal.casefiles.models import (
    Case,
    CaseMember,
    Channel,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceRequest,
    Original,
    RequestState,
)
from portal.core.db import new_id
from portal.core.vault import service as vault
from portal.inbox import naming
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.papers import filenames
from portal.papers.limits import PDF
from portal.uploads import service as uploads
from portal.uploads.models import Upload
from portal.uploads.rules import check_groups
from portal.uploads.taking import FormFile

TITLE_LENGTH = 200
SAME_HAND_IN = timedelta(minutes=10)


def case_for(
    session: Session, *, citizen: Citizen, now: datetime, by: Acting | None = None
) -> Case:
    """Return the case of the citizen; open one when there is none, by the citizen's own deed."""
    _lock(session, f"case of {citizen.id}")  # two first deeds at once must not open two cases
    found = queries.case_of(session, asker=citizen)
    if found is not None:
        return found
    case = Case(id=new_id(), team=team_with_room(session), opened_at=now)
    case.members.append(CaseMember(citizen=citizen, joined_at=now))
    session.add(case)
    session.flush()  # the database draws the number of the case
    naming.name_case(session, case_id=case.id, reference=case.file_reference)
    audit.record(
        session,
        deed="casefiles.case_opened_anew",
        subject=("case", case.id),
        by=by or citizen,
        now=now,
        case_id=case.id,
        number=case.number,
    )
    return case


def _lock(session: Session, what: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def team_with_room(session: Session) -> Team:
    """Choose the team with the fewest cases among those that decide on benefits."""
    load = select(func.count()).where(Case.team_id == Team.id).scalar_subquery()
    decides = (
        select(StaffMember.id)
        .where(
            StaffMember.team_id == Team.id,
            StaffMember.is_active,
            accounts.carries(Right.CARRY_BENEFIT_CASES),
        )
        .exists()
    )
    team = session.scalar(select(Team).order_by(decides.desc(), load, Team.name).limit(1))
    if team is None:  # an office that has no team yet still takes in what people send
        team = Team(name="Eingangszone")
        session.add(team)
    return team


def receive(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    upload: Upload,
    kind: DocumentKind,
    by: Acting,
    now: datetime,
    title: str | None = None,
    request: EvidenceRequest | None = None,
    announce: bool = True,
) -> Document:
    """Take one file in as a document; see `receive_all`."""
    return receive_all(
        session,
        case=case,
        owner=owner,
        groups=[[upload]],
        kind=kind,
        by=by,
        now=now,
        title=title,
        request=request,
        announce=announce,
    )[0]


def receive_all(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    groups: Sequence[Sequence[Upload]],
    kind: DocumentKind,
    by: Acting,
    now: datetime,
    title: str | None = None,
    request: EvidenceRequest | None = None,
    announce: bool = True,
    channel: Channel = Channel.PORTAL,
) -> list[Document]:
    """Take files in, each group as one document: several photos are its pages, in the order given.

    A hand-in is taken whole or not at all. The files were looked at and lie in the store already:
    they get another holder, no byte is written again. The same files sent twice within minutes (a
    double click, a lost answer) are one document. What is new gets one receipt (`receipts`). With
    `announce=False` neither mail nor work item is made: the caller tells both sides itself, as an
    application does for what it encloses.
    """
    if request is not None:
        rules.check_can_answer(request, owner)
    check_groups(groups)
    picked = [upload for group in groups for upload in group]
    uploads.take(session, uploads=picked, to=case.id, now=now)
    _lock(
        session, f"documents of {owner.id}"
    )  # the second of two equal hand-ins must see the first
    documents, new = [], []
    for group in groups:
        files = originals.of(group)
        document = Document(
            id=new_id(),
            case_id=case.id,
            owner_id=owner.id,
            kind=kind,
            title=(title or "").strip()[:TITLE_LENGTH] or kinds.german_name(kind),
            filename=files[0].filename,
            content_type=files[0].content_type,
            size=sum(file.size for file in files),
            sha256=originals.sha256_of_all(session, files),
            state=DocumentState.RECEIVED,
            received_at=now,
            warnings=originals.warnings_of(group),
            is_redacted=any(file.is_redacted for file in group),
            originals=files,
        )
        twin = queries.same_document(session, document=document, since=now - SAME_HAND_IN)
        if twin is not None:
            vault.forget(session, file_ids=[file.file_id for file in files])
            documents.append(twin)
            continue
        _put_into_file(session, document=document, request=request, by=by, now=now)
        if announce:
            _announce(session, document=document, case=case, owner=owner, request=request, now=now)
        documents.append(document)
        new.append(receipts.Paper(document, pages=sum(file.page_count or 0 for file in group)))
    if new:
        receipts.open_hand_in(
            session, case=case, owner=owner, papers=new, channel=channel, by=by, now=now
        )
    return documents


def receive_from_office(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    file: FormFile,
    by: Acting,
    now: datetime,
    channel: Channel,
    announce: bool = True,
) -> Document:
    """Take in a file that an officer has picked: looked at like any paper, and called as the file.

    Until it was scanned nobody can open it.
    """
    [document] = receive_all(
        session,
        case=case,
        owner=owner,
        groups=[
            uploads.receive_form_files(session, owner=owner, sender=owner, files=[file], now=now)
        ],
        kind=DocumentKind.OTHER,
        title=filenames.split(filenames.tidy(file.filename))[0],
        by=by,
        now=now,
        announce=announce,
        channel=channel,
    )
    return document


def _put_into_file(
    session: Session,
    *,
    document: Document,
    request: EvidenceRequest | None,
    by: Acting,
    now: datetime,
) -> None:
    session.add(document)
    if request is not None:
        asking.answer_with(session, request=request, document=document, by=by, now=now)
    session.flush()  # the job needs the row
    audit.record(
        session,
        deed="casefiles.document_received",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        kind=document.kind.value,
        sha256=document.sha256,
        size=document.size,
        files=len(document.originals),
        request=str(request.id) if request else None,
    )
    words.index(session, document=document, texts=())
    jobs.scan.enqueue(session, document_id=str(document.id))


def hand_in(
    session: Session,
    *,
    owner: Citizen,
    groups: Sequence[Sequence[Upload]],
    kind: DocumentKind | None,
    title: str | None,
    request: EvidenceRequest | None,
    now: datetime,
) -> list[Document]:
    """Take in what a citizen hands in on the page; an answered request says what it is."""
    return receive_all(
        session,
        case=case_for(session, citizen=owner, now=now),
        owner=owner,
        groups=groups,
        kind=request.kind if request else kind or DocumentKind.OTHER,
        title=request.title if request else title,
        request=request,
        by=owner,
        now=now,
    )


def _announce(
    session: Session,
    *,
    document: Document,
    case: Case,
    owner: Citizen,
    request: EvidenceRequest | None,
    now: datetime,
) -> None:
    """Put the document before the office and tell the citizen that it is here."""
    again = request is not None and request.rejected_document_id is not None
    if again:
        reason = "Noch einmal abgegeben, weil das Jobcenter darum gebeten hat."
    elif request is not None:
        reason = f"Antwort auf die Anforderung von {request.asked_by_name}."
    else:
        reason = "Neu abgegeben, ohne Anforderung."
    inbox.open_item(
        session,
        kind=ItemKind.CORRECTION if again else ItemKind.DOCUMENT,
        subject_id=document.id,
        case_id=case.id,
        title=document.title,
        person=owner.name,
        reason=reason,
        next_step="Dokument prüfen",
        team_id=case.team_id,
        assignee_id=case.benefit_officer_id,
        urgency=1 if request else 0,
        urgency_reason="Das Jobcenter hat darauf gewartet." if request else None,
        now=now,
    )
    mails.write(
        session,
        template="document_received",
        owner=owner,
        path=f"{mails.PAPERS}/{document.id}",
        now=now,
    )


def file_pdf(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    kind: DocumentKind,
    title: str,
    filename: str,
    content: bytes,
    by: Acting,
    now: datetime,
) -> Document:
    """Put a PDF that the office itself has made into the file (receipt, note); nobody checks it."""
    stored = vault.keep(session, holder=case.id, chunks=[content], now=now)
    document = Document(
        id=new_id(),
        case_id=case.id,
        owner_id=owner.id,
        kind=kind,
        title=title,
        filename=filename,
        content_type=PDF.content_type,
        size=stored.size,
        sha256=vault.sha256_of(stored),
        served_file_id=stored.id,
        served_content_type=PDF.content_type,
        state=DocumentState.ACCEPTED,
        from_office=True,
        received_at=now,
    )
    document.originals = [
        Original(
            number=1,
            filename=filename,
            content_type=PDF.content_type,
            size=stored.size,
            sha256=vault.sha256_of(stored),
            file_id=stored.id,
        )
    ]
    session.add(document)
    session.flush()  # the job needs the row
    audit.record(
        session,
        deed="casefiles.document_filed",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=case.id,
        kind=kind.value,
        sha256=document.sha256,
    )
    words.index(session, document=document, texts=())
    jobs.prepare.enqueue(session, document_id=str(document.id))
    return document


def accept(session: Session, *, document: Document, by: StaffMember, now: datetime) -> None:
    """Accept a document; the request that it answers is settled."""
    rules.check_can_accept(document, by)
    _decide(document, DocumentState.ACCEPTED, by=by, now=now)
    _settle_request(session, document=document, by=by, now=now)
    audit.record(
        session,
        deed="casefiles.document_accepted",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
    )
    _close_items(session, document=document, by=by, now=now)


def reject(
    session: Session,
    *,
    document: Document,
    reason: str,
    due_on: date | None,
    by: StaffMember,
    now: datetime,
    marked_pages: Sequence[int] = (),
    tell: bool = True,
) -> EvidenceRequest:
    """Ask for a document again: the owner gets one task that says why and until when.

    `marked_pages` are the numbers of the pages that the reason is about. Without `tell` somebody
    else writes the mail.
    """
    rules.check_can_reject(document, by)
    document.reason = reason
    _decide(document, DocumentState.REJECTED, by=by, now=now)
    _settle_request(session, document=document, by=by, now=now)
    request = EvidenceRequest(
        id=new_id(),
        case_id=document.case_id,
        owner_id=document.owner_id,
        kind=document.kind,
        title=document.title,
        why=reason,
        legal_basis=law.DUTY,
        due_on=due_on,
        state=RequestState.OPEN,
        rejected_document_id=document.id,
        about_id=document.about_id,
        months_from=document.months_from,
        months_until=document.months_until,
        marked_pages=sorted(set(marked_pages)),
        asked_at=now,
        asked_by_name=by.name,
    )
    session.add(request)
    audit.record(
        session,
        deed="casefiles.document_rejected",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        request=str(request.id),
        due_on=due_on.isoformat() if due_on else None,
    )
    _close_items(session, document=document, by=by, now=now)
    if tell:
        mails.write(
            session,
            template="document_rejected",
            owner=session.get_one(Citizen, document.owner_id),
            path=f"{mails.PAPERS}/{document.id}",
            now=now,
        )
    return request


def _decide(document: Document, to: DocumentState, *, by: StaffMember, now: datetime) -> None:
    document.state = to
    document.decided_at = now
    document.decided_by_id = by.id


def _settle_request(
    session: Session, *, document: Document, by: StaffMember, now: datetime
) -> None:
    """Settle what the document answers, and what those answered that were merged into it."""
    for request in queries.requests_answered_by(session, document=document):
        asking.settle_by_paper(session, request=request, by=by, now=now)


def _close_items(session: Session, *, document: Document, by: Acting, now: datetime) -> None:
    for kind in (ItemKind.DOCUMENT, ItemKind.CORRECTION):
        inbox.close_items(session, kind=kind, subject_id=document.id, by=by, now=now)
