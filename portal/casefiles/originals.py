"""Keeping files exactly as they arrived: the proof of what was handed in."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.casefiles.models import Original
from portal.core.vault import service as vault
from portal.uploads.taking import Taken


def keep_all(
    session: Session, *, case_id: UUID, papers: Sequence[Sequence[Taken]], now: datetime
) -> list[tuple[list[Original], str]]:
    """Store the originals of each document; return them with the hash over their bytes in order."""
    kept = []
    for files in papers:
        whole = hashlib.sha256()
        originals = [
            _keep(session, file, case_id=case_id, number=number, whole=whole, now=now)
            for number, file in enumerate(files, 1)
        ]
        kept.append((originals, whole.hexdigest()))
    return kept


def _keep(
    session: Session, file: Taken, *, case_id: UUID, number: int, whole: Any, now: datetime
) -> Original:
    chunks = _hashed(file.chunks(), whole)
    stored = vault.keep(session, holder=case_id, chunks=chunks, now=now)
    return Original(
        number=number,
        filename=file.filename,
        content_type=file.kind.content_type,
        size=stored.size,
        sha256=vault.sha256_of(stored),
        file_id=stored.id,
    )


def _hashed(chunks: Iterator[bytes], whole: Any) -> Iterator[bytes]:
    for chunk in chunks:
        whole.update(chunk)
        yield chunk
