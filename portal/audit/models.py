"""The table of deeds and what an actor is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import APPEND_ONLY, Model


@dataclass(frozen=True)
class Represented:
    """For whom a deed was done, as values that outlive the account and the power of attorney."""

    id: str
    name: str


@dataclass(frozen=True)
class Actor:
    """Who did it and, where it was for somebody else, for whom; values that outlive the account."""

    kind: str
    id: str
    name: str
    represents: Represented | None = None


class Acting(Protocol):
    """Whoever can do a deed: a citizen, a staff member, the system."""

    @property
    def actor(self) -> Actor:
        """Return the values to write down."""


@dataclass(frozen=True)
class System:
    """The house itself: what the clock and the queue do."""

    actor: Actor = Actor("system", "system", "System")


SYSTEM = System()

OFFICE = "office"
"""The chain of deeds without a case."""
ANCHORS = "anchors"
"""The chain of what was written outside the database, so that it does not count as news itself."""


class Event(Model):
    """One deed: who, what, on which thing, when. Rows are chained by their hashes.

    The role of the running portal has no right to change or delete a row (`core.grants`), and a
    trigger refuses it to everybody else (migration 0002).
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_chain", "chain", "id"),
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    chain: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    deed: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    facts: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str]
