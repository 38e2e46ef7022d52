"""The one answer to an offer: a lite, passive server with all its candidates at once.

Nothing trickles and nothing is negotiated again when people come and go (RFC 8829, RFC 8843).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.media.adapter import Fingerprint
from portal.media.offers import Codec, Offer, Section, chosen_codec
from portal.media.packets import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_SEQUENCE,
)

FORWARDED_EXTENSIONS = {"audio": (ABS_SEND_TIME, AUDIO_LEVEL), "video": (ABS_SEND_TIME,)}
RECEIVED_EXTENSIONS = {
    "audio": (MID, ABS_SEND_TIME, AUDIO_LEVEL, TRANSPORT_SEQUENCE),
    "video": (MID, RID, REPAIRED_RID, ABS_SEND_TIME, TRANSPORT_SEQUENCE),
}
# RFC 8445 section 5.1.2.1 and RFC 6544 section 4.2: host candidates, UDP before TCP.
UDP_PRIORITY = (126 << 24) + (65535 << 8) + 255
TCP_PRIORITY = (90 << 24) + (65535 << 8) + 255


class Stream(Protocol):
    """What an answer says about a slot."""

    ssrc: int
    repair_ssrc: int
    cname: str


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
    taken = {section.mid: section for section in offer.publications().values()}
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


def _receiving(section: Section, server: ServerSide, credentials: tuple[str, str]) -> list[str]:
    """Answer a section on which the client sends."""
    codec = chosen_codec(section)
    feedback = ["transport-cc"]
    if section.kind == "video":
        feedback += ["ccm fir", "nack", "nack pli", "goog-remb"]
    return [
        *_media_line(section, [codec], redundancy=codec.redundancy_first),
        "a=recvonly",
        *_transport(section, server, credentials),
        *_extensions(section, RECEIVED_EXTENSIONS[section.kind]),
        *_codec_lines(codec, feedback, redundancy=codec.redundancy_first),
        *_layers(section),
    ]


def _layers(section: Section) -> list[str]:
    # RFC 8851 section 4 and RFC 8853 section 5.3: take every size that is offered.
    if not section.rids:
        return []
    lines = [f"a=rid:{rid} recv" for rid in section.rids]
    return [*lines, f"a=simulcast:recv {';'.join(section.rids)}"]


def _sending(
    section: Section, server: ServerSide, credentials: tuple[str, str], stream: Stream
) -> list[str]:
    """Answer a section on which the client receives."""
    # No transport-cc here: the receiver's REMB rests on the forwarded abs-send-time.
    feedback = ["ccm fir", "nack", "nack pli", "goog-remb"] if section.kind == "video" else []
    lines = [
        *_media_line(section, section.codecs, redundancy=True),
        "a=sendonly",
        *_transport(section, server, credentials),
        *_extensions(section, FORWARDED_EXTENSIONS[section.kind]),
    ]
    for codec in section.codecs:
        lines += _codec_lines(codec, feedback, redundancy=True)
    lines.append(f"a=msid:{stream.cname} {stream.cname}-{section.kind}")
    repaired = section.kind == "video" and any(codec.repair_type for codec in section.codecs)
    ssrcs = [stream.ssrc, stream.repair_ssrc] if repaired else [stream.ssrc]
    if repaired:
        lines.append(f"a=ssrc-group:FID {stream.ssrc} {stream.repair_ssrc}")
    lines += [f"a=ssrc:{ssrc} cname:{stream.cname}" for ssrc in ssrcs]
    return lines


def _media_line(section: Section, codecs: Sequence[Codec], *, redundancy: bool) -> list[str]:
    types: list[str] = []
    for codec in codecs:
        # What stands first is what a client sends with.
        if redundancy and codec.redundancy_type is not None:
            types.append(str(codec.redundancy_type))
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


def _codec_lines(codec: Codec, feedback: Sequence[str], *, redundancy: bool) -> list[str]:
    lines = [f"a=rtpmap:{codec.payload_type} {codec.encoding}"]
    lines += [f"a=rtcp-fb:{codec.payload_type} {value}" for value in feedback]
    if codec.parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.parameters}")
    if codec.repair_type is not None:
        lines.append(f"a=rtpmap:{codec.repair_type} rtx/{codec.clock_rate}")
        lines.append(f"a=fmtp:{codec.repair_type} apt={codec.payload_type}")
    if redundancy and codec.redundancy_type is not None:
        lines.append(f"a=rtpmap:{codec.redundancy_type} red/{codec.encoding.partition('/')[2]}")
        lines.append(f"a=fmtp:{codec.redundancy_type} {codec.payload_type}/{codec.payload_type}")
    return lines
