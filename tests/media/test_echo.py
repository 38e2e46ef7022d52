"""The echo room: one person, own sound and picture two seconds later, and nothing stays."""

import asyncio

import pytest

from portal.media import echo
from portal.media.echo import Echo
from portal.media.packets import Packet
from portal.media.sources import Publication
from tests.media.bots import people, token
from tests.media.conftest import Listener, Node
from tests.media.test_forwarding import codec, section


async def test_own_sound_and_picture_come_back_two_seconds_later(
    node: Node, listener: Listener
) -> None:
    async with people(node.ws, "anna", "ben", room="echo:anna") as (anna, ben):
        await anna.join()
        await anna.connect(120, audio=True)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await anna.see_of("anna", 120)
        assert 1.5 < loop.time() - begun < 5
        await anna.listen()
        peer = node.rooms.rooms["echo:anna"].people["anna"].peer
        assert peer is not None
        assert 0 < peer.echo().bytes_waiting < echo.BYTES_MAX

        await ben.open()
        await ben.say(type="hello", token=_token_for("ben"))
        assert (await ben.hear("error"))["code"] == "full"
        await anna.say(type="chat", text="x", client_id="1")
        assert (await anna.hear("error"))["code"] == "chat_forbidden"
        under_way = peer.echo()
        await anna.say(type="leave")
        await anna.hear("_closed")
        assert under_way.bytes_waiting == 0
    await node.runner.cleanup()
    assert not [event for event in listener.events if event["room"].startswith("echo:")]


def _token_for(name: str) -> str:
    return token(room="echo:anna", participant=name)


async def test_a_rehearsal_ends_after_three_minutes(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert echo.LIMIT == 180
    async with people(node.ws, "anna", room="echo:anna") as (anna,):
        await anna.join()
        monkeypatch.setattr(echo, "LIMIT", 0.0)
        assert (await anna.hear("closed"))["reason"] == "time"
        await anna.hear("_closed")
        assert not node.rooms.rooms


async def test_whatever_is_sent_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "BYTES_MAX", 50_000)
    monkeypatch.setattr(echo, "DELAY", 0.05)
    sections = {"video": section(codec())}
    original = Publication(sections["video"])
    returned: list[bytes] = []
    mirror = Echo({"video": original}, sections)
    [copy] = mirror.published["video"].layers
    copy.tap = lambda packet, now: returned.append(packet.payload)
    loop = asyncio.get_running_loop()
    for number in range(1000):
        packet = Packet(number, 0, 0, number.to_bytes(2, "big") + bytes(998), b"", b"")
        original.layers[0].on_packet(packet, now=loop.time())
        assert mirror.bytes_waiting <= 50_000
    await asyncio.sleep(0.15)
    assert [payload[:2] for payload in returned] == [
        it.to_bytes(2, "big") for it in range(950, 1000)
    ]
    assert mirror.bytes_waiting == 0
    mirror.stop()
    assert original.layers[0].tap is None
