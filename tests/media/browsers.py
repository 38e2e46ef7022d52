"""Real browser pages in one room: a Chromium for a whole file, a media process for each test.

Whoever imports these fixtures sets `pytestmark = [pytest.mark.asyncio(loop_scope="module"), …]`:
the browser lives in the loop of its file.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.browser import executable
from tests.media.bots import token
from tests.media.conftest import Listener, Node, listening, serve, start_node

STATIC = Path(__file__).parents[2] / "static" / "js" / "consultation"
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]
PAGE = """<!doctype html><html lang="de"><title>Test</title>
<canvas width="320" height="240"></canvas>
<div id="others"></div><script type="module" src="/{script}"></script></html>"""

COLOURS = {"#d02020": (208, 32, 32), "#2040d0": (32, 64, 208), "#20a040": (32, 160, 64)}

Open = Callable[..., Awaitable[Page]]


@asynccontextmanager
async def served(script: str) -> AsyncIterator[str]:
    """Serve a test page with its script, the real modules, and tickets."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE.format(script=script), content_type="text/html")

    async def own(request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__).with_name(script))

    async def ticket(request: web.Request) -> web.Response:
        return web.Response(text=token(participant=request.match_info["name"]))

    app = web.Application()
    app.add_routes(
        [
            web.get("/", page),
            web.get(f"/{script}", own),
            web.get("/ticket/{name}", ticket),
            web.static("/js", STATIC),
        ]
    )
    runner, url = await serve(app)
    try:
        yield url
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async with served("page.js") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def listener() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


@pytest_asyncio.fixture(loop_scope="module")
async def room(site: str, listener: Listener) -> AsyncIterator[Node]:
    node = await start_node(listener.url, allowed_origins=[site])
    yield node
    await node.runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def enter(chromium: Browser, site: str, room: Node) -> AsyncIterator[Open]:
    pages: list[Page] = []

    async def open_page(name: str, colour: str = "", *, before: str = "", **wishes: str) -> Page:
        # A context of its own, that goes with the page.
        page = await chromium.new_page()
        pages.append(page)
        await page.add_init_script(before)
        page.on("pageerror", lambda error: print("page error:", error))
        query = urlencode({"name": name, "colour": colour, "ws": room.ws, **wishes})
        await page.goto(f"{site}/?{query}")
        return page

    yield open_page
    for page in pages:
        await page.close()


async def until(page: Page, condition: str, *, limit: float = 15, why: str = "''") -> None:
    """Wait until something is so; it may be promised, which `wait_for_function` takes for yes.

    Where it never is, `why` is what the page says about it.
    """
    for _ in range(round(limit * 10)):
        if await page.evaluate(condition):
            return
        await page.wait_for_timeout(100)
    pytest.fail(f"never so: {condition} {await page.evaluate(why)}")


async def sees(page: Page, person: str, colour: str, *, limit: float = 15) -> None:
    """Wait until the page shows this colour where it shows that person."""
    wanted = json.dumps(COLOURS[colour])
    await until(
        page,
        f"""window.test?.seen("{person}")
            ?.every((value, index) => Math.abs(value - {wanted}[index]) < 40)""",
        limit=limit,
    )


async def stats(page: Page) -> dict[str, Any]:
    """Return what the page measures of its connection."""
    result: dict[str, Any] = await page.evaluate("window.test.peer.stats()")
    return result
