"""Sound with its past along: passed on as it is, renamed, or reduced for who does not take it."""

import pytest

from portal.media.adapter import Fingerprint
from portal.media.answers import ServerSide, write_answer
from portal.media.forwarding import Slot
from portal.media.offers import Codec, read_offer
from portal.media.packets import Packet
from portal.media.redundancy import newest, renamed
from portal.media.sources import Source
from tests.media.test_forwarding import Wire, section

OLD, NEW = b"old sound", b"new sound"


def red(*older: bytes, last: bytes = NEW, payload_type: int = 111) -> bytes:
    head = b"".join(
        bytes([0x80 | payload_type]) + (960 << 10 | len(it)).to_bytes(3, "big") for it in older
    )
    return head + bytes([payload_type]) + b"".join(older) + last


def opus(payload_type: int, redundancy_type: int | None) -> Codec:
    return Codec("opus", "opus/48000/2", 48000, payload_type, None, (), "", redundancy_type, True)


@pytest.mark.parametrize("older", [(), (OLD,), (OLD, OLD * 20)])
def test_the_newest_block_is_found_and_types_are_renamed(older: tuple[bytes, ...]) -> None:
    assert newest(red(*older)) == NEW
    assert renamed(red(*older), 96) == red(*older, payload_type=96)


@pytest.mark.parametrize("payload", [b"", b"\xef", b"\xef\x00\x00\x09\x6f", b"\xef" * 200, b"\x6f"])
def test_nonsense_becomes_nothing(payload: bytes) -> None:
    assert newest(payload) == b""
    assert renamed(payload, 96) == b""


@pytest.mark.parametrize(
    ("receiver", "sent", "payload_type"),
    [
        (opus(111, 63), red(OLD), 63),
        (opus(96, 97), red(OLD, payload_type=96), 97),
        (opus(109, None), NEW, 109),
    ],
)
def test_each_receiver_gets_it_as_it_takes_it(
    receiver: Codec, sent: bytes, payload_type: int
) -> None:
    wire, voice = Wire(), Source(section(opus(111, 63), kind="audio"), opus(111, 63))
    slot = Slot(section(receiver, kind="audio"), wire, cname="slot0")
    slot.show(voice)
    voice.on_packet(Packet(1, 960, 0, red(OLD), b"", b"", True), now=1)
    voice.on_packet(Packet(2, 1920, 0, b"plain", b"", b""), now=1)
    first, second = wire.packets
    assert (first.payload, first.payload_type) == (sent, payload_type)
    assert (second.payload, second.payload_type) == (b"plain", receiver.payload_type)


def test_encrypted_sound_that_cannot_be_read_passes_between_equal_types() -> None:
    wire, voice = Wire(), Source(section(opus(111, 63), kind="audio"), opus(111, 63))
    slot = Slot(section(opus(111, 63), kind="audio"), wire, cname="slot0")
    slot.show(voice)
    voice.on_packet(Packet(1, 960, 0, b"\xff" * 50, b"", b"", True), now=1)
    assert wire.packets[0].payload == b"\xff" * 50


@pytest.mark.parametrize(("order", "answered"), [("63 111", "63 111"), ("111 63", "111")])
def test_a_sender_gets_it_only_if_it_asks_first_and_a_receiver_whenever_it_can(
    order: str, answered: str
) -> None:
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + "p" * 24,
    ]
    for mid, direction in (("0", "sendonly"), ("1", "recvonly")):
        lines += [
            f"m=audio 9 UDP/TLS/RTP/SAVPF {order}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{mid}",
            f"a={direction}",
            "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2",
            "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111",
        ]
    offer = read_offer("\r\n".join(lines) + "\r\n")
    voice = Slot(offer.receivers("audio")[0], Wire(), cname="slot0")
    answer = write_answer(
        offer,
        ServerSide("192.0.2.1", 1, tcp=False, fingerprint=Fingerprint("sha-256", "AB")),
        credentials=("ufrag", "password"),
        streams={"1": voice},
    )
    media = [line.rpartition("SAVPF ")[2] for line in answer.splitlines() if line[:2] == "m="]
    assert media == [answered, "63 111"]
    assert answer.count("a=fmtp:63 111/111") == (2 if answered == order else 1)
    assert answer.count("useinbandfec=1;usedtx=1") == 2
