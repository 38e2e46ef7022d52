"""One participant's media: the sources it sends, the seats it watches, and the RTCP for both.

The peer reads decrypted packets from its transport, hands media to sources and feedback to slots,
and reports back to the sending browser. Who sees whom is decided in `rooms`.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from aiortc.rtp import RtcpRrPacket

from portal.media.adapter import INBOUND, Certificate
from portal.media.answers import ServerSide, write_answer
from portal.media.control import Control
from portal.media.downlink import INFINITE, SOUND, Wish
from portal.media.echo import Echo
from portal.media.feedback import NACK_INTERVAL, ArrivalLog, Weakness, nack, pli, remb
from portal.media.forwarding import Slot
from portal.media.offers import Offer
from portal.media.packets import (
    MARKER_BIT,
    MID,
    PAYLOAD_TYPE_BITS,
    REPAIRED_RID,
    RID,
    RTP_HEADER,
    TRANSPORT_SEQUENCE,
    Malformed,
    Packet,
    extension_elements,
    find_element,
    payload_bounds,
    send_time,
)
from portal.media.sources import Publication, Source
from portal.media.transport import Transport

logger = logging.getLogger(__name__)

TICK = 0.1
LATEST_TICK = 0.5
"""Seconds after which one comes also to who sends nothing."""
REPORT_INTERVAL = 1.0
UNKNOWN_SSRCS_MAX = 64
CAP_LIFTED = 20_000_000
UNCAPPED_MARGIN = 1.5


@dataclass
class Seat:
    """A pair of slots in which one other person appears, or one slot for somebody's screen."""

    slots: dict[str, Slot]
    """By what is shown there: audio and video, or screen."""
    occupant: str | None = None

    @property
    def is_screen(self) -> bool:
        """Tell whether this seat is for shared screens."""
        return "screen" in self.slots

    @property
    def shown(self) -> str | None:
        """Return who or whose screen appears here, as pages name it."""
        return f"{self.occupant}#screen" if self.occupant and self.is_screen else self.occupant

    def show(self, occupant: str | None, published: Mapping[str, Publication]) -> None:
        """Let a person appear here, with whatever of sound and picture there is."""
        self.occupant = occupant
        for name, slot in self.slots.items():
            slot.show(published.get(name))


class Quality(TypedDict):
    """How a connection does; the numbers for the record."""

    bytes_in: int
    bytes_out: int
    lost_out: float
    round_trip: float | None
    protocol: str
    path_changes: int


@dataclass(frozen=True)
class Extensions:
    """The header extension ids under which this client sends."""

    mid: int
    rid: int
    repaired_rid: int
    transport_sequence: int
    audio_level: int


