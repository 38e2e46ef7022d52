"""A real browser that sends its picture in three sizes, and one that watches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.media.browsers import Open, chromium, enter, listener, room, served, until
from tests.media.conftest import Node
from tests.media.networks import BadPath

__all__ = ["chromium", "enter", "listener", "room"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,
    pytest.mark.asyncio(loop_scope="module"),
]


LISTENED = 8.0
"""Seconds, or 400 packets of a voice: of 15 in a hundred, chance makes 13 to 17."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async with served("sizes.js") as url:
        yield url


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


async def test_who_sees_the_small_size_gets_the_big_one_when_only_that_is_sent(
    enter: Open, room: Node
) -> None:
    anna = await enter("anna", sends="yes")
    ben = await enter("ben")
    await shows(ben, 540)
    await ben.evaluate("window.test.say({type: 'want', participant: 'anna', quality: 'low'})")
    await shows(ben, 135)

    await anna.evaluate("window.test.onlyBig()")
    await until(ben, "window.test.stats().then((it) => it.height > 135)")
    before = await stats(ben)
    await ben.wait_for_timeout(3000)
    assert (await stats(ben))["frames"] > before["frames"] + 5
    assert await ben.evaluate("window.test.log.paused.flat().length") == 0


async def test_a_picture_sent_only_big_adapts_to_a_narrow_path(enter: Open, room: Node) -> None:
    path = BadPath(("127.0.0.1", room.port.port), rate=400_000, loss=0, round_trip=0.1)
    via = await path.open()
    try:
        await enter("anna", sends="big")
        ben = await enter("ben", sends="yes", via=str(via))
        await until(ben, "window.test?.stats().then((it) => it.frames > 0)", limit=40)
        anna = room.rooms.rooms["room-1"].people["anna"].peer
        assert anna is not None
        big = anna.published["video"].layers[-1]
        before, sent = await stats(ben), big.bytes
        await ben.wait_for_timeout(10_000)
        assert (await stats(ben))["frames"] >= before["frames"] + 5
        assert (big.bytes - sent) * 8 / 10 < 600_000, "half of what she may send; a third fits"
        assert await ben.evaluate("window.test.log.paused.flat().length") == 0
    finally:
        path.close()


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
        # What came before the picture stopped still waits in front of the pipe.
        await ben.wait_for_timeout(2000)
        (to_ben, pictures), (to_anna, _) = await asyncio.gather(
            heard(ben, seconds=LISTENED), heard(anna, seconds=LISTENED)
        )
        # Fifteen of a hundred packets are lost for good; little more may be missing.
        assert to_ben < 0.3
        assert to_anna < 0.3
        assert pictures < LISTENED * 25 / 4
    finally:
        path.close()
