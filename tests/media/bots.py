"""Test people: an aiortc client that joins over the real WebSocket and sends one colour."""

import asyncio
import contextlib
import fractions
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from portal.media.tickets import ALL_RIGHTS, Ticket, issue

ORIGIN = "http://portal.test"
KEYS = ["test-key-of-sixteen-and-more"]
WIDTH, HEIGHT, RATE = 160, 120, 15


class Colour(MediaStreamTrack):
    """A picture of one grey value, fifteen times a second."""

    kind = "video"

    def __init__(self, luma: int) -> None:
        super().__init__()
        self._palette = bytes(luma + value % 24 - 12 for value in range(256))
        self._count = 0

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / RATE)
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        # Some noise, so that pictures need several packets and losses hit.
        noise = random.Random(self._count).randbytes(len(bytes(frame.planes[0])))
        frame.planes[0].update(noise.translate(self._palette))
        for plane in frame.planes[1:]:
            plane.update(bytes([128]) * len(bytes(plane)))
        frame.pts, frame.time_base = self._count * 90000 // RATE, fractions.Fraction(1, 90000)
        self._count += 1
        return frame


class Silence(MediaStreamTrack):
    """Twenty milliseconds of a low hum at a time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(0.02)
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(b"\x90\x01" * 960)
        frame.sample_rate = 48000
        frame.pts, frame.time_base = self._count * 960, fractions.Fraction(1, 48000)
        self._count += 1
        return frame


class Bot:
    """One person with a WebSocket, and with media if asked to connect."""

    def __init__(self, url: str, *, room: str, name: str, slots: int = 1) -> None:
        self.url, self.room, self.name, self.slots = url, room, name, slots
        self.messages: list[dict[str, Any]] = []
        self.brightness: dict[str, list[float]] = {}
        self.moments: list[float] = []
        self.audio_frames: dict[str, int] = {}
        self.slot_map: dict[str, str] = {}
        self.resume = ""
        self.pc: RTCPeerConnection | None = None
        self._session: aiohttp.ClientSession | None = None
        self.ws: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Open the WebSocket and begin to read."""
        self._session = self._session or aiohttp.ClientSession()
        self.ws = await self._session.ws_connect(self.url, headers={"Origin": ORIGIN})
        self._tasks.append(asyncio.create_task(self._read(self.ws)))

    async def join(self, **ticket: Any) -> dict[str, Any]:
        """Enter with a fresh ticket."""
        await self.open()
        await self.say(type="hello", token=token(room=self.room, participant=self.name, **ticket))
        return await self.hear("joined")

    async def say(self, **message: Any) -> None:
        assert self.ws is not None
        await self.ws.send_str(json.dumps(message))

    async def hear(
        self,
        kind: str,
        matching: Callable[[dict[str, Any]], bool] = lambda message: True,
        *,
        limit: float = 5,
    ) -> dict[str, Any]:
        """Wait for a message of a kind; it is taken out of the list."""
        async with asyncio.timeout(limit):
            while True:
                for message in self.messages:
                    if message["type"] == kind and matching(message):
                        self.messages.remove(message)
                        return message
                self._changed.clear()
                await self._changed.wait()

    async def connect(
        self, luma: int = 0, *, audio: bool = False, screen: int | None = None
    ) -> None:
        """Offer, and wait until media is connected; a screen of 0 is offered and never sent."""
        self.pc = await self.negotiate(luma, audio=audio, screen=screen)
        async with asyncio.timeout(10):
            while self.pc.connectionState != "connected":  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def negotiate(
        self, luma: int, *, audio: bool, screen: int | None = None
    ) -> RTCPeerConnection:
        pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        pc.addTransceiver(Silence() if audio else "audio", direction="sendonly")
        pc.addTransceiver(Colour(luma) if luma else "video", direction="sendonly")
        if screen is not None:
            pc.addTransceiver(Colour(screen) if screen else "video", direction="sendonly")
        for _ in range(self.slots):
            pc.addTransceiver("audio", direction="recvonly")
            pc.addTransceiver("video", direction="recvonly")
        if screen is not None:
            pc.addTransceiver("video", direction="recvonly")
        await pc.setLocalDescription(await pc.createOffer())
        await self.say(type="offer", sdp=pc.localDescription.sdp)
        answer = await self.hear("answer")
        await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        for transceiver in pc.getTransceivers():
            if transceiver.direction == "recvonly":
                watch = self._watch(transceiver.mid, transceiver.receiver.track)
                self._tasks.append(asyncio.create_task(watch))
        return pc

    def lose(self, *, outgoing: int = 0, incoming: int = 0) -> None:
        """Lose every n-th media packet from now on, repairs too."""
        assert self.pc is not None
        ice = self.pc.getSenders()[0].transport.transport
        send, recv = ice._send, ice._recv
        counts = [0, 0]

        def lost(datagram: bytes, way: int, every: int) -> bool:
            is_rtp = 127 < datagram[0] < 192 and not 191 < datagram[1] < 224
            counts[way] += is_rtp
            return bool(is_rtp and every and counts[way] % every == 0)

        async def lossy_send(datagram: bytes) -> None:
            if not lost(datagram, 0, outgoing):
                await send(datagram)

        async def lossy_recv() -> bytes:
            while lost(datagram := await recv(), 1, incoming):
                pass
            return datagram

        ice._send, ice._recv = lossy_send, lossy_recv

    async def see(self, luma: int, *, limit: float = 8, tolerance: float = 8) -> None:
        """Wait until a picture of about this grey value is seen in some slot."""
        async with asyncio.timeout(limit):
            while not any(  # noqa: ASYNC110 - pictures come in from a task that knows no waiters
                seen and abs(seen[-1] - luma) <= tolerance for seen in self.brightness.values()
            ):
                await asyncio.sleep(0.03)

    async def listen(self, *, limit: float = 8) -> None:
        """Wait until some sound has been heard."""
        async with asyncio.timeout(limit):
            while not any(self.audio_frames.values()):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.03)

    def sees_of(self, person: str) -> float | None:
        """Return the newest grey value where this person (or "name#screen") is shown."""
        for mid, shown in self.slot_map.items():
            if shown == person and self.brightness.get(mid):
                return self.brightness[mid][-1]
        return None

    async def see_of(self, person: str, luma: int, *, limit: float = 8) -> None:
        """Wait until a person or a screen is seen in this grey value."""
        async with asyncio.timeout(limit):
            while abs((self.sees_of(person) or -99) - luma) > 8:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.03)

    async def heard_next(self) -> None:
        """Wait until everything sent before has been dealt with."""
        await self.say(type="ping")
        await self.hear("pong")

    def forget_pictures(self) -> None:
        for seen in self.brightness.values():
            seen.clear()

    async def vanish(self) -> None:
        """Break the WebSocket without a word, as a dead network does."""
        assert self.ws is not None
        transport = self.ws.get_extra_info("transport") if self.ws else None
        connection = getattr(self.ws, "_response", None)
        transport = transport or connection.connection.transport
        transport.abort()
        await asyncio.sleep(0.05)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self.pc is not None:
            await self.pc.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.ws is not None:
            await self.ws.close()
        if self._session is not None:
            await self._session.close()

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for received in ws:
            message = json.loads(received.data)
            if message["type"] == "slots":
                self.slot_map = message["slots"]
            if message["type"] == "joined":
                self.resume = message["resume"]
            self.messages.append(message)
            self._changed.set()
        self.messages.append({"type": "_closed", "code": ws.close_code})
        self._changed.set()

    async def _watch(self, mid: str, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.brightness.setdefault(mid, []).append(luma_of(frame))
                    self.moments.append(asyncio.get_running_loop().time())
                else:
                    self.audio_frames[mid] = self.audio_frames.get(mid, 0) + 1


def luma_of(frame: VideoFrame) -> float:
    """Return the mean grey value of the middle row; rows are longer than the picture is wide."""
    plane = frame.planes[0]
    start = plane.line_size * (frame.height // 2)
    row = bytes(plane)[start : start + frame.width]
    return sum(row) / len(row)


def token(
    *,
    room: str = "room-1",
    participant: str = "anna",
    rights: frozenset[str] = ALL_RIGHTS,
    ticket_id: str = "",
    keys: list[str] = KEYS,
    role: str = "citizen",
    node: str = "",
    admitted: float = 0.0,
    **stands: bool,
) -> str:
    """Issue a ticket as Flask does; `stands` is what Flask knows of hold and lock."""
    ticket = Ticket(
        id=ticket_id or str(uuid.uuid4()),
        room=room,
        participant=participant,
        name=participant.title(),
        role=role,
        rights=rights,
        node=node,
        admitted=admitted,
        **stands,
    )
    return issue(ticket, keys=keys)


@contextlib.asynccontextmanager
async def people(url: str, *names: str, room: str = "room-1") -> AsyncIterator[list[Bot]]:
    """Give some people, and send them home at the end."""
    bots = [Bot(url, room=room, name=name) for name in names]
    try:
        yield bots
    finally:
        for bot in bots:
            await bot.close()
