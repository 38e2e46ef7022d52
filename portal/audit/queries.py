"""Reading the trail: the deeds of a thing or a case, and whether the chains are whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
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


def first_break(session: Session) -> BrokenChain | None:
    """Walk every chain; return the first row that was changed, moved or lost its predecessor."""
    heads: dict[str, str] = {}
    for event in session.scalars(
        select(Event).order_by(Event.id).execution_options(yield_per=1000)
    ):
        if event.previous_hash != heads.get(event.chain, GENESIS) or event.hash != digest(event):
            return BrokenChain(event.chain, event.id)
        heads[event.chain] = event.hash
    return None
