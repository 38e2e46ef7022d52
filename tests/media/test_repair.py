"""What losses do to a picture, on a clock that the test moves: no machine is too slow for it.

One leg loses one packet in twenty: of the picture, of the requests for what is missing, of what is
sent again. The receiver asks as the server does (`LossTracker`), which is how browsers do it, too.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable

import pytest

from portal.media.adapter import OUTBOUND
from portal.media.feedback import NACK_INTERVAL, LossTracker
from portal.media.forwarding import Slot
from portal.media.packets import Packet
from portal.media.sources import Source
from tests.media.test_forwarding import DELTA, KEY, codec, section, source

LOSS = 0.05
TRIP = 0.02
"""Seconds one way, on each leg."""
TIMER = 0.001
"""Seconds by which a timer is late."""
RATE, PACKETS = 25, 4
"""Pictures a second, and packets in each."""
SECONDS = 300
QUIET = 1.0
"""Seconds without losses, in which the picture starts."""
FROZEN = 0.3
"""The bar: in 99 of 100 seconds no picture stands for longer."""


class Talk:
    """One sender, the server between, one receiver; each leg loses what its number says."""

    def __init__(self, *, up: float, down: float) -> None:
        self.now = 0.0
        self.shown_at: list[float] = []
        """When each picture was there with everything before it."""
        self._up, self._down = up, down
        self._chance = random.Random(7)
        self._deeds: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._source: Source = source()
        self._slot = Slot(section(codec(100)), self, cname="slot0")
        self._slot.show(self._source)
        self._losses = LossTracker()
        self._timers = set[LossTracker]()
        self._missing, self._had = 0, set[int]()

    def run(self) -> None:
        """Let the talk take place."""
        for picture in range(SECONDS * RATE):
            for number in range(picture * PACKETS, (picture + 1) * PACKETS):
                self._at(picture / RATE, lambda number=number: self._send([number]))
        while self._deeds:
            self.now, _, deed = heapq.heappop(self._deeds)
            deed()

    def longest_in_each_second(self) -> list[float]:
        """Return for how long at most a picture stood that ended, or went on, in each second."""
        longest = [0.0] * (SECONDS + 1)
        for before, after in itertools.pairwise(self.shown_at):
            for second in range(int(before), min(int(after), SECONDS) + 1):
                longest[second] = max(longest[second], after - before)
        return longest[int(QUIET) : SECONDS]

    def _at(self, moment: float, deed: Callable[[], None]) -> None:
        heapq.heappush(self._deeds, (moment, next(self._order), deed))

    def _carry(self, loss: float, deed: Callable[[], None]) -> None:
        if self.now < QUIET or self._chance.random() >= loss:
            self._at(self.now + TRIP, deed)

    # The sender

    def _send(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._carry(self._up, lambda number=number: self._reach_server(number))

    # The server

    def _reach_server(self, number: int) -> None:
        body = (KEY if number < PACKETS else DELTA) + number.to_bytes(3, "big")
        timestamp = number // PACKETS * 90000 // RATE
        packet = Packet(number & 0xFFFF, timestamp, 0, body, b"", b"")
        self._ask_sender(self._source.on_packet(packet, now=self.now))

    def _ask_sender(self, lost: list[int]) -> None:
        if lost:
            self._carry(self._up, lambda: self._send(lost))
        self._ask_again(self._source.losses, self._ask_sender)

    def send_rtp(self, length: int) -> None:
        """Take what the slot sends: number in the stream, and number of the picture's packet."""
        sequence = int.from_bytes(OUTBOUND.view[2:4], "big")
        number = int.from_bytes(OUTBOUND.view[length - 3 : length], "big")
        self._carry(self._down, lambda: self._reach_receiver(sequence, number))

    def send_rtcp(self, compound: bytes) -> None:
        """Take reports, which nobody reads here."""

    # The receiver

    def _reach_receiver(self, sequence: int, number: int) -> None:
        self._ask_server(self._losses.add(sequence, now=self.now))
        self._had.add(number)
        while self._missing in self._had:
            self._had.remove(self._missing)
            self._missing += 1
            if self._missing % PACKETS == 0:
                self.shown_at.append(self.now)

    def _ask_server(self, lost: list[int]) -> None:
        if lost:
            self._carry(self._down, lambda: self._slot.repair(lost))
        self._ask_again(self._losses, self._ask_server)

    # Both, as a peer does it

    def _ask_again(self, losses: LossTracker, ask: Callable[[list[int]], None]) -> None:
        if losses.waiting and losses not in self._timers:
            self._timers.add(losses)
            self._at(self.now + NACK_INTERVAL + TIMER, lambda: self._repeat(losses, ask))

    def _repeat(self, losses: LossTracker, ask: Callable[[list[int]], None]) -> None:
        self._timers.remove(losses)
        lost, given_up = losses.due(now=self.now)
        assert not given_up
        ask(lost)


@pytest.mark.parametrize(("up", "down"), [(LOSS, 0.0), (0.0, LOSS)])
def test_one_packet_in_twenty_lost_on_one_leg_freezes_no_picture_for_long(
    up: float, down: float
) -> None:
    talk = Talk(up=up, down=down)
    talk.run()
    stood = talk.longest_in_each_second()
    assert len(talk.shown_at) > (SECONDS - 1) * RATE
    assert max(stood) > 3 / RATE, "something was lost"
    assert sum(it > FROZEN for it in stood) <= len(stood) / 100
