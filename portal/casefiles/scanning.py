"""The first verb of the worker: what the virus scanner says of what came in.

Clean goes on, malware is blocked for good, and whatever the scanner cannot say holds the document:
nobody sees it, and the clock asks again until the scanner speaks.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import pieces, worker_queries
from portal.casefiles.models import Document, DocumentState, Original, Verdict
from portal.casefiles.setting_aside import INFECTED, UNCHECKABLE, set_aside
from portal.core import malware, tallies
from portal.core.malware import Finding
from portal.core.vault import service as vault
from portal.papers import sandbox
from portal.papers.limits import PDF, PREPARATION_TRIES

log = logging.getLogger(__name__)

# A scanner that has spoken of another document so lately is well: then it is this document.
LATELY = timedelta(minutes=5)


def scan(session: Session, *, document: Document, now: datetime) -> None:
    """Have every original looked at, and write the verdict down.

    Nobody scans what the office itself has made, or what has its verdict.
    """
    if document.from_office or document.state is not DocumentState.RECEIVED:
        return
    if document.verdict in {Verdict.CLEAN, Verdict.INFECTED}:
        return
    try:
        finding = next(_findings(session, document), None)
    except malware.NoVerdict as error:
        _hold(session, document=document, why=error, now=now)
        return
    if finding is None:
        document.verdict, document.scanned_at = Verdict.CLEAN, now
        document.preparation_tries = 0
    elif finding.is_malware:
        log.error("Document %s is infected: %s", document.id, finding.name)
        document.verdict, document.scanned_at = Verdict.INFECTED, now
        document.finding = finding.name
        set_aside(session, document=document, reason=INFECTED, now=now, finding=finding.name)
    else:
        document.verdict, document.finding = Verdict.HELD, finding.name
        set_aside(session, document=document, reason=UNCHECKABLE, now=now, finding=finding.name)
    tallies.add(session, "scan_verdicts", kind=document.verdict.value)


def _findings(session: Session, document: Document) -> Iterator[Finding]:
    scanner = malware.scanner()
    for original in document.originals:
        finding = scanner.scan(_chunks(session, original))
        if finding is not None:
            yield finding
    for original in document.originals:
        if original.content_type == PDF.content_type:
            yield from _findings_enclosed(session, original, scanner)


def _chunks(session: Session, original: Original) -> Iterator[bytes]:
    """Open a file only when the scanner wants its first byte."""
    yield from vault.stream(session, original.file_id)


def _findings_enclosed(
    session: Session, original: Original, scanner: malware.Scanner
) -> Iterator[Finding]:
    """Have the files looked at that a PDF encloses: scanners do not find them in every spelling."""
    with tempfile.TemporaryDirectory(prefix="scanning-") as name:
        folder = Path(name)
        pieces.fill(folder / "in-1", vault.stream(session, original.file_id))
        try:
            found = sandbox.run("enclosed", folder, [original.content_type])
        except sandbox.Died as error:
            raise malware.TooMuch(f"what the PDF encloses cannot be taken out: {error}") from error
        if not found["all"]:
            raise malware.TooMuch("the PDF encloses too much")
        for number in range(1, found["files"] + 1):
            finding = scanner.scan(pieces.of(folder / f"enclosed-{number}"))
            if finding is not None:
                yield finding


def _hold(session: Session, *, document: Document, why: malware.NoVerdict, now: datetime) -> None:
    """Keep a document back until the scanner speaks; count only what is the document's own doing.

    While the scanner is down, nothing is counted: no document is lost to an outage.
    """
    tallies.add(session, "scan_verdicts", kind=Verdict.HELD.value)
    if document.verdict is Verdict.WAITING:
        log.error("Document %s is held, the scanner gives no verdict: %s", document.id, why)
        audit.record(
            session,
            deed="casefiles.document_held",
            subject=("document", document.id),
            by=SYSTEM,
            now=now,
            case_id=document.case_id,
        )
    document.verdict = Verdict.HELD
    if not _is_to_blame(session, document, why, now=now):
        return
    document.preparation_tries += 1
    log.warning("Document %s cannot be scanned: %s", document.id, why)
    if document.preparation_tries >= PREPARATION_TRIES:
        tries = document.preparation_tries
        set_aside(session, document=document, reason=UNCHECKABLE, now=now, tries=tries)


def _is_to_blame(
    session: Session, document: Document, why: malware.NoVerdict, *, now: datetime
) -> bool:
    if isinstance(why, malware.BrokenOff):
        return worker_queries.has_verdicts_since(session, now - LATELY, besides=document)
    return isinstance(why, malware.TooMuch)
