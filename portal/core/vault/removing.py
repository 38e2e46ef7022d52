"""Taking files out of the store: what was forgotten at once, what was lost after a day."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import tallies
from portal.core.jobs import every, job
from portal.core.storage import store
from portal.core.vault.models import StoredPiece

log = logging.getLogger(__name__)

# A deed that has put a file may still be at work, and a backup names its rows before its files.
LOST_AFTER = timedelta(hours=24)
BATCH = 1000


@job("vault.remove")
def remove(session: Session, *, now: datetime, keys: list[str]) -> None:
    """Take files out of the store whose rows are gone."""
    for key in keys:
        store().delete(key)


@every("20 2 * * *", "vault.sweep")
def sweep(session: Session, *, now: datetime) -> None:
    """Take files out of the store that no row has named for a day: what a broken deed has left."""
    lost = list(orphans(session, before=now - LOST_AFTER))
    for key in lost:
        store().delete(key)
    if lost:
        tallies.add(session, "files_swept", by=len(lost))
        log.warning("swept %d files that no row names", len(lost))


def orphans(session: Session, *, before: datetime) -> Iterator[str]:
    """Name the files in the store that came before a moment and that no row names."""
    old = (key for key, since in store().entries() if since < before)
    while keys := list(islice(old, BATCH)):
        known = set(
            session.scalars(
                select(StoredPiece.key).where(StoredPiece.key.in_(keys)).order_by(StoredPiece.key)
            )
        )
        yield from (key for key in keys if key not in known)
