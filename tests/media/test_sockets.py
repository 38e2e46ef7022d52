"""The one port: garbage is ignored, TCP carries the same checks as UDP (RFC 6544)."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

import pytest
from aioice import stun

from portal.media.ice import IceLite
from portal.media.sockets import MediaPort
from tests.media.test_ice import request


class Sink:
    def __init__(self) -> None:
        self.media: list[int] = []
        self.dtls: list[bytes] = []

    def on_media(self, length: int) -> bool:
        self.media.append(length)
        return True

    def on_dtls(self, datagram: bytes) -> None:
        self.dtls.append(datagram)


@pytest.fixture
async def port() -> AsyncIterator[MediaPort]:
    port = MediaPort()
    await port.open("127.0.0.1", 0, tcp=True)
    yield port
    await port.close()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def agent(port: MediaPort, sink: Sink) -> IceLite:
    agent = IceLite(sink, now=0)
    port.register(agent)
    return agent


async def test_strangers_are_ignored_and_never_answered(
    port: MediaPort, agent: IceLite, sink: Sink
) -> None:
    other = IceLite(sink, now=0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for datagram in [
            b"\x80\x60" + os.urandom(200),
            b"\x16\xfe\xff" + os.urandom(200),
            os.urandom(3000),
            b"\x00\x01",
            request(other),
            request(agent, password="guessed"),
            b"\xff" * 40,
        ]:
            stranger.sendto(datagram, ("127.0.0.1", port.port))
        await asyncio.sleep(0.05)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    assert (sink.media, sink.dtls, agent.paths) == ([], [], [])
    assert port.ignored >= 6


async def test_after_a_check_an_address_may_send(
    port: MediaPort, agent: IceLite, sink: Sink
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port.port))
        await loop.sock_sendall(client, request(agent))
        async with asyncio.timeout(2):
            answer = stun.parse_message(await loop.sock_recv(client, 2048))
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == client.getsockname()
        await loop.sock_sendall(client, b"\x80" * 50)
        await loop.sock_sendall(client, b"\x16" * 20)
        await asyncio.sleep(0.05)
        assert (sink.media, sink.dtls) == ([50], [b"\x16" * 20])

        port.unregister(agent)
        await loop.sock_sendall(client, b"\x80" * 60)
        await loop.sock_sendall(client, request(agent))
        await asyncio.sleep(0.05)
        assert sink.media == [50]


def framed(frame: bytes) -> bytes:
    return len(frame).to_bytes(2, "big") + frame


async def test_tcp_carries_checks_and_media(port: MediaPort, agent: IceLite, sink: Sink) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
    writer.write(framed(request(agent, nominate=True)))
    async with asyncio.timeout(2):
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = stun.parse_message(await reader.readexactly(length))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == writer.get_extra_info("sockname")
    writer.write(framed(b"\x80" * 50) + framed(b"\x16" * 20))
    await asyncio.sleep(0.05)
    assert (sink.media, sink.dtls) == ([50], [b"\x16" * 20])

    assert agent.selected is not None
    agent.selected.send(b"\x80reply")
    async with asyncio.timeout(2):
        assert await reader.readexactly(8) == framed(b"\x80reply")
    for _ in range(10_000):
        agent.selected.send(bytes(1500))
    assert agent.selected.dropped > 0  # type: ignore[attr-defined]

    writer.transport.abort()
    async with asyncio.timeout(2):
        while agent.selected is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("frame", [framed(b"\x80" * 50), b"\x00\x00", b"\xff\xff" + bytes(3000)])
async def test_tcp_without_a_check_is_hung_up_on(port: MediaPort, sink: Sink, frame: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
    writer.write(frame)
    async with asyncio.timeout(2):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.transport.abort()
    assert sink.media == []
