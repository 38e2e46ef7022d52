"""RTP packets as bytes: bounds, header extensions, keyframes, wrapping numbers."""

import random

import pytest
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, pack_header_extensions

from portal.media.packets import (
    ExtensionWriter,
    Malformed,
    Packet,
    extension_elements,
    find_element,
    newer,
    payload_bounds,
    starts_keyframe,
)


def packed(extensions: list[tuple[int, bytes]], *, payload: bytes, padding: int = 0) -> bytes:
    profile, value = pack_header_extensions(extensions)
    first = 0x80 | (0x10 if value else 0) | (0x20 if padding else 0)
    head = bytes([first, 96, 0, 7]) + bytes(8)
    if value:
        head += profile.to_bytes(2, "big") + (len(value) // 4).to_bytes(2, "big") + value
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    return head + payload + tail


@pytest.mark.parametrize("identifiers", [(1, 2, 3), (1, 20, 3)], ids=["one-byte", "two-byte"])
def test_elements_are_found_in_both_header_forms(identifiers: tuple[int, int, int]) -> None:
    values = dict(zip(identifiers, (b"\x01", b"\x00\x01\x02", b"ab"), strict=True))
    data = packed(list(values.items()), payload=b"payload", padding=4)
    start, end, position, length = payload_bounds(memoryview(data), len(data))

    assert extension_elements(memoryview(data), start, end) == values
    for identifier, value in values.items():
        assert find_element(memoryview(data), start, end, identifier) == value
    for absent in (0, 9):
        assert find_element(memoryview(data), start, end, absent) == b""
    assert data[position:length] == b"payload"


def test_padding_only_has_no_payload() -> None:
    data = packed([], payload=b"", padding=200)
    _, _, position, length = payload_bounds(memoryview(data), len(data))

    assert position == length


@pytest.mark.parametrize(
    "data",
    [
        b"\x9f" + bytes(11),
        b"\x90" + bytes(11) + b"\xbe\xde\xff\xff",
        b"\xb0" + bytes(11) + b"\xbe\xde\x00\x01" + bytes(3) + b"\xff",
    ],
    ids=["csrc", "extension", "padding"],
)
def test_lengths_that_lie_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        payload_bounds(memoryview(data + bytes(100)), len(data))


def test_truncated_elements_are_left_out() -> None:
    data = bytes(12) + b"\xbe\xde\x00\x01" + b"\x10\x07\x2f\x00"

    assert extension_elements(memoryview(data), 16, 20) == {1: b"\x07"}
    assert find_element(memoryview(data), 16, 20, 1) == b"\x07"
    assert find_element(memoryview(data), 16, 20, 2) == b""


@pytest.mark.parametrize("seed", range(50))
def test_one_element_is_read_as_all_are(seed: int) -> None:
    block = random.Random(seed).randbytes(24)
    for profile in (b"\xbe\xde", b"\x10\x00"):
        view = memoryview(bytes(12) + profile + b"\x00\x06" + block)
        elements = extension_elements(view, 16, 40)
        for identifier in range(1, 15):
            found = find_element(view, 16, 40, identifier)
            assert found in (elements.get(identifier, b""), first_of(view, identifier))


def first_of(view: memoryview, identifier: int) -> bytes:
    """Return the first element of an id; who writes one twice may have either."""
    return next(
        (
            found[identifier]
            for end in range(17, 41)
            if identifier in (found := extension_elements(view, 16, end))
        ),
        b"",
    )


@pytest.mark.parametrize(
    ("ids", "send_time", "level"),
    [((3, 2), b"\x01\x02\x03", b"\x85"), ((3, 0), b"\x01\x02\x03", b"\x85"), ((0, 0), b"abc", b"")],
)
def test_extensions_are_written_under_the_receivers_ids(
    ids: tuple[int, int], send_time: bytes, level: bytes
) -> None:
    writer = ExtensionWriter(abs_send_time_id=ids[0], audio_level_id=ids[1])
    block = writer.write(Packet(1, 2, 0, b"", send_time, level), send_time)

    if not any(ids):
        assert block == b""
        return
    parsed = extension_elements(memoryview(block), 4, len(block))
    assert parsed.get(ids[0]) == send_time
    assert parsed.get(ids[1]) == (level if ids[1] else None)
    head = bytes([0x90]) + bytes(11)
    assert RtpPacket.parse(head + block + b"x", HeaderExtensionsMap()).payload == b"x"


def test_numbers_wrap() -> None:
    assert newer(1, 0)
    assert newer(2, 65530)
    assert not newer(65530, 2)
    assert not newer(5, 5)


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("vp8", b"\x10\x00", True),
        ("vp8", b"\x10\x01", False),
        ("vp8", b"\x00\x00", False),
        ("vp8", b"\x90\x80\x12\x00", True),
        ("vp8", b"\x90\x80\x81\x23\x01", False),
        ("vp8", b"\x90\xf0\x81\x23\x05\x20\x00", True),
        ("vp8", b"\x90", False),
        ("vp9", b"\x08", True),
        ("vp9", b"\x48", False),
        ("h264", b"\x67", True),
        ("h264", b"\x65", True),
        ("h264", b"\x41", False),
        ("h264", b"\x78\x00\x10\x67", True),
        ("h264", b"\x7c\x85", True),
        ("h264", b"\x7c\x05", False),
        ("av1", b"\x18", True),
        ("av1", b"\x10", False),
        ("opus", b"x", True),
        ("vp8", b"", False),
    ],
)
def test_keyframes_are_told_from_others(codec: str, payload: bytes, *, expected: bool) -> None:
    assert starts_keyframe(codec, payload) is expected
