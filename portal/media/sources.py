"""Sources: what a person sends, kept for a moment for those who watch and for repair.

A source is one stream. A publication is what a person shows under one name, the camera say: one
source, or the same picture in several sizes (simulcast, RFC 8853), the smallest first. Where others
receive them is in `forwarding`; which size somebody gets is decided in `downlink`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, clamp_packets_lost

from portal.media.adapter import BUFFER_SIZE, TRAILER_SIZE
from portal.media.feedback import BitrateCap, KeyframeRequests, LossTracker
from portal.media.offers import Codec, Section, chosen_codec
from portal.media.packets import Packet

RING_SIZE = {"video": 1024, "audio": 64}
PAYLOAD_MAX = BUFFER_SIZE - TRAILER_SIZE - 64
ALIVE = 1.5
"""Seconds without a packet of any size after which nothing of a picture comes in."""
OFF_AFTER = 4
"""Measurements in which other sizes came and this did not, until it counts as switched off."""
SMOOTHING = 0.5
MEASURING_INTERVAL = 0.4


class Watcher(Protocol):
    """Whoever takes a source's packets: a slot."""

    ssrc: int

    @property
    def waiting(self) -> bool:
        """Tell whether a picture has been promised and none started yet."""

    @property
    def fraction_lost(self) -> float:
        """Return the share of packets that this receiver lost lately."""

    def forward(self, packet: Packet, now: float) -> None:
        """Take a packet."""

    def consider(self, candidate: "Source", packet: Packet) -> None:
        """Take over another size if a picture starts here."""

    def send_report(self, info: RtcpSenderInfo) -> None:
        """Take the sender's clock."""

    def show(self, shown: None) -> None:
        """Show nobody any more."""


