"""Two real browser pages with the real signalling.js and peer.js in one room."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
from aiohttp import web
from aioice import stun
from playwright.async_api import Browser, Page, async_playwright

from portal.media.ice import Path
from portal.media.sockets import MediaPort
from tests.browser import executable
from tests.media.bots import token
from tests.media.conftest import Listener, Node, serve, start_node

STATIC = FilePath(__file__).parents[2] / "static" / "js" / "consultation"
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
<div id="others"></div><script type="module" src="/page.js"></script></html>"""

COLOURS = {"#d02020": (208, 32, 32), "#2040d0": (32, 64, 208), "#20a040": (32, 160, 64)}

Open = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.browser, pytest.mark.alone]


@asynccontextmanager
async def pages() -> AsyncIterator[str]:
    """Serve the test page, the real modules, and tickets."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(FilePath(__file__).with_name("page.js"))

    async def ticket(request: web.Request) -> web.Response:
        return web.Response(text=token(participant=request.match_info["name"]))

    app = web.Application()
    app.add_routes(
        [
            web.get("/", page),
            web.get("/page.js", script),
            web.get("/ticket/{name}", ticket),
            web.static("/js", STATIC),
        ]
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
    async def open_page(name: str, colour: str = "", *, before: str = "", **wishes: str) -> Page:
        page = await chromium.new_page()
        await page.add_init_script(before)
        page.on("pageerror", lambda error: print("page error:", error))
        picture = colour.replace("#", "%23")
        query = f"name={name}&colour={picture}&ws={room.ws}&"
        query += "&".join(f"{key}={value}" for key, value in wishes.items())
        await page.goto(f"{site}/?{query}")
        return page

    return open_page


async def until(page: Page, condition: str, *, limit: float = 15) -> None:
    """Wait until something is so; it may be promised, which `wait_for_function` takes for yes."""
    for _ in range(round(limit * 10)):
        if await page.evaluate(condition):
            return
        await page.wait_for_timeout(100)
    pytest.fail(f"never so: {condition}")


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
    result: dict[str, Any] = await page.evaluate("window.test.peer.stats()")
    return result


async def test_two_pages_see_each_other_through_the_one_port(enter: Open, room: Node) -> None:
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")

    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")

    before = await stats(anna)
    assert before["path"]["remotePort"] == room.port.port
    assert before["path"]["protocol"] == "udp"
    await until(
        anna,
        f"""window.test.peer.stats().then((it) =>
            it.people.ben.framesDecoded > {before["people"]["ben"]["framesDecoded"]} + 10)""",
    )

    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")

    await anna.reload()
    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")
    assert await ben.evaluate("window.test.log.people.length") == 2

    carla = await enter("carla")
    await sees(carla, "anna", "#d02020")
    await sees(carla, "ben", "#2040d0")
    await carla.evaluate("window.test.signalling.chat('Guten Tag')")
    await until(ben, "window.test.log.chat.includes('Guten Tag')")


async def test_where_udp_is_blocked_tcp_serves(enter: Open, room: Node) -> None:
    anna = await enter("anna", "#d02020", tcp="yes")
    ben = await enter("ben", "#2040d0")
    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")

    path = (await stats(anna))["path"]
    assert (path["protocol"], path["remotePort"]) == ("tcp", room.port.port)


async def test_when_the_path_dies_the_page_finds_another(
    enter: Open, room: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Over TCP the browser would simply connect again, without any ICE restart.
    monkeypatch.setattr(MediaPort, "has_tcp", False)
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")
    await sees(ben, "anna", "#d02020")
    peer = room.rooms.rooms["room-1"].people["anna"].peer
    assert peer is not None
    ice = peer.transport.ice
    dead = {path.address for path in ice.paths}
    on_request = ice.on_request

    def deaf(message: stun.Message, path: Path, *, now: float) -> bytes | None:
        return None if path.address in dead else on_request(message, path, now=now)

    ice.on_request = deaf  # type: ignore[method-assign]
    ice.close()
    await until(anna, "window.test.peer.state === 'recovering'", limit=20)
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040", limit=25)
    await until(anna, "window.test.peer.state === 'connected'")
    assert room.rooms.rooms["room-1"].people["anna"].peer is peer


async def test_after_a_restart_of_the_server_both_are_back(
    enter: Open, room: Node, site: str, listener: Listener
) -> None:
    anna = await enter("anna", "#d02020")
    ben = await enter("ben", "#2040d0")
    await sees(anna, "ben", "#2040d0")
    await room.runner.cleanup()
    await until(anna, "window.test.signalling.state === 'waiting'")

    again = await start_node(
        listener.url,
        allowed_origins=[site],
        http_port=int(room.http.rpartition(":")[2]),
        udp_port=room.port.port,
    )
    for page, other in [(anna, "ben"), (ben, "anna")]:
        await until(
            page,
            f"""window.test.signalling.state === "open" &&
                window.test.peer.state === "connected" &&
                window.test.peer.stats().then((it) => it.people.{other}?.framesDecoded > 5)""",
        )
    assert set(again.rooms.rooms["room-1"].people) == {"anna", "ben"}
    assert await anna.evaluate("window.test.log.ended") is None
    await again.runner.cleanup()
