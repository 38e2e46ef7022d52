"""Slots: the places where a person receives what others send.

A slot is one m-line of a receiver with one SSRC for the whole call: whoever is shown there and in
which size, sequence numbers, timestamps and picture ids run on. Payload is never read beyond the
question whether a picture starts here and which number it has.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, RtcpSrPacket

from portal.media.adapter import OUTBOUND
from portal.media.feedback import ReportedLoss
from portal.media.offers import Codec, Section
from portal.media.packets import (
    PACKET_WRITERS,
    SEQUENCE,
    ExtensionWriter,
    Packet,
    flags,
    send_time,
    starts_keyframe,
)
from portal.media.pictures import PictureIds
from portal.media.redundancy import newest, renamed
from portal.media.sources import Source, Watcher

AHEAD = 0x3FFF
"""How far numbers run before the place they are counted from moves on."""
KEYFRAME_PATIENCE = 3.0
REPAIR_CREDIT_MAX = 256.0
REPAIR_CREDIT_PER_PACKET = 0.5


class Shown(Protocol):
    """What may be shown in a slot: a publication, or a source alone."""

    layers: Sequence[Source]
    viewers: list[Watcher]


class PacketWriter(Protocol):
    """Whoever encrypts and sends what lies in the outbound buffer."""

    def send_rtp(self, length: int) -> None:
        """Send the RTP packet in the outbound buffer."""

    def send_rtcp(self, compound: bytes) -> None:
        """Send a compound RTCP packet."""


class Slot:
    """One m-line on which a participant receives, whoever is shown there."""

    __slots__ = (
        "_base",
        "_based",
        "_codec",
        "_codecs",
        "_credited",
        "_extensions",
        "_first_timestamp",
        "_last",
        "_last_sent",
        "_loss",
        "_next_sequence",
        "_pictures",
        "_repair_credit",
        "_repair_sequence",
        "_report_times",
        "_reported",
        "_shift",
        "_time_shift",
        "_waiting_until",
        "_writer",
        "candidate",
        "cname",
        "forwarded",
        "is_screen",
        "kind",
        "mid",
        "octets",
        "repair_ssrc",
        "repaired",
        "round_trip",
        "shown",
        "source",
        "ssrc",
    )

    def __init__(
        self, section: Section, writer: PacketWriter, *, cname: str, is_screen: bool = False
    ) -> None:
        self.kind = section.kind
        self.is_screen = is_screen
        self.mid = section.mid
        self.cname = cname
        self.ssrc = secrets.randbits(32)
        self.repair_ssrc = secrets.randbits(32)
        self.shown: Shown | None = None
        """Whoever is promised here, with a picture at the moment or without."""
        self.source: Source | None = None
        """The stream that is forwarded, or awaited."""
        self.candidate: Source | None = None
        """Another size of it, to be taken over with its next keyframe."""
        self.forwarded = self.repaired = self.octets = 0
        self._loss = ReportedLoss()
        self._reported: tuple[int, int] | None = None
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
        self._first_timestamp = secrets.randbits(31)
        self._last: Packet | None = None
        self._last_sent = 0.0
        self._repair_sequence = secrets.randbits(15)
        self._repair_credit = REPAIR_CREDIT_MAX
        self._credited = 0
        self._report_times: dict[int, float] = {}
        self._pictures = PictureIds()

    @property
    def fraction_lost(self) -> float:
        """Return the share of packets that this receiver lost lately."""
        return self._loss.fraction

    @property
    def waiting(self) -> bool:
        """Tell whether a picture has been promised and none started yet."""
        return self.source is not None and self._codec is not None and not self._based

    def show(self, shown: Shown | None) -> None:
        """Switch to another person, or to nobody; begin with the smallest size."""
        if shown is self.shown:
            return
        if self.shown is not None:
            self.shown.viewers.remove(self)
        self.shown = shown
        if shown is not None:
            shown.viewers.append(self)
        self._let_go()
        self._take(shown.layers[0] if shown is not None else None)

    def aim(self, source: Source | None) -> None:
        """Come to another size of what is shown, without a gap, or pause."""
        if source is (self.candidate or self.source):
            return
        if self.candidate is not None:
            self.candidate.candidates.remove(self)
            self.candidate = None
        if source is self.source:
            return
        if source is None or self.source is None or not self._based:
            self._let_go()
            self._take(source)
            return
        self.candidate = source
        source.candidates.append(self)
        source.request_keyframe()

    def consider(self, candidate: Source, packet: Packet) -> None:
        """Come over to the candidate if a picture starts here."""
        if starts_keyframe(candidate.codec.name, packet.payload):
            self._let_go()
            self._take(candidate, at_keyframe=True)

    def _let_go(self) -> None:
        if self.candidate is not None:
            self.candidate.candidates.remove(self)
            self.candidate = None
        source = self.source
        if source is not None:
            if self._based and source.newest is not None:
                # Kept by the source and not here: one note a packet, not one for each receiver.
                self._last, self._last_sent = source.newest, source.last_arrival
                self._next_sequence = (source.newest.sequence + self._shift + 1) & 0xFFFF
            source.detach(self)
            self.source = None

    def _take(self, source: Source | None, *, at_keyframe: bool = False) -> None:
        self.source = source
        self._based = False
        self._waiting_until = 0.0
        self._codec = None
        if source is not None:
            matching = (codec for codec in self._codecs if codec.matches(source.codec))
            self._codec = next(matching, None)
            source.attach(self, at_keyframe=at_keyframe)

    def forward(self, packet: Packet, now: float) -> None:
        """Rewrite a packet's header for this receiver and send it."""
        codec = self._codec
        if codec is None:
            return
        # Written without calls for what nearly every packet is: a bit ahead of where it began, and
        # with what follows its header written already.
        is_usual = self._based and (packet.sequence - self._base) & 0xFFFF <= AHEAD
        if not is_usual and not self._admits(packet, now):
            return
        own = (packet.sequence + self._shift) & 0xFFFF
        payload_type = codec.payload_type
        if packet.redundant:
            packet, payload_type = self._reduced(packet, codec)
        extensions = self._extensions
        tail = packet.tail if packet.written_for == extensions.ids else extensions.tail(packet)
        if self._pictures.shifted:
            payload = self._pictures.rewrite(packet.payload)
            tail = tail[: len(tail) - len(payload)] + payload
        size = len(tail)
        timestamp = (packet.timestamp + self._time_shift) & 0xFFFFFFFF
        write, marked_type = PACKET_WRITERS[size], packet.marker | payload_type
        write(OUTBOUND.view, 0, packet.flags, marked_type, own, timestamp, self.ssrc, tail)
        self._writer.send_rtp(12 + size)
        self.forwarded += 1
        self.octets += len(packet.payload)

    def _admits(self, packet: Packet, now: float) -> bool:
        """Tell whether a packet belongs to what this receiver was let in with."""
        if not self._based:
            if not self._may_start(packet, now):
                return False
            self._rebase(packet, now)
            return True
        if (packet.sequence - self._base) & 0xFFFF >= 0x8000:
            return False
        self._base = (packet.sequence - AHEAD // 2) & 0xFFFF
        return True

    def _reduced(self, packet: Packet, codec: Codec) -> tuple[Packet, int]:
        """Return a packet with redundancy as this receiver takes it, and its payload type."""
        sent = self.source.codec if self.source is not None else codec
        if codec.redundancy_type is None:
            payload, payload_type = newest(packet.payload), codec.payload_type
        elif sent.payload_type == codec.payload_type:
            return packet, codec.redundancy_type
        else:
            payload = renamed(packet.payload, codec.payload_type)
            payload_type = codec.redundancy_type
        changed = Packet(
            packet.sequence,
            packet.timestamp,
            packet.marker,
            payload,
            packet.abs_send_time,
            packet.audio_level,
        )
        return changed, payload_type

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
        last, timestamp = self._last, self._first_timestamp
        if last is not None:
            passed = int((now - self._last_sent) * clock_rate)
            timestamp = last.timestamp + self._time_shift + max(1, passed)
            if self._codec is not None and self._codec.name == "vp8":
                self._pictures.run_on(last.payload, packet.payload)
        self._time_shift = (timestamp - packet.timestamp) & 0xFFFFFFFF
        if self.source is not None and self.source.clock is not None:
            # Without it lips and voice would be apart until the sender's next report.
            self.send_report(self.source.clock)

    def repair(self, lost: Iterable[int]) -> None:
        """Send lost packets again from the ring, as RFC 4588 section 4 has it if negotiated."""
        source, codec = self.source, self._codec
        if source is None or codec is None or not self._based:
            return
        stamp = send_time(time.monotonic())
        earned = (self.forwarded - self._credited) * REPAIR_CREDIT_PER_PACKET
        self._repair_credit = min(REPAIR_CREDIT_MAX, self._repair_credit + earned)
        self._credited = self.forwarded
        for sequence in lost:
            own = sequence & 0xFFFF
            packet = source.packet((own - self._shift) & 0xFFFF)
            if packet is None or self._repair_credit < 1:
                continue
            if (packet.sequence - self._base) & 0xFFFF >= 0x8000:
                continue
            self._repair_credit -= 1
            self.repaired += 1
            extension, payload = self._extensions.write(packet, stamp), packet.payload
            if self._pictures.shifted:
                payload = self._pictures.rewrite(payload)
            ssrc, payload_type, number = self.ssrc, codec.payload_type, own
            if codec.repair_type is not None:
                ssrc, payload_type, number = self._repair(codec.repair_type)
                payload = SEQUENCE.pack(own) + payload
            tail = extension + payload
            timestamp = (packet.timestamp + self._time_shift) & 0xFFFFFFFF
            write, marked_type = PACKET_WRITERS[len(tail)], packet.marker | payload_type
            write(OUTBOUND.view, 0, flags(extension), marked_type, number, timestamp, ssrc, tail)
            self._writer.send_rtp(12 + len(tail))

    def _repair(self, repair_type: int) -> tuple[int, int, int]:
        number, self._repair_sequence = self._repair_sequence, self._repair_sequence + 1 & 0xFFFF
        return self.repair_ssrc, repair_type, number

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

    def on_report(self, report: RtcpReceiverInfo, *, now: float) -> tuple[int, int]:
        """Take the receiver's view: loss, and the round trip of our last report.

        Return how many packets were lost of how many since the report before.
        """
        before = self._reported
        self._reported = (report.highest_sequence, report.packets_lost)
        expected = lost = 0
        if before is not None:
            expected = max(0, report.highest_sequence - before[0])
            lost = max(0, min(expected, report.packets_lost - before[1]))
            self._loss.count(lost, expected, now=now)
        sent = self._report_times.get(report.lsr)
        if sent is not None:
            # RFC 3550 section 6.4.1: arrival less LSR less DLSR.
            self.round_trip = max(0.0, now - sent - report.dlsr / 65536)
        return lost, expected
