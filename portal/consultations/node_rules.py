"""To which media node a new talk goes: the numbers, and the choice between what nodes said. No I/O.

`tests/bench/media_nodes.py` works out with this very rule how many nodes a number of talks needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

FULL = 0.7
"""Share of its core from which on a node gets a talk only when all others are full too."""
LATE = 0.010
"""Seconds by which a loop may be late before its node counts as full."""
ROOM = 0.022
"""Cores of an average room: 3.4 streams of 0.0065 (portal/media/README.md)."""
SMALL_ROOM = 0.013
"""Cores of the smallest one, of two people: so much each will need that is there, at least."""
ENTERING = timedelta(seconds=3)
"""From a ticket to its room in a heartbeat. Who was pinned so shortly before one is counted on."""


@dataclass(frozen=True)
class Standing:
    """What is known of a node: its last heartbeat, and what was sent there since."""

    id: str
    load: float
    lag: float
    rooms: int
    promised: int
    """Rooms that were pinned to it and are in no heartbeat yet."""
    is_open: bool = True

    @property
    def expected(self) -> float:
        """Return the share of its core that it will need.

        A room in which somebody waits costs nothing yet, and what has just begun is not measured.
        """
        return max(self.load, self.rooms * SMALL_ROOM) + self.promised * ROOM

    @property
    def is_full(self) -> bool:
        """Tell whether another node should get the next talk."""
        return self.expected >= FULL or self.lag >= LATE


def choose(standings: Sequence[Standing]) -> Standing:
    """Choose the least busy; if none takes talks, or all are full, a busy door beats none."""
    takers = [one for one in standings if one.is_open] or standings
    spare = [one for one in takers if not one.is_full] or takers
    return min(spare, key=lambda one: (one.expected, one.id))
