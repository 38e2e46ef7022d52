"""Repeated NACK, throttled keyframe requests, transport-wide feedback, the cap."""

import random

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket, unpack_remb_fci

from portal.media import feedback
from portal.media.control import Control
from portal.media.feedback import (
    ArrivalLog,
    BitrateCap,
    KeyframeRequests,
    LossTracker,
    Weakness,
    status_chunks,
)
from portal.media.forwarding import Slot
from tests.media.test_forwarding import KEY, Wire, codec, feed, section, source


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_a_gap_is_asked_for_at_once_and_again_until_it_is_filled() -> None:
    losses = LossTracker()
    assert losses.add(65534, now=0) == []
    assert losses.add(2, now=0) == [65535, 0, 1]
    assert losses.due(now=0.01) == ([], False)
    assert losses.due(now=0.07) == ([65535, 0, 1], False)

    losses.add(0, now=0.08)
    assert losses.due(now=0.2) == ([65535, 1], False)


def test_what_stays_lost_is_given_up_once() -> None:
    losses = LossTracker()
    losses.add(1, now=0)
    losses.add(3, now=0)
    asked = 1
    for step in range(1, 20):
        again, given_up = losses.due(now=step * 0.1)
        asked += len(again)
        if given_up:
            break
    assert asked == feedback.NACK_ATTEMPTS
    assert not losses.waiting


def test_a_leap_that_no_repair_can_fill_is_not_asked_for() -> None:
    losses = LossTracker()
    losses.add(1, now=0)

    assert losses.add(5000, now=0) == []
    assert not losses.waiting


def test_after_a_leap_a_new_picture_is_asked_for_at_once(wire: Wire) -> None:
    """Given a sender whose path was dead: receivers would wait for seconds before they ask."""
    anna, slot = source(), Slot(section(codec(100)), wire, cname="slot")
    slot.show(anna)
    anna.keyframes.due(now=0)
    feed(anna, [1], KEY)
    feed(anna, [2])
    assert not anna.keyframes.due(now=1)
    feed(anna, [1000])
    assert anna.keyframes.due(now=1)


def test_one_keyframe_request_passes_in_300_ms_and_none_is_lost() -> None:
    requests = KeyframeRequests()
    passed = []
    for step in range(100):
        requests.want()
        if requests.due(now=step * 0.01):
            passed.append(step * 0.01)
    assert passed == [0.0, 0.3, 0.6, 0.9]
    assert requests.due(now=1.5)
    assert not requests.due(now=2.5)


def test_a_keyframe_that_came_meanwhile_ends_the_wish() -> None:
    requests = KeyframeRequests()
    requests.want()
    assert requests.due(now=0)
    requests.want()
    requests.satisfied()

    assert not requests.due(now=1)


def decode(compound: bytes) -> tuple[dict[int, int], int]:
    """Read feedback as the draft describes it: arrival in quarter milliseconds by number."""
    body = compound[4:]
    first, count = int.from_bytes(body[8:10], "big"), int.from_bytes(body[10:12], "big")
    reference, position = int.from_bytes(body[12:15], "big"), 16
    symbols: list[int] = []
    while len(symbols) < count:
        chunk = int.from_bytes(body[position : position + 2], "big")
        position += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        else:
            assert chunk & 0x4000
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
    arrivals, clock = {}, reference * 256
    for offset, symbol in enumerate(symbols[:count]):
        if symbol:
            clock += int.from_bytes(body[position : position + symbol], "big", signed=symbol == 2)
            position += symbol
            arrivals[(first + offset) & 0xFFFF] = clock
    assert len(compound) % 4 == 0
    assert 0 <= len(body) - position < 4
    return arrivals, body[15]


def test_feedback_tells_every_arrival_and_every_loss() -> None:
    chance, log, now = random.Random(7), ArrivalLog(), 12345.678
    told: dict[int, int] = {}
    sent: dict[int, float] = {}
    counts = []
    for number in range(65000, 65000 + 3000):
        now += chance.choice([0.0, 0.0001, 0.004, 0.09])
        if chance.random() < 0.9:
            sent[number & 0xFFFF] = now
            log.add(number & 0xFFFF, now)
        if number % 97 == 0:
            arrivals, count = decode(log.build(1, 2))
            told |= arrivals
            counts.append(count)
    told |= decode(log.build(1, 2))[0]

    assert told.keys() == sent.keys()
    assert all(abs(told[number] / 4000 - at) < 0.001 for number, at in sent.items())
    assert counts == list(range(len(counts)))


