"""What forwarding costs: this media process beside MediaRelay and Janus, and how much one carries.

The servers run in a process of their own, one after the other and more than once, with the same
clients and the same recorded VP8 clip; the load generator shares the machine, so read the ratios
and not the figures. `python -m tests.bench.bench_media` takes about a minute, five more with Janus
(`apt-get install janus`).
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from tests.bench import media_janus, media_load, media_nodes
from tests.bench.figures import Figure, percentile
from tests.bench.media_crowd import Crowd
from tests.bench.media_load import (
    Client,
    Door,
    Server,
    Speaker,
    build_media,
    clip,
    close,
    configuration,
)

LARGE = (1280, 720, 2_200_000)
SMALL = (640, 480, 1_200_000)
"""Pixels and bit/s."""
PEOPLE, GROUP = 2, 8
WARM_UP = 2.0
MEASURED = 4.0
ROUNDS = 2
JANUS_ROUNDS = int(os.environ.get("MEDIA_JANUS_ROUNDS", "9"))
"""More than with MediaRelay, because the two are closer: how the pictures of eight people happen to
fall between each other moves a round by an eighth."""
JOINS = 60
TALKS = int(os.environ.get("MEDIA_TALKS", "28"))
CORE_SHARE = 0.7
"""How full a core may be before joins and loss repair suffer."""


async def build_relay() -> web.Application:
    """Build a server with aiortc's MediaRelay, which decodes and encodes for every receiver."""
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

    app = web.Application()
    app.router.add_post("/offer", answer)
    return app


async def enter_relay(
    frames: list[bytes], port: int, session: aiohttp.ClientSession, people: int
) -> list[Client]:
    """Let clients connect to the relay."""

    async def exchange(sdp: str) -> str:
        url = f"http://127.0.0.1:{port}/offer"
        async with session.post(url, json={"sdp": sdp}) as response:
            return str((await response.json())["sdp"])

    clients = [Client(frames) for _ in range(people)]
    for client in clients:
        await client.offer(exchange)
    return clients


async def enter_media(
    frames: list[bytes], port: int, session: aiohttp.ClientSession, people: int, rooms: int = 1
) -> list[Client]:
    """Let clients enter rooms over their WebSockets, so many each."""
    clients = [Client(frames, others=people - 1) for _ in range(people * rooms)]
    for number, client in enumerate(clients):
        door = Door(session, port, room=f"room-{number // people}", name=f"p{number}")
        await client.offer(door.exchange)
    return clients


SIDES = {
    "media": (lambda: Server(build_media), enter_media),
    "relay": (lambda: Server(build_relay), enter_relay),
    "janus": (media_janus.Server, media_janus.enter),
}
"""How each server is started and how a room of it fills."""


async def cost(kind: str, frames: list[bytes], people: int = PEOPLE) -> tuple[float, float]:
    """Return core share and pictures per second of a forwarded stream, in one room."""
    build, enter = SIDES[kind]
    server, clients = build(), []
    port = await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            clients = await enter(frames, port, session, people)
            await asyncio.sleep(WARM_UP)
            before, start = await server.usage(), time.monotonic()
            marks = sum(client.counts.marks for client in clients)
            await asyncio.sleep(MEASURED)
            after, seconds = await server.usage(), time.monotonic() - start
            streams = people * (people - 1)
            shown = sum(client.counts.marks for client in clients) - marks
            return (after.cpu - before.cpu) / seconds / streams, shown / seconds / streams
    finally:
        server.stop()
        await close(clients)


async def delays(frames: list[bytes]) -> list[float]:
    """Return the times from a client's send to the other's receipt, in milliseconds, both ways."""
    server = Server(build_media)
    port = await server.start()
    speakers = [Speaker(media_load.through_server, frames, port, name) for name in ("anna", "ben")]
    try:
        return await passing(*speakers)
    finally:
        for speaker in speakers:
            speaker.stop()
        server.stop()


async def delays_directly(frames: list[bytes]) -> list[float]:
    """Return the same of two clients without a server: what they take themselves."""
    anna, ben = (Speaker(it, frames) for it in (media_load.offering, media_load.answering))
    try:
        anna.accept(await ben.exchange(await anna.exchange()))
        return await passing(anna, ben)
    finally:
        anna.stop()
        ben.stop()


async def passing(anna: Speaker, ben: Speaker) -> list[float]:
    """Let two people speak for a while and return how long their packets took, in milliseconds."""
    for seconds in (0, WARM_UP, MEASURED):
        await asyncio.sleep(seconds)
        (sent, received), (sent_back, received_back) = await anna.hear(), await ben.hear()
    both = media_load.delays(sent, received_back) + media_load.delays(sent_back, received)
    return [it * 1000 for it in both]


async def talks(frames: list[bytes], count: int) -> tuple[float, float, int, float]:
    """Return cores, pictures per second and stream, gaps, and bytes per person, of many talks."""
    server = Server(build_media)
    port = await server.start()
    empty = await server.usage()
    try:
        async with aiohttp.ClientSession() as session, Crowd(frames) as crowd:
            await crowd.enter(session, port, count)
            await asyncio.sleep(WARM_UP * 2)
            before, start = await server.usage(), time.monotonic()
            marks, gaps = crowd.marks, crowd.gaps
            await asyncio.sleep(MEASURED)
            after, seconds = await server.usage(), time.monotonic() - start
            people = len(crowd.people)
            return (
                (after.cpu - before.cpu) / seconds,
                (crowd.marks - marks) / seconds / people,
                crowd.gaps - gaps,
                (after.memory - empty.memory) / people,
            )
    finally:
        server.stop()


