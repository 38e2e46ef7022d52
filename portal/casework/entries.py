"""Entries of the time line, the places between them, and which part of it a page asks for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from flask_babel import LazyString, lazy_gettext
from sqlalchemy import ColumnElement, and_, false, or_, true

from portal.accounts.models import StaffMember
from portal.casefiles.models import Case

ON_ONE_PAGE = 50


class EntryKind(StrEnum):
    """What an entry is about; the value stands in the address of the filter."""

    APPLICATION = "antraege"
    DOCUMENT = "dokumente"
    REQUEST = "anforderungen"
    MESSAGE = "nachrichten"
    LETTER = "briefe"
    APPOINTMENT = "termine"
    CONTACT = "kontakte"
    NOTE = "notizen"
    QUESTION = "fachfragen"


NAMES: dict[EntryKind, LazyString] = {
    EntryKind.APPLICATION: lazy_gettext("Anträge"),
    EntryKind.DOCUMENT: lazy_gettext("Dokumente"),
    EntryKind.REQUEST: lazy_gettext("Anforderungen"),
    EntryKind.MESSAGE: lazy_gettext("Nachrichten"),
    EntryKind.LETTER: lazy_gettext("Briefe"),
    EntryKind.APPOINTMENT: lazy_gettext("Termine"),
    EntryKind.CONTACT: lazy_gettext("Kontakte"),
    EntryKind.NOTE: lazy_gettext("Notizen"),
    EntryKind.QUESTION: lazy_gettext("Fachfragen"),
}

RANK = {kind: place for place, kind in enumerate(EntryKind)}
"""In which order things of one moment stand."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `id` is that of the row, so that no two places are the same."""

    at: datetime
    kind: EntryKind
    id: UUID
    title: str
    href: str | None = None
    text: str | None = None
    who: str | None = None
    status: str | None = None
    tone: str = "neutral"

    @property
    def place(self) -> "Place":
        """Return where the entry stands in the line."""
        return Place(self.at, self.kind, self.id)


@dataclass(frozen=True)
class Place:
    """A place in the line: things of one moment stand in the order of kind and id."""

    at: datetime
    kind: EntryKind
    id: UUID

    @classmethod
    def read(cls, words: str) -> Self | None:
        """Return the place that an address names, or none for anything else."""
        moment, _, rest = words.partition("~")
        kind, _, id = rest.partition("~")
        try:
            at = datetime.fromisoformat(moment)
            found = cls(at, EntryKind(kind), UUID(id))
        except ValueError:
            return None
        return found if at.tzinfo is not None else None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.kind.value}~{self.id}"


@dataclass(frozen=True)
class Window:
    """Which part of the line is asked for: whose case, who asks, what comes after which place."""

    case: Case
    asker: StaffMember
    now: datetime
    after: Place | None = None
    limit: int = ON_ONE_PAGE + 1

    def holds(self, kind: EntryKind, at: Any, id: Any) -> ColumnElement[bool]:
        """Return the condition that a row with these columns lies behind the place."""
        if self.after is None:
            begun: ColumnElement[bool] = at <= self.now
            return begun
        rank, here = RANK[kind], RANK[self.after.kind]
        same = id > self.after.id if rank == here else true() if rank > here else false()
        return or_(at < self.after.at, and_(at == self.after.at, same))

    def shows(self, entry: Entry) -> bool:
        """Tell the same of an entry that is made already."""
        if self.after is None:
            return entry.at <= self.now
        mine = (RANK[entry.kind], entry.id)
        same = entry.at == self.after.at and mine > (RANK[self.after.kind], self.after.id)
        return entry.at < self.after.at or same
