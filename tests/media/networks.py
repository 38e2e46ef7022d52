"""A bad network in user space: loss, delay and a narrow pipe between one client and the server.

For machines whose kernel has no `tc netem`. Every datagram of both directions goes through here;
chance is seeded, so that a run can be repeated.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import cast

Address = tuple[str, int]


@dataclass
class Direction:
    """One way of the path."""

    rate: float
    """Bits a second, headers of UDP and IP included."""
    loss: float
    delay: float
    """Seconds one way."""
    queue: float
    """Seconds of data that wait before the pipe drops."""
    chance: random.Random
    sent: int = 0
    lost: int = 0
    dropped: int = 0
    free_at: float = field(default=0.0)

    def due(self, size: int, *, now: float) -> float | None:
        """Return when a datagram arrives, or None if it never does."""
        self.sent += 1
        if self.chance.random() < self.loss:
            self.lost += 1
            return None
        start = max(now, self.free_at)
        if start - now > self.queue:
            self.dropped += 1
            return None
        self.free_at = start + (size + 28) * 8 / self.rate
        return self.free_at + self.delay


class BadPath(asyncio.DatagramProtocol):
    """Stand between one client and the server on a port of its own."""

    def __init__(
        self,
        server: Address,
        *,
        rate: float = 64_000,
        loss: float = 0.15,
        round_trip: float = 0.3,
        queue: float = 0.4,
        seed: int = 7,
    ) -> None:
        self.server, self.client = server, cast("Address | None", None)
        self._back: asyncio.DatagramTransport | None = None
        chance = random.Random(seed)
        self.up, self.down = (
            Direction(rate, loss, round_trip / 2, queue, chance) for _ in range(2)
        )

    async def open(self) -> int:
        """Open the client's side and return its port."""
        self.loop = asyncio.get_running_loop()
        self._front, _ = await self.loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        await self.move()
        port: int = self._front.get_extra_info("sockname")[1]
        return port

    async def move(self) -> None:
        """Come to the server from another address, as a phone does that leaves its Wi-Fi."""
        if self._back is not None:
            self._back.close()
        self._back, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Back(self), local_addr=("127.0.0.1", 0)
        )

    def cut(self) -> None:
        """Carry nothing any more."""
        self.up.loss = self.down.loss = 1.0

    def mend(self) -> None:
        """Carry everything again."""
        self.up.loss = self.down.loss = 0.0

    def close(self) -> None:
        """Close both sides."""
        self._front.close()
        if self._back is not None:
            self._back.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Carry a datagram of the client."""
        self.client = addr
        if self._back is not None:
            self._carry(self.up, self._back, data, self.server)

    def from_server(self, data: bytes) -> None:
        """Carry a datagram of the server."""
        if self.client is not None:
            self._carry(self.down, self._front, data, self.client)

    @staticmethod
    def _carry(
        way: Direction, transport: asyncio.DatagramTransport, data: bytes, to: Address
    ) -> None:
        loop = asyncio.get_running_loop()
        at = way.due(len(data), now=loop.time())
        if at is not None:
            loop.call_at(at, _deliver, transport, data, to)


def _deliver(transport: asyncio.DatagramTransport, data: bytes, to: Address) -> None:
    if not transport.is_closing():
        transport.sendto(data, to)


class _Back(asyncio.DatagramProtocol):
    def __init__(self, path: BadPath) -> None:
        self._path = path

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._path.from_server(data)
