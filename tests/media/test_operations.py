"""Numbers, Prometheus text, readiness, heartbeats and draining."""

import asyncio
import re
import signal

import aiohttp
import pytest

from portal.media import draining as draining_module
from portal.media.draining import Draining
from tests.media.bots import ORIGIN, people, token
from tests.media.conftest import Listener, Node, start_node
from tests.media.test_process import free_port, start


async def read(node: Node, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(node.http + path) as response:
        return response.status, await response.text()


async def test_numbers_tell_how_rooms_do_and_name_nobody(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect()
        await ben.see(60)
        _, text = await read(node, "/medien/intern/zahlen")
        room = node.rooms.numbers()["room-1"]
        assert room["people"] == room["connected"] == 2
        assert room["packets_out"] > 0
        assert node.rooms.load()["streams"] == 2
        assert "anna" not in text
        assert "Anna" not in text


async def test_the_operator_reads_sums_that_never_fall(listener: Listener) -> None:
    node = await start_node(listener.url, node='a"1')
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect()
        await ben.see(60)
        before = metrics((await read(node, "/medien/intern/metriken"))[1])
        assert before["portal_media_rooms"] == 1
        assert before["portal_media_connected"] == 2
        assert before["portal_media_packets_out_total"] > 0
        await anna.say(type="leave")
        await anna.hear("_closed")
        after = metrics((await read(node, "/medien/intern/metriken"))[1])
        for name, value in before.items():
            if name.endswith("_total"):
                assert after[name] >= value, name
        assert after["portal_media_people"] == 1
    async with aiohttp.ClientSession() as session:
        url = f"{node.http}/medien/intern/metriken"
        async with session.get(url, headers={"X-Forwarded-For": "192.0.2.1"}) as response:
            assert response.status == 403
    await node.runner.cleanup()


def metrics(text: str) -> dict[str, float]:
    """Read Prometheus text, strictly."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) portal_media_\w+ .+", line)
            continue
        match = re.fullmatch(r'(\w+)\{node="a\\"1"\} (\S+)', line)
        assert match, line
        found[match[1]] = float(match[2])
    return found


async def test_a_named_node_tells_its_load_and_a_nameless_one_does_not(listener: Listener) -> None:
    named = await start_node(listener.url, node="node-a", load_interval=0.1)
    nameless = await start_node(listener.url, load_interval=0.1)
    async with people(named.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        async with asyncio.timeout(5):
            while not any(beat["streams"] == 2 for beat in beats(listener)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        named.rooms.draining = True
        async with asyncio.timeout(5):
            while not beats(listener)[-1]["draining"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    beat = beats(listener)[-1]
    assert beat["node"] == "node-a"
    assert beat.keys() == {"node", "rooms", "people", "streams", "cpu", "loop_lag", "draining"}
    assert {it["node"] for it in beats(listener)} == {"node-a"}
    await named.runner.cleanup()
    await nameless.runner.cleanup()


def beats(listener: Listener) -> list[dict[str, object]]:
    return [event["data"] for event in listener.events if event["type"] == "node"]


async def test_heartbeats_do_not_pile_up_while_the_portal_is_away() -> None:
    node = await start_node("http://127.0.0.1:1/nowhere", node="node-a", load_interval=0.05)
    for _ in range(20):
        node.rooms.report_load()
    assert node.events.pending == 1
    await node.runner.cleanup()


async def test_while_draining_talks_go_on_and_none_begin(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(draining_module, "stop", lambda: stopped.append(True))
    monkeypatch.setattr(draining_module, "INTERVAL", 0.02)
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        assert (await read(node, "/medien/bereit"))[0] == 200
        Draining(node.rooms, 60.0).begin()
        assert (await read(node, "/medien/bereit"))[0] == 503
        assert (await read(node, "/medien/gesund"))[0] == 200
        await ben.join()
        for room in ("room-2", "echo:carla"):
            await ben.open()
            await ben.say(type="hello", token=token(room=room, participant="carla"))
            assert (await ben.hear("error"))["code"] == "moving"
        assert not stopped

        for person in list(node.rooms.rooms["room-1"].people.values()):
            node.rooms.leave(person)
        async with asyncio.timeout(2):
            while not stopped:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert not [message for message in anna.messages if message["type"] == "moving"]


async def test_flask_hears_of_the_draining_at_once(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining_module, "stop", lambda: None)
    node = await start_node(listener.url, node="node-a", load_interval=60.0)
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        async with asyncio.timeout(5):
            while not beats(listener):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        Draining(node.rooms, 60.0).begin()
        async with asyncio.timeout(2):
            while not beats(listener)[-1]["draining"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert not beats(listener)[-1].get("stopped")
    await node.runner.cleanup()


async def test_flask_knows_of_the_end_before_anybody_is_told_to_move(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining_module, "stop", lambda: None)
    monkeypatch.setattr(draining_module, "INTERVAL", 0.02)
    node = await start_node(listener.url, node="node-a", load_interval=0.05)
    # Flask is slow just now: the pages wait for it, not it for them.
    listener.answers = [503]
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        Draining(node.rooms, 0.1).begin()
        await anna.hear("moving")
        assert [beat["node"] for beat in beats(listener) if beat.get("stopped")] == ["node-a"]
        # Nobody else comes in, also with a ticket from the moment before; and it stays silent.
        await ben.open()
        await ben.say(type="hello", token=token(participant="ben"))
        assert (await ben.hear("error"))["code"] == "moving"
        await asyncio.sleep(1.2)
    await node.runner.cleanup()
    assert beats(listener)[-1]["stopped"] is True
    assert len([beat for beat in beats(listener) if beat.get("stopped")]) == 1


async def test_a_node_that_is_stopped_at_once_says_so_too(listener: Listener) -> None:
    node = await start_node(listener.url, node="node-a")
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await node.runner.cleanup()
        assert (await anna.hear("_closed"))["code"] == 1012
    kinds = [(it["type"], it["data"].get("stopped")) for it in listener.events]
    assert ("node", True) in kinds
    assert kinds.index(("node", True)) < kinds.index(("left", None))


@pytest.mark.slow
async def test_at_the_limit_pages_are_told_to_move() -> None:
    port = free_port()
    process = await start(
        PORTAL_TICKET_KEYS="test-key-of-sixteen-and-more",
        PORTAL_MEDIA_PORT=str(port),
        PORTAL_MEDIA_UDP_PORT=str(free_port()),
        PORTAL_MEDIA_ALLOWED_ORIGINS=ORIGIN,
        PORTAL_MEDIA_EVENTS_URL="http://127.0.0.1:1/nowhere",
        PORTAL_MEDIA_DRAIN_LIMIT="1.5",
    )
    await answering(port)
    async with people(f"ws://127.0.0.1:{port}/medien/ws", "anna") as (anna,):
        await anna.join()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        process.send_signal(signal.SIGTERM)
        await anna.say(type="ping")
        await anna.hear("pong")
        await anna.hear("moving")
        assert loop.time() - begun >= 1.4
        assert (await anna.hear("_closed"))["code"] == 1012
    async with asyncio.timeout(10):
        await process.communicate()
    assert process.returncode == 0


async def answering(port: int) -> None:
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/medien/gesund"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
