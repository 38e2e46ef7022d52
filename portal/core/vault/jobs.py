"""What the clock does for the vault: encrypt what came before encryption, keep keys fresh."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.core.jobs import every
from portal.core.vault import service
from portal.core.vault.models import StoredFile

log = logging.getLogger(__name__)

AT_ONCE = 200


@every("10 * * * *", "vault.seal_plain")
def seal_plain(session: Session, *, now: datetime) -> None:
    """Encrypt the next files that were kept before there was encryption."""
    plain = session.scalars(
        select(StoredFile)
        .where(StoredFile.wrapped_key.is_(None))
        .options(selectinload(StoredFile.pieces))
        .order_by(StoredFile.id)
        .limit(AT_ONCE)
    ).all()
    for file in plain:
        service.seal_plain(session, file=file, now=now)


@every("30 2 * * *", "vault.reseal")
def reseal(session: Session, *, now: datetime) -> None:
    """Seal the keys of holders with the first key of the ring, so that an older one can go."""
    if count := service.reseal(session):
        log.info("sealed %d keys of holders anew", count)
