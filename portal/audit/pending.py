"""The deeds of a transaction that its end writes down.

A deed locks the chain it is appended to, and the lock holds until the transaction ends. Written at
once it would be held while the deed goes on and waits for rows; whoever has locked those rows and
then records would wait for the chain: a deadlock. So chains are locked last, in one order, when
nothing else is waited for any more. Whoever reads deeds before (`select(Event)`) has them written
first, as with any other row of the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, event, insert, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from portal.audit.models import Event
from portal.audit.rules import GENESIS, digest

_KEY = "audit.pending"
_CHAINS = bindparam("chains", type_=ARRAY(Text))

# Rows of `unnest` come in the order of the array, and so do the locks.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(chain, 0)) FROM unnest(:chains) AS chain"
).bindparams(_CHAINS)
_HEADS = text(
    "SELECT chain, (SELECT hash FROM audit_events WHERE audit_events.chain = asked.chain"
    " ORDER BY id DESC LIMIT 1) AS hash FROM unnest(:chains) AS asked (chain)"
).bindparams(_CHAINS)


@dataclass
class Pending:
    """The deeds of one transaction, how many of them are rows, and where its savepoints began."""

    deeds: list[dict[str, Any]] = field(default_factory=list)
    written: int = 0
    savepoints: list[tuple[int, int]] = field(default_factory=list)

    @property
    def unwritten(self) -> list[dict[str, Any]]:
        """Return the deeds that are no rows yet, in the order they were done."""
        return self.deeds[self.written :]

    def mark(self) -> tuple[int, int]:
        """Return where a savepoint stands that begins now, or keeps all that came since."""
        return len(self.deeds), self.written

    def end_savepoint(self) -> None:
        """Forget what the last savepoint did not keep; what it wrote is written once more."""
        count, self.written = self.savepoints.pop()
        del self.deeds[count:]


def of(session: Session) -> Pending:
    """Return what is recorded in the transaction of `session`."""
    pending: Pending = session.info.setdefault(_KEY, Pending())
    return pending


def append(session: Session, deed: dict[str, Any]) -> None:
    """Have `deed`, an `Event` but for its hashes, written when the transaction ends."""
    if not session.in_transaction():
        session.begin()  # else there would be nothing that a rollback ends
    of(session).deeds.append(deed)


def write(session: Session) -> None:
    """Lock the chains, then append each deed to the one before."""
    pending = of(session)
    new = pending.unwritten
    if not new:
        return
    session.flush()  # rows are waited for before chains, never after
    chains = sorted({deed["chain"] for deed in new})
    lock(session, chains)
    heads = {row.chain: row.hash for row in session.execute(_HEADS, {"chains": chains})}
    session.execute(insert(Event), [_chained(deed, heads) for deed in new])
    pending.written = len(pending.deeds)


def lock(session: Session, chains: Sequence[str]) -> None:
    """Let nobody else write to `chains` until this transaction ends."""
    session.execute(_LOCK, {"chains": chains})


def _chained(deed: dict[str, Any], heads: dict[str, str | None]) -> dict[str, Any]:
    content = {**deed, "previous_hash": heads[deed["chain"]] or GENESIS}
    heads[deed["chain"]] = hash = digest(**content)
    return {**content, "hash": hash}


@event.listens_for(Session, "before_commit")
def _write_last(session: Session) -> None:
    if not session.in_nested_transaction():
        write(session)


@event.listens_for(Session, "do_orm_execute")
def _write_before_reading(state: ORMExecuteState) -> None:
    waits = of(state.session).unwritten and state.is_select and state.is_orm_statement
    if waits and Event.__mapper__ in state.all_mappers:
        write(state.session)


@event.listens_for(Session, "after_transaction_create")
def _begin_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        pending = of(session)
        pending.savepoints.append(pending.mark())


@event.listens_for(Session, "after_commit")
def _keep_savepoint(session: Session) -> None:
    if session.in_nested_transaction():
        pending = of(session)
        pending.savepoints[-1] = pending.mark()


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        of(session).end_savepoint()
    elif transaction.parent is None:
        session.info.pop(_KEY, None)
