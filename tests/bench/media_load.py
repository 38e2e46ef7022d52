"""Clients that load a media process: recorded pictures out, counts, gaps and delays back.

They are aiortc connections that neither encode nor decode. Those that count share one process: that
is enough for one room, and many talks come from `media_crowd`. Those that measure delays have a
process each: a client that sends the packets of a keyframe at one go reads nothing meanwhile.
"""

import asyncio
import json
import logging
import multiprocessing
import resource
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
import uvloop
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtp import RtpPacket
from av import CodecContext, Packet, VideoCodecContext, VideoFrame

from portal.media.app import create_app, keep_what_stays
from portal.media.settings import Settings
from tests.media.bots import KEYS, ORIGIN, token

RATE = 30
TAIL = 32
"""Bytes at the end of a packet by which it is recognised on the other side."""


def clip(width: int, height: int, bitrate: int, *, seconds: int = 2) -> list[bytes]:
    """Encode a moving picture once; the clients send it over and over."""
    codec = CodecContext.create("libvpx", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.bit_rate, codec.gop_size = bitrate, RATE * seconds
    codec.time_base = Fraction(1, RATE)
    codec.options = {"deadline": "realtime", "cpu-used": "8", "minrate": str(bitrate)}
    frames: list[bytes] = []
    stripes = bytes(range(256)) * (width * height // 256 + 4)
    for number in range(RATE * seconds):
        picture = VideoFrame(width, height, "yuv420p")
        for plane in picture.planes:
            start = number * 7 % 256
            plane.update(stripes[start : start + plane.buffer_size])
        picture.pts = number
        frames += [bytes(packet) for packet in codec.encode(picture)]
    return frames


class Clip(MediaStreamTrack):
    """Send encoded pictures as they are, thirty a second."""

    kind = "video"

    def __init__(self, frames: list[bytes]) -> None:
        super().__init__()
        self._frames, self._count = frames, 0
        self._start = time.monotonic()

    async def recv(self) -> Packet:
        await asyncio.sleep(max(0.0, self._start + self._count / RATE - time.monotonic()))
        packet = Packet(self._frames[self._count % len(self._frames)])
        packet.pts, packet.time_base = self._count * 90000 // RATE, Fraction(1, 90000)
        self._count += 1
        return packet


def configuration() -> RTCConfiguration:
    """Ask nobody else's server for anything."""
    return RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


@dataclass
class Usage:
    """What a server process has used so far."""

    cpu: float
    """Seconds."""
    memory: int
    """Bytes at the moment."""


class Server:
    """A server in a process of its own, told apart from its load."""

    def __init__(self, build: Callable[[], Awaitable[web.Application]]) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=serve, args=(build, there), daemon=True)

    async def start(self) -> int:
        """Start it and return its port."""
        self._process.start()
        port: int = await asyncio.to_thread(self._here.recv)
        return port

    async def usage(self) -> Usage:
        """Ask what it has used."""
        self._here.send(None)
        used: Usage = await asyncio.to_thread(self._here.recv)
        return used

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()


def serve(build: Callable[[], Awaitable[web.Application]], pipe: Connection) -> None:
    """Run a server and answer with its usage whenever asked."""
    # Nobody listens to the events here, and the log would say so again and again.
    logging.disable(logging.ERROR)

    async def run() -> None:
        runner = web.AppRunner(await build())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        while True:
            await asyncio.to_thread(pipe.poll, None)
            pipe.recv()
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(Usage(used.ru_utime + used.ru_stime, resident()))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def resident(pid: int | str = "self") -> int:
    """Return the memory of a process in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


async def build_media(
    udp_port: int = 0, events_url: str = "http://127.0.0.1:1/nowhere"
) -> web.Application:
    """Build the media process under test as its entry does, on any free port; nobody listens."""
    keep_what_stays()
    return create_app(
        Settings(
            ticket_keys=KEYS,
            allowed_origins=[ORIGIN],
            udp_port=udp_port,
            events_url=events_url,
        )
    )


@dataclass
class Counts:
    """What came back to one client."""

    marks: int = 0
    packets: int = 0
    gaps: int = 0


@dataclass
class Stream:
    """One picture that a client receives."""

    last: int | None = None
    """Sequence number."""


Seen = list[tuple[float, bytes]]
"""When which packet passed, by the clock that all processes of a machine share."""


def delays(sent: Seen, received: Seen) -> list[float]:
    """Return the seconds between the two for each packet that arrived; the clip repeats itself."""
    underway: dict[bytes, float] = {}
    found: list[float] = []
    events = [(at, False, tail) for at, tail in sent] + [(at, True, tail) for at, tail in received]
    for at, arrived, tail in sorted(events):
        if not arrived:
            underway[tail] = at
        elif tail in underway:
            found.append(at - underway.pop(tail))
    return found


class Client:
    """Send the clip and count what comes back, without decoding it."""

    def __init__(
        self,
        frames: list[bytes],
        *,
        others: int = 1,
        timed: bool = False,
        answers: bool = False,
    ) -> None:
        self.pc = RTCPeerConnection(configuration())
        if not answers:
            self.pc.addTransceiver(Clip(frames), direction="sendonly")
        for _ in range(others):
            self.pc.addTransceiver("video", direction="recvonly")
        if answers:
            # Sections meet in their order: what one sends first is received first by the other.
            self.pc.addTransceiver(Clip(frames), direction="sendonly")
        self.counts = Counts()
        self.sent: Seen = []
        self.received: Seen = []
        self._timed = timed

    async def offer(self, exchange: Callable[[str], Awaitable[str]]) -> None:
        """Connect with whoever answers."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        answer = await exchange(self.pc.localDescription.sdp)
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        self._begin()

    async def answer(self, sdp: str) -> str:
        """Connect with another client, without any server."""
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        self._begin()
        return str(self.pc.localDescription.sdp)

    def _begin(self) -> None:
        self.count(self.pc)
        if self._timed:
            self._note_sending()

    def count(self, pc: RTCPeerConnection) -> None:
        """Count what arrives on a connection instead of decoding it."""
        for transceiver in pc.getTransceivers():
            counted = partial(self._count, Stream())
            transceiver.receiver._handle_rtp_packet = counted  # type: ignore[method-assign]

    async def close(self) -> None:
        """Hang up."""
        await self.pc.close()

    def _note_sending(self) -> None:
        transport = self.pc.getTransceivers()[0].sender.transport
        send, sent = transport._send_rtp, self.sent

        async def noting(data: bytes) -> None:
            sent.append((time.perf_counter(), data[-TAIL:]))
            await send(data)

        transport._send_rtp = noting  # type: ignore[method-assign]

    async def _count(self, stream: Stream, packet: RtpPacket, arrival_time_ms: int) -> None:
        counts = self.counts
        counts.marks += packet.marker
        counts.packets += 1
        if stream.last is not None and (packet.sequence_number - stream.last) & 0xFFFF != 1:
            counts.gaps += 1
        stream.last = packet.sequence_number
        if self._timed:
            self.received.append((time.perf_counter(), packet.payload[-TAIL:]))


class Door:
    """One page's way into a room: its WebSocket."""

    def __init__(self, session: aiohttp.ClientSession, port: int, *, room: str, name: str) -> None:
        self._session, self._room, self._name = session, room, name
        self._url = f"ws://127.0.0.1:{port}/medien/ws"

    async def exchange(self, sdp: str) -> str:
        """Enter, offer and return the answer."""
        self._ws = await self._session.ws_connect(self._url, headers={"Origin": ORIGIN})
        await self._ws.send_json(
            {"type": "hello", "token": token(room=self._room, participant=self._name)}
        )
        await self._ws.send_json({"type": "offer", "sdp": sdp})
        async for received in self._ws:
            message = json.loads(received.data)
            if message["type"] == "answer":
                return str(message["sdp"])
        raise ConnectionError

    async def leave(self) -> None:
        """Say goodbye."""
        await self._ws.send_json({"type": "leave"})
        await self._ws.close()


class Speaker:
    """A client in a process of its own, for whoever measures when its packets pass."""

    def __init__(self, run: Callable[..., Awaitable[None]], *given: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        given = (run, there, *given)
        self._process = context.Process(target=speak, args=given, daemon=True)
        self._process.start()

    async def hear(self) -> tuple[Seen, Seen]:
        """Return what it sent and received since it was asked last (first: when it is there)."""
        self._here.send(None)
        seen: tuple[Seen, Seen] = await asyncio.to_thread(self._here.recv)
        return seen

    async def exchange(self, sdp: str = "") -> str:
        """Hand over a description, if there is one yet, and return the next."""
        if sdp:
            self._here.send(sdp)
        return str(await asyncio.to_thread(self._here.recv))

    def accept(self, sdp: str) -> None:
        """Hand over the last description."""
        self._here.send(sdp)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()


def speak(run: Callable[..., Awaitable[None]], pipe: Connection, *given: object) -> None:
    """Run a client in this process."""

    async def main() -> None:
        await run(pipe, *given)

    asyncio.run(main())


async def through_server(pipe: Connection, frames: list[bytes], port: int, name: str) -> None:
    """Enter a room, and tell what passed whenever asked."""
    client = Client(frames, timed=True)
    async with aiohttp.ClientSession() as session:
        await client.offer(Door(session, port, room="room-1", name=name).exchange)
        await tell(client, pipe)


async def offering(pipe: Connection, frames: list[bytes]) -> None:
    """Connect with another speaker, and tell what passed whenever asked."""
    client = Client(frames, timed=True)

    async def exchange(sdp: str) -> str:
        pipe.send(sdp)
        return str(await asyncio.to_thread(pipe.recv))

    await client.offer(exchange)
    await tell(client, pipe)


async def answering(pipe: Connection, frames: list[bytes]) -> None:
    """Be the speaker that `offering` connects with."""
    client = Client(frames, timed=True, answers=True)
    pipe.send(await client.answer(await asyncio.to_thread(pipe.recv)))
    await tell(client, pipe)


async def tell(client: Client, pipe: Connection) -> None:
    """Tell what passed at a client whenever asked."""
    while True:
        await asyncio.to_thread(pipe.poll, None)
        pipe.recv()
        sent, received = client.sent[:], client.received[:]
        client.sent.clear()
        client.received.clear()
        await asyncio.to_thread(pipe.send, (sent, received))


def mirror(pipe: Connection) -> None:
    """Send every datagram back, with nothing between the kernel and the kernel."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        pipe.send(sock.getsockname()[1])
        while True:
            datagram, sender = sock.recvfrom(2048)
            sock.sendto(datagram, sender)


def bare_round_trips(seconds: float) -> list[float]:
    """Return the milliseconds to a process that does nothing and back: the machine's own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=mirror, args=(there,), daemon=True)
    process.start()
    found: list[float] = []
    try:
        address = ("127.0.0.1", here.recv())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(1.0)
            end = time.perf_counter() + seconds
            while (begun := time.perf_counter()) < end:
                sock.sendto(bytes(1200), address)
                sock.recv(2048)
                found.append((time.perf_counter() - begun) * 1000)
                time.sleep(0.005)
    finally:
        process.terminate()
        process.join()
    return found


async def close(clients: Iterable[Client]) -> None:
    """Hang up."""
    await asyncio.gather(*(client.close() for client in clients))
