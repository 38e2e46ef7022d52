"""Keeping files exactly as they arrived: the proof of what was handed in."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from portal.casefiles.models import Original
from portal.casefiles.uploads import Taken
from portal.core.storage import store


def keep_all(papers: Sequence[Sequence[Taken]]) -> list[tuple[list[Original], str]]:
    """Store the originals of each document; return them with the hash over their bytes in order.

    When one cannot be stored, none stays behind.
    """
    done: list[Original] = []
    kept = []
    try:
        for files in papers:
            whole = hashlib.sha256()
            for number, file in enumerate(files, 1):
                done.append(_keep(file, number=number, whole=whole))
            kept.append((done[-len(files) :], whole.hexdigest()))
    except BaseException:
        forget(done)
        raise
    return kept


def forget(originals: Sequence[Original]) -> None:
    """Take files out of the store again that no row names."""
    for original in originals:
        store().delete(original.key)


def _keep(file: Taken, *, number: int, whole: Any) -> Original:
    stored = store().put(_hashed(file.chunks(), whole))
    return Original(
        number=number,
        filename=file.filename,
        content_type=file.kind.content_type,
        size=stored.size,
        sha256=stored.sha256,
        key=stored.key,
    )


def _hashed(chunks: Iterator[bytes], whole: Any) -> Iterator[bytes]:
    for chunk in chunks:
        whole.update(chunk)
        yield chunk
