"""Sources and slots: what a person sends, and the places where others receive it.

A source keeps a ring of its packets and knows its listeners. A slot is one m-line of a receiver
with one SSRC for the whole call: whoever is shown there, sequence numbers and timestamps run on.
Payload is never read beyond the question whether a picture starts here. Simulcast layers would be
further sources of the same person; a slot then changes its source on a keyframe, as it does now.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, RtcpSrPacket, clamp_packets_lost

from portal.media.adapter import BUFFER_SIZE, OUTBOUND, TRAILER_SIZE
from portal.media.feedback import BitrateCap, KeyframeRequests, LossTracker
from portal.media.offers import Codec, Section
from portal.media.packets import (
    RTP_HEADER,
    SEQUENCE,
    ExtensionWriter,
    Packet,
    newer,
    starts_keyframe,
)

RING_SIZE = {"video": 1024, "audio": 64}
KEYFRAME_PATIENCE = 3.0
REPAIR_CREDIT_MAX = 256.0
REPAIR_CREDIT_PER_PACKET = 0.5
PAYLOAD_MAX = BUFFER_SIZE - TRAILER_SIZE - 64


class PacketWriter(Protocol):
    """Whoever encrypts and sends what lies in the outbound buffer."""

    def send_rtp(self, length: int) -> None:
        """Send the RTP packet in the outbound buffer."""

    def send_rtcp(self, compound: bytes) -> None:
        """Send a compound RTCP packet."""


class Source:
    """One stream that a participant sends."""

    def __init__(self, section: Section, codec: Codec) -> None:
        self.kind = section.kind
        self.mid = section.mid
        self.codec = codec
        self.ssrc = section.ssrc
        self.repair_ssrc = section.repair_ssrc
        self.losses = LossTracker()
        self.keyframes = KeyframeRequests()
        self.cap = BitrateCap()
        self.slots: list[Slot] = []
        self.on_keyframe_wanted: Callable[[], None] | None = None
        self.last_arrival = float("-inf")
        self.received = 0
        self.bytes = 0
        self._ring: list[Packet | None] = [None] * RING_SIZE[section.kind]
        self._first = self._highest = self._cycles = 0
        self._expected_before = self._received_before = 0
        self._jitter = 0.0
        self._transit = 0.0
        self.clock: RtcpSenderInfo | None = None
        """The sender's last report: which of its timestamps belongs to which time."""
        self._clock_arrival = 0.0

    def packet(self, sequence: int) -> Packet | None:
        """Return a packet from the ring, if it is still there."""
        packet = self._ring[sequence % len(self._ring)]
        return packet if packet is not None and packet.sequence == sequence else None

    def on_packet(self, packet: Packet, *, now: float) -> list[int]:
        """Keep a packet, forward it at once, and return what to ask the sender for."""
        ring, sequence = self._ring, packet.sequence
        place = sequence % len(ring)
        known = ring[place]
        if known is not None and known.sequence == sequence:
            return []
        self._count(packet, now)
        lost = self.losses.add(sequence, now=now) if self.kind == "video" else []
        if self.slots and len(packet.payload) < PAYLOAD_MAX:
            ring[place] = packet
            for slot in self.slots:
                slot.forward(packet, now)
        return lost

    def _count(self, packet: Packet, now: float) -> None:
        # RFC 3550 appendix A.1 and A.8.
        sequence = packet.sequence
        if not self.received:
            self._first = self._highest = sequence
        elif newer(sequence, self._highest):
            if sequence < self._highest:
                self._cycles += 0x10000
            self._highest = sequence
        self.received += 1
        self.last_arrival = now
        self.bytes += len(packet.payload)
        transit = now * self.codec.clock_rate - packet.timestamp
        change = abs(transit - self._transit)
        self._transit = transit
        if change < self.codec.clock_rate * 5:
            self._jitter += (change - self._jitter) / 16

    def on_sender_report(self, info: RtcpSenderInfo, *, now: float) -> None:
        """Pass the sender's clock on, so that receivers keep lips and voice together."""
        self.clock, self._clock_arrival = info, now
        for slot in self.slots:
            slot.send_report(info)

    def report(self, *, now: float) -> RtcpReceiverInfo | None:
        """Return our reception report (RFC 3550 section 6.4.1), or None before any packet."""
        if not self.received or self.ssrc is None:
            return None
        highest = self._cycles + self._highest
        expected = highest - self._first + 1
        interval = expected - self._expected_before
        lost = interval - (self.received - self._received_before)
        self._expected_before, self._received_before = expected, self.received
        fraction = max(0, min(255, (lost << 8) // interval)) if interval > 0 else 0
        clock, waited = self.clock, now - self._clock_arrival
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            packets_lost=clamp_packets_lost(expected - self.received),
            highest_sequence=highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            lsr=clock.ntp_timestamp >> 16 & 0xFFFFFFFF if clock else 0,
            dlsr=int(waited * 65536) & 0xFFFFFFFF if clock else 0,
        )

    def attach(self, slot: "Slot") -> None:
        """Add a listener; a picture has to start anew for it."""
        self.slots.append(slot)
        self.request_keyframe()

    def request_keyframe(self) -> None:
        """Note that a receiver cannot show a picture without a new start, and ask if it is time."""
        self.keyframes.want()
        if self.on_keyframe_wanted is not None:
            self.on_keyframe_wanted()

    def detach(self, slot: "Slot") -> None:
        """Remove a listener, and with the last one everything kept for repair."""
        self.slots.remove(slot)
        self.cap.forget(slot.ssrc)
        if not self.slots:
            self._ring = [None] * len(self._ring)


class Slot:
    """One m-line on which a participant receives, whoever is shown there."""

    def __init__(self, section: Section, writer: PacketWriter, *, cname: str) -> None:
        self.kind = section.kind
        self.mid = section.mid
        self.cname = cname
        self.ssrc = secrets.randbits(32)
        self.repair_ssrc = secrets.randbits(32)
        self.source: Source | None = None
        self.forwarded = self.repaired = self.octets = 0
        self.fraction_lost = 0.0
        self.round_trip: float | None = None
        self._codecs = section.codecs
        self._writer = writer
        self._extensions = ExtensionWriter(
            abs_send_time_id=section.abs_send_time_id, audio_level_id=section.audio_level_id
        )
        self._codec: Codec | None = None
        self._waiting_until = 0.0
        self._based = False
        self._base = self._shift = self._time_shift = 0
        self._next_sequence = secrets.randbits(15)
        self._last_timestamp = secrets.randbits(31)
        self._last_sent = 0.0
        self._repair_sequence = secrets.randbits(15)
        self._repair_credit = REPAIR_CREDIT_MAX
        self._report_times: dict[int, float] = {}

    @property
    def waiting(self) -> bool:
        """Tell whether a picture has been promised and none started yet."""
        return self.source is not None and self._codec is not None and not self._based

    def show(self, source: Source | None) -> None:
        """Switch to another source, or to none."""
        if source is self.source:
            return
        if self.source is not None:
            self.source.detach(self)
        self.source = source
        self._based = False
        self._waiting_until = 0.0
        self._codec = None
        if source is not None:
            matching = (codec for codec in self._codecs if codec.matches(source.codec))
            self._codec = next(matching, None)
            source.attach(self)

    def forward(self, packet: Packet, now: float) -> None:
        """Rewrite a packet's header for this receiver and send it."""
        codec = self._codec
        if codec is None:
            return
        sequence = packet.sequence
        if not self._based:
            if not self._may_start(packet, now):
                return
            self._rebase(packet, now)
        elif (sequence - self._base) & 0xFFFF >= 0x8000:
            # From before the picture that this receiver was let in with.
            return
        elif (sequence - self._base) & 0xFFFF > 0x3FFF:
            self._base = (sequence - 0x2000) & 0xFFFF
        own = (sequence + self._shift) & 0xFFFF
        self._write(packet, packet.marker | codec.payload_type, own, self.ssrc, b"")
        if newer(own, self._next_sequence - 1 & 0xFFFF):
            self._next_sequence = own + 1 & 0xFFFF
            self._last_timestamp = packet.timestamp + self._time_shift & 0xFFFFFFFF
            self._last_sent = now
        self.forwarded += 1
        self.octets += len(packet.payload)
        if self._repair_credit < REPAIR_CREDIT_MAX:
            self._repair_credit += REPAIR_CREDIT_PER_PACKET

    def _may_start(self, packet: Packet, now: float) -> bool:
        if self.kind == "audio":
            return True
        if not self._waiting_until:
            self._waiting_until = now + KEYFRAME_PATIENCE
        elif now > self._waiting_until:
            # A torn picture is better than none if this encoder hides its keyframes from us.
            return True
        source = self.source
        if source is None or not starts_keyframe(source.codec.name, packet.payload):
            return False
        source.keyframes.satisfied()
        return True

    def _rebase(self, packet: Packet, now: float) -> None:
        # The receiver sees one stream: numbers go on by one, time by what has really passed.
        self._based = True
        self._base = packet.sequence
        self._shift = (self._next_sequence - packet.sequence) & 0xFFFF
        clock_rate = self._codec.clock_rate if self._codec else 1
        passed = int((now - self._last_sent) * clock_rate) if self._last_sent else 0
        timestamp = self._last_timestamp + max(1, passed)
        self._time_shift = (timestamp - packet.timestamp) & 0xFFFFFFFF
        if self.source is not None and self.source.clock is not None:
            # Without it lips and voice would be apart until the sender's next report.
            self.send_report(self.source.clock)

    def _write(
        self, packet: Packet, marker_and_type: int, sequence: int, ssrc: int, prefix: bytes
    ) -> None:
        extension = self._extensions.write(packet)
        view = OUTBOUND.view
        RTP_HEADER.pack_into(
            view,
            0,
            0x90 if extension else 0x80,
            marker_and_type,
            sequence,
            (packet.timestamp + self._time_shift) & 0xFFFFFFFF,
            ssrc,
        )
        tail = extension + prefix + packet.payload
        length = 12 + len(tail)
        view[12:length] = tail
        self._writer.send_rtp(length)

    def repair(self, lost: Iterable[int]) -> None:
        """Send lost packets again from the ring, as RFC 4588 section 4 has it if negotiated."""
        source, codec = self.source, self._codec
        if source is None or codec is None or not self._based:
            return
        for sequence in lost:
            own = sequence & 0xFFFF
            packet = source.packet((own - self._shift) & 0xFFFF)
            if packet is None or self._repair_credit < 1:
                continue
            if (packet.sequence - self._base) & 0xFFFF >= 0x8000:
                continue
            self._repair_credit -= 1
            self.repaired += 1
            if codec.repair_type is None:
                self._write(packet, packet.marker | codec.payload_type, own, self.ssrc, b"")
                continue
            marker_and_type = packet.marker | codec.repair_type
            prefix = SEQUENCE.pack(own)
            self._write(packet, marker_and_type, self._repair_sequence, self.repair_ssrc, prefix)
            self._repair_sequence = self._repair_sequence + 1 & 0xFFFF

    def send_report(self, info: RtcpSenderInfo) -> None:
        """Send the source's clock with this slot's timestamps and counts."""
        if not self._based:
            return
        report = RtcpSenderInfo(
            ntp_timestamp=info.ntp_timestamp,
            rtp_timestamp=(info.rtp_timestamp + self._time_shift) & 0xFFFFFFFF,
            packet_count=self.forwarded & 0xFFFFFFFF,
            octet_count=self.octets & 0xFFFFFFFF,
        )
        self._report_times[info.ntp_timestamp >> 16 & 0xFFFFFFFF] = time.monotonic()
        while len(self._report_times) > 4:
            del self._report_times[next(iter(self._report_times))]
        self._writer.send_rtcp(bytes(RtcpSrPacket(self.ssrc, report)))

    def on_report(self, report: RtcpReceiverInfo, *, now: float) -> None:
        """Take the receiver's view: loss, and the round trip of our last report."""
        self.fraction_lost = report.fraction_lost / 256
        sent = self._report_times.get(report.lsr)
        if sent is not None:
            # RFC 3550 section 6.4.1: arrival less LSR less DLSR.
            self.round_trip = max(0.0, now - sent - report.dlsr / 65536)
