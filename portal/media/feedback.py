"""RTCP that keeps a stream whole and well fed: repeated NACK, PLI, transport-wide feedback, REMB.

Plain state and bytes, driven by the peer with the time as an argument: no sockets, no timers.
"""

from collections.abc import Iterable
from struct import Struct

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    pack_remb_fci,
    pack_rtcp_packet,
)

from portal.media.packets import newer

NACK_INTERVAL = 0.06
NACK_ATTEMPTS = 8
NACK_PENDING_MAX = 256

KEYFRAME_INTERVAL = 0.3

RTCP_RTPFB_TRANSPORT_WIDE = 15
FEEDBACK_PACKETS_MAX = 2000


def nack(own_ssrc: int, media_ssrc: int, lost: Iterable[int]) -> bytes:
    """Ask for lost packets (RFC 4585 section 6.2.1)."""
    return bytes(RtcpRtpfbPacket(RTCP_RTPFB_NACK, own_ssrc, media_ssrc, list(lost)))


def pli(own_ssrc: int, media_ssrc: int) -> bytes:
    """Ask for a keyframe (RFC 4585 section 6.3.1)."""
    return bytes(RtcpPsfbPacket(RTCP_PSFB_PLI, own_ssrc, media_ssrc))


def remb(own_ssrc: int, media_ssrcs: list[int], bitrate: int) -> bytes:
    """Cap a sender's bitrate (draft-alvestrand-rmcat-remb-03)."""
    return bytes(RtcpPsfbPacket(RTCP_PSFB_APP, own_ssrc, 0, pack_remb_fci(bitrate, media_ssrcs)))


class LossTracker:
    """Know which packets of a source are missing, and when to ask for them again.

    A lost request or a lost repair must not leave a hole, so each packet is asked for up to eight
    times. What stays lost is reported once, as a reason for a keyframe.
    """

    def __init__(self) -> None:
        self.highest: int | None = None
        self.torn = False
        """Whether the last arrival left a gap that no repair can fill."""
        self._missing: dict[int, list[float]] = {}

    @property
    def waiting(self) -> bool:
        """Tell whether anything is missing."""
        return bool(self._missing)

    def add(self, sequence: int, *, now: float) -> list[int]:
        """Note an arrival; return the packets to ask for at once."""
        self.torn = False
        highest = self.highest
        if highest is None or sequence == highest + 1 & 0xFFFF:
            self.highest = sequence
            return []
        if not newer(sequence, highest):
            self._missing.pop(sequence, None)
            return []
        self.highest = sequence
        gap = (sequence - highest - 1) & 0xFFFF
        if not gap:
            return []
        if gap + len(self._missing) > NACK_PENDING_MAX:
            # A source that restarts, or whose path was dead for a while.
            self._missing.clear()
            self.torn = True
            return []
        lost = [(highest + step) & 0xFFFF for step in range(1, gap + 1)]
        for missing in lost:
            self._missing[missing] = [now + NACK_INTERVAL, 1]
        return lost

    def forget(self) -> None:
        """Ask for nothing that is missing so far."""
        if self._missing:
            self._missing.clear()

    def due(self, *, now: float) -> tuple[list[int], bool]:
        """Return the packets to ask for again, and whether some were given up."""
        again: list[int] = []
        given_up: list[int] = []
        for sequence, entry in self._missing.items():
            if entry[0] > now:
                continue
            if entry[1] >= NACK_ATTEMPTS:
                given_up.append(sequence)
                continue
            entry[0] = now + NACK_INTERVAL
            entry[1] += 1
            again.append(sequence)
        for sequence in given_up:
            del self._missing[sequence]
        return again, bool(given_up)


class KeyframeRequests:
    """Let at most one request for a keyframe pass in 300 ms, and none get lost on the way."""

    def __init__(self) -> None:
        self._asked = float("-inf")
        self._wanted = False
        self.sent = 0

    def want(self) -> None:
        """Note that somebody needs a keyframe."""
        self._wanted = True

    def satisfied(self) -> None:
        """Note that a keyframe came."""
        self._wanted = False

    def due(self, *, now: float) -> bool:
        """Tell whether to ask now; the wish is kept until a later call may grant it."""
        if not self._wanted or now - self._asked < KEYFRAME_INTERVAL:
            return False
        self._asked = now
        self._wanted = False
        self.sent += 1
        return True