def test_reordered_arrivals_are_told_too() -> None:
    log = ArrivalLog()
    for number, now in [(10, 1.0), (12, 1.01), (11, 1.02)]:
        log.add(number, now)

    assert list(decode(log.build(1, 2))[0]) == [10, 11, 12]
    assert log.build(1, 2) == b""


def test_a_leap_does_not_make_an_endless_report() -> None:
    log = ArrivalLog()
    log.add(1, 1.0)
    log.add(30000, 1.1)

    arrivals, _ = decode(log.build(1, 2))
    assert list(arrivals) == [30000]


def test_long_runs_are_one_chunk() -> None:
    assert len(status_chunks([1] * 500)) == 2
    assert len(status_chunks([0, 1] * 7)) == 4


def test_the_cap_holds_only_while_an_estimate_falls() -> None:
    cap = BitrateCap()
    cap.report(1, 300_000, falling=False, now=0)
    assert cap.current(now=1) is None
    assert not cap.lift()

    cap.report(1, 200_000, falling=True, now=2)
    cap.report(2, 100_000, falling=True, now=3)
    assert cap.current(now=3) == 100_000
    cap.forget(2)
    assert cap.current(now=4) == 200_000
    cap.report(1, 250_000, falling=False, now=5)
    assert cap.current(now=5) == 250_000
    assert cap.current(now=13) is None
    assert cap.lift()
    assert not cap.lift()


def test_an_estimate_is_shared_by_what_each_picture_takes(wire: Wire) -> None:
    big, small = source(), source()
    slots = [Slot(section(codec(100)), wire, cname="slot0") for _ in range(2)]
    control = Control({}, {slot.ssrc: slot for slot in slots})
    for slot, shown in zip(slots, (big, small), strict=True):
        slot.show(shown)

    def estimate(bitrate: int, *, now: float) -> None:
        feed(big, range(int(now * 100), int(now * 100) + 30), KEY + bytes(88), now=now)
        feed(small, range(int(now * 100), int(now * 100) + 10), KEY + bytes(88), now=now)
        control.on_compound(feedback.remb(1, [2], bitrate), now=now)

    estimate(900_000, now=1)
    estimate(1_000_000, now=2)
    assert (big.cap.current(now=2), small.cap.current(now=2)) == (None, None)
    estimate(400_000, now=3)
    assert big.cap.current(now=3) == pytest.approx(300_000, rel=0.02)
    assert small.cap.current(now=3) == pytest.approx(100_000, rel=0.02)


@pytest.mark.parametrize(
    "compound",
    [
        b"",
        b"\x80",
        b"\x80\xc9\xff\xff",
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\xa0\xc9\x00\x01\x00\x00\x00\xff",
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\xff\x00\x00\x00",
        b"\x84\xce\x00\x02" + bytes(8),
        b"\x81\xcd\x00\x03" + bytes(8) + b"\x00",
        b"\x9f\xca\x00\x01" + bytes(4),
    ],
)
def test_rtcp_that_lies_is_ignored(compound: bytes) -> None:
    Control({}, {}).on_compound(compound, now=1)


def test_a_weak_way_is_noticed_after_seconds_and_its_end_later() -> None:
    weakness = Weakness()
    told = [(second, weakness.weak) for second in range(40) if weakness.note(loss_at(second))]
    assert told == [(12, True), (29, False)]


def loss_at(second: int) -> float:
    """Return the loss of a way that hiccups once and then fails for ten seconds."""
    return 0.5 if second == 3 or 10 <= second < 20 else 0.02


def test_packets_are_what_aiortc_reads() -> None:
    compound = feedback.nack(1, 2, [5, 6, 30]) + feedback.pli(1, 2) + feedback.remb(1, [2], 123_456)
    lost, picture, estimate = RtcpPacket.parse(compound)

    assert isinstance(lost, RtcpRtpfbPacket)
    assert lost.lost == [5, 6, 30]
    assert isinstance(picture, RtcpPsfbPacket)
    assert picture.fmt == 1
    assert isinstance(estimate, RtcpPsfbPacket)
    assert unpack_remb_fci(estimate.fci) == (123_456, [2])
