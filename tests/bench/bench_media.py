"""What forwarding costs: this media process beside aiortc's MediaRelay, in one run.

Both servers run in a process of their own, one after the other and twice, with the same clients
and the same recorded VP8 clip; the load generator shares the machine, so read the ratio and not
the figures. `python -m tests.bench.bench_media` takes less than a minute.
"""

import asyncio
import json
import logging
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from fractions import Fraction
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaRelay
from av import CodecContext, Packet, VideoCodecContext, VideoFrame

from portal.media.app import create_app
from portal.media.settings import Settings
from tests.media.bots import KEYS, ORIGIN, token

WIDTH, HEIGHT, RATE = 1280, 720, 30
BITRATE = 2_200_000
PEOPLE = 2
WARM_UP = 2.0
MEASURED = 4.0
ROUNDS = 2


def clip(seconds: int = 2) -> list[bytes]:
    """Encode a moving picture once; the clients send it over and over."""
    codec = CodecContext.create("libvpx", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.bit_rate, codec.gop_size = BITRATE, RATE * seconds
    codec.time_base = Fraction(1, RATE)
    codec.options = {"deadline": "realtime", "cpu-used": "8", "minrate": str(BITRATE)}
    frames: list[bytes] = []
    stripes = bytes(range(256)) * (WIDTH * HEIGHT // 256 + 4)
    for number in range(RATE * seconds):
        picture = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in picture.planes:
            size = plane.buffer_size
            start = number * 7 % 256
            plane.update(stripes[start : start + size])
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


async def answer_with_relay(offers: web.Application) -> None:
    """Serve offers with aiortc's MediaRelay, which decodes and encodes for every receiver."""
    relay, tracks, waiting = MediaRelay(), [], []
    connections: set[RTCPeerConnection] = set()

    async def answer(request: web.Request) -> web.Response:
        pc = RTCPeerConnection(configuration())
        connections.add(pc)
        offer = RTCSessionDescription((await request.json())["sdp"], "offer")

        def got(track: MediaStreamTrack) -> None:
            if track.kind == "video":
                tracks.append(track)

        pc.on("track", got)
        await pc.setRemoteDescription(offer)
        sender = pc.getTransceivers()[1]
        sender.direction = "sendonly"
        waiting.append((tracks[-1], sender))
        await pc.setLocalDescription(await pc.createAnswer())
        if len(waiting) == PEOPLE:
            for track, other in waiting:
                [source] = [it for it in tracks if it is not track]
                other.sender.replaceTrack(relay.subscribe(source))
        return web.json_response({"sdp": pc.localDescription.sdp})

    offers.router.add_post("/offer", answer)


def configuration() -> RTCConfiguration:
    """Ask nobody else's server for anything."""
    return RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


def serve(kind: str, pipe: Connection) -> None:
    """Run one server and answer with its CPU seconds whenever asked."""

    # Nobody listens to the events here, and the log would say so again and again.
    logging.disable(logging.ERROR)

    async def run() -> None:
        if kind == "mux":
            settings = Settings(
                ticket_keys=KEYS,
                allowed_origins=[ORIGIN],
                udp_port=0,
                events_url="http://127.0.0.1:1/nowhere",
            )
            app = create_app(settings)
        else:
            app = web.Application()
            await answer_with_relay(app)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        while True:
            await asyncio.to_thread(pipe.poll, None)
            pipe.recv()
            usage = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send((usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024))

    asyncio.run(run())


class Client:
    """Send the clip and count what comes back, without decoding it."""

    def __init__(self, frames: list[bytes]) -> None:
        self.pc = RTCPeerConnection(configuration())
        self.pc.addTransceiver(Clip(frames), direction="sendonly")
        self.pc.addTransceiver("video", direction="recvonly")
        self.marks = 0

    async def offer(self, exchange: Callable[[str], Awaitable[str]]) -> None:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        answer = await exchange(self.pc.localDescription.sdp)
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        receiver = self.pc.getTransceivers()[1].receiver
        receiver._handle_rtp_packet = self._count  # type: ignore[method-assign]

    async def _count(self, packet: object, arrival_time_ms: int) -> None:
        self.marks += getattr(packet, "marker", 0)


async def join_mux(port: int, clients: list[Client], session: aiohttp.ClientSession) -> None:
    """Let the clients enter a room over its WebSocket."""
    for number, client in enumerate(clients):
        ws = await session.ws_connect(
            f"ws://127.0.0.1:{port}/medien/ws", headers={"Origin": ORIGIN}
        )
        await ws.send_json({"type": "hello", "token": token(participant=f"p{number}")})

        async def exchange(sdp: str, ws: aiohttp.ClientWebSocketResponse = ws) -> str:
            # A sendonly audio section is part of every offer of a page; here video is enough.
            await ws.send_json({"type": "offer", "sdp": sdp})
            async for received in ws:
                message = json.loads(received.data)
                if message["type"] == "answer":
                    return str(message["sdp"])
            raise ConnectionError

        await client.offer(exchange)


async def join_relay(port: int, clients: list[Client], session: aiohttp.ClientSession) -> None:
    """Let the clients connect to the relay."""
    for client in clients:

        async def exchange(sdp: str) -> str:
            url = f"http://127.0.0.1:{port}/offer"
            async with session.post(url, json={"sdp": sdp}) as response:
                return str((await response.json())["sdp"])

        await client.offer(exchange)


async def measure(kind: str, frames: list[bytes]) -> tuple[float, float, int]:
    """Return core share per forwarded stream, pictures per second, and memory in MB."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(kind, there), daemon=True)
    server.start()
    port = await asyncio.to_thread(here.recv)
    clients = [Client(frames) for _ in range(PEOPLE)]
    try:
        async with aiohttp.ClientSession() as session:
            await (join_mux if kind == "mux" else join_relay)(port, clients, session)
            await asyncio.sleep(WARM_UP)
            here.send(None)
            before, _ = await asyncio.to_thread(here.recv)
            marks, start = sum(client.marks for client in clients), time.monotonic()
            await asyncio.sleep(MEASURED)
            here.send(None)
            after, memory = await asyncio.to_thread(here.recv)
            seconds = time.monotonic() - start
            streams = PEOPLE * (PEOPLE - 1)
            pictures = (sum(client.marks for client in clients) - marks) / seconds / streams
            return (after - before) / seconds / streams, pictures, memory
    finally:
        server.terminate()
        server.join()
        for client in clients:
            await client.pc.close()


def rounds(frames: list[bytes]) -> Iterator[tuple[str, tuple[float, float, int]]]:
    """Measure both servers in turn, so that a noisy moment hits both."""
    for _ in range(ROUNDS):
        for kind in ("mux", "relay"):
            yield kind, asyncio.run(measure(kind, frames))


def main() -> int:
    """Print the table."""
    results: dict[str, list[tuple[float, float, int]]] = {"mux": [], "relay": []}
    for kind, result in rounds(clip()):
        results[kind].append(result)
    write = sys.stdout.write
    write(f"{PEOPLE} people, VP8 {WIDTH}x{HEIGHT} at {RATE}/s, medians of {ROUNDS} rounds\n")
    write(f"{'server':<12}{'core per stream':>18}{'pictures/s':>12}{'memory MB':>12}\n")
    for kind, name in (("mux", "portal.media"), ("relay", "MediaRelay")):
        core, pictures, memory = (
            statistics.median(column) for column in zip(*results[kind], strict=True)
        )
        write(f"{name:<12}{core:>18.4f}{pictures:>12.1f}{memory:>12.0f}\n")
    costs = {
        kind: statistics.median(core / max(pictures, 0.1) for core, pictures, _ in found)
        for kind, found in results.items()
    }
    ratio = costs["relay"] / max(costs["mux"], 1e-9)
    write(f"per delivered picture portal.media costs 1/{ratio:.0f} of MediaRelay\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
