"""Eight people, as many as a room takes: everybody gets exactly what the seven others send.

They send packets with their name inside instead of pictures: each tells by whom it is, and nothing
has to be encoded.
"""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPacket, RtcpPsfbPacket
from aiortc.sdp import SessionDescription

from portal.media.feedback import KEYFRAME_INTERVAL, KeyframeRequests
from tests.media.bots import Bot, token
from tests.media.conftest import Node

NAMES = ("anna", "ben", "carla", "dora", "emil", "fritz", "gerda", "hans")
PACE = 0.05
LAZY = 20
"""Packets of a picture before its first keyframe comes."""
KEY, DELTA = b"\x10\x00", b"\x10\x01"
LIMIT = 20.0


class Marked(Bot):
    """A person whose packets carry their name; kept is who was received under which SSRC."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, room="room-1", name=name, slots=len(NAMES) - 1)
        self.received: dict[int, set[str]] = {}
        self.asked = 0
        """How often a keyframe was asked for."""

    async def negotiate(
        self, luma: int, *, audio: bool, screen: int | None = None
    ) -> RTCPeerConnection:
        """Offer, and read packets as they come instead of having them decoded."""
        pc = await super().negotiate(luma, audio=audio, screen=screen)
        transport = pc.getSenders()[0].transport
        transport._handle_rtp_data = self._on_rtp  # type: ignore[method-assign]
        transport._handle_rtcp_data = self._on_rtcp  # type: ignore[method-assign]
        return pc

    async def _on_rtp(self, data: bytes, arrival_time_ms: int) -> None:
        del arrival_time_ms
        name = data.rpartition(b"<")[2].decode()
        self.received.setdefault(int.from_bytes(data[8:12], "big"), set()).add(name)

    async def _on_rtcp(self, data: bytes) -> None:
        self.asked += sum(
            isinstance(it, RtcpPsfbPacket) and it.fmt == RTCP_PSFB_PLI
            for it in RtcpPacket.parse(data)
        )

    async def send(self) -> None:
        """Send marked packets; keyframes as a busy encoder does, late and when asked."""
        assert self.pc is not None
        media = SessionDescription.parse(self.pc.remoteDescription.sdp).media[:2]
        kinds = [section.rtp.codecs[0].payloadType for section in media]
        audio, video = self.pc.getSenders()[:2]
        answered, number = 0, 0
        while True:
            picture = KEY if self.asked > answered and number > LAZY else DELTA
            answered, number = self.asked, number + 1
            for sender, kind, begin in zip((audio, video), kinds, (b"", picture), strict=True):
                head = struct.pack("!BBHLL", 0x80, kind, number, number, sender._ssrc)
                await sender.transport._send_rtp(head + begin + b"<%b" % self.name.encode())
            await asyncio.sleep(PACE)

    def heard(self) -> dict[str, set[str]]:
        """Return whose packets came in each slot, by the name that the server gave for it."""
        assert self.pc is not None
        media = SessionDescription.parse(self.pc.remoteDescription.sdp).media
        return {
            f"{section.kind} of {self.slot_map[section.rtp.muxId]}": self.received[ssrc.ssrc]
            for section in media
            for ssrc in section.ssrc
            if ssrc.ssrc in self.received
        }

    def expected(self) -> dict[str, set[str]]:
        """Return the same for a room in which each gets exactly the others."""
        others = set(self.slot_map.values())
        return {f"{kind} of {name}": {name} for name in others for kind in ("audio", "video")}


@contextlib.asynccontextmanager
async def crowd(*bots: Marked) -> AsyncIterator[None]:
    """Let people in at once, and let them send until the end."""

    async def enter(bot: Marked) -> None:
        await bot.join()
        await bot.connect()

    await asyncio.gather(*map(enter, bots))
    sending = [asyncio.create_task(bot.send()) for bot in bots]
    try:
        yield
    finally:
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


async def everything_arrives(*bots: Marked) -> None:
    """Wait until everybody gets sound and picture of as many others as there are."""
    async with asyncio.timeout(LIMIT):
        for bot in bots:
            while len(bot.received) < 2 * (len(NAMES) - 1):  # noqa: ASYNC110 - packets wake nobody
                await asyncio.sleep(PACE)


@pytest.fixture
def asked_at(monkeypatch: pytest.MonkeyPatch) -> dict[KeyframeRequests, list[float]]:
    """Keep when a keyframe was asked for, by the clock of who asks."""
    moments: dict[KeyframeRequests, list[float]] = {}
    due = KeyframeRequests.due

    def noted(self: KeyframeRequests, *, now: float) -> bool:
        is_due = due(self, now=now)
        if is_due:
            moments.setdefault(self, []).append(now)
        return is_due

    monkeypatch.setattr(KeyframeRequests, "due", noted)
    return moments


async def test_eight_people_get_each_other_and_a_ninth_is_told_that_the_room_is_full(
    node: Node, asked_at: dict[KeyframeRequests, list[float]]
) -> None:
    bots, ninth = [Marked(node.ws, name) for name in NAMES], Marked(node.ws, "ina")
    try:
        async with crowd(*bots):
            await everything_arrives(*bots)
            await asyncio.sleep(0.5)
            for bot in bots:
                assert set(bot.slot_map.values()) == set(NAMES) - {bot.name}
                assert bot.heard() == bot.expected()

            # Seven who look at once are one wish, and it is repeated with patience until it is met.
            for name, bot in zip(NAMES, bots, strict=True):
                peer = node.rooms.rooms["room-1"].people[name].peer
                assert peer is not None
                moments = asked_at[peer.published["video"].layers[0].keyframes]
                assert 1 < bot.asked <= len(moments)
                gaps = [after - before for before, after in itertools.pairwise(moments)]
                assert min(gaps) >= KEYFRAME_INTERVAL

            await ninth.open()
            await ninth.say(type="hello", token=token(room="room-1", participant="ina"))
            refusal = await ninth.hear("error")
            assert refusal["code"] == "full"
            assert "Der Raum ist voll." in refusal["text"]
            await ninth.hear("_closed")
            assert set(node.rooms.rooms["room-1"].people) == set(NAMES)
    finally:
        await asyncio.gather(*(bot.close() for bot in [*bots, ninth]))
