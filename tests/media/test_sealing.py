"""End-to-end encryption in real browsers: pictures arrive, and nobody between can open them."""

import asyncio
import itertools

import pytest
from playwright.async_api import Page

from portal.media.packets import Packet
from portal.media.sources import Source
from tests.media.browsers import (
    COLOURS,
    Open,
    chromium,
    enter,
    listener,
    room,
    sees,
    site,
    stats,
    until,
)
from tests.media.conftest import Listener, Node, start_node

__all__ = ["chromium", "enter", "listener", "room", "site"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,
    pytest.mark.asyncio(loop_scope="module"),
]

NO_TRANSFORM = "delete window.RTCRtpScriptTransform"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """Keep what a curious server would see of each kind of media."""
    payloads: dict[str, list[bytes]] = {"audio": [], "video": []}
    on_packet = Source.on_packet

    def curious(self: Source, packet: Packet, *, now: float) -> list[int]:
        payloads[self.kind].append(packet.payload)
        return on_packet(self, packet, now=now)

    monkeypatch.setattr(Source, "on_packet", curious)
    return payloads


async def is_sealed(*pages: Page) -> None:
    for page in pages:
        await until(page, "window.test?.sealed?.state === 'sealed'", limit=20)


async def words(page: Page) -> list[int]:
    found: list[int] = await page.evaluate("window.test.sealed.words")
    return found


async def made(page: Page) -> list[bytes]:
    return [bytes(key) for key in await page.evaluate("window.test.made")]


async def arrives(page: Page, person: str) -> None:
    """Wait until enough of somebody arrived for a page to show it, if it only could."""
    await until(
        page, f"window.test.peer.stats().then((it) => it.people.{person}?.bytes > 20_000)", limit=30
    )


async def looks(page: Page, person: str, quality: str) -> None:
    """Wish for a size, and wait for it: 135 rows are the smallest, a busy browser makes it less."""
    wish = f"{{participant: '{person}', quality: '{quality}'}}"
    await page.evaluate(f"window.test.signalling.ask('want', {wish})")
    is_it = "<= 135" if quality == "low" else "> 135"
    await until(page, f"document.getElementById('{person}')?.videoHeight {is_it}", limit=40)


async def test_two_pages_see_each_other_sealed(enter: Open, seen: dict[str, list[bytes]]) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(anna, "ben", "#2040d0")
    await sees(ben, "anna", "#d02020")
    await is_sealed(anna, ben)

    assert await words(anna) == await words(ben)
    await until(
        anna,
        "window.test.sealing.counts().then(({sealed, opened}) => sealed > 20 && opened > 20)",
    )
    assert (await anna.evaluate("window.test.sealing.counts()"))["plain"] == 0

    # What the server handed on is noise: sound of a fake microphone compresses, this does not.
    assert seen["audio"]
    assert all(len(payload) >= 1 + 16 + 12 for payload in seen["audio"])
    keys = await made(anna) + await made(ben)
    assert keys
    everything = b"".join(seen["audio"] + seen["video"])
    assert not any(key in everything for key in keys)


async def test_a_wrong_key_opens_not_one_frame(enter: Open) -> None:
    """Even a page that gets every packet shows nothing without the right key."""
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes", before=WRONG_KEYS)
    await sees(anna, "ben", "#2040d0")
    await is_sealed(anna, ben)
    await arrives(ben, "anna")
    await until(ben, "window.test.sealing.counts().then((it) => it.refused > 40)")

    assert (await stats(ben))["people"]["anna"]["framesDecoded"] == 0
    assert (await ben.evaluate("window.test.sealing.counts()"))["opened"] == 0


