"""What the queue and the clock do for documents: prepare them, and find the forgotten ones."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles import asking, evidence, preparation, queries
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


@every("*/10 * * * *", "casefiles.prepare_forgotten")
def prepare_forgotten(session: Session, *, now: datetime) -> None:
    """Queue documents again whose job was lost, for whatever reason."""
    for id in queries.unprepared_since(session, before=now - FORGOTTEN_AFTER):
        prepare.enqueue(session, document_id=str(id))


@every("*/10 6-16 * * *", "casefiles.remind")
def remind(session: Session, *, now: datetime) -> None:
    """Remind people of what they wanted to or should hand in, each reason once."""
    for reminders in evidence.due_reminders(session, now=now):
        asking.remind(session, owner=reminders[0][0].owner, reminders=reminders, now=now)
