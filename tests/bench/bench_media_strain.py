"""What people cost a media process that do nothing, come and go, or are no people at all.

Garbage is judged beside a quiet talk in the same run: by the processor of the server, and by what
it adds to the way of the talk's packets. It is thrown in quiet, too, at a port that nobody reads:
whoever throws takes a part of the machine as well. Those who come and go do the whole handshake and
send sound under its keys.
"""

import asyncio
import contextlib
import os
import random
import socket
import statistics
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context

import aiohttp
from aiortc import RTCPeerConnection, RTCSessionDescription

from tests.bench import media_load
from tests.bench.bench_media import LARGE, WARM_UP
from tests.bench.figures import Figure, percentile
from tests.bench.media_crowd import Person
from tests.bench.media_load import Door, Server, Speaker, build_media, clip, configuration
from tests.media.conftest import listening
from tests.media.test_hostile import hostile
from tests.media.test_process import free_port

IDLE = 40
CYCLES = int(os.environ.get("MEDIA_CYCLES", "1000"))
WARMING = 600
"""People before memory is looked at: allocators keep what they had once, and take it in steps."""
AT_ONCE = 5
"""Rooms."""
GARBAGE = 2000
"""Datagrams a second."""
ROUNDS = 6
WATCHED = 2.5
SETTLED = 7.0
"""Seconds until places are given up whose owners said no goodbye."""