class Peer:
    """The media side of one participant."""

    def __init__(
        self,
        offer: Offer,
        certificate: Certificate,
        *,
        on_ready: Callable[[], None],
        on_failed: Callable[[], None],
        on_paused: Callable[[], None],
        on_uplink: Callable[[bool], None],
        wishes: dict[str, Wish] | None = None,
    ) -> None:
        self.offer = offer
        self.certificate = certificate
        """Ours in this connection; the process may have a newer one by now."""
        self.fragment = offer.fragment
        """The client's ICE user name fragment; a new one means an ICE restart."""
        self.ssrc = secrets.randbits(32)
        self.published = {name: Publication(it) for name, it in offer.publications().items()}
        """What the client sends, as audio, video and screen."""
        self.sources = [source for it in self.published.values() for source in it.layers]
        self._echo: Echo | None = None
        self.ready = False
        self.wishes = {} if wishes is None else wishes
        """How the client looks at whom or whose screen."""
        self.paused: list[str] = []
        """Whose picture this client has no room for."""
        self._on_ready, self._on_failed, self._on_paused = on_ready, on_failed, on_paused
        self._on_uplink = on_uplink
        self._uplink = Weakness()
        self.transport = Transport(
            certificate, offer.fingerprints, self, on_ready=self._start, on_failed=on_failed
        )
        self.seats = [
            Seat(
                {
                    name: Slot(
                        section, self.transport, cname=f"slot{index}", is_screen=name == "screen"
                    )
                    for name, section in seat.items()
                }
            )
            for index, seat in enumerate(offer.seats())
        ]
        self._slots_by_ssrc = {
            slot.ssrc: slot for seat in self.seats for slot in seat.slots.values()
        }
        self._by_ssrc = {it.ssrc: it for it in self.sources if it.ssrc is not None}
        self._by_repair_ssrc = {
            it.repair_ssrc: it for it in self.sources if it.repair_ssrc is not None
        }
        self._control = Control(self._by_ssrc, self._slots_by_ssrc)
        self._downlink = self._control.downlink
        for source in self.sources:
            source.on_keyframe_wanted = partial(self._ask_for_keyframe, source)
        self._unknown: set[int] = set()
        self._arrivals = ArrivalLog()
        self._ids = self._extension_ids()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._next_tick = self._next_report = INFINITE

    def _extension_ids(self) -> Extensions:
        # RFC 8843 section 9.1: in one bundle an id means one extension everywhere.
        ids: dict[str, int] = {}
        publications = list(self.offer.publications().values())
        for section in publications:
            ids.update(section.extensions)
        return Extensions(
            mid=ids.get(MID, 0),
            rid=ids.get(RID, 0),
            repaired_rid=ids.get(REPAIRED_RID, 0),
            transport_sequence=ids.get(TRANSPORT_SEQUENCE, 0),
            audio_level=max((it.audio_level_id for it in publications), default=0),
        )

    def answer(self, server: ServerSide) -> str:
        """Write the answer to the offer, with the newest credentials."""
        streams = {slot.mid: slot for seat in self.seats for slot in seat.slots.values()}
        return write_answer(
            self.offer, server, credentials=self.transport.ice.credentials, streams=streams
        )

    def stop(self) -> None:
        """Leave every seat, let nobody listen, stop the timers."""
        self.ready = False
        self._next_tick = INFINITE
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for seat in self.seats:
            seat.show(None, {})
        if self._echo is not None:
            self._echo.stop()
            self._echo = None
        for publication in self.published.values():
            for slot in list(publication.viewers):
                slot.show(None)

    def echo(self) -> Echo:
        """Return what comes back to this client in an echo room."""
        if self._echo is None:
            self._echo = Echo(self.published, self.offer.publications())
        return self._echo

    async def close(self) -> None:
        """Say goodbye."""
        self.stop()
        await self.transport.close()

    # From the network

    def on_rtp(self, length: int) -> None:
        """Take one decrypted packet out of the inbound buffer."""
        now = time.monotonic()
        view = INBOUND.view
        _, second, sequence, timestamp, ssrc = RTP_HEADER.unpack_from(view)
        try:
            start, end, position, length = payload_bounds(view, length)
        except Malformed:
            return
        if self._ids.transport_sequence:
            self._note_arrival(view, start, end, now)
        payload_type = second & PAYLOAD_TYPE_BITS
        source = self._by_ssrc.get(ssrc) or self._by_late_ssrc(ssrc, payload_type, start, end)
        if source is None:
            return
        codec = source.codec
        if payload_type == codec.repair_type:
            # RFC 4588 section 4: the original sequence number, then the original payload.
            sequence = view[position] << 8 | view[position + 1]
            position += 2
        elif payload_type not in (codec.payload_type, codec.redundancy_type):
            return
        if position >= length:
            # Padding only, with which Chromium probes the path.
            return
        is_sound = source.kind == "audio"
        packet = Packet(
            sequence,
            timestamp,
            second & MARKER_BIT,
            bytes(view[position:length]),
            send_time(now),
            find_element(view, start, end, self._ids.audio_level) if is_sound else b"",
            payload_type == codec.redundancy_type,
        )
        lost = source.on_packet(packet, now=now)
        if lost or now >= self._next_tick:
            self._attend(source, lost, now)

    def _note_arrival(self, view: memoryview, start: int, end: int, now: float) -> None:
        counter = find_element(view, start, end, self._ids.transport_sequence)
        if len(counter) == 2:
            self._arrivals.add(counter[0] << 8 | counter[1], now)

    def _by_late_ssrc(self, ssrc: int, payload_type: int, start: int, end: int) -> Source | None:
        known = self._by_repair_ssrc.get(ssrc)
        if known is not None:
            return known
        return self._introduce(ssrc, payload_type, extension_elements(INBOUND.view, start, end))

    def _ask_for_packets(self, source: Source, lost: list[int]) -> None:
        if lost and source.ssrc is not None:
            self.transport.send_rtcp(nack(self.ssrc, source.ssrc, lost))
        if source.losses.waiting:
            self._again("nack", NACK_INTERVAL, self._repeat_nacks)

    def _introduce(
        self, ssrc: int, payload_type: int, elements: Mapping[int, bytes]
    ) -> Source | None:
        """Find the source of an SSRC that the offer did not announce (RFC 8843 section 9.2)."""
        ids = self._ids
        mid, rid, repaired_rid = (
            elements.get(it, b"").decode("ascii", "replace")
            for it in (ids.mid, ids.rid, ids.repaired_rid)
        )
        for source in self.sources:
            if source.mid != mid:
                continue
            # RFC 8852 section 3.1: a repair says in an extension of its own which size it repairs.
            if (
                payload_type == source.codec.repair_type
                and source.repair_ssrc is None
                and source.rid in (repaired_rid, "")
            ):
                source.repair_ssrc = ssrc
                self._by_repair_ssrc[ssrc] = source
                return source
            if (
                payload_type in (source.codec.payload_type, source.codec.redundancy_type)
                and source.ssrc is None
                and source.rid in (rid, "")
            ):
                source.ssrc = ssrc
                self._by_ssrc[ssrc] = source
                return source
        self._note_unknown(ssrc)
        return None

    def _note_unknown(self, ssrc: int) -> None:
        # libsrtp keeps a context for every SSRC that it ever decrypted.
        self._unknown.add(ssrc)
        if len(self._unknown) > UNKNOWN_SSRCS_MAX:
            logger.warning("a client sent under too many SSRCs")
            self._unknown.clear()
            self._on_failed()

    def on_rtcp(self, compound: bytes) -> None:
        """Take one decrypted compound packet."""
        ssrc = int.from_bytes(compound[4:8], "big")
        if ssrc not in self._by_ssrc:
            self._note_unknown(ssrc)
        self._control.on_compound(compound, now=time.monotonic())

    # On the clock

    def _start(self) -> None:
        self.ready = True
        self._next_tick = self._next_report = time.monotonic()
        self._beat()
        self._on_ready()

    def _attend(self, source: Source, lost: list[int], now: float) -> None:
        if lost:
            self._ask_for_packets(source, lost)
        if now >= self._next_tick:
            self._tick(now)

    def _beat(self) -> None:
        self._again("beat", LATEST_TICK, self._beat)
        now = time.monotonic()
        if now >= self._next_tick:
            self._tick(now)

    def _again(self, name: str, delay: float, callback: Callable[[], None]) -> None:
        if name in self._timers or not self.ready:
            return

        def run() -> None:
            self._timers.pop(name, None)
            callback()

        self._timers[name] = asyncio.get_running_loop().call_later(delay, run)

    def _tick(self, now: float) -> None:
        # With a packet that came anyway: to be woken for it would cost more than all of this.
        self._next_tick = now + TICK
        media_ssrc = next(iter(self._by_ssrc), 0)
        arrivals = self._arrivals.build(self.ssrc, media_ssrc)
        if arrivals:
            self.transport.send_rtcp(arrivals)
        for publication in self.published.values():
            publication.measure(now=now)
        if self._echo is not None:
            self._echo.measure(now=now)
        for source in self.sources:
            awaited = source.candidates or any(slot.waiting for slot in source.slots)
            if awaited and now - source.last_arrival < 1:
                source.keyframes.want()
            self._ask_for_keyframe(source)
        self._downlink.tick(now=now)
        self.tell_paused()
        if now >= self._next_report:
            self._next_report = now + REPORT_INTERVAL
            self._send_reports(now)

    def _ask_for_keyframe(self, source: Source) -> None:
        if source.kind != "video" or source.ssrc is None or not self.ready:
            return
        if source.keyframes.due(now=time.monotonic()):
            self.transport.send_rtcp(pli(self.ssrc, source.ssrc))

    def _repeat_nacks(self) -> None:
        now = time.monotonic()
        for source in self.sources:
            lost, given_up = source.losses.due(now=now)
            if given_up:
                source.request_keyframe()
            self._ask_for_packets(source, lost)

    def _send_reports(self, now: float) -> None:
        reports = [report for it in self.sources if (report := it.report(now=now))]
        if not reports:
            return
        sound = self.published.get("audio")
        if sound is not None and self._uplink.note(sound.layers[0].fraction_lost):
            self._on_uplink(self._uplink.weak)
        compound = bytes(RtcpRrPacket(self.ssrc, reports))
        compound += self._cap(now)
        self.transport.send_rtcp(compound)

    def _cap(self, now: float) -> bytes:
        """Tell the sender how little its receivers have room for, and when that is over."""
        capped = {it: cap for it in self.sources if (cap := it.cap.current(now=now)) is not None}
        lifted = [it for it in self.sources if it not in capped and it.cap.lift()]
        if not capped and not lifted:
            return b""
        # An estimate is for the whole path; Chromium keeps the last one, so that the end of a cap
        # has to be told by a very high one.
        pictures = [it for it in self.sources if it.kind == "video" and it.ssrc is not None]
        uncapped = sum(it.bitrate * UNCAPPED_MARGIN for it in pictures if it not in capped)
        sound = SOUND if "audio" in self.published else 0
        total = int(sum(capped.values()) + uncapped + sound) if capped else CAP_LIFTED
        return remb(self.ssrc, [it.ssrc for it in pictures if it.ssrc is not None], total)

    def grant_wishes(self) -> None:
        """Bring wishes to the slots, after a wish or after people changed their seats."""
        now = time.monotonic()
        for seat in self.seats:
            for slot in seat.slots.values():
                if slot.kind == "video" and seat.shown is not None:
                    wish = self.wishes.get(seat.shown, Wish.HIGH)
                    self._downlink.wish(slot, wish, now=now)

    def tell_paused(self, *, again: bool = False) -> None:
        """Let the client know whose picture has no room, if that changed."""
        slots = self._downlink.paused
        paused = sorted(
            it.shown for it in self.seats if it.shown and not slots.isdisjoint(it.slots.values())
        )
        if paused != self.paused or (again and paused):
            self.paused = paused
            self._on_paused()

    def quality(self) -> Quality:
        """Return what the record wants to know about this connection."""
        slots = [slot for slot in self._slots_by_ssrc.values() if slot.source is not None]
        trips = [slot.round_trip for slot in slots if slot.round_trip is not None]
        path = self.transport.ice.selected
        return Quality(
            bytes_in=self.transport.bytes_in,
            bytes_out=self.transport.bytes_out,
            lost_out=max((slot.fraction_lost for slot in slots), default=0.0),
            round_trip=min(trips, default=None),
            protocol=path.protocol if path else "",
            path_changes=self.transport.ice.path_changes,
        )
