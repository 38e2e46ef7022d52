"""Writing the trail: each deed calls `record` in its transaction; nothing here changes a row."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
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


def plain(fact: object) -> Any:
    """Return `fact` as a JSON value that the database gives back exactly as it was written.

    Ids, days and amounts become text. Floats are refused: they come back from JSONB changed, and
    the hash would not fit any more.
    """
    match fact:
        case None | bool() | int():
            return fact
        case str():
            return str(fact).replace("\0", "")
        case UUID() | Decimal():
            return str(fact)
        case date():
            return fact.isoformat()
        case Mapping():
            return {str(key): plain(value) for key, value in fact.items()}
        case Sequence() if not isinstance(fact, bytes | bytearray):
            return [plain(value) for value in fact]
    raise TypeError(f"not a fact for the trail: {fact!r}")


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

    Facts are values for JSON (see `plain`) without content of answers or documents; `for` among
    them names whom the actor represents. The chain is locked until the transaction ends, so that
    two deeds never follow the same predecessor.
    """
    if represented := by.actor.represents:
        facts["for"] = {"id": represented.id, "name": represented.name}
    chain = str(case_id) if case_id else OFFICE
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(chain, 0))))
    head = session.scalar(
        select(Event.hash).where(Event.chain == chain).order_by(Event.id.desc()).limit(1)
    )
    event = Event(
        chain=chain,
        at=now.astimezone(UTC),
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        actor_name=by.actor.name,
        deed=deed,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        facts=plain(facts),
        previous_hash=head or GENESIS,
    )
    event.hash = digest(event)
    session.add(event)
    session.flush()  # the next deed of this transaction must see this row as its predecessor