async def sit(session: aiohttp.ClientSession, port: int, number: int) -> RTCPeerConnection:
    """Connect somebody who sends nothing and sees nobody."""
    pc = RTCPeerConnection(configuration())
    for direction in ("sendonly", "recvonly"):
        for kind in ("audio", "video"):
            pc.addTransceiver(kind, direction=direction)
    connected = asyncio.Event()

    def changed() -> None:
        if pc.connectionState == "connected":
            connected.set()

    pc.on("connectionstatechange", changed)
    await pc.setLocalDescription(await pc.createOffer())
    door = Door(session, port, room=f"idle-{number}", name="p")
    answer = await door.exchange(pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(15):
        await connected.wait()
    return pc


async def idle() -> float:
    """Return the kilobytes of the server for each person who is connected and silent."""
    server = Server(build_media)
    port = await server.start()
    sitting: list[RTCPeerConnection] = []
    try:
        async with aiohttp.ClientSession() as session:
            sitting += [await sit(session, port, number) for number in range(IDLE // 2)]
            before = await server.usage()
            sitting += [await sit(session, port, IDLE + number) for number in range(IDLE)]
            after = await server.usage()
            return (after.memory - before.memory) / IDLE / 1000
    finally:
        server.stop()
        await asyncio.gather(*(pc.close() for pc in sitting))


async def come_and_go(session: aiohttp.ClientSession, port: int, number: int) -> None:
    """Let two people meet, say something, and leave."""
    room = f"room-{number % AT_ONCE}"
    doors = [Door(session, port, room=room, name=f"{number}-{it}") for it in ("a", "b")]
    both = [Person(), Person()]
    await asyncio.gather(
        *(
            person.enter(door, [[bytes(1000)]], start=time.monotonic())
            for person, door in zip(both, doors, strict=True)
        )
    )
    for _ in range(3):
        for person in both:
            person.speak(time.monotonic())
        await asyncio.sleep(0.02)
    for person, door in zip(both, doors, strict=True):
        person.listen()
        await door.leave()
        await person.leave()


async def many(session: aiohttp.ClientSession, port: int, people: int) -> None:
    """Let so many people come and go, some at once."""
    for first in range(0, people // 2, AT_ONCE):
        await asyncio.gather(*(come_and_go(session, port, first + it) for it in range(AT_ONCE)))


async def cycles() -> tuple[float, float]:
    """Return by how many megabytes the server has grown, and for how many people in a second."""
    async with listening() as listener, aiohttp.ClientSession() as session:
        # What nobody takes would be kept.
        server = Server(partial(build_media, 0, listener.url))
        port = await server.start()
        try:
            await many(session, port, WARMING)
            await asyncio.sleep(SETTLED)
            before, begun = await server.usage(), time.monotonic()
            await many(session, port, CYCLES)
            seconds = time.monotonic() - begun
            await asyncio.sleep(SETTLED)
            after = await server.usage()
            return (after.memory - before.memory) / 1e6, CYCLES / seconds
        finally:
            server.stop()


def throw(port: int, rate: int) -> None:
    """Send garbage of every kind to a port for ever."""
    chance = random.Random(20261128)
    invented = [b"\x80\x60" + chance.randbytes(900) for _ in range(20)]
    heap = [hostile(chance, invented) for _ in range(4000)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        begun, sent = time.monotonic(), 0
        while True:
            for _ in range(int((time.monotonic() - begun) * rate) - sent):
                with contextlib.suppress(OSError):
                    sock.sendto(heap[sent % len(heap)], ("127.0.0.1", port))
                sent += 1
            time.sleep(0.002)


async def strained() -> list[Figure]:
    """Compare a talk beside garbage with the same talk beside garbage for nobody, in turn."""
    nobody = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    nobody.bind(("127.0.0.1", 0))
    udp_port, frames = free_port(), clip(*LARGE)
    server = Server(partial(build_media, udp_port))
    port = await server.start()
    speakers = [Speaker(media_load.through_server, frames, port, name) for name in ("anna", "ben")]
    anna, ben = speakers
    cores: dict[bool, float] = {False: 0.0, True: 0.0}
    times: dict[bool, list[list[float]]] = {False: [], True: []}
    try:
        for seconds in (0.0, WARM_UP):
            await asyncio.sleep(seconds)
            await anna.hear()
            await ben.hear()
        for turn in range(ROUNDS * 2):
            is_strained = bool(turn % 2)
            to = udp_port if is_strained else nobody.getsockname()[1]
            thrower = get_context("spawn").Process(target=throw, args=(to, GARBAGE), daemon=True)
            thrower.start()
            await asyncio.sleep(2.0)
            await anna.hear()
            await ben.hear()
            before, begun = await server.usage(), time.monotonic()
            await asyncio.sleep(WATCHED)
            after, passed = await server.usage(), time.monotonic() - begun
            (sent, received), (sent_back, received_back) = await anna.hear(), await ben.hear()
            thrower.terminate()
            thrower.join()
            cores[is_strained] += (after.cpu - before.cpu) / passed / ROUNDS
            found = media_load.delays(sent, received_back) + media_load.delays(sent_back, received)
            times[is_strained].append([it * 1000 for it in found])
    finally:
        for speaker in speakers:
            speaker.stop()
        server.stop()
        nobody.close()
    each = (cores[True] - cores[False]) / GARBAGE * 1e6
    # Within a round, so that other load of the machine weighs on both.
    pairs = list(zip(times[False], times[True], strict=True))
    more = [
        statistics.median(percentile(late, at) - percentile(usual, at) for usual, late in pairs)
        for at in (0.5, 0.95)
    ]
    return [
        Figure("a talk in quiet", cores[False], "cores"),
        Figure(f"the same beside {GARBAGE} hostile datagrams a second", cores[True], "cores"),
        Figure("processor for one hostile datagram", each, "µs", 50),
        Figure("the talk's packets beside them: later by, median", more[0], "ms", 0.5),
        Figure("the talk's packets beside them: later by, 95 %", more[1], "ms", 1.0),
    ]


def main() -> Iterator[Figure]:
    """Measure all of it."""
    yield Figure("memory per silent person", asyncio.run(idle()), "kB", 250)
    grown, rate = asyncio.run(cycles())
    yield Figure(f"{CYCLES} come and go with their handshakes: growth", grown, "MB", 4)
    yield Figure("handshakes in a second", rate, "/s")
    yield from asyncio.run(strained())
