"""Session descriptions: what a client offers, and the one answer we give (RFC 8829, RFC 8843).

The client always offers: one sendonly audio and video section, and recvonly pairs for others to
appear in. We answer as a lite, passive server with all candidates in the answer; nothing trickles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import MediaDescription

from portal.media.adapter import (
    DescriptionInvalid,
    Fingerprint,
    parse_description,
    supported_fingerprint,
)
from portal.media.packets import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_SEQUENCE

OFFER_MAX_LENGTH = 200_000
SECTIONS_MAX = 16
# VP8 first: every browser has it, and encrypted payloads pass through it.
PREFERENCE = {"audio": ("opus",), "video": ("vp8", "vp9", "h264", "av1")}
FORWARDED_EXTENSIONS = {"audio": (ABS_SEND_TIME, AUDIO_LEVEL), "video": (ABS_SEND_TIME,)}
RECEIVED_EXTENSIONS = {
    "audio": (MID, ABS_SEND_TIME, AUDIO_LEVEL, TRANSPORT_SEQUENCE),
    "video": (MID, ABS_SEND_TIME, TRANSPORT_SEQUENCE),
}
# What decides whether two ends mean the same by one codec name (RFC 6184, RFC 9628, AV1 RTP).
PROFILE_PARAMETERS = {
    "h264": ("packetization-mode", "profile-level-id"),
    "vp9": ("profile-id",),
    "av1": ("profile",),
}
# RFC 7587 section 7.1: forward error correction on, and silence costs next to nothing.
OPUS_PARAMETERS = "minptime=10;useinbandfec=1;usedtx=1"
# RFC 8445 section 5.1.2.1 and RFC 6544 section 4.2: host candidates, UDP before TCP.
UDP_PRIORITY = (126 << 24) + (65535 << 8) + 255
TCP_PRIORITY = (90 << 24) + (65535 << 8) + 255


@dataclass(frozen=True)
class Codec:
    """A codec under the payload types of one client."""

    name: str
    encoding: str
    clock_rate: int
    payload_type: int
    repair_type: int | None
    profile: tuple[str, ...]
    parameters: str

    def matches(self, other: "Codec") -> bool:
        """Tell whether packets of the other end can be handed on unchanged."""
        return (self.name, self.clock_rate, self.profile) == (
            other.name,
            other.clock_rate,
            other.profile,
        )


@dataclass(frozen=True)
class Section:
    """One m-line of an offer, reduced to what forwarding needs."""

    kind: str
    mid: str
    profile: str
    direction: str
    codecs: tuple[Codec, ...]
    extensions: Mapping[str, int]
    ssrc: int | None
    repair_ssrc: int | None

    @property
    def usable(self) -> bool:
        """Tell whether there is a codec that we pass on."""
        return bool(self.codecs)

    @property
    def abs_send_time_id(self) -> int:
        """Return the one-byte id of abs-send-time here, or 0."""
        return self._one_byte_id(ABS_SEND_TIME)

    @property
    def audio_level_id(self) -> int:
        """Return the one-byte id of the audio level here, or 0."""
        return self._one_byte_id(AUDIO_LEVEL)

    def _one_byte_id(self, uri: str) -> int:
        identifier = self.extensions.get(uri, 0)
        return identifier if 1 <= identifier <= 14 else 0


@dataclass(frozen=True)
class Offer:
    """A client's offer."""

    sections: tuple[Section, ...]
    fingerprints: tuple[Fingerprint, ...]
    fragment: str

    def same_connection(self, other: "Offer") -> bool:
        """Tell whether two offers are of one connection, as they are around an ICE restart."""
        mids = [(section.mid, section.direction) for section in self.sections]
        return self.fingerprints == other.fingerprints and mids == [
            (section.mid, section.direction) for section in other.sections
        ]

    def publications(self) -> list[Section]:
        """Return the first sending section of each kind."""
        first: dict[str, Section] = {}
        for section in self.sections:
            if section.direction == "sendonly" and section.usable:
                first.setdefault(section.kind, section)
        return list(first.values())

    def receivers(self, kind: str) -> list[Section]:
        """Return the receiving sections of a kind, in order."""
        return [
            section
            for section in self.sections
            if section.kind == kind and section.direction == "recvonly" and section.usable
        ]


