"""RTP packets as the forwarder sees them: twelve header bytes, two extensions, opaque payload.

Pure functions and values over bytes; encryption, sockets and state live elsewhere.
"""

from collections.abc import Callable
from struct import Struct

# RFC 3550 section 5.1: flags, marker and type, sequence number, timestamp, SSRC.
RTP_HEADER = Struct("!BBHLL")
EXTENSION_HEADER = Struct("!HH")


class _Writers(dict[int, Callable[..., None]]):
    """How a fixed header is written with so many bytes behind it, in one step."""

    def __missing__(self, size: int) -> Callable[..., None]:
        write = self[size] = Struct(f"{RTP_HEADER.format}{size}s").pack_into
        return write


PACKET_WRITERS = _Writers()
SEQUENCE = Struct("!H")

RTP_VERSION_BITS = 0x80
PADDING_BIT = 0x20
EXTENSION_BIT = 0x10
CSRC_COUNT_BITS = 0x0F
MARKER_BIT = 0x80
PAYLOAD_TYPE_BITS = 0x7F

# RFC 8285 sections 4.2 and 4.3.
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000
TWO_BYTE_PROFILE_MASK = 0xFFF0

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_SEQUENCE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"


NOBODY = -1


class Packet:
    """One packet of a source, kept for forwarding and for repair."""

    __slots__ = (
        "abs_send_time",
        "audio_level",
        "flags",
        "marker",
        "payload",
        "redundant",
        "sequence",
        "tail",
        "timestamp",
        "written_for",
    )

    def __init__(  # noqa: PLR0917 - positional, for speed
        self,
        sequence: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        abs_send_time: bytes,
        audio_level: bytes,
        redundant: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.marker = marker
        """The marker bit in its place (0x80) or 0."""
        self.payload = payload
        self.abs_send_time = abs_send_time
        """When it was handed on, empty if nobody asked."""
        self.audio_level = audio_level
        self.redundant = redundant
        """Whether the payload is RED (RFC 2198)."""
        self.written_for = NOBODY
        """The ids under which `tail` is written: a whole room mostly uses the same."""
        self.tail = b""
        self.flags = RTP_VERSION_BITS

    def forget_tail(self) -> None:
        """Keep the payload once, and not a second time behind its extensions."""
        self.tail, self.written_for = b"", NOBODY


class Malformed(Exception):
    """The bytes are no RTP packet."""


def payload_bounds(view: memoryview, length: int) -> tuple[int, int, int, int]:
    """Return start and end of the extension elements, and start and end of the payload.

    The profile tells only how elements are written; it stands in the four bytes before them.
    """
    first = view[0]
    position = 12 + 4 * (first & CSRC_COUNT_BITS)
    start = end = position
    if first & EXTENSION_BIT:
        if position + 4 > length:
            raise Malformed
        start = position + 4
        end = start + 4 * ((view[position + 2] << 8) | view[position + 3])
        position = end
    if first & PADDING_BIT:
        length -= view[length - 1]
    if position > length:
        raise Malformed
    return start, end, position, length


def extension_elements(view: memoryview, start: int, end: int) -> dict[int, bytes]:
    """Return extension elements by id (RFC 8285); what is truncated is left out."""
    elements: dict[int, bytes] = {}
    if start == end:
        return elements
    one_byte = (view[start - 4] << 8 | view[start - 3]) == ONE_BYTE_PROFILE
    position = start
    while position < end:
        head = view[position]
        if head == 0:
            position += 1
            continue
        if one_byte:
            identifier, size = head >> 4, (head & 0x0F) + 1
            position += 1
            if identifier == 15:
                break
        else:
            if position + 2 > end:
                break
            identifier, size = head, view[position + 1]
            position += 2
        if position + size > end:
            break
        elements[identifier] = bytes(view[position : position + size])
        position += size
    return elements


def find_element(view: memoryview, start: int, end: int, wanted: int) -> bytes:
    """Return one extension element, empty if it is not there: the walk above without its dict.

    An id of 0 stands for none.
    """
    if start == end or not wanted:
        return b""
    if view[start - 4] != 0xBE or view[start - 3] != 0xDE:
        return extension_elements(view, start, end).get(wanted, b"")
    while start < end:
        head = view[start]
        if head > 0xEF:
            break
        following = start + 2 + (head & 0x0F) if head else start + 1
        if head >> 4 == wanted:
            return bytes(view[start + 1 : following]) if following <= end else b""
        start = following
    return b""


class ExtensionWriter:
    """Write the two forwarded extensions under the ids that one receiver asked for."""

    __slots__ = ("_level", "_send_time", "_send_time_and_level", "ids")

    def __init__(self, *, abs_send_time_id: int, audio_level_id: int) -> None:
        self.ids = abs_send_time_id << 4 | audio_level_id
        # RFC 8285 section 4.2: one-byte elements, id in the upper half, length less one below.
        profile = SEQUENCE.pack(ONE_BYTE_PROFILE)
        time_head = bytes([abs_send_time_id << 4 | 2]) if abs_send_time_id else b""
        level_head = bytes([audio_level_id << 4]) if audio_level_id else b""
        self._send_time = profile + b"\x00\x01" + time_head if time_head else b""
        self._level = profile + b"\x00\x01" + level_head if level_head else b""
        both = time_head and level_head
        self._send_time_and_level = (
            (profile + b"\x00\x02" + time_head, level_head) if both else None
        )

    def write(self, packet: Packet, sent_at: bytes) -> bytes:
        """Return the extension block for a packet, empty if there is nothing to say."""
        if packet.audio_level:
            if sent_at and self._send_time_and_level:
                head, level = self._send_time_and_level
                return head + sent_at + level + packet.audio_level + b"\x00\x00"
            if self._level:
                return self._level + packet.audio_level + b"\x00\x00"
        if sent_at and self._send_time:
            return self._send_time + sent_at
        return b""

    def tail(self, packet: Packet) -> bytes:
        """Return what follows a packet's fixed header: written once for all who use these ids."""
        if packet.written_for != self.ids:
            extension = self.write(packet, packet.abs_send_time)
            packet.tail = extension + packet.payload
            packet.flags = flags(extension)
            packet.written_for = self.ids
        return packet.tail


def flags(extension: bytes) -> int:
    """Return the first byte of a header before this extension block, or before none."""
    return RTP_VERSION_BITS | EXTENSION_BIT if extension else RTP_VERSION_BITS


def send_time(now: float) -> bytes:
    """Write a moment as abs-send-time: seconds as 6.18 fixed point (its own specification).

    Stamped here and not passed on, so that a receiver's estimate is about its own path from us and
    not about the clocks of several senders.
    """
    return (int(now * 0x40000) & 0xFFFFFF).to_bytes(3, "big")


def newer(left: int, right: int) -> bool:
    """Tell whether sequence number left comes after right, wrapping at 16 bits (RFC 1982)."""
    return left != right and (left - right) & 0xFFFF < 0x8000


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Tell whether a packet begins a picture that needs no other one to be shown."""
    if not payload:
        return False
    detect = KEYFRAME_DETECTORS.get(codec)
    # Without a detector a switch cannot wait for a keyframe; it has only asked for one.
    return detect is None or detect(payload)


def vp8_keyframe(payload: bytes) -> bool:
    """Read the payload descriptor (RFC 7741 section 4.2) and the P bit (section 4.3)."""
    first = payload[0]
    if first & 0x17 != 0x10:  # S bit set, partition index 0
        return False
    position = 1
    if first & 0x80 and len(payload) > 1:
        extensions = payload[1]
        position = 2
        if extensions & 0x80 and len(payload) > 2:
            position += 2 if payload[2] & 0x80 else 1
        position += bool(extensions & 0x40) + bool(extensions & 0x30)
    return position < len(payload) and not payload[position] & 0x01


def vp9_keyframe(payload: bytes) -> bool:
    """Look for the start of a frame that is not inter-picture predicted (RFC 9628 section 4.2)."""
    return payload[0] & 0x48 == 0x08


def h264_keyframe(payload: bytes) -> bool:
    """Look for a parameter set or an IDR slice (RFC 6184 sections 5.4 to 5.8)."""
    kind = payload[0] & 0x1F
    if kind == 24 and len(payload) > 3:  # STAP-A: size, then the first unit
        kind = payload[3] & 0x1F
    elif kind == 28 and len(payload) > 1 and payload[1] & 0x80:  # FU-A: its first fragment
        kind = payload[1] & 0x1F
    return kind in (5, 7)


def av1_keyframe(payload: bytes) -> bool:
    """Read the N bit, first packet of a coded video sequence (AV1 RTP specification 4.4)."""
    return bool(payload[0] & 0x08)


KEYFRAME_DETECTORS = {
    "vp8": vp8_keyframe,
    "vp9": vp9_keyframe,
    "h264": h264_keyframe,
    "av1": av1_keyframe,
}
