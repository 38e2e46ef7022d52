"""Writing the trail: each deed calls `record` in its transaction; nothing here changes a row."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.models import Acting, Event

GENESIS = "0" * 64
OFFICE = "office"


def digest(event: Event) -> str:
    """Return the SHA-256 over the canonical JSON of an event and the hash before it."""
    content = [
        event.chain,
        event.at.isoformat(),
        event.actor_kind,
        event.actor_id,
        event.actor_name,
        event.deed,
        event.subject_kind,
        event.subject_id,
        event.facts,
        event.previous_hash,
    ]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    session: Session,
    *,
    deed: str,
    subject: tuple[str, UUID | str],
    by: Acting,
    now: datetime,
    case_id: UUID | None = None,
    **facts: Any,
) -> None:
    """Append one deed (`feature.verb_in_past`) to the chain of its case, or of the office.

    Facts are JSON values without content of answers or documents. The chain is locked until the
    transaction ends, so that two deeds never follow the same predecessor.
    """
    chain = str(case_id) if case_id else OFFICE
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(chain, 0))))
    head = session.scalar(
        select(Event.hash).where(Event.chain == chain).order_by(Event.id.desc()).limit(1)
    )
    event = Event(
        chain=chain,
        at=now,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        actor_name=by.actor.name,
        deed=deed,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        facts=facts,
        previous_hash=head or GENESIS,
    )
    event.hash = digest(event)
    session.add(event)
    session.flush()  # the next deed of this transaction must see this row as its predecessor
