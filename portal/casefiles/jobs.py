"""What queue and clock do for documents: prepare them, write receipts, find the forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles import preparation, queries, receipt_paper
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


@job("casefiles.write_receipt", prompt=True)
def write_receipt(session: Session, *, now: datetime, hand_in_id: str) -> None:
    """Write the receipt of a hand-in; somebody waits for it."""
    receipt_paper.write(session, id=UUID(hand_in_id), now=now)


@every("*/10 * * * *", "casefiles.write_forgotten_receipts")
def write_forgotten_receipts(session: Session, *, now: datetime) -> None:
    """Queue receipts again whose job was lost, for whatever reason."""
    for id in receipt_paper.unwritten_since(session, before=now - FORGOTTEN_AFTER):
        write_receipt.enqueue(session, hand_in_id=str(id))
