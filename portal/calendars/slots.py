"""A free time as one word, and what a kind of appointment asks of a day: plain values."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from portal.core.clock import BERLIN

CELL = timedelta(minutes=5)
# A time and up to eight officers.
_KEY = re.compile(r"([0-9]{8}T[0-9]{4}Z)((?:\.[0-9a-f-]{36}){1,8})")


@dataclass(frozen=True)
class Pattern:
    """What a kind of appointment asks of a day, in minutes that are multiples of five."""

    duration: int
    buffer: int
    start_every: int
    buffer_before: int = 0


class Slot(NamedTuple):
    """A free time with the officer who would lead the talk, and those who would join.

    The room is no part of it: which one is given is decided when the time is taken, so a page of
    slots stays true while any room is free.
    """

    starts_at: datetime
    officer: UUID
    others: tuple[UUID, ...] = ()

    @property
    def officers(self) -> tuple[UUID, ...]:
        """Return everybody of the office in it, the one who leads first."""
        return (self.officer, *self.others)

    @property
    def key(self) -> str:
        """Return the slot as one word, for forms and addresses."""
        return ".".join([f"{self.starts_at:%Y%m%dT%H%MZ}", *map(str, self.officers)])

    @classmethod
    def read(cls, key: str) -> "Slot | None":
        """Return the slot that `key` names, or nothing when it is not written as `key` writes."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        try:
            starts_at = datetime.strptime(found[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
            officer, *others = (UUID(word) for word in found[2][1:].split("."))
        except ValueError:
            return None
        slot = cls(starts_at, officer, tuple(others))
        same_word = slot.key == key and len(set(slot.officers)) == len(slot.officers)
        return slot if same_word else None


def at_wall(day: date, wall: time) -> datetime:
    """Return the moment at which the clock of the office shows `wall` on `day`.

    A wall time that does not exist is read as RFC 5545 says, with the offset before the gap; one
    that comes twice means the first.
    """
    return datetime.combine(day, wall, BERLIN).astimezone(UTC)