async def joins(count: int) -> tuple[float, float]:
    """Return the server's CPU milliseconds per join (enter, offer, answer, leave), and joins/s."""
    server = Server(build_media)
    port = await server.start()
    pc = RTCPeerConnection(configuration())
    for direction in ("sendonly", "recvonly"):
        for kind in ("audio", "video"):
            pc.addTransceiver(kind, direction=direction)
    await pc.setLocalDescription(await pc.createOffer())
    sdp = pc.localDescription.sdp
    await pc.close()

    async def join(session: aiohttp.ClientSession, number: int) -> None:
        door = Door(session, port, room=f"room-{number}", name="p")
        await door.exchange(sdp)
        await door.leave()

    try:
        async with aiohttp.ClientSession() as session:
            await join(session, -1)
            before, start = await server.usage(), time.monotonic()
            for first in range(0, count, 10):
                await asyncio.gather(*(join(session, first + it) for it in range(10)))
            seconds = time.monotonic() - start
            after = await server.usage()
            return (after.cpu - before.cpu) * 1000 / count, count / seconds
    finally:
        server.stop()


@dataclass(frozen=True)
class Comparison:
    """What this media process cost beside another server; medians of rounds."""

    core: float
    """Ours per forwarded stream."""
    share: float
    """Our cost per delivered picture as a share of the other's."""
    fewest: float
    """Pictures a second and stream in the worst round: under 30 the machine was too busy."""


def side_by_side(
    other: str, frames: list[bytes], *, rounds: int, people: int = PEOPLE
) -> Comparison:
    """Run both in turn; a share is taken within a round, so that other load weighs on both."""
    cores: list[float] = []
    shares: list[float] = []
    pictures: list[float] = []
    for _ in range(rounds):
        core, shown = asyncio.run(cost("media", frames, people))
        other_core, other_shown = asyncio.run(cost(other, frames, people))
        cores.append(core)
        shares.append(core / max(shown, 0.1) / max(other_core / max(other_shown, 0.1), 1e-9))
        pictures += [shown, other_shown]
    return Comparison(statistics.median(cores), statistics.median(shares), min(pictures))


def beside_janus(frames: list[bytes]) -> Iterator[Figure]:
    """Measure both rooms that have a bar."""
    two = side_by_side("janus", frames, rounds=JANUS_ROUNDS)
    yield Figure("720p in a talk of two, share of Janus", two.share, "", 0.9)
    eight = side_by_side("janus", clip(*SMALL), people=GROUP, rounds=JANUS_ROUNDS)
    yield Figure("480p in a room of eight, share of Janus", eight.share, "", 0.7)
    fewest = min(two.fewest, eight.fewest)
    yield Figure("pictures a second beside Janus, worst", fewest, "/s", 27, at_least=True)


def main() -> Iterator[Figure]:
    """Measure all of it; where Janus is not installed, say so instead of a figure."""
    frames = clip(*LARGE)
    relay = side_by_side("relay", frames, rounds=ROUNDS)
    yield Figure("core per forwarded 720p stream, one talk", relay.core, "cores")
    yield Figure("per delivered picture, share of MediaRelay", relay.share, "", 1 / 20)
    if media_janus.PROGRAM is None:
        sys.stdout.write("  Janus is not installed: its ratios (0.9 and 0.7) are not measured\n")
    else:
        yield from beside_janus(frames)
    times = asyncio.run(delays(frames))
    yield Figure("one talk, from send to receipt, median", percentile(times, 0.5), "ms", 1.5)
    yield Figure("one talk, from send to receipt, 95 %", percentile(times, 0.95), "ms", 3.0)
    own = asyncio.run(delays_directly(frames))
    yield Figure("the same two without a server, median", percentile(own, 0.5), "ms")
    yield Figure("the same two without a server, 95 %", percentile(own, 0.95), "ms")
    # Two processes have to be woken for a packet; on a busy machine most of its time is waiting.
    bare = percentile(media_load.bare_round_trips(2.0), 0.95)
    yield Figure("a bare process and back, at the same time, 95 %", bare, "ms")
    cpu, rate = asyncio.run(joins(JOINS))
    yield Figure("server CPU per join", cpu, "ms", 8.0)
    yield Figure("joins in a second", rate, "/s", 20, at_least=True)
    cores, shown, gaps, memory = asyncio.run(talks(frames, TALKS))
    bar = 0.6 * TALKS / 28
    yield Figure(f"{TALKS} talks of two at 720p", cores, "cores", bar)
    yield Figure(f"{TALKS} talks: pictures a second", shown, "/s", 29.0, at_least=True)
    yield Figure(f"{TALKS} talks: gaps in sequences", gaps, "", 0)
    yield Figure("memory per person with a picture", memory / 1e6, "MB", 2.0)
    per_core = TALKS * CORE_SHARE / max(cores, 1e-9)
    yield Figure("talks of two per core at 70 %", per_core, "")
    nodes = media_nodes.simulate(1000, core_per_stream=cores / (TALKS * 2))
    yield Figure("nodes (cores) for 1,000 talks, by simulation", nodes.nodes, "")
    yield Figure("network of 1,000 talks, each way", nodes.gigabits, "Gbit/s")


if __name__ == "__main__":
    for figure in main():
        sys.stdout.write("  ".join(figure.row) + "\n")
