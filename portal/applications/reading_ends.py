"""What ends when a draft is sent: who reads along, and what was proposed and not decided."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.applications.models import Application
from portal.applications.reading_along import DraftReading, Proposal
from portal.audit import service as audit
from portal.audit.models import Acting


def end_all(session: Session, *, application: Application, by: Acting, now: datetime) -> None:
    """Close the draft for who reads it along; a proposal that nobody has accepted is no answer."""
    session.execute(
        update(DraftReading)
        .where(DraftReading.application_id == application.id, DraftReading.ended_at.is_(None))
        .values(ended_at=now)
    )
    gone = session.scalars(
        delete(Proposal).where(Proposal.application_id == application.id).returning(Proposal.id)
    ).all()
    if gone:
        audit.record(
            session,
            deed="applications.proposals_lapsed",
            subject=("application", application.id),
            by=by,
            now=now,
            case_id=application.case_id,
            count=len(gone),
        )
