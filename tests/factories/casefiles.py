"""Cases, documents and requests for tests, made by the deeds of the house."""

import io
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.accounts.models import Citizen, Role, StaffMember
from portal.casefiles import jobs, service
from portal.casefiles.models import Case, CaseMember, Document, DocumentKind, EvidenceRequest
from portal.core import clock
from tests.factories import accounts, papers


def upload(
    content: bytes | None = None, name: str = "lohn.jpg", content_type: str = "image/jpeg"
) -> FileStorage:
    """Pick a file, as a form hands it over."""
    picked = papers.picture() if content is None else content
    return FileStorage(io.BytesIO(picked), filename=name, content_type=content_type)


def case(session: Session, citizen: Citizen | None = None, *, now: datetime | None = None) -> Case:
    """Open a case for a citizen."""
    return service.case_for(
        session, citizen=citizen or accounts.citizen(session), now=now or clock.now()
    )


def member(session: Session, case: Case, citizen: Citizen) -> CaseMember:
    """Let a citizen belong to a case; no deed of the house does it yet."""
    made = CaseMember(case=case, citizen=citizen, joined_at=clock.now())
    session.add(made)
    session.flush()
    return made


def officer(session: Session, case: Case | None = None) -> StaffMember:
    """Employ a benefit officer, in the team of the case if one is given."""
    team = {"team": case.team} if case else {}
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, **team)


def document(
    session: Session,
    *,
    owner: Citizen | None = None,
    file: FileStorage | None = None,
    kind: DocumentKind = DocumentKind.PAYSLIPS,
    request: EvidenceRequest | None = None,
    prepared: bool = True,
    title: str | None = None,
    now: datetime | None = None,
) -> Document:
    """Hand a document in, and let the worker prepare it."""
    now = now or clock.now()
    owner = owner or accounts.citizen(session)
    made = service.receive(
        session,
        case=service.case_for(session, citizen=owner, now=now),
        owner=owner,
        upload=file or upload(),
        kind=kind,
        title=title,
        request=request,
        by=owner,
        now=now,
    )
    if prepared:
        prepare(session, made.id, now=now)
    return made


def prepare(session: Session, id: UUID, *, now: datetime | None = None) -> None:
    """Have the worker scan and prepare one document."""
    for step in (jobs.scan, jobs.prepare):
        step(session, now=now or clock.now(), document_id=str(id))


def evidence_request(
    session: Session,
    *,
    owner: Citizen | None = None,
    kind: DocumentKind = DocumentKind.BANK_STATEMENTS,
    due_on: date | None = None,
    now: datetime | None = None,
) -> EvidenceRequest:
    """Ask a citizen for a document."""
    now = now or clock.now()
    opened = case(session, owner, now=now)
    return service.ask(
        session,
        case=opened,
        owner=opened.members[0].citizen,
        kind=kind,
        why="Wir prüfen Ihr Einkommen der letzten drei Monate.",
        due_on=due_on or clock.local_date(now) + timedelta(days=14),
        by=officer(session, opened),
        now=now,
    )