class Source:
    """One stream that a participant sends."""

    def __init__(self, section: Section, codec: Codec, *, rid: str = "") -> None:
        self.kind = section.kind
        self.mid = section.mid
        self.rid = rid
        self.codec = codec
        self.layers: Sequence[Source] = (self,)
        """All sizes of the same picture, this one among them, the smallest first."""
        self.ssrc = section.ssrc
        self.repair_ssrc = section.repair_ssrc
        self.losses = LossTracker()
        self.keyframes = KeyframeRequests()
        self.cap = BitrateCap()
        self.slots: list[Watcher] = []
        """Where every packet goes."""
        self.candidates: list[Watcher] = []
        """Slots that show another size and come over with the next keyframe."""
        self.viewers: list[Watcher] = []
        """Slots that show this person, at the moment perhaps without a picture."""
        self.tap: Callable[[Packet, float], None] | None = None
        """Whoever else wants every packet."""
        self.on_keyframe_wanted: Callable[[], None] | None = None
        self.last_arrival = float("-inf")
        self.missed = 0
        """In how many measurements other sizes of the picture came and this did not."""
        self.received = 0
        self.bytes = 0
        self.bitrate = 0.0
        """Bits of payload in a second, smoothed."""
        self.fraction_lost = 0.0
        """The share of packets lost on the way here between the last two reports."""
        self._measured: tuple[int, Packet | None] = 0, None
        """How many bytes had come, and which packet was furthest on."""
        self._ring: list[Packet | None] = [None] * RING_SIZE[section.kind]
        self._first = self._highest = self._cycles = 0
        self.newest: Packet | None = None
        """The one that is furthest on."""
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
        lost = self._lost_before(sequence, now) if self.kind == "video" else []
        if self.candidates:
            for slot in tuple(self.candidates):
                slot.consider(self, packet)
        if self.tap is not None:
            self.tap(packet, now)
        elif not self.slots:
            # Nobody watches this size: what is lost of it is no loss.
            self.losses.forget()
            return []
        if len(packet.payload) < PAYLOAD_MAX:
            ring[place] = packet
            for slot in self.slots:
                slot.forward(packet, now)
            packet.forget_tail()
        return lost

    def _lost_before(self, sequence: int, now: float) -> list[int]:
        lost = self.losses.add(sequence, now=now)
        if self.losses.torn and self.slots:
            # Receivers would ask by themselves, after seconds without a picture.
            self.request_keyframe()
        return lost

    def measure(self, seconds: float) -> bool:
        """Bring the bitrate up to date; tell whether anything new, no mere repair, has come."""
        before, furthest = self._measured
        self._measured = self.bytes, self.newest
        rate = (self.bytes - before) * 8 / seconds
        self.bitrate += (rate - self.bitrate) * (SMOOTHING if self.bitrate else 1.0)
        return self.newest is not furthest

    def _count(self, packet: Packet, now: float) -> None:
        # RFC 3550 appendix A.1 and A.8.
        sequence = packet.sequence
        ahead = (sequence - self._highest) & 0xFFFF
        if not self.received:
            self._first = self._highest = sequence
            self.newest = packet
        elif 0 < ahead < 0x8000:
            if sequence < self._highest:
                self._cycles += 0x10000
            self._highest = sequence
            self.newest = packet
        self.received += 1
        self.last_arrival = now
        self.bytes += len(packet.payload)
        clock_rate = self.codec.clock_rate
        transit = now * clock_rate - packet.timestamp
        change = abs(transit - self._transit)
        self._transit = transit
        if change < clock_rate * 5:
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
        self.fraction_lost = fraction / 256
        if self.kind == "audio":
            # Opus protects speech as far as its sender knows of losses (RFC 7587 section 3.3), also
            # of those between here and whoever hears it worst.
            worst = max((slot.fraction_lost for slot in self.slots), default=0.0)
            fraction = max(fraction, min(255, int(worst * 256)))
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

    def attach(self, slot: Watcher, *, at_keyframe: bool = False) -> None:
        """Add a listener; a picture has to start anew for it, if it does not do so just now."""
        self.slots.append(slot)
        if not at_keyframe:
            self.request_keyframe()

    def request_keyframe(self) -> None:
        """Note that a receiver cannot show a picture without a new start, and ask if it is time."""
        self.keyframes.want()
        if self.on_keyframe_wanted is not None:
            self.on_keyframe_wanted()

    def detach(self, slot: Watcher) -> None:
        """Remove a listener, and with the last one everything kept for repair."""
        self.slots.remove(slot)
        self.cap.forget(slot.ssrc)
        if not self.slots:
            self._ring = [None] * len(self._ring)


def living(layers: Sequence[Source], *, now: float) -> list[Source]:
    """Return the sizes of a picture that its sender sends at the moment.

    A sender that was held up brings one size after the other: the first to come back is not taken
    for the only one.
    """
    if all(now - layer.last_arrival >= ALIVE for layer in layers):
        return []
    return [layer for layer in layers if layer.received and layer.missed < OFF_AFTER]


class Publication:
    """What a person sends under one name, in one size or in several."""

    def __init__(self, section: Section) -> None:
        codec = chosen_codec(section)
        self.layers: Sequence[Source] = tuple(
            Source(section, codec, rid=rid) for rid in section.rids or ("",)
        )
        for layer in self.layers:
            layer.layers = self.layers
        self.viewers: list[Watcher] = []
        self._measured = float("-inf")

    @property
    def kind(self) -> str:
        """Return audio or video."""
        return self.layers[0].kind

    @property
    def keyframes_sent(self) -> int:
        """Return how often a keyframe was asked for."""
        return sum(layer.keyframes.sent for layer in self.layers)

    def measure(self, *, now: float) -> None:
        """Bring up to date how much comes of each size; called every now and then."""
        if now - self._measured < MEASURING_INTERVAL:
            return
        came = [layer.measure(now - self._measured) for layer in self.layers]
        self._measured = now
        for layer, something in zip(self.layers, came, strict=True):
            if something:
                layer.missed = 0
            elif any(came):
                layer.missed += 1