class Stream(Protocol):
    """What an answer says about a slot."""

    ssrc: int
    repair_ssrc: int
    cname: str


def read_offer(sdp: str) -> Offer:
    """Read an offer, or raise DescriptionInvalid."""
    if len(sdp) > OFFER_MAX_LENGTH:
        raise DescriptionInvalid("offer too long")
    description = parse_description(sdp)
    media = description.media
    if not 0 < len(media) <= SECTIONS_MAX:
        raise DescriptionInvalid("offer has too few or too many sections")
    sections = tuple(_section(item) for item in media)
    if len({section.mid for section in sections}) != len(sections):
        raise DescriptionInvalid("sections share a mid")
    first = media[0]
    if first.dtls is None or first.dtls.role not in ("auto", "client"):
        raise DescriptionInvalid("offer must leave the passive DTLS role to us")
    fingerprints = tuple(Fingerprint(it.algorithm, it.value) for it in first.dtls.fingerprints)
    if not any(map(supported_fingerprint, fingerprints)):
        raise DescriptionInvalid("offer has no fingerprint that we can check")
    fragment = first.ice.usernameFragment if first.ice else None
    if not fragment:
        raise DescriptionInvalid("offer has no ICE credentials")
    return Offer(sections, fingerprints, fragment)


@dataclass(frozen=True)
class ServerSide:
    """What every answer says about this server."""

    address: str
    port: int
    tcp: bool
    fingerprint: Fingerprint


def write_answer(
    offer: Offer,
    server: ServerSide,
    *,
    credentials: tuple[str, str],
    streams: Mapping[str, Stream],
) -> str:
    """Write the answer; `streams` are the slots by mid."""
    taken = {section.mid: section for section in offer.publications()}
    accepted = [it.mid for it in offer.sections if it.mid in taken or it.mid in streams]
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(accepted)}",
        "a=msid-semantic:WMS *",
    ]
    for section in offer.sections:
        if section.mid in taken:
            lines += _receiving(section, server, credentials)
        elif section.mid in streams:
            lines += _sending(section, server, credentials, streams[section.mid])
        else:
            types = " ".join(str(codec.payload_type) for codec in section.codecs) or "0"
            lines += [
                f"m={section.kind} 0 {section.profile} {types}",
                "c=IN IP4 0.0.0.0",
                "a=inactive",
                f"a=mid:{section.mid}",
            ]
    return "\r\n".join(lines) + "\r\n"


def chosen_codec(section: Section) -> Codec:
    """Return the codec that a client shall send with; there is one for the whole call."""
    order = PREFERENCE[section.kind]
    return min(section.codecs, key=lambda codec: order.index(codec.name))


def _section(media: MediaDescription) -> Section:
    mid = media.rtp.muxId or ""
    if not mid or len(mid) > 16 or not mid.isascii() or not mid.isalnum():
        raise DescriptionInvalid("a section has no usable mid")
    known = media.kind in PREFERENCE and media.rtcp_mux
    ssrc, repair_ssrc = _announced(media)
    return Section(
        kind=media.kind,
        mid=mid,
        profile=media.profile,
        direction=media.direction or "sendrecv",
        codecs=tuple(_codecs(media)) if known else (),
        extensions={item.uri: item.id for item in media.rtp.headerExtensions},
        ssrc=ssrc,
        repair_ssrc=repair_ssrc,
    )


def _announced(media: MediaDescription) -> tuple[int | None, int | None]:
    # RFC 5576 section 4.2 and RFC 4588 section 8.8: FID groups a stream with its repairs.
    for group in media.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            return int(group.items[0]), int(group.items[1])
    return (media.ssrc[0].ssrc if media.ssrc else None), None


def _codecs(media: MediaDescription) -> list[Codec]:
    repairs = {
        codec.parameters.get("apt"): codec.payloadType
        for codec in media.rtp.codecs
        if codec.name.lower() == "rtx"
    }
    return [
        _codec(codec, repairs.get(codec.payloadType))
        for codec in media.rtp.codecs
        if codec.name.lower() in PREFERENCE[media.kind]
    ]


