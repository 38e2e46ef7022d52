"""What the operator may know of this node: numbers per room, sums of the node, and its load.

Numbers go out as JSON and, without room ids, as Prometheus text (exposition format 0.0.4): a room
lives for an hour, so that a label for each would only grow. Nothing here names a person.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

from portal.media.people import Room

PREFIX = "portal_media"


class RoomNumbers(TypedDict):
    """One room; the loss and the round trip are those of its worst connection."""

    people: int
    connected: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    paused: int
    lost: float
    round_trip: float


class Load(TypedDict):
    """What Flask chooses nodes by (event `node`)."""

    node: str
    rooms: int
    people: int
    streams: int
    cpu: float
    loop_lag: float
    draining: bool


class Meter:
    """Measure the process between two readings."""

    def __init__(self) -> None:
        self.loop_lag = 0.0
        """How late the event loop was with its last tick, in seconds."""
        self.loop_lag_max = 0.0
        """The same, the worst since the last heartbeat."""
        self.cpu = 0.0
        """Cores used, smoothed."""
        self._process, self._wall = time.process_time(), time.monotonic()

    def tick(self, lag: float) -> None:
        """Note how late a tick was, and what the process has used since the one before."""
        self.loop_lag = lag
        self.loop_lag_max = max(self.loop_lag_max, lag)
        process, wall = time.process_time(), time.monotonic()
        if wall > self._wall:
            used = (process - self._process) / (wall - self._wall)
            self.cpu += (used - self.cpu) / 3
        self._process, self._wall = process, wall


def room_numbers(room: Room) -> RoomNumbers:
    """Count one room."""
    peers = [person.peer for person in room.people.values() if person.peer is not None]
    qualities = [peer.quality() for peer in peers]
    return RoomNumbers(
        people=len(room.people),
        connected=sum(peer.ready for peer in peers),
        packets_in=sum(peer.transport.packets_in for peer in peers),
        packets_out=sum(peer.transport.packets_out for peer in peers),
        bytes_in=sum(quality["bytes_in"] for quality in qualities),
        bytes_out=sum(quality["bytes_out"] for quality in qualities),
        paused=sum(len(peer.paused) for peer in peers),
        lost=max((quality["lost_out"] for quality in qualities), default=0.0),
        round_trip=max((quality["round_trip"] or 0.0 for quality in qualities), default=0.0),
    )


def load(rooms: Iterable[Room], meter: Meter, *, node: str, draining: bool) -> Load:
    """Return the load of this node; n people in a room are n times n - 1 streams to forward."""
    sizes = [len(room.people) for room in rooms]
    return Load(
        node=node,
        rooms=len(sizes),
        people=sum(sizes),
        streams=sum(size * (size - 1) for size in sizes),
        cpu=round(meter.cpu, 3),
        loop_lag=round(meter.loop_lag_max, 4),
        draining=draining,
    )


METRICS = (
    ("rooms", "gauge", "Rooms with people in them."),
    ("people", "gauge", "People with a place in a room."),
    ("connected", "gauge", "People whose media is connected."),
    ("streams", "gauge", "Streams to forward when everybody sends."),
    ("paused", "gauge", "Pictures that found no room on their receiver's path."),
    ("packets_in", "counter", "Media packets received."),
    ("packets_out", "counter", "Media packets sent."),
    ("bytes_in", "counter", "Bytes of media received."),
    ("bytes_out", "counter", "Bytes of media sent."),
    ("datagrams_ignored", "counter", "Datagrams that belonged to nobody."),
    ("lost_ratio", "gauge", "Share of packets that the worst connection lost lately."),
    ("round_trip_seconds", "gauge", "Round trip of the slowest connection."),
    ("cpu_cores", "gauge", "Processor cores in use."),
    ("loop_lag_seconds", "gauge", "How late the event loop was with its last tick."),
    ("events_pending", "gauge", "Events that the portal has not taken yet."),
    ("events_lost", "counter", "Events that were lost because the queue was full."),
    ("draining", "gauge", "1 while running talks are finished and no new ones begun."),
)


def exposition(values: Mapping[str, float], *, node: str) -> str:
    """Write values as Prometheus text; counters get their suffix."""
    return "\n".join(_lines(values, node)) + "\n"


def _lines(values: Mapping[str, float], node: str) -> Iterator[str]:
    label = node.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    for name, kind, text in METRICS:
        full = f"{PREFIX}_{name}" + ("_total" if kind == "counter" else "")
        yield f"# HELP {full} {text}"
        yield f"# TYPE {full} {kind}"
        yield (
            f'{full}{{node="{label}"}} {values[name]:g}'
            if kind == "gauge"
            else (f'{full}{{node="{label}"}} {int(values[name])}')
        )
