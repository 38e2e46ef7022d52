"""Fixtures of the media tests: a whole media process on loopback, and a Flask that listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from aiohttp import web

from portal.media.app import EVENTS, PORT, ROOMS, create_app
from portal.media.events import Events
from portal.media.rooms import Rooms
from portal.media.settings import Settings
from portal.media.sockets import MediaPort
from portal.media.tickets import SIGNATURE_HEADER, verify_event
from tests.media.bots import KEYS, ORIGIN


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run these tests on the loop that the media process runs on."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass
class Listener:
    """Stand in for Flask's endpoint for events."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with before everything is taken."""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        verify_event(body, request.headers[SIGNATURE_HEADER], keys=KEYS)
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        self.events.append(json.loads(body))
        return web.Response(status=204)

    def kinds(self, participant: str | None = None) -> list[str]:
        return [it["type"] for it in self.events if participant in (None, it["participant"])]


@dataclass
class Node:
    """A running media process."""

    http: str
    rooms: Rooms
    port: MediaPort
    events: Events
    runner: web.AppRunner

    @property
    def ws(self) -> str:
        return self.http.replace("http", "ws", 1) + "/medien/ws"


async def serve(app: web.Application, port: int = 0) -> tuple[web.AppRunner, str]:
    """Run an application on a loopback port, a free one if none is given."""
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def start_node(events_url: str, *, http_port: int = 0, **settings: Any) -> Node:
    """Start a media process."""
    given = {"ticket_keys": KEYS, "allowed_origins": [ORIGIN], "udp_port": 0, **settings}
    app = create_app(Settings(events_url=events_url, **given))
    runner, url = await serve(app, http_port)
    return Node(url, app[ROOMS], app[PORT], app[EVENTS], runner)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Listen to events on a port of its own."""
    listener = Listener()
    app = web.Application()
    app.router.add_post("/ereignisse", listener.take)
    runner, url = await serve(app)
    listener.url = f"{url}/ereignisse"
    yield listener
    await runner.cleanup()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


@pytest.fixture
async def node(listener: Listener) -> AsyncIterator[Node]:
    node = await start_node(listener.url)
    yield node
    await node.runner.cleanup()
