"""Reading the trail: the deeds of a thing or a case, and whether the chains are whole."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.models import Event
from portal.audit.service import GENESIS, digest


def events_about(session: Session, *, kind: str, id: UUID | str) -> Sequence[Event]:
    """Return the deeds done to one thing, oldest first."""
    return session.scalars(
        select(Event)
        .where(Event.subject_kind == kind, Event.subject_id == str(id))
        .order_by(Event.id)
    ).all()


def latest_about(
    session: Session, *, kind: str, id: UUID | str, before: int | None = None, limit: int = 30
) -> Sequence[Event]:
    """Return the latest deeds done to one thing, newest first; `before` is an id to go on from."""
    older = [Event.id < before] if before is not None else []
    return session.scalars(
        select(Event)
        .where(Event.subject_kind == kind, Event.subject_id == str(id), *older)
        .order_by(Event.id.desc())
        .limit(limit)
    ).all()


def events_of_case(session: Session, *, case_id: UUID, limit: int = 200) -> Sequence[Event]:
    """Return the latest deeds of a case, newest first."""
    return session.scalars(
        select(Event).where(Event.chain == str(case_id)).order_by(Event.id.desc()).limit(limit)
    ).all()


@dataclass(frozen=True)
class BrokenChain:
    """The first row of a chain that does not follow from the one before."""

    chain: str
    event_id: int


@dataclass(frozen=True)
class Head:
    """The last row of a chain at some time, to be kept outside the database."""

    chain: str
    event_id: int
    hash: str


def heads(session: Session) -> Sequence[Head]:
    """Return the last row of every chain: what an anchor outside the database writes down."""
    last = select(func.max(Event.id)).group_by(Event.chain)
    found = session.execute(
        select(Event.chain, Event.id, Event.hash).where(Event.id.in_(last)).order_by(Event.chain)
    )
    return [Head(*row) for row in found]


def first_break(session: Session, *, anchors: Sequence[Head] = ()) -> BrokenChain | None:
    """Walk every chain; return the first row that was changed, moved or lost its predecessor.

    Rows cut off at the end of a chain leave no gap; only earlier `heads` kept elsewhere, given as
    `anchors`, show them.
    """
    missing = {anchor.event_id: anchor for anchor in anchors}
    every = select(Event).order_by(Event.id).execution_options(yield_per=1000)
    with closing(session.scalars(every)) as events:
        if broken := _first_break_in(events, missing):
            return broken
    lost = min(missing.values(), key=lambda anchor: anchor.event_id, default=None)
    return BrokenChain(lost.chain, lost.event_id) if lost else None


def _first_break_in(events: Iterable[Event], missing: dict[int, Head]) -> BrokenChain | None:
    """Follow the chains through `events` and strike each anchor that is found off `missing`."""
    last: dict[str, str] = {}
    for event in events:
        if event.previous_hash != last.get(event.chain, GENESIS) or event.hash != digest(event):
            return BrokenChain(event.chain, event.id)
        anchor = missing.get(event.id)
        if anchor and (anchor.chain, anchor.hash) == (event.chain, event.hash):
            del missing[event.id]
        last[event.chain] = event.hash
    return None
