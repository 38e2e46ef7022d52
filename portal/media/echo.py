"""The echo room: what somebody sends comes back to them two seconds later, and nothing stays.

With it people try camera, microphone and network against the same server as in a talk. A room is an
echo room by its id, holds one person, and Flask is told nothing of it.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial

from portal.media.offers import Section
from portal.media.packets import Packet
from portal.media.sources import Publication, Source

PREFIX = "echo:"
DELAY = 2.0
LIMIT = 180.0
"""Seconds after which the rehearsal ends."""
BYTES_MAX = 2_000_000
"""What may be under way for one person; beyond it the oldest is lost."""


class Echo:
    """Everything one person publishes, again and later."""

    def __init__(self, published: Mapping[str, Publication], sections: Mapping[str, Section]):
        self._originals = [it for publication in published.values() for it in publication.layers]
        self.published = {name: Publication(sections[name]) for name in published}
        self._waiting: deque[tuple[float, Source, Packet]] = deque()
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        for name, publication in published.items():
            copies = self.published[name].layers
            for original, copy in zip(publication.layers, copies, strict=True):
                original.tap = partial(self._keep, copy)
                copy.on_keyframe_wanted = original.request_keyframe

    def stop(self) -> None:
        """Forget what is under way."""
        for original in self._originals:
            original.tap = None
        for publication in self.published.values():
            for slot in list(publication.viewers):
                slot.show(None)
        self._waiting.clear()
        self._bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def measure(self, *, now: float) -> None:
        """Bring up to date how much comes back; called every now and then."""
        for publication in self.published.values():
            publication.measure(now=now)

    @property
    def bytes_waiting(self) -> int:
        """Return the size of what is under way."""
        return self._bytes

    def _keep(self, copy: Source, packet: Packet, now: float) -> None:
        self._waiting.append((now + DELAY, copy, packet))
        self._bytes += len(packet.payload)
        while self._bytes > BYTES_MAX:
            _, _, lost = self._waiting.popleft()
            self._bytes -= len(lost.payload)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self._release)

    def _release(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, copy, packet = self._waiting.popleft()
            self._bytes -= len(packet.payload)
            copy.on_packet(packet, now=now)
        self._timer = loop.call_at(self._waiting[0][0], self._release) if self._waiting else None
