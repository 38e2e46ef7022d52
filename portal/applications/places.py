"""Where an answer stands, and what is kept there."""

import secrets
import time
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from portal.applications.models import Source

Value = bool | int | str | list[str] | dict[str, Any]

APPLICANT = UUID(int=0)
LATER: dict[str, Any] = {"later": True}


class Place(NamedTuple):
    """The question, the row if it stands in a list, the owner if its section repeats."""

    question: str
    row: UUID | None = None
    owner: UUID | None = None

    @property
    def name(self) -> str:
        """Return the place as one word: question, row and owner between slashes."""
        return "/".join(str(part or "") for part in self)

    @classmethod
    def named(cls, name: str) -> "Place":
        """Return the place of such a word."""
        question, row, owner = name.split("/")
        return cls(question, UUID(row) if row else None, UUID(owner) if owner else None)


class Where(NamedTuple):
    """From where a condition is looked at: a row of a list, the part of one person."""

    group: str | None = None
    row: UUID | None = None
    per: str | None = None
    owner: UUID | None = None


NOWHERE = Where()


@dataclass(frozen=True)
class Kept:
    """An answer as it is stored: its value, its source, who gave it, and whether it was confirmed.

    `by` names somebody who is not the citizen; an answer from elsewhere counts as the citizen's own
    once it is confirmed.
    """

    value: Value
    source: Source = Source.TYPED
    by: str | None = None
    is_confirmed: bool = False

    @property
    def is_later(self) -> bool:
        """Tell whether the answer will follow."""
        return self.value == LATER

    @property
    def is_own(self) -> bool:
        """Tell whether the citizen has typed or confirmed it."""
        return self.source is Source.TYPED or self.is_confirmed


def new_row_id() -> UUID:
    """Draw the id of a new row (RFC 9562, version 7): it sorts by time.

    The page carries it, so that a second click on “save” is the same row.
    """
    head = time.time_ns() // 1_000_000
    return UUID(
        int=head << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
