"""The third verb of the worker: what stands on the pages, and a copy for the archive (PDF/A).

It takes minutes and nobody waits for it. A document is whole without it: a paper that nobody can
read by machine is read by people.
"""

import json
import logging
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.casefiles import pieces, words, worker_queries
from portal.casefiles.models import Document
from portal.core import tallies
from portal.core.vault import service as vault
from portal.papers import sandbox

log = logging.getLogger(__name__)


def read(session: Session, *, document: Document, is_last_try: bool, now: datetime) -> bool:
    """Keep the text of each page and the archive copy; return whether there is nothing left to try.

    The row is not locked while the machine reads: somebody may decide on the document meanwhile.
    What was read of pages that have been made anew since then is thrown away. After the last try
    the document counts as read, with no words.
    """
    served, content_type = document.served_file_id, document.served_content_type
    if served is None or content_type is None:
        return True
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        folder = Path(name)
        pieces.fill(folder / "in-1", vault.stream(session, served))
        try:
            found = sandbox.run("read", folder, [content_type])
        except sandbox.Died as error:
            log.warning("Document %s could not be read: %s", document.id, error)
            tallies.add(session, "readings_failed", kind="text")
            if not is_last_try:
                return False
            found = {"texts": [], "archive": False, "why": "it was given up"}
        if not worker_queries.lock_served(session, document, served):
            return True
        _keep(session, document, folder, texts=found["texts"], archived=found["archive"], now=now)
    if not found["archive"]:
        log.warning("Document %s has no archive copy: %s", document.id, found.get("why"))
        tallies.add(session, "readings_failed", kind="archive")
    return True


def _keep(
    session: Session,
    document: Document,
    folder: Path,
    *,
    texts: list[str],
    archived: bool,
    now: datetime,
) -> None:
    if archived:
        document.archive_file_id = vault.keep(
            session, holder=document.case_id, chunks=pieces.of(folder / "archive"), now=now
        ).id
    written = json.dumps(texts, ensure_ascii=False).encode()
    document.text_file_id = vault.keep(
        session, holder=document.case_id, chunks=[written], now=now
    ).id
    words.index(session, document=document, texts=texts)
