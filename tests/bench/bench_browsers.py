"""What two real Chromium connections see through the media process, beside the same two without it.

Sender and receiver are in one page, so that one clock tells how old a picture is when it is seen.
Bars: reference/media-measured.md section 8.
"""

import asyncio
import itertools
import os
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web
from playwright.async_api import Page, async_playwright

from portal.media.app import create_app, keep_what_stays
from portal.media.settings import Settings
from tests.bench.figures import Figure, percentile
from tests.bench.media_load import Server
from tests.browser import executable
from tests.media.bots import KEYS
from tests.media.browsers import ARGUMENTS, served
from tests.media.networks import BadPath
from tests.media.test_process import free_port

ROUNDS = int(os.environ.get("BROWSER_ROUNDS", "3"))
WATCHED = 6.0
LOSSY = 20.0
WIDE = 20e6
"""Bits a second of a path that is no limit."""
RAMP_TO = 2_000_000
REBIND = 6.0


async def build(origin: str, udp_port: int) -> web.Application:
    """Build a media process that this page may enter."""
    keep_what_stays()
    return create_app(
        Settings(
            ticket_keys=KEYS,
            allowed_origins=[origin],
            udp_port=udp_port,
            events_url="http://127.0.0.1:1/nowhere",
        )
    )


class Glass:
    """A page, and a media process of its own beside it."""

    def __init__(self, page: Page, ws: str, udp_port: int) -> None:
        self.page, self.ws, self.udp_port = page, ws, udp_port

    async def ask(self, deed: str, *given: object) -> Any:
        """Let the page do something and return what it says."""
        return await self.page.evaluate(f"(given) => window.test.{deed}(...given)", list(given))

    @asynccontextmanager
    async def talk(self, *paths: BadPath) -> AsyncIterator[list[BadPath]]:
        """Connect sender and receiver, each over a path of its own if there are any."""
        ports = [await path.open() for path in paths]
        try:
            await self.ask("throughServer", self.ws, ports or [0, 0])
            await self.ask("seen", 1500)
            yield list(paths)
        finally:
            await self.ask("hangUp")
            for path in paths:
                path.close()
            # Their places are kept for a moment.
            await asyncio.sleep(0.5)

    def path(self, *, loss: float = 0.0) -> BadPath:
        """Return a path to the server that delays by 20 ms there and back."""
        return BadPath(("127.0.0.1", self.udp_port), rate=WIDE, loss=loss, round_trip=0.02)


@asynccontextmanager
async def glass() -> AsyncIterator[Glass]:
    """Serve the page, start browser and media process, and open the page."""
    udp_port = free_port()
    async with served("glass.js") as site, async_playwright() as playwright:
        server = Server(partial(build, site, udp_port))
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            port = await server.start()
            page = await browser.new_page()
            await page.goto(site)
            await page.wait_for_function("() => window.test")
            yield Glass(page, f"ws://127.0.0.1:{port}/medien/ws", udp_port)
        finally:
            server.stop()
            await browser.close()


async def ages(it: Glass) -> tuple[list[float], list[float]]:
    """Return how old pictures are when they are seen, through the server and straight; in turn."""
    through: list[float] = []
    straight: list[float] = []
    for _ in range(ROUNDS):
        async with it.talk():
            through += [age for _, age in await it.ask("seen", WATCHED * 1000)]
        await it.ask("straight")
        await it.ask("seen", 1500)
        straight += [age for _, age in await it.ask("seen", WATCHED * 1000)]
        await it.ask("hangUp")
    return through, straight


async def ramp(it: Glass) -> float:
    """Return the seconds from the first picture worth it until 2 Mbit/s are sent; median."""
    found: list[float] = []
    for _ in range(ROUNDS):
        await it.ask("throughServer", it.ws)
        found.append(float(await it.ask("ramp", RAMP_TO)))
        await it.ask("hangUp")
    return statistics.median(found)


def gap(seen: list[tuple[float, float]]) -> float:
    """Return the longest time without a new picture, in milliseconds."""
    return max(after[0] - before[0] for before, after in itertools.pairwise(seen))


async def losses(it: Glass) -> tuple[float, int]:
    """Return the longest gap, and how many are freezes, with 3 % lost both ways on one leg."""
    async with it.talk(it.path(loss=0.03), it.path()):
        seen = await it.ask("seen", LOSSY * 1000)
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(seen)]
    # What browsers count (`freezeCount` in webrtc-stats): thrice the usual, or 150 ms more.
    usual = statistics.mean(gaps)
    return max(gaps), sum(it > max(3 * usual, usual + 150) for it in gaps)


async def restarted(it: Glass) -> float:
    """Return the seconds from restartIce, after a path died, to the next picture; median."""
    found: list[float] = []
    for _ in range(ROUNDS):
        other = it.path()
        via = await other.open()
        async with it.talk(it.path(), it.path()) as (path, _):
            path.cut()
            await it.ask("lost")
            found.append(float(await it.ask("restart", via)))
        other.close()
    return statistics.median(found)


async def rebound(it: Glass) -> float:
    """Return the longest gap after one of both comes from another port, in seconds; median."""
    found: list[float] = []
    for turn in range(max(ROUNDS, 2)):
        async with it.talk(it.path(), it.path()) as paths:
            watched = asyncio.create_task(it.ask("seen", REBIND * 1000))
            await asyncio.sleep(1.0)
            await paths[turn % 2].move()
            found.append(gap(await watched) / 1000)
    return statistics.median(found)


async def measured() -> list[Figure]:
    """Measure all of it in one browser."""
    async with glass() as it:
        through, straight = await ages(it)
        more = [percentile(through, at) - percentile(straight, at) for at in (0.5, 0.95)]
        longest, freezes = await losses(it)
        return [
            Figure("a picture's age when seen, straight, median", percentile(straight, 0.5), "ms"),
            Figure("through the server: more, median", more[0], "ms", 5),
            Figure("through the server: more, 95 %", more[1], "ms", 10),
            Figure("until 2 Mbit/s are sent", await ramp(it), "s", 4),
            Figure("3 % lost on one leg, 20 s: longest gap", longest, "ms", 300),
            Figure("3 % lost on one leg, 20 s: freezes", freezes, "", 2),
            Figure("from restartIce to the next picture", await restarted(it), "s", 1),
            Figure("gap after coming from another port", await rebound(it), "s", 3),
        ]


def main() -> Iterator[Figure]:
    """Measure what browsers see."""
    yield from asyncio.run(measured())
