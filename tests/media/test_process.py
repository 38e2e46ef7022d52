"""The real process: starts, answers, obeys SIGTERM, and says what is wrong with its settings."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from tests.media.bots import KEYS, ORIGIN, people, token

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def start(**settings: str) -> asyncio.subprocess.Process:
    environment = {key: it for key, it in os.environ.items() if not key.startswith("PORTAL_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "portal.media",
        env={**environment, **settings},
        stderr=asyncio.subprocess.PIPE,
    )


@dataclass
class Running:
    """A media process as a service manager runs it, with no other settings than it must have."""

    process: asyncio.subprocess.Process
    http: str
    settings: Mapping[str, str]

    @property
    def ws(self) -> str:
        return self.http.replace("http", "ws", 1) + "/medien/ws"

    async def status(self, path: str) -> int:
        async with aiohttp.ClientSession() as session, session.get(self.http + path) as response:
            return response.status

    async def ended(self) -> str:
        """Wait for its end and return what it has logged."""
        async with asyncio.timeout(10):
            _, log = await self.process.communicate()
        assert self.process.returncode == 0, log.decode()
        assert json.loads(log.decode().splitlines()[-1])["message"] == "stopped"
        return log.decode()


@asynccontextmanager
async def media() -> AsyncIterator[Running]:
    port = free_port()
    settings = {
        "PORTAL_TICKET_KEYS": ",".join(KEYS),
        "PORTAL_MEDIA_PORT": str(port),
        "PORTAL_MEDIA_UDP_PORT": str(free_port()),
        "PORTAL_MEDIA_ALLOWED_ORIGINS": ORIGIN,
        "PORTAL_MEDIA_EVENTS_URL": "http://127.0.0.1:1/nowhere",
    }
    process = await start(**settings)
    running = Running(process, f"http://127.0.0.1:{port}", settings)
    async with asyncio.timeout(20):
        while True:
            try:
                assert await running.status("/medien/gesund") == 200
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
    yield running
    if process.returncode is None:
        process.kill()
        await process.communicate()


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with media() as running:
        yield running


async def test_after_sigterm_a_talk_goes_on_none_begins_and_the_last_one_ends_it(
    running: Running,
) -> None:
    async with people(running.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect()
        await ben.see(60)

        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while await running.status("/medien/bereit") != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with people(running.ws, "carla", room="room-2") as (carla,):
            await carla.open()
            await carla.say(type="hello", token=token(room="room-2", participant="carla"))
            assert (await carla.hear("error"))["code"] == "moving"
        await asyncio.sleep(2)
        ben.forget_pictures()
        await ben.see(60)
        assert running.process.returncode is None
        assert not [it for it in anna.messages if it["type"] in {"moving", "_closed"}]

        await anna.say(type="leave")
        await ben.say(type="leave")
        log = await running.ended()
    assert "anna" not in log


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(running: Running, second: signal.Signals) -> None:
    async with people(running.ws, "anna") as (anna,):
        await anna.join()
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while await running.status("/medien/bereit") != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        running.process.send_signal(second)
        assert (await anna.hear("_closed"))["code"] == 1012
        await running.ended()


async def test_without_a_talk_it_stops_on_request(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    await running.ended()


async def test_beside_one_that_finishes_its_talks_the_next_one_starts_on_other_ports(
    running: Running,
) -> None:
    async with people(running.ws, "anna") as (anna,):
        await anna.join()
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while await running.status("/medien/bereit") != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        same = await start(**running.settings)
        async with asyncio.timeout(20):
            _, log = await same.communicate()
        assert same.returncode == 1
        assert "starts as another node on other ports" in log.decode()
        assert "Traceback" not in log.decode()

        async with media() as other, people(other.ws, "ben") as (ben,):
            await ben.join()
        assert running.process.returncode is None
        assert not [it for it in anna.messages if it["type"] in {"moving", "_closed"}]


@pytest.mark.parametrize("keys", ["", "short"])
async def test_without_good_keys_it_does_not_start(keys: str) -> None:
    process = await start(PORTAL_TICKET_KEYS=keys, PORTAL_MEDIA_PORT="0")
    async with asyncio.timeout(20):
        _, log = await process.communicate()
    assert process.returncode == 2
    assert "PORTAL_TICKET_KEYS" in log.decode()
