"""The second verb of the worker: from clean originals to a copy and page images safe to show."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.casefiles import pieces, rules, worker_queries
from portal.casefiles.models import Document, DocumentState, Original, Page
from portal.casefiles.setting_aside import UNOPENABLE, set_aside
from portal.core.vault import service as vault
from portal.papers import sandbox
from portal.papers.limits import PREPARATION_TRIES

log = logging.getLogger(__name__)


def prepare(session: Session, *, document: Document, now: datetime) -> bool:
    """Make the safe copy and the page images; return whether there is nothing left to try.

    A document that cannot be prepared in `PREPARATION_TRIES` is set aside as blocked, so that one
    poisoned file never holds up the queue.
    """
    if document.is_prepared or document.state is DocumentState.BLOCKED:
        return True
    document.preparation_tries += 1
    try:
        _make(session, document, now=now)
    except sandbox.Died as error:
        log.warning("Document %s could not be prepared: %s", document.id, error)
        if document.preparation_tries < PREPARATION_TRIES:
            return False
        if not document.from_office:
            tries = document.preparation_tries
            set_aside(session, document=document, reason=UNOPENABLE, now=now, tries=tries)
        return True
    _put_before_the_office(session, document, now=now)
    return True


def remake(session: Session, *, document: Document, now: datetime, straighten: bool = True) -> None:
    """Make copy and pictures anew, exactly of the pages that the document has now, in their order.

    What was made before is forgotten, archive copy and text too: they have to be made again.
    The pages may show originals of other documents. Raise `sandbox.Died` and change nothing where
    it does not work: what was made before is still there.
    """
    rules.check_can_remake(document)
    old = _made_files(document)
    numbers: dict[UUID, int] = {}
    for page in document.pages:
        numbers.setdefault(page.original_id, len(numbers) + 1)
    originals = worker_queries.originals_by_id(session, list(numbers))
    wanted = [
        (numbers[page.original_id], page.original_page, page.rotation) for page in document.pages
    ]
    sources = [originals[id] for id in numbers]
    types = [original.content_type for original in sources]
    with _laid_out(session, sources) as folder:
        made = sandbox.run("make", folder, types, pages=wanted, straighten=straighten)
        _keep_copy(session, document, folder, made["served"], now=now)
        for number, (page, answer) in enumerate(zip(document.pages, made["pages"], strict=True), 1):
            _picture(session, page, document, folder, number=number, made=answer, now=now)
    document.page_count = len(document.pages)
    document.archive_file_id = document.text_file_id = None
    session.flush()  # a file goes only when no row names it
    unused = worker_queries.unused_files(session, old, case_id=document.case_id)
    vault.forget(session, file_ids=unused)
    if document.state is DocumentState.RECEIVED:
        _put_before_the_office(session, document, now=now)


def _make(session: Session, document: Document, *, now: datetime) -> None:
    types = [original.content_type for original in document.originals]
    with _laid_out(session, document.originals) as folder:
        made = sandbox.run("make", folder, ["own"] if document.from_office else types)
        if not document.from_office:
            _keep_copy(session, document, folder, made["served"], now=now)
        document.pages = [
            _page(session, document, folder, number=number, made=page, now=now)
            for number, page in enumerate(made["pages"], 1)
        ]
        document.page_count = len(document.pages)


@contextmanager
def _laid_out(session: Session, originals: Sequence[Original]) -> Iterator[Path]:
    """Lay originals into a folder as `in-1`, `in-2`, …; it goes with all that lies in it."""
    with tempfile.TemporaryDirectory(prefix="preparing-") as name:
        folder = Path(name)
        for number, original in enumerate(originals, 1):
            pieces.fill(folder / f"in-{number}", vault.stream(session, original.file_id))
        yield folder


def _keep_copy(
    session: Session, document: Document, folder: Path, content_type: str, *, now: datetime
) -> None:
    document.served_file_id = _keep(session, document, folder / "served", now=now)
    document.served_content_type = content_type


def _page(
    session: Session,
    document: Document,
    folder: Path,
    *,
    number: int,
    made: dict[str, Any],
    now: datetime,
) -> Page:
    page = Page(
        number=number,
        original_id=document.originals[made["original"] - 1].id,
        original_page=made["original_page"],
        rotation=made["rotation"],
    )
    _picture(session, page, document, folder, number=number, made=made, now=now)
    return page


def _picture(
    session: Session,
    page: Page,
    document: Document,
    folder: Path,
    *,
    number: int,
    made: dict[str, Any],
    now: datetime,
) -> None:
    page.image_file_id = _keep(session, document, folder / f"page-{number}.jpg", now=now)
    page.thumbnail_file_id = _keep(session, document, folder / f"thumbnail-{number}.jpg", now=now)
    page.width, page.height = made["width"], made["height"]


def _keep(session: Session, document: Document, path: Path, *, now: datetime) -> UUID:
    return vault.keep(session, holder=document.case_id, chunks=pieces.of(path), now=now).id


def _made_files(document: Document) -> list[UUID]:
    pictures = [
        id for page in document.pages for id in (page.image_file_id, page.thumbnail_file_id)
    ]
    copies = (document.served_file_id, document.archive_file_id, document.text_file_id)
    return [*pictures, *(id for id in copies if id)]


def _put_before_the_office(session: Session, document: Document, *, now: datetime) -> None:
    if document.state is DocumentState.RECEIVED:
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
