"""What the queue and the clock do for documents: prepare them, and find the forgotten ones."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles import preparation, queries
from portal.core.jobs import every, job

RETRY_AFTER = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(minutes=30)


@job("casefiles.prepare")
def prepare(session: Session, *, now: datetime, document_id: str) -> None:
    """Prepare one document; come back later when it did not work and tries are left."""
    document = queries.document_to_prepare(session, UUID(document_id))
    if document is None:
        return
    if not preparation.prepare(session, document=document, now=now):
        prepare.enqueue(session, at=now + RETRY_AFTER, document_id=document_id)


@job("casefiles.remake")
def remake(session: Session, *, now: datetime, document_id: str) -> None:
    """Make the copy and the pictures of one document anew from what its pages say."""
    document = queries.document_to_prepare(session, UUID(document_id))
    if document is not None and document.merged_into_id is None:
        preparation.remake(session, document=document, now=now)


@every("*/10 * * * *", "casefiles.prepare_forgotten")
def prepare_forgotten(session: Session, *, now: datetime) -> None:
    """Queue documents again whose job was lost, for whatever reason."""
    for id in queries.unprepared_since(session, before=now - FORGOTTEN_AFTER):
        prepare.enqueue(session, document_id=str(id))
