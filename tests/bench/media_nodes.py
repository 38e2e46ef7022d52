"""How many media nodes 1,000 talks at once need, computed from what one stream costs.

A node is a process with one core. Talks come and go all day; when a room opens, the portal's own
rule puts it on a node (`portal.consultations.node_rules`), and it stays there to its end. The rule
knows each node as of its last heartbeat and what it was sent since, and takes every room for an
average one. So nodes are never evenly full, and one more must be there when one fails. Rooms of
many show small pictures (simulcast), which cost less than half.

    python -m tests.bench.media_nodes 0.009       (cores per forwarded 720p stream)
"""

import heapq
import itertools
import random
import sys
from dataclasses import dataclass, replace

from portal.consultations import node_rules
from portal.consultations.node_rules import FULL as CORE_SHARE
from portal.media.settings import Settings

CORE_SHARE_WORST = 0.9
"""How full the fullest node may be at the worst moment of the day."""
SMALL_PICTURES_FROM, SMALL_PICTURE = 5, 0.4
"""From how many people on pictures are small, and what such a stream costs of a large one."""
BITRATE = 2.2e6 + 40e3
SIZES = ((2, 0.80), (3, 0.14), (4, 0.04), (8, 0.02))
"""People in a talk and how often: officer and citizen, with interpreter or companion, groups."""
HEARTBEAT_MINUTES = Settings.model_fields["load_interval"].default / 60
ENTERING_MINUTES = node_rules.ENTERING.total_seconds() / 60
TALK_MINUTES = 30.0
DAYS_SIMULATED_MINUTES = 480.0


@dataclass(frozen=True)
class Result:
    """What a size of the fleet came to."""

    nodes: int
    """Nodes so that no room ever meets a full fleet, and one more for a failure."""
    streams: float
    """Streams at once, on average."""
    fullest: float
    """Share of its core that the fullest node used at the worst moment."""
    gigabits: float
    """Out of all nodes in a second, on average."""


def simulate(talks: int, *, core_per_stream: float, seed: int = 1) -> Result:
    """Find the smallest fleet on which every node stays under its share."""
    average = sum(weight(size) * share for size, share in SIZES)
    nodes = max(1, int(talks * average * core_per_stream / CORE_SHARE) + 1)
    while True:
        worst, streams = busiest(talks, nodes, core_per_stream=core_per_stream, seed=seed)
        if worst * core_per_stream <= CORE_SHARE_WORST:
            break
        nodes += max(1, nodes // 50)
    return Result(
        nodes=nodes + 1,
        streams=streams,
        fullest=worst * core_per_stream,
        gigabits=streams * BITRATE / 1e9,
    )


def weight(size: int) -> float:
    """Return the streams of a room, in large pictures."""
    return size * (size - 1) * (SMALL_PICTURE if size >= SMALL_PICTURES_FROM else 1.0)


class Fleet:
    """The nodes as they are, and as the portal knows them."""

    def __init__(self, nodes: int, *, core_per_stream: float) -> None:
        self.load = [0.0] * nodes
        """Streams on each."""
        self._rooms = [0] * nodes
        self._opened: list[list[float]] = [[] for _ in range(nodes)]
        """When rooms were sent to each that no heartbeat vouches for yet."""
        self._core_per_stream = core_per_stream
        self._ending: list[tuple[float, int, float]] = []
        self._known = [self._standing(node) for node in range(nodes)]
        # The nodes were started one after the other, so their heartbeats never come together.
        self._beats = itertools.count(1)
        self._step = HEARTBEAT_MINUTES / nodes
        self._next_beat = self._step

    def _standing(self, node: int) -> node_rules.Standing:
        return node_rules.Standing(
            id=f"{node:03}",
            load=self.load[node] * self._core_per_stream,
            lag=0.0,
            rooms=self._rooms[node],
            promised=len(self._opened[node]),
        )

    def pass_until(self, now: float) -> None:
        """Let talks end and nodes report themselves."""
        while self._next_beat <= now:
            self._end_until(self._next_beat)
            beat = next(self._beats)
            node = beat % len(self.load)
            since = self._next_beat - ENTERING_MINUTES
            self._opened[node] = [at for at in self._opened[node] if at > since]
            self._known[node] = self._standing(node)
            self._next_beat = (beat + 1) * self._step
        self._end_until(now)

    def _end_until(self, now: float) -> None:
        while self._ending and self._ending[0][0] <= now:
            _, node, streams = heapq.heappop(self._ending)
            self.load[node] -= streams
            self._rooms[node] -= 1

    def open_room(self, streams: float, *, now: float, until: float) -> int:
        """Put a room where the portal would, and return where."""
        known = node_rules.choose(self._known)
        node = int(known.id)
        self._opened[node].append(now)
        self._known[node] = replace(known, promised=len(self._opened[node]))
        self.load[node] += streams
        self._rooms[node] += 1
        heapq.heappush(self._ending, (until, node, streams))
        return node


def busiest(talks: int, nodes: int, *, core_per_stream: float, seed: int) -> tuple[float, float]:
    """Return the most streams any node ever had, and the average of all together."""
    chance = random.Random(seed)
    fleet = Fleet(nodes, core_per_stream=core_per_stream)
    now, worst, total, samples = 0.0, 0.0, 0.0, 0
    while now < DAYS_SIMULATED_MINUTES:
        # Little's law: so many talks at once need so many beginnings a minute.
        now += chance.expovariate(talks / TALK_MINUTES)
        fleet.pass_until(now)
        [size] = chance.choices([it for it, _ in SIZES], [it for _, it in SIZES])
        ends = now + chance.uniform(0.5, 1.5) * TALK_MINUTES
        node = fleet.open_room(weight(size), now=now, until=ends)
        if now > 2 * TALK_MINUTES:
            worst = max(worst, fleet.load[node])
            total += sum(fleet.load)
            samples += 1
    return worst, total / max(1, samples)


def main() -> int:
    """Print a small table."""
    core_per_stream = float(sys.argv[1]) if len(sys.argv) > 1 else 0.009
    write = sys.stdout.write
    write(f"{core_per_stream} cores per stream, nodes at {CORE_SHARE:.0%} of a core\n")
    for talks in (50, 200, 1000):
        found = simulate(talks, core_per_stream=core_per_stream)
        write(
            f"{talks:>6} talks: {found.nodes:>3} nodes, {found.streams:.0f} streams, "
            f"fullest node {found.fullest:.2f} core, {found.gigabits:.1f} Gbit/s each way\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
