"""A path between one page and the media process, which a test makes worse and better."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.media.networks import BadPath

PATIENCE = 10.0

# What differs is the port that media goes to, and that there is no way around it.
VIA = """
const apply = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  const via = sdp
    .replace(/(a=candidate:\\S+ 1 udp \\d+ \\S+) \\d+/g, "$1 %d")
    .replace(/a=candidate:.* tcp .*\\r\\n/g, "");
  return apply.call(this, { type, sdp: via });
};
"""


@contextmanager
def path_to(port: int) -> Iterator[tuple[BadPath, int]]:
    """Run a path of 20 Mbit/s and 20 ms on a loop of its own; return it and its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def build() -> tuple[BadPath, int]:
        path = BadPath(("127.0.0.1", port), rate=20e6, loss=0.0, round_trip=0.02)
        return path, await path.open()

    async def clear() -> None:
        path.close()
        await asyncio.sleep(0.1)  # a transport ends with the next turn of its loop

    path, via = asyncio.run_coroutine_threadsafe(build(), loop).result(PATIENCE)
    try:
        yield path, via
    finally:
        asyncio.run_coroutine_threadsafe(clear(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def move(path: BadPath) -> None:
    """Let a path reach the server from another address, in the loop that it runs on."""
    asyncio.run_coroutine_threadsafe(path.move(), path.loop).result(PATIENCE)


def lead(page: Page, via: int) -> None:
    """Lead the media of a page over a path, from its next load on."""
    page.add_init_script(VIA % via)
