"""What queue and clock do for documents: scan, prepare, read, write receipts, find the forgotten.

Each step is a job of its own with its own tries; a step that has worked puts the next one into the
queue. Reading takes minutes and has a place of its own, so that no page image waits for it.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles import (
    asking,
    evidence,
    lapsed,
    preparation,
    receipt_paper,
    recognition,
    scanning,
    undelivered,
    worker_queries,
)
from portal.casefiles.models import Document
from portal.casefiles.rules import is_clean
from portal.core import malware, tallies
from portal.core.jobs import Lane, every, job, waiting
from portal.papers import sandbox
from portal.papers.limits import PREPARATION_TRIES

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(minutes=30)
RECEIPT_LATE = timedelta(minutes=5)
"""With the clock of ten minutes: within a quarter of an hour the person has the receipt."""
HELD_LONG = timedelta(hours=1)


@job("casefiles.scan")
def scan(session: Session, *, now: datetime, document_id: str) -> None:
    """Have the scanner look at one document; a clean one goes on."""
    document = worker_queries.document_to_prepare(session, UUID(document_id))
    if document is None:
        return
    scanning.scan(session, document=document, now=now)
    if is_clean(document) and not document.is_prepared:
        prepare.enqueue(session, document_id=document_id)


@job("casefiles.prepare")
def prepare(session: Session, *, now: datetime, document_id: str) -> None:
    """Prepare one document; come back later when it did not work and tries are left."""
    document = worker_queries.document_to_prepare(session, UUID(document_id))
    if document is None:
        return
    if not is_clean(document):
        scan.enqueue(session, document_id=document_id)
    elif document.pages and not document.is_prepared:
        remake.enqueue(session, document_id=document_id)
    elif not preparation.prepare(session, document=document, now=now):
        prepare.enqueue(session, at=now + RETRY_AFTER, document_id=document_id)
    else:
        _read_next(session, document)


@job("casefiles.remake")
def remake(session: Session, *, now: datetime, document_id: str, attempt: int = 1) -> None:
    """Make copy and pictures of one document anew, from the pages that it has now."""
    document = worker_queries.document_to_prepare(session, UUID(document_id))
    if document is None or not document.pages:
        return
    try:
        preparation.remake(session, document=document, now=now)
    except sandbox.Died:
        log.exception("Document %s could not be made anew, try %d", document_id, attempt)
        tallies.add(session, "remakes_failed")
        if attempt < PREPARATION_TRIES:
            at = now + attempt * RETRY_AFTER
            remake.enqueue(session, at=at, document_id=document_id, attempt=attempt + 1)
        return
    _read_next(session, document)


def _read_next(session: Session, document: Document) -> None:
    if document.is_prepared and document.text_file_id is None:
        read.enqueue(session, document_id=str(document.id))


@job("casefiles.read", lane=Lane.SLOW)
def read(session: Session, *, now: datetime, document_id: str, attempt: int = 1) -> None:
    """Read the words of one document and make its archive copy; failing blocks nothing."""
    document = worker_queries.document_to_read(session, UUID(document_id))
    if document is None:
        return
    is_last_try = attempt >= PREPARATION_TRIES
    if not recognition.read(session, document=document, is_last_try=is_last_try, now=now):
        at = now + attempt * RETRY_AFTER
        read.enqueue(session, at=at, document_id=document_id, attempt=attempt + 1)


@every("*/2 * * * *", "casefiles.scan_held")
def scan_held(session: Session, *, now: datetime) -> None:
    """Ask the scanner again about what is held; what waits for long is asked for less often.

    While the scanner is not there, this sounds the alarm and leaves it in peace.
    """
    held = worker_queries.held(session)
    if held is None:
        return
    try:
        malware.scanner().ping()
    except malware.NoVerdict as error:
        log.error(  # noqa: TRY400 (the reason is in the sentence, the trace would say nothing)
            "The virus scanner does not answer, %d documents wait since %s: %s",
            held.count,
            held.since.isoformat(timespec="minutes"),
            error,
        )
        return
    all_of_them = now.minute % 10 < 2
    since = None if all_of_them else now - HELD_LONG
    queued = waiting(session, scan, argument="document_id")
    for id in worker_queries.held_documents(session, since=since):
        if str(id) not in queued:
            scan.enqueue(session, document_id=str(id))


@every("*/10 * * * *", "casefiles.prepare_forgotten")
def prepare_forgotten(session: Session, *, now: datetime) -> None:
    """Queue documents again whose job was lost, for whatever reason, and read what nobody has."""
    queued = waiting(session, scan, prepare, remake, argument="document_id")
    for id in worker_queries.unprepared_since(session, before=now - FORGOTTEN_AFTER):
        if str(id) not in queued:
            scan.enqueue(session, document_id=str(id))
    queued = waiting(session, read, argument="document_id")
    for id in worker_queries.unread_since(session, before=now - FORGOTTEN_AFTER):
        if str(id) not in queued:
            read.enqueue(session, document_id=str(id))


@job("casefiles.write_receipt", lane=Lane.PROMPT)
def write_receipt(session: Session, *, now: datetime, hand_in_id: str) -> None:
    """Write the receipt of a hand-in; somebody waits for it."""
    receipt_paper.write(session, id=UUID(hand_in_id), now=now)


@every("*/10 * * * *", "casefiles.write_forgotten_receipts")
def write_forgotten_receipts(session: Session, *, now: datetime) -> None:
    """Queue receipts again whose job was lost, for whatever reason."""
    for id in receipt_paper.unwritten_since(session, before=now - RECEIPT_LATE):
        write_receipt.enqueue(session, hand_in_id=str(id))


@every("*/10 6-16 * * *", "casefiles.remind")
def remind(session: Session, *, now: datetime) -> None:
    """Remind people of what they wanted to or should hand in, each reason once."""
    for reminders in evidence.due_reminders(session, now=now):
        asking.remind(session, owner=reminders[0][0].owner, reminders=reminders, now=now)


@every("*/5 * * * *", "casefiles.tell_undelivered")
def tell_undelivered(session: Session, *, now: datetime) -> None:
    """Put people before the office at whom a message did not arrive."""
    undelivered.tell(session, now=now)


@every("10-59/15 * * * *", "casefiles.tell_lapsed")
def tell_lapsed(session: Session, *, now: datetime) -> None:
    """Put papers ahead that did not come in time."""
    lapsed.tell(session, now=now)
