"""Garbage, replays, bombs and crowds beside a running talk: it goes on, and nothing piles up."""

import asyncio
import contextlib
import gc
import itertools
import json
import random
import resource
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection

from portal.media import transport as transport_module
from portal.media.adapter import DescriptionInvalid
from portal.media.ice import IceLite, parse_request
from portal.media.offers import OFFER_MAX_LENGTH, read_offer
from portal.media.peer import Peer
from tests.media.bots import ORIGIN, Bot, people, token
from tests.media.conftest import Node
from tests.media.test_ice import request

SEED = 20261127


@dataclass
class Talk:
    """Two people in a talk, and every number that the second one gets."""

    anna: Bot
    ben: Bot
    sent: list[bytes] = field(default_factory=list)
    """Some datagrams that Anna really sent, for replays."""
    numbers: dict[int, list[int]] = field(default_factory=dict)
    said: Callable[[bytes], Any] | None = None

    def gaps(self) -> list[tuple[int, int]]:
        """Return where the numbers of a stream leap."""
        return [
            (before, after)
            for numbers in self.numbers.values()
            for before, after in itertools.pairwise(numbers)
            if (after - before) & 0xFFFF != 1
        ]


@contextlib.asynccontextmanager
async def talk(node: Node) -> AsyncIterator[Talk]:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60, audio=True)
        await ben.connect(190)
        await ben.see(60)
        await ben.listen()
        running = Talk(anna, ben)
        assert anna.pc is not None
        assert ben.pc is not None
        ice = anna.pc.getSenders()[0].transport.transport
        send = ice._send

        async def spy(datagram: bytes) -> None:
            if len(running.sent) < 400:
                running.sent.append(bytes(datagram))
            await send(datagram)

        ice._send, running.said = spy, send
        listening = ben.pc.getSenders()[0].transport

        async def note(data: bytes, arrival_time_ms: int) -> None:
            ssrc = int.from_bytes(data[8:12], "big")
            running.numbers.setdefault(ssrc, []).append(int.from_bytes(data[2:4], "big"))

        listening._handle_rtp_data = note
        await asyncio.sleep(0.5)
        yield running


def peer_of(node: Node, name: str) -> Peer:
    peer = node.rooms.rooms["room-1"].people[name].peer
    assert peer is not None
    return peer


def hostile(chance: random.Random, real: list[bytes]) -> bytes:
    """Return garbage of some kind: noise, headers that lie, replays, real ones with bits turned."""
    kind = chance.randrange(7)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 1500))
    if kind == 1:
        return chance.randbytes(chance.choice([1, 2, 11, 12, 13, 2047, 2048, 2049, 9000, 60000]))
    if kind == 2:  # STUN whose lengths and attributes lie
        body = chance.randbytes(chance.randrange(60))
        head = b"\x00\x01" + chance.randbytes(2) + b"\x21\x12\xa4\x42" + chance.randbytes(12)
        return head + body
    if kind == 3:  # DTLS: hello, alert, application data of every epoch
        head = bytes([chance.choice([20, 21, 22, 23, 25]), 0xFE, chance.choice([0xFD, 0xFF])])
        return head + chance.randbytes(chance.randrange(200))
    if kind == 4:  # SRTP and SRTCP under invented SSRCs
        head = bytes([0x80 | chance.randrange(64), chance.choice([96, 111, 200, 201, 205, 206])])
        return head + chance.randbytes(chance.randrange(10, 1300))
    datagram = chance.choice(real)
    if kind == 5:
        return datagram
    turned = bytearray(datagram)
    for _ in range(chance.randrange(1, 6)):
        turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
    return bytes(turned)


async def test_thousands_of_hostile_datagrams_leave_no_gap_in_a_talk(node: Node) -> None:
    chance = random.Random(SEED)
    async with talk(node) as running:
        assert running.said is not None
        paths_before = len(node.port._paths)
        gc.collect()
        objects = len(gc.get_objects())
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            for number in range(6000):
                datagram = hostile(chance, running.sent)
                if number % 2:
                    with contextlib.suppress(OSError):
                        sock.sendto(datagram, ("127.0.0.1", node.port.port))
                else:
                    # As if its sender stood on the path and could forge Anna's address.
                    with contextlib.suppress(OSError, ConnectionError):
                        await running.said(datagram[:1400])
                if number % 20 == 0:
                    await asyncio.sleep(0.005)
        await asyncio.sleep(0.5)

        assert peer_of(node, "anna").ready
        assert peer_of(node, "ben").ready
        assert sum(map(len, running.numbers.values())) > 50
        assert running.gaps() == []
        running.ben.forget_pictures()
        before = {ssrc: len(numbers) for ssrc, numbers in running.numbers.items()}
        await asyncio.sleep(0.5)
        grown = [len(it) - before.get(ssrc, 0) for ssrc, it in running.numbers.items()]
        assert max(grown) > 5, "the talk goes on"
        assert len(node.port._paths) <= paths_before + 1
        assert len(peer_of(node, "anna")._unknown) <= 2, "no more than it reports under itself"
        running.numbers.clear()
        gc.collect()
        assert len(gc.get_objects()) - objects < 5000


