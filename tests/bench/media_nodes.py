"""How many media nodes 1,000 talks at once need, computed from what one stream costs.

A node is a process with one core. Talks come and go all day; when a room opens the portal puts it
on the node with the fewest streams, n times n - 1 for n people, and it stays there to its end. So
nodes are never evenly full, and one more must be there when one fails. Rooms of many show small
pictures (simulcast), which cost less than half.

    python -m tests.bench.media_nodes 0.009       (cores per forwarded 720p stream)
"""

import heapq
import random
import sys
from dataclasses import dataclass

CORE_SHARE = 0.7
"""How full a node's core may be on average."""
CORE_SHARE_WORST = 0.9
"""How full the fullest node may be at the worst moment of the day."""
SMALL_PICTURES_FROM, SMALL_PICTURE = 5, 0.4
"""From how many people on pictures are small, and what such a stream costs of a large one."""
BITRATE = 2.2e6 + 40e3
SIZES = ((2, 0.80), (3, 0.14), (4, 0.04), (8, 0.02))
"""People in a talk and how often: officer and citizen, with interpreter or companion, groups."""
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
        worst, streams = busiest(talks, nodes, seed=seed)
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


def busiest(talks: int, nodes: int, *, seed: int) -> tuple[float, float]:
    """Return the most streams any node ever had, and the average of all together."""
    chance = random.Random(seed)
    load = [0.0] * nodes
    ending: list[tuple[float, int, float]] = []
    now, worst, total, samples = 0.0, 0.0, 0.0, 0
    while now < DAYS_SIMULATED_MINUTES:
        # Little's law: so many talks at once need so many beginnings a minute.
        now += chance.expovariate(talks / TALK_MINUTES)
        while ending and ending[0][0] <= now:
            _, node, streams = heapq.heappop(ending)
            load[node] -= streams
        [size] = chance.choices([it for it, _ in SIZES], [it for _, it in SIZES])
        node = min(range(nodes), key=load.__getitem__)
        streams = weight(size)
        load[node] += streams
        heapq.heappush(ending, (now + chance.uniform(0.5, 1.5) * TALK_MINUTES, node, streams))
        if now > 2 * TALK_MINUTES:
            worst = max(worst, load[node])
            total += sum(load)
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
