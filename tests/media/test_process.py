"""The real process: starts, answers, obeys SIGTERM, and says what is wrong with its settings."""

import asyncio
import json
import os
import signal
import socket
import sys

import aiohttp
import pytest

from tests.media.bots import KEYS, ORIGIN, people

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


async def test_it_serves_and_stops_on_request() -> None:
    port, udp_port = free_port(), free_port()
    process = await start(
        PORTAL_TICKET_KEYS=",".join(KEYS),
        PORTAL_MEDIA_PORT=str(port),
        PORTAL_MEDIA_UDP_PORT=str(udp_port),
        PORTAL_MEDIA_ALLOWED_ORIGINS=ORIGIN,
        PORTAL_MEDIA_EVENTS_URL="http://127.0.0.1:1/nowhere",
    )
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/medien/gesund") as response:
                    assert response.status == 200
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
    async with people(f"ws://127.0.0.1:{port}/medien/ws", "anna") as (anna,):
        await anna.join()
        await anna.connect(60)
        process.send_signal(signal.SIGTERM)
        assert (await anna.hear("_closed"))["code"] == 1012
    async with asyncio.timeout(10):
        _, log = await process.communicate()
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.decode().splitlines()]
    assert lines[-1]["message"] == "stopped"
    assert "anna" not in log.decode()


@pytest.mark.parametrize("keys", ["", "short"])
async def test_without_good_keys_it_does_not_start(keys: str) -> None:
    process = await start(PORTAL_TICKET_KEYS=keys, PORTAL_MEDIA_PORT="0")
    async with asyncio.timeout(20):
        _, log = await process.communicate()
    assert process.returncode == 2
    assert "PORTAL_TICKET_KEYS" in log.decode()