@pytest.fixture
def heard(node: Node, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Give every check that reaches the port, as somebody on the line hears it."""
    checks: list[bytes] = []
    on_stun = node.port._on_stun

    def hear(datagram: bytes, path: Any) -> None:
        checks.append(datagram)
        on_stun(datagram, path)

    monkeypatch.setattr(node.port, "_on_stun", hear)
    return checks


def nominates(check: bytes, ice: IceLite) -> bool:
    """Tell whether a check is this person's and says where media should go."""
    message = parse_request(check)
    assert message is not None
    is_own = str(message.attributes["USERNAME"]).partition(":")[0] in ice.fragments
    return is_own and "USE-CANDIDATE" in message.attributes


async def replay(node: Node, running: Talk, checks: list[bytes]) -> None:
    """Send checks of Anna from elsewhere: path, consent and talk stay as they were."""
    ice = peer_of(node, "anna").transport.ice
    selected, known, seen = ice.selected, ice.paths, ice.last_seen
    assert selected is not None
    assert checks
    running.numbers.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for check in checks * 3:
            stranger.sendto(check, ("127.0.0.1", node.port.port))
            await asyncio.sleep(0.05)
            assert ice.selected is selected
        with contextlib.suppress(BlockingIOError):
            while datagram := stranger.recv(2048):
                assert datagram[0] < 4, "never media"
    # Her own next check may have come meanwhile, on her own path.
    assert ice.last_seen in (seen, ice._paths[selected])
    assert set(known) <= set(ice.paths)
    assert sum(map(len, running.numbers.values())) > 5, "the talk goes on"
    assert running.gaps() == []


async def test_a_stranger_who_forges_a_check_does_not_take_the_path(
    node: Node, heard: list[bytes]
) -> None:
    async with talk(node) as running:
        ice = peer_of(node, "anna").transport.ice
        forged = [bytearray(check) for check in heard if nominates(check, ice)]
        for check in forged:
            check[-3] ^= 1
        paths = ice.paths
        await replay(node, running, [bytes(check) for check in forged])
        assert ice.paths == paths


async def test_a_stranger_who_replays_a_check_does_not_take_the_path(
    node: Node, heard: list[bytes]
) -> None:
    async with talk(node) as running:
        ice = peer_of(node, "anna").transport.ice
        paths = ice.paths
        await replay(node, running, [check for check in heard if nominates(check, ice)])
        assert ice.paths == paths, "nor is the stranger one of those who may send"


async def test_a_check_that_was_caught_before_it_arrived_takes_no_path(
    node: Node, heard: list[bytes]
) -> None:
    """Whoever caught it has all that Anna sent, and only her next packet can prove a place."""
    async with talk(node) as running:
        ice = peer_of(node, "anna").transport.ice
        caught = request(ice, nominate=True)
        await replay(node, running, [caught, *running.sent[-50:]])


async def test_who_changes_the_network_is_followed_with_the_next_packet(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talk(node) as running:
        ice = peer_of(node, "anna").transport.ice
        before = ice.selected
        assert running.anna.pc is not None
        wire = running.anna.pc.getSenders()[0].transport.transport
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            other.connect(("127.0.0.1", node.port.port))

            async def send(datagram: bytes) -> None:
                other.send(datagram)

            other.send(request(ice, nominate=True))
            with monkeypatch.context() as moved:
                moved.setattr(wire, "_send", send)
                async with asyncio.timeout(2):
                    while (await loop.sock_recv(other, 2048))[0] < 4:
                        pass
            # Media has come to the new address, so it was selected.
            assert ice.selected is not before
            assert ice.selected is not None
            assert ice.selected.address == other.getsockname()


BOMBS = {
    "sections": "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" * 4000,
    "codecs": "m=video 9 UDP/TLS/RTP/SAVPF "
    + " ".join(str(it % 128) for it in range(20_000))
    + "\r\na=mid:0\r\n",
    "maps": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" + "a=rtpmap:96 VP8/90000\r\n" * 8000,
    "formats": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"
    + "a=fmtp:96 x=1\r\n" * 12_000,
    "ssrcs": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
    + "".join(f"a=ssrc:{it} cname:x\r\n" for it in range(9000)),
    "groups": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ssrc-group:FID " + "1 " * 90_000 + "\r\n",
    "simulcast": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=simulcast:send " + "l;" * 90_000 + "\r\n",
    "candidates": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
    + "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n" * 4000,
    "extensions": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + "a=extmap:1 urn:x\r\n" * 10_000,
    "one line": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=" + "x" * 190_000,
    "numbers": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:" + "9" * 100_000 + " VP8/90000\r\n",
    "too long": "v=0\r\n" * (OFFER_MAX_LENGTH // 5 + 1),
}


@pytest.mark.parametrize("bomb", list(BOMBS.values()), ids=list(BOMBS))
def test_offers_that_are_bombs_are_refused_soon(bomb: str) -> None:
    sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + bomb
    begun = time.process_time()
    with pytest.raises(DescriptionInvalid):
        read_offer(sdp)
    assert time.process_time() - begun < 0.5


async def test_who_sends_bombs_is_slowed_and_the_talk_goes_on(node: Node) -> None:
    async with talk(node) as running, people(node.ws, "eve") as (eve,):
        await eve.join()
        bomb = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + BOMBS["maps"]
        for _ in range(30):
            await eve.say(type="offer", sdp=bomb)
        await eve.hear("error", lambda it: it["code"] == "rate")
        await asyncio.sleep(0.5)
        assert running.gaps() == []
        refused = [it for it in eve.messages if it.get("code") == "media"]
        assert len(refused) <= 9


async def canned_offer() -> str:
    """Return an offer that a real client made, and throw the client away."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    for kind in ("audio", "video"):
        pc.addTransceiver(kind, direction="sendonly")
    for kind in ("audio", "video"):
        pc.addTransceiver(kind, direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    sdp = pc.localDescription.sdp
    await pc.close()
    return sdp


async def come_and_go(
    session: aiohttp.ClientSession, node: Node, *, room: str, name: str, sdp: str
) -> None:
    """Join, offer, take the answer and leave, without ever connecting media."""
    async with session.ws_connect(node.ws, headers={"Origin": ORIGIN}) as ws:
        await ws.send_json({"type": "hello", "token": token(room=room, participant=name)})
        await ws.send_json({"type": "offer", "sdp": sdp})
        async for received in ws:
            message = json.loads(received.data)
            assert message["type"] != "error", message
            if message["type"] == "answer":
                break
        await ws.send_json({"type": "leave"})


async def test_a_hundred_joins_in_a_second_leave_no_gap_in_a_talk(node: Node) -> None:
    sdp = await canned_offer()
    async with talk(node) as running, aiohttp.ClientSession() as session:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.TaskGroup() as joins:
            for number in range(200):
                joins.create_task(
                    come_and_go(
                        session, node, room=f"room-{2 + number % 50}", name=f"p{number}", sdp=sdp
                    )
                )
                await asyncio.sleep(max(0.0, begun + number / 100 - loop.time()))
        assert running.gaps() == []
        assert set(node.rooms.rooms) == {"room-1"}
        assert peer_of(node, "ben").ready


async def test_a_client_that_never_answers_is_forgotten(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "HANDSHAKE_TIMEOUT", 0.2)
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await anna.say(type="offer", sdp=await canned_offer())
        await anna.hear("answer")
        assert node.port._agents
        assert (await anna.hear("media"))["state"] == "lost"
        await asyncio.sleep(0.1)
        assert not node.port._agents
        assert node.rooms.rooms["room-1"].people["anna"].peer is None


async def test_an_expired_ticket_is_told_so(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 120)
    old = token()
    monkeypatch.setattr(time, "time", lambda: now)
    async with people(node.ws, "anna") as (anna,):
        await anna.open()
        await anna.say(type="hello", token=old)
        assert (await anna.hear("error"))["code"] == "ticket_expired"


def resident() -> int:
    """Return the memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.slow
async def test_a_thousand_come_and_go_and_memory_is_flat(node: Node) -> None:
    sdp = await canned_offer()
    events = node.events

    async def cycles(count: int, session: aiohttp.ClientSession) -> tuple[int, int]:
        for number in range(count):
            await come_and_go(session, node, room=f"room-{number % 7}", name="anna", sdp=sdp)
        async with asyncio.timeout(20):
            while node.rooms.rooms or node.port._agents or events.pending:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        gc.collect()
        return len(gc.get_objects()), resident()

    async with aiohttp.ClientSession() as session:
        await cycles(300, session)
        objects, memory = await cycles(100, session)
        more_objects, more_memory = await cycles(1000, session)
    assert not node.rooms._by_secret
    assert not node.port._paths
    assert not node.rooms._connections._endings
    # Used tickets and taken events are remembered for a minute: a few objects for each cycle.
    assert more_objects - objects < 12_000
    assert more_memory - memory < 12 * 1024 * 1024


def of_the_house() -> Counter[str]:
    """Return how many objects of the media process there are, by their kind."""
    gc.collect()
    kinds = (type(it) for it in gc.get_objects())
    return Counter(it.__name__ for it in kinds if str(it.__module__).startswith("portal.media"))


async def test_who_comes_with_the_whole_handshake_and_goes_leaves_nothing(node: Node) -> None:
    """The same with 1,000, by the memory of a process of its own, is `bench_media_strain`."""

    async def meet(count: int) -> Counter[str]:
        for _ in range(count):
            async with people(node.ws, "anna", "ben") as (anna, ben):
                await anna.join()
                await ben.join()
                await anna.connect(audio=True)
                await ben.connect(audio=True)
                await ben.listen()
                await anna.say(type="leave")
                await ben.say(type="leave")
        async with asyncio.timeout(20):
            while node.rooms.rooms or node.port._agents or node.events.pending:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.gather(*node.rooms._connections._endings)
        return of_the_house()

    before = await meet(2)
    tasks = len(asyncio.all_tasks())
    after = await meet(10)
    assert after - before == Counter()
    assert len(asyncio.all_tasks()) <= tasks
    assert not node.port._paths
