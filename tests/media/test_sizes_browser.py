"""A real browser that sends its picture in three sizes, and one that watches."""

import asyncio
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
from tests.media.networks import BadPath
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
    await shows(ben, 540)
    assert set((await stats(anna))["layers"]) == {"l", "m", "h"}

    before = await stats(ben)
    for quality, height in (("low", 135), ("high", 540), ("low", 135)):
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
    await shows(ben, 540)
    assert stopped["freezes"] - before["freezes"] <= 3
    assert await ben.evaluate("window.test.log.errors.length") == 0
    assert await ben.evaluate("window.test.log.paused.flat().length") == 0


async def test_sound_carries_its_past_along_where_both_ends_do(enter: Open, room: Node) -> None:
    await enter("anna", sends="yes", red="yes")
    ben = await enter("ben")
    await until(ben, "window.test?.stats().then((it) => it.sound > 50)")
    people = room.rooms.rooms["room-1"].people
    for _ in range(50):  # the connection may just have been made anew
        assert people["anna"].peer is not None
        [voice] = people["anna"].peer.published["audio"].layers
        if voice.slots:
            break
        await ben.wait_for_timeout(100)
    [slot] = voice.slots
    kept = [packet for packet in voice._ring if packet is not None]
    assert sum(packet.redundant for packet in kept) > len(kept) / 2
    assert slot._codec is not None
    assert slot._codec.redundancy_type is not None
    invented, _ = await heard(ben, seconds=2)  # what was missing at the very beginning is past
    assert invented < 0.5


async def playing(page: Page) -> dict[str, Any]:
    """Return the figures of a page that plays; a busy browser leaves them out now and then."""
    for _ in range(100):
        figures = await stats(page)
        if figures.get("samples"):
            return figures
        await page.wait_for_timeout(100)
    pytest.fail(f"nothing is played: {figures}")


async def heard(page: Page, *, seconds: float) -> tuple[float, int]:
    """Return the share of sound that had to be invented, and how many pictures were shown."""
    before = await playing(page)
    await page.wait_for_timeout(seconds * 1000)
    after = await playing(page)
    samples = after["samples"] - before["samples"]
    return (after["concealed"] - before["concealed"]) / samples, after["frames"] - before["frames"]


async def test_speech_both_ways_through_a_pipe_of_64_kbit_with_losses_and_delay(
    enter: Open, room: Node
) -> None:
    # Ben's page has stepped down to sound only, as it does on such a path; Anna sends everything.
    path = BadPath(("127.0.0.1", room.port.port), rate=64_000, loss=0.15, round_trip=0.3)
    via = await path.open()
    anna = await enter("anna", sends="yes")
    ben = await enter("ben", sends="sound", via=str(via))
    try:
        for page in (anna, ben):
            await until(page, "window.test?.stats().then((it) => it.sound > 20)", limit=30)
        await until(ben, "window.test.log.paused.at(-1)?.includes('anna')", limit=30)
        await ben.wait_for_timeout(6000)
        (to_ben, pictures), (to_anna, _) = await asyncio.gather(
            heard(ben, seconds=20), heard(anna, seconds=20)
        )
        # Fifteen of a hundred packets are lost for good; little more may be missing.
        assert to_ben < 0.3
        assert to_anna < 0.3
        assert pictures < 20 * 25 / 4
    finally:
        path.close()
