"""The verb of the worker: from the untouched originals to a copy and page images safe to show."""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import rules
from portal.casefiles.models import Document, DocumentState, Page, Verdict
from portal.core.storage import CHUNK
from portal.core.vault import service as vault
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.papers import sandbox
from portal.papers.limits import PREPARATION_TRIES

log = logging.getLogger(__name__)

BLOCKED_REASON = "Die Datei lässt sich nicht sicher öffnen."


def prepare(session: Session, *, document: Document, now: datetime) -> bool:
    """Make the safe copy and the page images; return whether there is nothing left to try.

    A document that cannot be prepared in `PREPARATION_TRIES` is set aside as blocked, so that one
    poisoned file never holds up the queue.
    """
    if document.is_prepared or document.state == DocumentState.BLOCKED:
        return True
    document.verdict, document.scanned_at = Verdict.CLEAN, now
    document.preparation_tries += 1
    try:
        _make(session, document, now=now)
    except sandbox.Died as error:
        log.warning("Document %s could not be prepared: %s", document.id, error)
        if document.preparation_tries < PREPARATION_TRIES:
            return False
        _give_up(session, document=document, now=now)
        return True
    if document.state == DocumentState.RECEIVED:
        rules.check_moves(document, DocumentState.IN_REVIEW)
        document.state = DocumentState.IN_REVIEW
    audit.record(
        session,
        deed="casefiles.document_prepared",
        subject=("document", document.id),
        by=SYSTEM,
        now=now,
        case_id=document.case_id,
        pages=document.page_count,
    )
    return True


def remake(session: Session, *, document: Document, now: datetime) -> None:
    """Make copy and pictures anew from the pages that the document has now."""
    raise NotImplementedError


def _make(session: Session, document: Document, *, now: datetime) -> None:
    with tempfile.TemporaryDirectory(prefix="preparing-") as name:
        folder = Path(name)
        for original in document.originals:
            _fill(folder / f"in-{original.number}", vault.stream(session, original.file_id))
        types = [original.content_type for original in document.originals]
        made = sandbox.run("make", folder, ["own"] if document.from_office else types)
        if not document.from_office:
            served = _keep(session, document, folder / "served", now=now)
            document.served_file_id = served
            document.served_content_type = made["served"]
        document.pages = [
            _page(session, document, folder, number=number, made=page, now=now)
            for number, page in enumerate(made["pages"], 1)
        ]
        document.page_count = len(document.pages)


def _page(
    session: Session,
    document: Document,
    folder: Path,
    *,
    number: int,
    made: dict[str, Any],
    now: datetime,
) -> Page:
    return Page(
        number=number,
        original_id=document.originals[made["original"] - 1].id,
        original_page=made["original_page"],
        image_file_id=_keep(session, document, folder / f"page-{number}.jpg", now=now),
        thumbnail_file_id=_keep(session, document, folder / f"thumbnail-{number}.jpg", now=now),
        width=made["width"],
        height=made["height"],
    )


def _keep(session: Session, document: Document, path: Path, *, now: datetime) -> UUID:
    return vault.keep(session, holder=document.case_id, chunks=_pieces(path), now=now).id


def _give_up(session: Session, *, document: Document, now: datetime) -> None:
    if document.from_office:
        return
    rules.check_moves(document, DocumentState.BLOCKED)
    document.state = DocumentState.BLOCKED
    document.reason = BLOCKED_REASON
    audit.record(
        session,
        deed="casefiles.document_blocked",
        subject=("document", document.id),
        by=SYSTEM,
        now=now,
        case_id=document.case_id,
        tries=document.preparation_tries,
    )
    inbox.close_items(session, kind=ItemKind.CORRECTION, subject_id=document.id, by=SYSTEM, now=now)
    inbox.open_item(
        session,
        kind=ItemKind.DOCUMENT,
        subject_id=document.id,
        case_id=document.case_id,
        title=document.title,
        person=document.owner.name,
        reason="Gesperrt: Die Datei lässt sich nicht sicher öffnen.",
        next_step="Noch einmal anfordern",
        team_id=document.case.team_id,
        assignee_id=document.case.benefit_officer_id,
        urgency=1,
        urgency_reason="Die Person wartet auf eine Antwort.",
        now=now,
    )


def _fill(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("xb") as file:
        file.writelines(chunks)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
