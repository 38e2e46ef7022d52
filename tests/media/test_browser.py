"""Two real browser pages with the real signalling.js and peer.js in one room."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.media.bots import token
from tests.media.conftest import Listener, Node, serve, start_node

STATIC = Path(__file__).parents[2] / "static" / "js" / "consultation"
CHROMIUM = "/usr/bin/chromium"
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
# The page draws its colour, and reads the colour in the middle of what it sees of the others.
SCRIPT = """
import { Signalling } from "/js/signalling.js";
import { Peer } from "/js/peer.js";
const query = new URLSearchParams(location.search);
const name = query.get("name"), colour = query.get("colour");
const signalling = new Signalling({
  url: query.get("ws"),
  ticket: async () => (await fetch(`/ticket/${name}`)).text(),
});
const peer = new Peer(signalling, { slots: 3 });
const log = { chat: [], problems: [], people: [], states: [], ended: null };
signalling.addEventListener("chat", ({ detail }) => log.chat.push(detail.text));
signalling.addEventListener("problem", ({ detail }) => log.problems.push(detail.code));
signalling.addEventListener("people", ({ detail }) => (log.people = detail.people));
signalling.addEventListener("ended", ({ detail }) => (log.ended = detail));
signalling.addEventListener("state", ({ detail }) => log.states.push(detail.state));
peer.addEventListener("track", ({ detail: { participant, kind, stream } }) => {
  if (kind !== "video") return;
  const video = document.createElement("video");
  Object.assign(video, { id: participant, autoplay: true, muted: true, srcObject: stream });
  document.getElementById(participant)?.remove();
  document.getElementById("others").append(video);
});
peer.addEventListener("gone", ({ detail }) => {
  if (detail.kind === "video") document.getElementById(detail.participant)?.remove();
});
const canvas = document.querySelector("canvas");
const brush = canvas.getContext("2d");
let turn = 0;
setInterval(() => {
  brush.fillStyle = document.body.dataset.colour ?? colour;
  brush.fillRect(0, 0, 320, 240);
  brush.fillStyle = "#000";
  brush.fillRect((turn++ * 8) % 320, 0, 8, 8);
}, 50);
let stream = null;
if (colour) {
  stream = canvas.captureStream(20);
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  stream.addTrack(microphone.getAudioTracks()[0]);
}
window.test = {
  signalling, peer, log,
  seen(participant) {
    const video = document.getElementById(participant);
    if (!video || !video.videoWidth) return null;
    const copy = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext("2d");
    copy.drawImage(video, 0, 0);
    const { data } = copy.getImageData(video.videoWidth / 2, video.videoHeight / 2, 1, 1);
    return [...data].slice(0, 3);
  },
};
signalling.start();
await peer.start(stream);
"""

COLOURS = {"#d02020": (208, 32, 32), "#2040d0": (32, 64, 208), "#20a040": (32, 160, 64)}

Open = Callable[..., Awaitable[Page]]

pytestmark = pytest.mark.browser


@asynccontextmanager
async def pages() -> AsyncIterator[str]:
    """Serve the test page, the real modules, and tickets."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(request: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript")

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
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def room(site: str, listener: Listener) -> AsyncIterator[Node]:
    node = await start_node(listener.url, allowed_origins=[site])
    yield node
    await node.runner.cleanup()


@pytest.fixture
async def enter(browser: Browser, site: str, room: Node) -> Open:
    async def open_page(name: str, colour: str = "") -> Page:
        page = await browser.new_page()
        page.on("pageerror", lambda error: print("page error:", error))
        query = f"name={name}&colour={colour.replace('#', '%23')}&ws={room.ws}"
        await page.goto(f"{site}/?{query}")
        return page

    return open_page


async def until(page: Page, condition: str, *, limit: float = 15) -> None:
    await page.wait_for_function(condition, timeout=limit * 1000, polling=100)


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
