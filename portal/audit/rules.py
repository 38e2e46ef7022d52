"""How the rows of the trail hang together: the hash of a row, and the first one that does not fit.

Nothing here knows the database. The writer and the verifier compute the hash with one function.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

# C0, DEL, C1, the line and paragraph separators, the marks that turn the direction of writing
# (Unicode Technical Report 36), and halves of surrogate pairs, which are no text at all.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Return `text` with every character that could forge a line, a colour or an order shown.

    A control character becomes its picture (U+2400 …), any other its number: nothing is lost, and
    whatever prints the trail one day (a terminal, a table, a file) cannot be fooled by it.
    """
    return _HARMFUL.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def digest(
    *,
    chain: str,
    at: datetime,
    actor_kind: str,
    actor_id: str,
    actor_name: str,
    deed: str,
    subject_kind: str,
    subject_id: str,
    facts: Mapping[str, Any],
    previous_hash: str,
) -> str:
    """Return the SHA-256 over the canonical JSON of a row and the hash before it; `at` in UTC."""
    content = [
        chain,
        at.isoformat(),
        actor_kind,
        actor_id,
        actor_name,
        deed,
        subject_kind,
        subject_id,
        facts,
        previous_hash,
    ]
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


class Flaw(StrEnum):
    """What is wrong with a row."""

    CHANGED = "changed"
    """Its own hash does not fit its content."""
    DISPLACED = "displaced"
    """It does not follow from the row before, which is missing, moved or another one."""
    MISSING = "missing"
    """An anchor names it and it is gone."""
    REWRITTEN = "rewritten"
    """It is whole and another one than the anchor names: its chain was written anew."""


@dataclass(frozen=True)
class Break:
    """A row that does not fit; `at` is when its deed was done, where that can be read."""

    chain: str
    event_id: int
    flaw: Flaw
    at: datetime | None = field(default=None, compare=False)


@dataclass
class Findings:
    """What a walk through the trail has seen."""

    events: int = 0
    chains: int = 0
    broken: set[str] = field(default_factory=set)
    first: Break | None = None

    def note(self, found: Break) -> None:
        """Remember the chain, and the row if it is the earliest so far."""
        self.broken.add(found.chain)
        if self.first is None or found.event_id < self.first.event_id:
            self.first = found


# id, hash, then what `digest` takes in its order, with the facts as text; a time that no `datetime`
# holds is None. Whatever somebody wrote into a row, the verifier names it and goes on.
Row = tuple[int, str, str, datetime | None, str, str, str, str, str, str, str, str]


def follow(rows: Iterable[Row], findings: Findings) -> None:
    """Walk `rows`, ordered by chain and id, and note the first bad row of each chain."""
    chain, last, whole = None, GENESIS, True
    for row in rows:
        findings.events += 1
        if row[2] != chain:
            chain, last, whole = row[2], GENESIS, True
            findings.chains += 1
        if whole and (flaw := _flaw_of(row, last)):
            findings.note(Break(chain, row[0], flaw, row[3]))
            whole = False
        last = row[1]


def _flaw_of(row: Row, last: str) -> Flaw | None:
    _, hash, chain, at, kind, actor, name, deed, subject, subject_id, facts, previous = row
    if previous != last:
        return Flaw.DISPLACED
    if at is None or (known := _read(facts)) is None:
        return Flaw.CHANGED
    right = digest(
        chain=chain,
        at=at.astimezone(UTC),
        actor_kind=kind,
        actor_id=actor,
        actor_name=name,
        deed=deed,
        subject_kind=subject,
        subject_id=subject_id,
        facts=known,
        previous_hash=previous,
    )
    return None if hash == right else Flaw.CHANGED


def _read(facts: str) -> dict[str, Any] | None:
    if facts == "{}":  # as in most rows
        return {}
    try:
        known: dict[str, Any] = json.loads(facts)
    except (ValueError, TypeError, RecursionError):
        return None
    return known
