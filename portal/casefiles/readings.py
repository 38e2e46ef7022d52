"""Writing down who of the office saw what: each view of a case or a document is a deed.

These deeds happen on GET. They are the one exception to the rule that GET changes nothing: they
write an audit row and nothing else, in the transaction that reads what is shown. Each says on what
ground it was read (`walls.Why`); without one there is no reading.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.audit.models import Event
from portal.casefiles import walls
from portal.casefiles.models import Case, Document

OPENED = ("casefiles.document_opened", "casefiles.document_downloaded")
MOVED_OUT = "casefiles.document_moved_out"
SHOWN = (
    *OPENED,
    MOVED_OUT,
    "casefiles.case_opened",
    "casefiles.access_granted",
    "applications.viewed",
    "applications.draft_read",
)
SAME_READING = timedelta(minutes=5)


def note_document(session: Session, *, document: Document, by: StaffMember, now: datetime) -> None:
    """Write down that `by` opened the document; its pages and a reload are the same reading."""
    _note(
        session,
        deed="casefiles.document_opened",
        subject=("document", document.id),
        case_id=document.case_id,
        by=by,
        now=now,
    )


def note_download(session: Session, *, document: Document, by: StaffMember, now: datetime) -> None:
    """Write down that `by` saved the safe copy."""
    _note(
        session,
        deed="casefiles.document_downloaded",
        subject=("document", document.id),
        case_id=document.case_id,
        by=by,
        now=now,
    )


def note_case(session: Session, *, case: Case, by: StaffMember, now: datetime) -> None:
    """Write down that `by` opened the case."""
    _note(
        session,
        deed="casefiles.case_opened",
        subject=("case", case.id),
        case_id=case.id,
        by=by,
        now=now,
    )


def _note(
    session: Session,
    *,
    deed: str,
    subject: tuple[str, UUID],
    case_id: UUID,
    by: StaffMember,
    now: datetime,
) -> None:
    already = session.scalar(
        select(Event.id)
        .where(
            Event.subject_kind == subject[0],
            Event.subject_id == str(subject[1]),
            Event.deed == deed,
            Event.actor_id == by.actor.id,
            Event.at > now - SAME_READING,
        )
        .order_by(Event.id)
        .limit(1)
    )
    if already is None:
        why = walls.why(session, case_id=case_id, asker=by)
        audit.record(
            session, deed=deed, subject=subject, by=by, now=now, case_id=case_id, why=why.facts
        )


# What the citizen sees of it


def openings_of(session: Session, *, document: Document) -> Sequence[Event]:
    """Return when people of the office opened the document, newest first."""
    events = audit_queries.events_about(session, kind="document", id=document.id)
    here = str(document.case_id)  # what was before it was moved here is told to the former owner
    return [
        event
        for event in reversed(events)
        if event.deed in OPENED and event.actor_kind == "staff" and event.chain == here
    ]


def readings_for(
    session: Session, *, case: Case, asker: Citizen, offset: int, limit: int
) -> tuple[Sequence[Event], int]:
    """Return one page of who of the office opened what in the file, newest first, and how many.

    Papers and applications of other members are left out: they are not the asker's to know.
    """
    own_papers = select(cast(Document.id, String)).where(Document.owner_id == asker.id)
    moved_away = select(Event.subject_id).where(
        Event.chain == str(case.id),
        Event.deed == MOVED_OUT,
        Event.facts["owner"].astext == str(asker.id),
    )
    of_case = and_(
        Event.chain == str(case.id),
        Event.deed.in_(SHOWN),
        or_(
            Event.subject_kind.in_(("case", "case_access")),
            and_(Event.subject_kind == "document", Event.subject_id.in_(own_papers)),
            and_(Event.subject_kind == "document", Event.subject_id.in_(moved_away)),
            Event.facts["owner"].astext == str(asker.id),
        ),
    )
    count = session.scalar(select(func.count()).select_from(Event).where(of_case))
    found = session.scalars(
        select(Event)
        .where(of_case)
        .order_by(Event.at.desc(), Event.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    return found, count or 0
