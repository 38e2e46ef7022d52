"""A real browser that sends its picture in three sizes, and one that watches."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.browser import executable
from tests.media.bots import token
from tests.media.conftest import Listener, Node, serve, start_node
from tests.media.test_browser import ARGUMENTS, until

PAGE = """<!doctype html><html lang="de"><title>Test</title><canvas></canvas>
<script type="module" src="/sizes.js"></script></html>"""

Open = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.browser, pytest.mark.alone]


@asynccontextmanager
async def pages() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__).with_name("sizes.js"))

    async def ticket(request: web.Request) -> web.Response:
        return web.Response(text=token(participant=request.match_info["name"]))

    app = web.Application()
    app.add_routes(
        [web.get("/", page), web.get("/sizes.js", script), web.get("/ticket/{name}", ticket)]
    )
    runner, url = await serve(app)
    try:
        yield url
    finally:
        await runner.cleanup()


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async with pages() as url:
        yield url


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def room(site: str, listener: Listener) -> AsyncIterator[Node]:
    node = await start_node(listener.url, allowed_origins=[site])
    yield node
    await node.runner.cleanup()


@pytest.fixture
async def enter(chromium: Browser, site: str, room: Node) -> Open:
    async def open_page(name: str, **wishes: str) -> Page:
        page = await chromium.new_page()
        page.on("pageerror", lambda error: print("page error:", error))
        query = "&".join(f"{key}={value}" for key, value in wishes.items())
        await page.goto(f"{site}/?name={name}&ws={room.ws}&{query}")
        return page

    return open_page


async def stats(page: Page) -> dict[str, Any]:
    result: dict[str, Any] = await page.evaluate("window.test.stats()")
    return result


async def shows(page: Page, height: int, *, limit: float = 25) -> None:
    """Wait until the picture that is shown has this height."""
    await until(
        page,
        f"window.test?.stats().then((it) => it.height === {height} && it.frames > 0)",
        limit=limit,
    )


async def test_each_wish_gets_its_size_without_a_new_offer(enter: Open, room: Node) -> None:
    anna = await enter("anna", sends="yes")
    ben = await enter("ben")
    await shows(ben, 480)
    assert set((await stats(anna))["layers"]) == {"l", "m", "h"}

    before = await stats(ben)
    for quality, height in (("low", 120), ("high", 480), ("low", 120)):
        await ben.evaluate(
            "(quality) => window.test.say({type: 'want', participant: 'anna', quality})", quality
        )
        await shows(ben, height)
    await ben.evaluate("window.test.say({type: 'want', participant: 'anna', quality: 'none'})")
    await ben.wait_for_timeout(500)
    stopped = await stats(ben)
    await ben.wait_for_timeout(1000)
    still = await stats(ben)
    assert still["frames"] == stopped["frames"]
    assert still["sound"] > stopped["sound"] + 2
    await ben.evaluate("window.test.say({type: 'want', participant: 'anna', quality: 'high'})")
    await shows(ben, 480)
    assert stopped["freezes"] - before["freezes"] <= 3
    assert await ben.evaluate("window.test.log.errors.length") == 0
    assert await ben.evaluate("window.test.log.paused.flat().length") == 0


async def test_sound_carries_its_past_along_where_both_ends_do(enter: Open, room: Node) -> None:
    await enter("anna", sends="yes", red="yes")
    ben = await enter("ben")
    await until(ben, "window.test?.stats().then((it) => it.sound > 50)")
    people = room.rooms.rooms["room-1"].people
    assert people["anna"].peer is not None
    [voice] = people["anna"].peer.published["audio"].layers
    [slot] = voice.slots
    kept = [packet for packet in voice._ring if packet is not None]
    assert sum(packet.redundant for packet in kept) > len(kept) / 2
    assert slot._codec is not None
    assert slot._codec.redundancy_type is not None
    heard = await stats(ben)
    assert heard["concealed"] < heard["samples"] / 2