class ArrivalLog:
    """Collect arrivals and report them to the sender (RTPFB 15).

    draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1. With it Chromium's own
    estimator finds the bitrate within seconds; without it the picture stays poor for half a minute.
    """

    _HEAD = Struct("!LLHHL")

    def __init__(self) -> None:
        self._arrivals: dict[int, float] = {}
        self._last: int | None = None
        self._base: int | None = None
        self._count = 0

    def add(self, sequence: int, now: float) -> None:
        """Note the arrival of a transport-wide sequence number."""
        if self._last is None:
            unwrapped = sequence + 0x10000
        else:
            unwrapped = self._last + ((sequence - self._last + 0x8000) & 0xFFFF) - 0x8000
        if self._last is None or unwrapped > self._last:
            self._last = unwrapped
        if len(self._arrivals) < FEEDBACK_PACKETS_MAX:
            self._arrivals.setdefault(unwrapped, now)

    def build(self, own_ssrc: int, media_ssrc: int) -> bytes:
        """Return the feedback on everything since the last report, empty if nothing came."""
        arrivals, self._arrivals = self._arrivals, {}
        if not arrivals:
            return b""
        last = max(arrivals)
        first = min(arrivals)
        if self._base is not None and first > self._base > last - FEEDBACK_PACKETS_MAX:
            # Start where the last report ended, so that losses in between are told too.
            first = self._base
        if last - first >= FEEDBACK_PACKETS_MAX:
            first = last - FEEDBACK_PACKETS_MAX + 1
        self._base = last + 1
        return self._write(own_ssrc, media_ssrc, arrivals, first, last)

    def _write(
        self, own_ssrc: int, media_ssrc: int, arrivals: dict[int, float], first: int, last: int
    ) -> bytes:
        earliest = min(arrivals[seq] for seq in range(first, last + 1) if seq in arrivals)
        reference = int(earliest / 0.064)
        # Deltas count quarter milliseconds from the reference time, then from packet to packet.
        clock = reference * 256
        symbols: list[int] = []
        deltas = bytearray()
        for sequence in range(first, last + 1):
            arrival = arrivals.get(sequence)
            if arrival is None:
                symbols.append(0)
                continue
            ticks = int(arrival * 4000)
            delta = max(-0x8000, min(0x7FFF, ticks - clock))
            clock += delta
            small = 0 <= delta <= 0xFF
            symbols.append(1 if small else 2)
            deltas += delta.to_bytes(1 if small else 2, "big", signed=not small)
        body = self._HEAD.pack(
            own_ssrc,
            media_ssrc,
            first & 0xFFFF,
            len(symbols),
            (reference & 0xFFFFFF) << 8 | self._count,
        )
        self._count = (self._count + 1) & 0xFF
        body += status_chunks(symbols) + deltas
        # RFC 3550 section 6.4.1: RTCP is padded to 32 bits; here zeros are allowed as filling.
        return pack_rtcp_packet(RTCP_RTPFB, RTCP_RTPFB_TRANSPORT_WIDE, body + bytes(-len(body) % 4))


def status_chunks(symbols: list[int]) -> bytes:
    """Write packet states as run lengths where they repeat, as two-bit vectors elsewhere."""
    chunks = bytearray()
    position = 0
    while position < len(symbols):
        symbol = symbols[position]
        run = 1
        while position + run < len(symbols) and symbols[position + run] == symbol and run < 0x1FFF:
            run += 1
        if run >= 7 or position + run == len(symbols):
            chunks += (symbol << 13 | run).to_bytes(2, "big")
            position += run
            continue
        vector = symbols[position : position + 7]
        word = 0xC000
        for index, value in enumerate(vector):
            word |= value << (12 - 2 * index)
        chunks += word.to_bytes(2, "big")
        position += len(vector)
    return bytes(chunks)


class ReportedLoss:
    """The share of packets that a receiver lost, over a second at least.

    Browsers put a report into every feedback packet, so that a single one tells of a few packets.
    """

    WINDOW = 1.0
    PACKETS_MIN = 5

    def __init__(self) -> None:
        self.fraction = 0.0
        self._lost = self._expected = 0
        self._since: float | None = None

    def count(self, lost: int, expected: int, *, now: float) -> bool:
        """Add what a report says has passed since the one before; tell whether a window closed."""
        if self._since is None:
            self._since = now
        self._lost += lost
        self._expected += expected
        if now - self._since < self.WINDOW or self._expected < self.PACKETS_MIN:
            return False
        self.fraction = max(0.0, min(1.0, self._lost / self._expected))
        self._lost = self._expected = 0
        self._since = now
        return True


class Weakness:
    """Notice that a client's way to us loses too much for sound, and when that is over."""

    MUCH, LITTLE = 0.2, 0.1
    BEGIN, END = 3, 10
    """Seconds, one report each."""

    def __init__(self) -> None:
        self.weak = False
        self._reports = 0

    def note(self, fraction: float) -> bool:
        """Take the loss of one second; tell whether the verdict changed."""
        contrary = fraction < self.LITTLE if self.weak else fraction > self.MUCH
        self._reports = self._reports + 1 if contrary else 0
        if self._reports < (self.END if self.weak else self.BEGIN):
            return False
        self.weak, self._reports = not self.weak, 0
        return True


class BitrateCap:
    """Turn receivers' REMB into a cap for the sender, only while a path is congested.

    A receiver's estimate lags far behind a sender that ramps up, so relaying it as it is would
    hold the picture back for half a minute. Only a falling estimate tells of congestion.
    """

    HOLD = 10.0
    FLOOR = 60_000

    def __init__(self) -> None:
        self._caps: dict[int, tuple[int, float]] = {}
        self._told = False

    def report(self, receiver: int, share: int, *, falling: bool, now: float) -> None:
        """Take a receiver's estimate for this source, and whether its whole estimate fell."""
        if falling:
            self._caps[receiver] = (share, now + self.HOLD)
        elif receiver in self._caps:
            self._caps[receiver] = (share, self._caps[receiver][1])

    def forget(self, receiver: int) -> None:
        """Drop a receiver that left."""
        self._caps.pop(receiver, None)

    def current(self, *, now: float) -> int | None:
        """Return the smallest cap in force, or None."""
        self._caps = {key: cap for key, cap in self._caps.items() if cap[1] > now}
        if not self._caps:
            return None
        self._told = True
        return max(self.FLOOR, min(bitrate for bitrate, _ in self._caps.values()))

    def lift(self) -> bool:
        """Tell, once, that the sender has to be told of the end of its cap."""
        told, self._told = self._told, False
        return told