async def test_a_page_without_sealing_decodes_nothing_of_a_sealed_talk(enter: Open) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(ben, "anna", "#d02020")
    eve = await enter("eve")
    await until(anna, "window.test.sealed.state === 'agreeing'")
    await arrives(eve, "anna")
    assert (await stats(eve))["people"].get("anna", {}).get("framesDecoded", 0) == 0

    # The others are asked before anything leaves in the open; until then they go on sealed.
    await until(anna, "window.test.sealed.state === 'ask'", limit=20)
    assert await anna.evaluate("window.test.sealed.unable") == ["eve"]
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")
    await anna.evaluate("window.test.sealing.accept()")
    await sees(eve, "anna", "#20a040", limit=20)

    # When eve goes, the talk is sealed again without anybody doing anything.
    await eve.evaluate("window.test.signalling.leave()")
    await is_sealed(anna, ben)
    before = await anna.evaluate("window.test.sealing.counts()")
    await anna.evaluate("document.body.dataset.colour = '#d02020'")
    await sees(ben, "anna", "#d02020")
    after = await anna.evaluate("window.test.sealing.counts()")
    assert after["plain"] <= before["plain"] + 5
    assert after["sealed"] > before["sealed"]


async def test_a_browser_that_cannot_seal_sends_nothing_before_both_agreed(enter: Open) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    old = await enter("ben", "#2040d0", sealed="yes", before=NO_TRANSFORM)
    for page in (anna, old):
        await until(page, "window.test?.sealed?.state === 'ask'")
    await asyncio.sleep(2)
    for page, other in ((anna, "ben"), (old, "anna")):
        figures = await stats(page)
        assert figures["people"].get(other, {}).get("framesDecoded", 0) == 0
    assert (await stats(old))["sent"]["frames"] == 0

    for page in (anna, old):
        await page.evaluate("window.test.sealing.accept()")
        await until(page, "window.test.sealed.state === 'open'")
    await sees(anna, "ben", "#2040d0")
    await sees(old, "anna", "#d02020")


async def test_keys_change_when_somebody_comes_and_goes(enter: Open) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(ben, "anna", "#d02020")
    await is_sealed(anna, ben)
    first = len(await made(anna))

    carla = await enter("carla", "#20a040", sealed="yes")
    for page in (anna, ben):
        await sees(page, "carla", "#20a040")
    await sees(carla, "anna", "#d02020")
    await sees(carla, "ben", "#2040d0")
    assert len(await made(anna)) > first
    await until(anna, "window.test.sealed.state === 'sealed'")
    assert await words(anna) == await words(ben) == await words(carla)
    second = len(await made(anna))

    await carla.evaluate("window.test.signalling.leave()")
    await until(anna, f"window.test.made.length > {second}")
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")
    # The old keys are gone after a short overlap: one person, at most two keys.
    await until(ben, "window.test.sealing.counts().then((it) => it.keys === 1)")


async def test_a_reload_and_a_killed_server_come_back_sealed(
    enter: Open, room: Node, site: str, listener: Listener
) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(ben, "anna", "#d02020")
    await is_sealed(anna, ben)
    before = await words(anna)

    await ben.reload()
    await sees(ben, "anna", "#d02020")
    await sees(anna, "ben", "#2040d0")
    await is_sealed(anna, ben)
    assert await words(anna) == await words(ben) != before
    compared = await words(anna)

    await room.runner.cleanup()
    await until(anna, "window.test.signalling.state === 'waiting'")
    again = await start_node(
        listener.url,
        allowed_origins=[site],
        http_port=int(room.http.rpartition(":")[2]),
        udp_port=room.port.port,
    )
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040", limit=25)
    await is_sealed(anna, ben)
    # Both pages lived on, so what was compared by voice still holds.
    assert await words(anna) == compared
    assert (await anna.evaluate("window.test.sealing.counts()"))["plain"] == 0
    await again.runner.cleanup()