def _codec(codec: RTCRtpCodecParameters, repair_type: int | None) -> Codec:
    name = codec.name.lower()
    parameters = codec.parameters
    profile = tuple(
        # Only the profile of an H.264 profile-level-id must agree, not the level.
        str(parameters.get(key) or "0").lower()[: 4 if key == "profile-level-id" else None]
        for key in PROFILE_PARAMETERS.get(name, ())
    )
    written = ";".join(
        key if value is None else f"{key}={value}" for key, value in parameters.items()
    )
    if codec.payloadType is None or not codec.clockRate:
        raise DescriptionInvalid("a codec has no payload type")
    return Codec(
        name=name,
        encoding=str(codec),
        clock_rate=codec.clockRate,
        payload_type=codec.payloadType,
        repair_type=repair_type,
        profile=profile,
        parameters=OPUS_PARAMETERS if name == "opus" else written,
    )


def _receiving(section: Section, server: ServerSide, credentials: tuple[str, str]) -> list[str]:
    """Answer a section on which the client sends."""
    codec = chosen_codec(section)
    feedback = ["transport-cc"]
    if section.kind == "video":
        feedback += ["ccm fir", "nack", "nack pli", "goog-remb"]
    return [
        *_media_line(section, [codec]),
        "a=recvonly",
        *_transport(section, server, credentials),
        *_extensions(section, RECEIVED_EXTENSIONS[section.kind]),
        *_codec_lines(codec, feedback),
    ]


def _sending(
    section: Section, server: ServerSide, credentials: tuple[str, str], stream: Stream
) -> list[str]:
    """Answer a section on which the client receives."""
    # No transport-cc here: the receiver's REMB rests on the forwarded abs-send-time.
    feedback = ["ccm fir", "nack", "nack pli", "goog-remb"] if section.kind == "video" else []
    lines = [
        *_media_line(section, section.codecs),
        "a=sendonly",
        *_transport(section, server, credentials),
        *_extensions(section, FORWARDED_EXTENSIONS[section.kind]),
    ]
    for codec in section.codecs:
        lines += _codec_lines(codec, feedback)
    lines.append(f"a=msid:{stream.cname} {stream.cname}-{section.kind}")
    repaired = section.kind == "video" and any(codec.repair_type for codec in section.codecs)
    ssrcs = [stream.ssrc, stream.repair_ssrc] if repaired else [stream.ssrc]
    if repaired:
        lines.append(f"a=ssrc-group:FID {stream.ssrc} {stream.repair_ssrc}")
    lines += [f"a=ssrc:{ssrc} cname:{stream.cname}" for ssrc in ssrcs]
    return lines


def _media_line(section: Section, codecs: Sequence[Codec]) -> list[str]:
    types: list[str] = []
    for codec in codecs:
        types.append(str(codec.payload_type))
        if codec.repair_type is not None:
            types.append(str(codec.repair_type))
    return [f"m={section.kind} 9 {section.profile} {' '.join(types)}", "c=IN IP4 0.0.0.0"]


def _transport(section: Section, server: ServerSide, credentials: tuple[str, str]) -> list[str]:
    fragment, password = credentials
    lines = [
        f"a=mid:{section.mid}",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=ice-ufrag:{fragment}",
        f"a=ice-pwd:{password}",
        f"a=fingerprint:{server.fingerprint.algorithm} {server.fingerprint.value}",
        "a=setup:passive",
        f"a=candidate:1 1 udp {UDP_PRIORITY} {server.address} {server.port} typ host",
    ]
    if server.tcp:
        host = f"{TCP_PRIORITY} {server.address} {server.port} typ host"
        lines.append(f"a=candidate:2 1 tcp {host} tcptype passive")
    return [*lines, "a=end-of-candidates"]


def _extensions(section: Section, wanted: Sequence[str]) -> list[str]:
    return [
        f"a=extmap:{section.extensions[uri]} {uri}" for uri in wanted if uri in section.extensions
    ]


def _codec_lines(codec: Codec, feedback: Sequence[str]) -> list[str]:
    lines = [f"a=rtpmap:{codec.payload_type} {codec.encoding}"]
    lines += [f"a=rtcp-fb:{codec.payload_type} {value}" for value in feedback]
    if codec.parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.parameters}")
    if codec.repair_type is not None:
        lines.append(f"a=rtpmap:{codec.repair_type} rtx/{codec.clock_rate}")
        lines.append(f"a=fmtp:{codec.repair_type} apt={codec.payload_type}")
    return lines
