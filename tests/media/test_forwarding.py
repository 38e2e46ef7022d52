"""Sources and slots: one running stream for the receiver, whoever is shown."""

import tracemalloc

import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, RtpPacket

from portal.media.adapter import OUTBOUND
from portal.media.forwarding import Slot
from portal.media.offers import Codec, Section
from portal.media.packets import Packet
from portal.media.sources import Source

KEY, DELTA = b"\x10\x00", b"\x10\x01"


def codec(payload_type: int = 96, *, name: str = "vp8", repair_type: int | None = None) -> Codec:
    return Codec(name, name, 90000, payload_type, repair_type, (), "")


def section(*codecs: Codec, kind: str = "video", mid: str = "1") -> Section:
    return Section(kind, mid, "UDP/TLS/RTP/SAVPF", "sendonly", codecs, {}, 1111, 2222)


class Wire:
    """Collect what a slot sends."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []
        self.reports: list[bytes] = []

    def send_rtp(self, length: int) -> None:
        self.packets.append(RtpPacket.parse(bytes(OUTBOUND.view[:length])))

    def send_rtcp(self, compound: bytes) -> None:
        self.reports.append(compound)

    @property
    def sequences(self) -> list[int]:
        first = self.packets[0].sequence_number
        return [(packet.sequence_number - first) & 0xFFFF for packet in self.packets]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def slot(wire: Wire) -> Slot:
    return Slot(section(codec(100, repair_type=101), mid="5"), wire, cname="slot0")


def source(payload_type: int = 96) -> Source:
    return Source(section(codec(payload_type)), codec(payload_type))


def feed(
    to: Source, numbers: range | list[int], payload: bytes = DELTA, *, now: float = 1.0
) -> None:
    for number in numbers:
        to.on_packet(
            Packet(number & 0xFFFF, number * 3000 & 0xFFFFFFFF, 0, payload, b"", b""), now=now
        )


def test_a_picture_starts_with_a_keyframe(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    assert anna.keyframes.due(now=0)

    feed(anna, range(10, 13))
    assert wire.packets == []
    assert slot.waiting

    feed(anna, [13], KEY)
    feed(anna, [14, 15])
    assert wire.sequences == [0, 1, 2]
    assert {packet.ssrc for packet in wire.packets} == {slot.ssrc}
    assert {packet.payload_type for packet in wire.packets} == {100}
    assert wire.packets[0].payload == KEY


def test_an_encoder_that_hides_its_keyframes_is_shown_after_a_while(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [1], now=1)
    feed(anna, [2], now=2)
    assert wire.packets == []
    feed(anna, [3], now=4.5)
    assert len(wire.packets) == 1


def test_a_switch_runs_on_in_number_and_time(slot: Slot, wire: Wire) -> None:
    anna, ben = source(), source(120)
    slot.show(anna)
    feed(anna, [65534], KEY, now=1.0)
    feed(anna, [65535, 65536], now=1.1)
    slot.show(ben)
    feed(ben, [4000], KEY, now=1.6)
    feed(ben, [4001], now=1.7)
    feed(anna, [65537], now=1.8)

    assert wire.sequences == [0, 1, 2, 3, 4]
    assert {packet.ssrc for packet in wire.packets} == {slot.ssrc}
    passed = (wire.packets[3].timestamp - wire.packets[2].timestamp) & 0xFFFFFFFF
    assert passed == int(0.5 * 90000)
    assert not anna.slots
    assert ben.slots == [slot]


def test_numbers_run_on_behind_the_newest_though_an_older_one_came_last(
    slot: Slot, wire: Wire
) -> None:
    anna, ben = source(), source(120)
    slot.show(anna)
    feed(anna, [10], KEY)
    feed(anna, [11, 13, 12])
    slot.show(ben)
    feed(ben, [70], KEY)
    assert wire.sequences == [0, 1, 3, 2, 4]


def test_late_packets_keep_their_place_and_those_from_before_stay_out(
    slot: Slot, wire: Wire
) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [100], KEY)
    feed(anna, [103, 101, 99, 102, 101])

    assert wire.sequences == [0, 3, 1, 2]


def test_a_stream_outlives_the_wrapping_of_its_numbers(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [0], KEY)
    feed(anna, range(1, 70_000))

    assert wire.sequences == [number & 0xFFFF for number in range(70_000)]


def test_repair_comes_from_the_ring_under_its_own_ssrc(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [500], KEY)
    feed(anna, range(501, 510))
    lost = wire.packets[4]

    slot.repair([lost.sequence_number, (lost.sequence_number + 1000) & 0xFFFF])

    repair = wire.packets[-1]
    assert len(wire.packets) == 11
    assert (repair.ssrc, repair.payload_type) == (slot.repair_ssrc, 101)
    assert repair.payload == lost.sequence_number.to_bytes(2, "big") + lost.payload
    assert repair.timestamp == lost.timestamp


def test_without_rtx_the_packet_itself_is_sent_again(wire: Wire) -> None:
    plain = Slot(section(codec(100)), wire, cname="slot0")
    anna = source()
    plain.show(anna)
    feed(anna, [500], KEY)
    plain.repair([wire.packets[0].sequence_number])

    assert wire.packets[0].serialize() == wire.packets[1].serialize()


def test_a_receiver_cannot_ask_for_more_repair_than_it_earned(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [0], KEY)
    number = wire.packets[0].sequence_number
    slot.repair([number] * 10_000)

    assert slot.repaired < 300


def test_codecs_that_differ_are_not_forwarded(wire: Wire) -> None:
    other = Slot(section(codec(100, name="h264")), wire, cname="slot0")
    anna = source()
    other.show(anna)
    feed(anna, [1], KEY)

    assert wire.packets == []
    assert not other.waiting


def test_reports_shift_the_clock_and_measure_the_round_trip(slot: Slot, wire: Wire) -> None:
    anna = source()
    slot.show(anna)
    feed(anna, [10], KEY)
    anna.on_sender_report(RtcpSenderInfo(0x1234_5678_9ABC_DEF0, 30_000, 1, 1), now=5.0)

    assert int.from_bytes(wire.reports[0][16:20], "big") == wire.packets[0].timestamp
    for lost, highest, now in ((0, 100, 1e9), (0, 110, 1e9 + 0.1), (10, 140, 1e9 + 1.2)):
        report = RtcpReceiverInfo(slot.ssrc, 200, lost, highest, 0, 0x5678_9ABC, 0)
        slot.on_report(report, now=now)
    assert slot.fraction_lost == 0.25, "over a second, whatever single reports say"
    assert slot.round_trip is not None


def test_reception_reports_count_losses() -> None:
    anna = source()
    assert anna.report(now=0) is None
    feed(anna, [65533, 65534, 2, 3])
    report = anna.report(now=1)

    assert report is not None
    assert (report.packets_lost, report.highest_sequence) == (3, 0x10003)
    assert report.fraction_lost == 3 * 256 // 7
    again = anna.report(now=2)
    assert again is not None
    assert again.fraction_lost == 0


def test_who_sends_to_nobody_costs_no_memory() -> None:
    lonely = source()
    payload = DELTA + bytes(1000)
    feed(lonely, range(100), payload)
    tracemalloc.start()
    for number in range(5000):
        feed(lonely, [number], payload[:500] + number.to_bytes(4, "big") + payload[500:])
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert grown < 50_000