async def test_a_screen_and_three_sizes_of_a_picture_are_sealed_too(
    enter: Open, seen: dict[str, list[bytes]]
) -> None:
    anna = await enter("anna", "#d02020", sealed="yes", large="yes", rate="10")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(ben, "anna", "#d02020")
    await anna.evaluate("window.test.screen('#20a040')")
    await sees(ben, "anna#screen", "#20a040")
    await sees(ben, "anna", "#d02020")

    # With many people the picture goes out in three sizes; with few in one again.
    await anna.evaluate("window.test.peer.expectCrowd(true)")
    await until(anna, LAYERS, limit=25)
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")
    await looks(ben, "anna", "low")
    await anna.evaluate("document.body.dataset.colour = '#d02020'")
    await sees(ben, "anna", "#d02020")
    await anna.evaluate("window.test.peer.expectCrowd(false)")
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")
    assert (await ben.evaluate("window.test.sealing.counts()"))["plain"] == 0


async def test_words_that_differ_stop_the_own_sound_and_picture(enter: Open) -> None:
    anna = await enter("anna", "#d02020", sealed="yes")
    ben = await enter("ben", "#2040d0", sealed="yes")
    await sees(ben, "anna", "#d02020")
    await is_sealed(anna, ben)
    await anna.evaluate("window.test.sealing.mismatched()")
    await until(anna, "window.test.sealed.state === 'halted'")
    await asyncio.sleep(0.5)
    before = (await stats(ben))["people"]["anna"]["framesDecoded"]
    await asyncio.sleep(1.5)
    assert (await stats(ben))["people"]["anna"]["framesDecoded"] <= before + 1
    await anna.evaluate("window.test.sealing.again(); window.test.sealing.matched()")
    await anna.evaluate("document.body.dataset.colour = '#20a040'")
    await sees(ben, "anna", "#20a040")
    assert await anna.evaluate("window.test.sealed.compared") is True


LAYERS = """window.test.peer.layers().then((them) => Object.keys(them).length === 3)"""

WRONG_KEYS = """
const unwrap = SubtleCrypto.prototype.unwrapKey;
SubtleCrypto.prototype.unwrapKey = async function (...given) {
  await unwrap.apply(this, given);
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["decrypt"]);
};
"""


# Whoever is shown with the colour of somebody else is written down, whenever it happens.
WATCH = """
(colours) => {
  window.mistaken = [];
  const close = (seen, wanted) => seen.every((part, index) => Math.abs(part - wanted[index]) < 40);
  setInterval(() => {
    for (const shown of Object.keys(colours)) {
      const seen = window.test.seen(shown);
      for (const [person, colour] of Object.entries(colours)) {
        if (seen && person !== shown && close(seen, colour)) window.mistaken.push([shown, person]);
      }
    }
  }, 50);
}
"""


@pytest.mark.slow
async def test_three_pages_in_three_sizes_are_sealed_and_nobody_is_mistaken(enter: Open) -> None:
    colours = dict(zip(("anna", "ben", "carla"), COLOURS, strict=True))
    pages = {
        name: await enter(name, colour, sealed="yes", rate="10") for name, colour in colours.items()
    }
    pairs = list(itertools.permutations(colours, 2))
    for name, other in pairs:
        await sees(pages[name], other, colours[other], limit=25)
    await is_sealed(*pages.values())
    for page in pages.values():
        await page.evaluate(WATCH, {name: COLOURS[it] for name, it in colours.items()})

    # Each in turn sends three sizes; one of the others looks in small and one in large, then they
    # change. All at once would be nine encoders of large pictures on the machine of this test.
    names = list(colours)
    for turn, name in enumerate(names):
        small, large = names[turn - 2], names[turn - 1]
        await pages[name].evaluate("window.test.grow(true); window.test.peer.expectCrowd(true)")
        await until(pages[name], LAYERS, limit=40, why="window.test.sending()")
        for one, other in ((small, large), (large, small)):
            await looks(pages[one], name, "low")
            await looks(pages[other], name, "high")
        await pages[name].evaluate("window.test.grow(false); window.test.peer.expectCrowd(false)")
    for name, other in pairs:
        await sees(pages[name], other, colours[other])
    for page in pages.values():
        assert await page.evaluate("window.mistaken") == []
        assert await words(page) == await words(pages["anna"])
        counts = await page.evaluate("window.test.sealing.counts()")
        assert counts["plain"] == 0
        assert counts["opened"] > 100
