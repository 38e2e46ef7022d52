"""What a client offers, reduced to what forwarding needs (RFC 8829, RFC 8843).

The client always offers: sendonly sections for its sound, its camera and its screen (the second
video), and recvonly pairs for others to appear in, with one more video for a screen. The answer is
written in `answers`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import MediaDescription

from portal.media.adapter import (
    DescriptionInvalid,
    Fingerprint,
    parse_description,
    supported_fingerprint,
)
from portal.media.packets import ABS_SEND_TIME, AUDIO_LEVEL

OFFER_MAX_LENGTH = 200_000
# Three of one's own, seven pairs and a screen are 18.
SECTIONS_MAX = 20
LINES_MAX = 6000
SSRC_LINES_MAX = 512
LAYERS_MAX = 3
SIMULCAST = re.compile(r"a=simulcast:\s*(?:recv \S+ )?send (\S+)")
# RFC 8852 section 3.3.
RID_FORM = re.compile(r"[A-Za-z0-9]{1,16}")
# VP8 first: every browser has it, and encrypted payloads pass through it.
PREFERENCE = {"audio": ("opus",), "video": ("vp8", "vp9", "h264", "av1")}
# What decides whether two ends mean the same by one codec name (RFC 6184, RFC 9628, AV1 RTP).
PROFILE_PARAMETERS = {
    "h264": ("packetization-mode", "profile-level-id"),
    "vp9": ("profile-id",),
    "av1": ("profile",),
}
# RFC 7587 section 7.1: forward error correction on, and silence costs next to nothing.
OPUS_PARAMETERS = "minptime=10;useinbandfec=1;usedtx=1"


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
    redundancy_type: int | None = None
    """Under which type the client takes this codec with its past along (RFC 2198)."""
    redundancy_first: bool = False
    """Whether the client would rather send it so."""

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
    rids: tuple[str, ...] = ()
    """The sizes of a picture that are sent at once, the smallest first (RFC 8853)."""

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

    def publications(self) -> dict[str, Section]:
        """Return what is sent as audio, as video and, on a second video section, as screen."""
        taken: dict[str, Section] = {}
        for section in self.sections:
            if section.direction != "sendonly" or not section.usable:
                continue
            spare = section.kind == "video" and "video" in taken
            taken.setdefault("screen" if spare else section.kind, section)
        return taken

    def seats(self) -> list[dict[str, Section]]:
        """Return the receiving sections by seat: a pair for a person, a video more for a screen."""
        sounds, pictures = self.receivers("audio"), self.receivers("video")
        places = len(sounds) or len(pictures)
        seats: list[dict[str, Section]] = [{} for _ in range(places)]
        for kind, sections in (("audio", sounds), ("video", pictures[:places])):
            for seat, section in zip(seats, sections, strict=False):
                seat[kind] = section
        return seats + [{"screen": section} for section in pictures[places:]]

    def receivers(self, kind: str) -> list[Section]:
        """Return the receiving sections of a kind, in order."""
        return [
            section
            for section in self.sections
            if section.kind == kind and section.direction == "recvonly" and section.usable
        ]


def read_offer(sdp: str) -> Offer:
    """Read an offer, or raise DescriptionInvalid."""
    if len(sdp) > OFFER_MAX_LENGTH:
        raise DescriptionInvalid("offer too long")
    # The parser looks through all streams for each line about one.
    lines = sdp.splitlines()
    if len(lines) > LINES_MAX or sum(line.startswith("a=ssrc") for line in lines) > SSRC_LINES_MAX:
        raise DescriptionInvalid("offer has too many lines")
    description = parse_description(sdp)
    media = description.media
    if not 0 < len(media) <= SECTIONS_MAX:
        raise DescriptionInvalid("offer has too few or too many sections")
    sections = tuple(
        _section(item, rids) for item, rids in zip(media, _simulcast(sdp), strict=True)
    )
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


def chosen_codec(section: Section) -> Codec:
    """Return the codec that a client shall send with; there is one for the whole call."""
    order = PREFERENCE[section.kind]
    return min(section.codecs, key=lambda codec: order.index(codec.name))


def _simulcast(sdp: str) -> list[tuple[str, ...]]:
    """Return the rids that each section sends, which the parser leaves aside.

    RFC 8853 section 5.1: streams by semicolon, alternatives by comma, "~" for one that is paused.
    """
    found: list[tuple[str, ...]] = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            found.append(())
        elif found and not found[-1] and (match := SIMULCAST.match(line)):
            streams = (it.partition(",")[0].lstrip("~") for it in match[1].split(";"))
            rids = tuple(dict.fromkeys(rid for rid in streams if RID_FORM.fullmatch(rid)))
            found[-1] = rids[:LAYERS_MAX]
    return found


def _section(media: MediaDescription, rids: tuple[str, ...]) -> Section:
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
        rids=rids if media.kind == "video" and len(rids) > 1 and ssrc is None else (),
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
        _codec(codec, repairs.get(codec.payloadType), _redundancy(media, codec))
        for codec in media.rtp.codecs
        if codec.name.lower() in PREFERENCE[media.kind]
    ]


def _redundancy(media: MediaDescription, codec: RTCRtpCodecParameters) -> tuple[int | None, bool]:
    """Return the type of RED that carries nothing but this codec, and whether it is preferred."""
    order = [str(it) for it in media.fmt]
    for red in media.rtp.codecs:
        listed = "".join(red.parameters).split("/")
        if red.name.lower() == "red" and set(listed) == {str(codec.payloadType)}:
            preferred = order.index(str(red.payloadType)) < order.index(str(codec.payloadType))
            return red.payloadType, preferred
    return None, False


def _codec(
    codec: RTCRtpCodecParameters, repair_type: int | None, redundancy: tuple[int | None, bool]
) -> Codec:
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
        redundancy_type=redundancy[0] if name == "opus" else None,
        redundancy_first=redundancy[1],
    )
