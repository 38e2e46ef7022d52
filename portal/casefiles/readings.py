"""Writing down who of the office saw what: each view of a case or a document is a deed.

These deeds happen on GET. They are the one exception to the rule that GET changes nothing: they
write an audit row and nothing else, in the transaction that reads what is shown.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.audit.models import Event
from portal.casefiles.models import Case, Document

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
        audit.record(session, deed=deed, subject=subject, by=by, now=now, case_id=case_id)
