"""Writing the trail: each deed calls `record` in its transaction; nothing here changes a row."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from portal.audit import anchors, pending, queries
from portal.audit.anchors import Anchor
from portal.audit.models import ANCHORS, OFFICE, SYSTEM, Acting
from portal.audit.rules import visible


def plain(fact: object) -> Any:
    """Return `fact` as a JSON value that the database gives back exactly as it was written.

    Ids, days and amounts become text, and text loses its power over terminals (`visible`). Floats
    are refused: they come back from JSONB changed, and the hash would not fit any more.
    """
    match fact:
        case None | bool() | int():
            return fact
        case str():
            return visible(fact)
        case UUID() | Decimal():
            return str(fact)
        case date():
            return fact.isoformat()
        case Mapping():
            return {visible(str(key)): plain(value) for key, value in fact.items()}
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
    chain: str = OFFICE,
    **facts: Any,
) -> None:
    """Append one deed (`feature.verb_in_past`) to the chain of its case, or to `chain`.

    Facts are values for JSON (see `plain`) without content of answers or documents; `for` among
    them names whom the actor represents. The row is written when the transaction ends, or before
    by whoever reads deeds in it (`pending`).
    """
    if represented := by.actor.represents:
        facts["for"] = {"id": represented.id, "name": represented.name}
    pending.append(
        session,
        {
            "chain": str(case_id) if case_id else chain,
            "at": now.astimezone(UTC),
            "actor_kind": by.actor.kind,
            "actor_id": visible(by.actor.id),
            "actor_name": visible(by.actor.name),
            "deed": deed,
            "subject_kind": subject[0],
            "subject_id": visible(str(subject[1])),
            "facts": plain(facts),
        },
    )


def lock_anchors(session: Session) -> None:
    """Let nobody else write an anchor until this transaction ends."""
    pending.lock(session, [ANCHORS])


def anchor(
    session: Session,
    *,
    folder: Path,
    keys: Sequence[Ed25519PrivateKey],
    now: datetime,
) -> Anchor | None:
    """Write the heads that no sound anchor names yet into the next file; None without any.

    Call it first in a transaction: the file names committed rows only. It lies there before the
    trail says so; after a crash between the two, the next anchor goes on from it. Every file is
    read, because deeds become visible in another order than that of their ids, so "later than the
    last anchor" would miss some.
    """
    lock_anchors(session)
    moved = {head.event_id: head for head in queries.heads(session)}
    for known in anchors.inspect(folder, keys=keys).heads():
        if moved.get(known.event_id) == known:
            del moved[known.event_id]
    if all(head.chain == ANCHORS for head in moved.values()):
        return None
    made = anchors.write(folder, heads=moved.values(), keys=keys, now=now)
    record(
        session,
        deed="audit.anchored",
        subject=("anchor", str(made.number)),
        by=SYSTEM,
        now=now,
        chain=ANCHORS,
        sha256=made.sha256,
        heads=len(moved),
    )
    return made
