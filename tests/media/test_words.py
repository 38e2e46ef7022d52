"""Screens, channels, notes and pointers: who gets what of whom."""

import asyncio
from typing import Any

import pytest

from portal.media.tickets import ALL_RIGHTS, Right
from tests.media.bots import Bot, people, token
from tests.media.conftest import Listener, Node, start_node


async def test_a_screen_has_a_seat_of_its_own_and_shows_only_while_it_is_shared(
    node: Node,
) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        for person, luma, screen in ((anna, 60, 200), (ben, 120, 0)):
            await person.join()
            await person.connect(luma, screen=screen)
        await ben.see_of("anna", 60)
        assert ben.sees_of("anna#screen") is None
        screen_mid = node.rooms.rooms["room-1"].people["ben"].peer.seats[-1].slots["screen"].mid

        await anna.say(type="state", audio=True, video=True, screen=True)
        await ben.hear("people", lambda it: any(card["screen"] for card in it["people"]))
        await ben.see_of("anna#screen", 200)
        assert ben.slot_map[screen_mid] == "anna#screen"
        await ben.see_of("anna", 60)

        await anna.say(type="state", audio=True, video=True, screen=False)
        await ben.hear("slots", lambda it: screen_mid not in it["slots"])
        await asyncio.sleep(0.3)
        ben.forget_pictures()
        await asyncio.sleep(0.4)
        assert not ben.brightness[screen_mid]


async def test_without_the_right_no_screen_is_shown_and_a_second_one_waits(node: Node) -> None:
    async with people(node.ws, "anna", "ben", "carla") as (anna, ben, carla):
        await anna.join(rights=ALL_RIGHTS - {Right.SCREEN})
        await ben.join()
        await carla.join()
        for person, screen in ((anna, 200), (ben, 150), (carla, 100)):
            person.slots = 2
            await person.connect(screen=screen)
            await person.say(type="state", audio=True, video=True, screen=True)
        await anna.see_of("ben#screen", 150)
        assert "anna#screen" not in carla.slot_map.values()
        assert await shown_screen(anna) == "ben#screen"

        await ben.say(type="state", audio=True, video=True, screen=False)
        await anna.see_of("carla#screen", 100)


async def shown_screen(bot: Bot) -> str:
    [screen] = [shown for shown in bot.slot_map.values() if shown.endswith("#screen")]
    return screen


async def test_an_old_page_without_a_screen_section_stays_in_the_talk(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect(120, screen=200)
        await ben.say(type="state", audio=True, video=True, screen=True)
        await anna.see_of("ben", 120)
        await ben.see_of("anna", 60)


async def test_the_interpreter_is_heard_by_those_who_listen(node: Node) -> None:
    names = ("officer", "anna", "interpreter")
    async with people(node.ws, *names) as (officer, anna, interpreter):
        for person in (officer, anna, interpreter):
            person.slots = 2
            await person.join(role="interpreter" if person is interpreter else "citizen")
            await person.connect(audio=person is interpreter)
        await officer.listen()
        await anna.listen()

        await interpreter.say(type="speak", channel="interpreter")
        await anna.say(type="listen", interpreter=True)
        await anna.heard_next()
        await officer.hear(
            "people", lambda it: any(card["channel"] == "interpreter" for card in it["people"])
        )
        counts = await sound_packets(node, "officer", "anna")
        assert counts["officer"] == 0
        assert counts["anna"] > 2

        await anna.say(type="listen", interpreter=False)
        await anna.heard_next()
        assert (await sound_packets(node, "anna"))["anna"] == 0
        await interpreter.say(type="speak", channel="floor")
        await interpreter.heard_next()
        assert (await sound_packets(node, "officer"))["officer"] > 2

        await anna.say(type="speak", channel="interpreter")
        assert (await anna.hear("error"))["code"] == "forbidden"
        await anna.say(type="speak", channel="basement")
        assert (await anna.hear("error"))["code"] == "malformed"


async def sound_packets(node: Node, *names: str) -> dict[str, int]:
    """Count what is forwarded to these people from a moment on."""
    await asyncio.sleep(0.1)
    room = node.rooms.rooms["room-1"].people
    before = {name: room[name].peer.transport.packets_out for name in names}
    await asyncio.sleep(0.5)
    return {name: room[name].peer.transport.packets_out - before[name] for name in names}


async def test_a_note_reaches_one_page_and_nobody_else(node: Node, listener: Listener) -> None:
    async with people(node.ws, "anna", "ben", "carla") as (anna, ben, carla):
        for person in (anna, ben, carla):
            await person.join()
        await anna.say(type="relay", to="ben", body="wrapped key")
        note = await ben.hear("relay")
        assert (note["from"], note["body"]) == ("anna", "wrapped key")
        await carla.heard_next()
        await anna.heard_next()
        for person in (anna, carla):
            assert not [message for message in person.messages if message["type"] == "relay"]

        for wish, code in [
            ({"to": "nobody", "body": "x"}, "relay_gone"),
            ({"to": "anna", "body": "x"}, "relay_gone"),
            ({"to": "ben", "body": "ü" * 4097}, "relay_length"),
            ({"to": "ben", "body": {"key": 1}}, "malformed"),
        ]:
            await anna.say(type="relay", **wish)
            assert (await anna.hear("error"))["code"] == code
    await node.runner.cleanup()
    assert "wrapped key" not in str(listener.events)


async def test_notes_are_limited_and_the_limit_is_not_that_of_chat(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        for number in range(180):
            await anna.say(type="relay", to="ben", body=str(number))
        await anna.say(type="chat", text="noch da", client_id="1")
        await anna.hear("error", lambda it: it["code"] == "rate")
        await ben.hear("chat")
        notes = [message for message in ben.messages if message["type"] == "relay"]
        assert 150 <= len(notes) < 180


@pytest.mark.parametrize(
    "place",
    [
        {"x": 2, "y": 0, "page": 1},
        {"x": float("nan"), "y": 0, "page": 1},
        {"x": 0.5, "y": 0.5, "page": -1},
        {"x": True, "y": 0.5, "page": 1},
        {"x": 0.5, "y": 0.5, "page": "1"},
        {"x": 0.5},
    ],
)
async def test_a_pointer_shows_a_place_and_nonsense_is_refused(
    node: Node, place: dict[str, Any]
) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join(rights=ALL_RIGHTS - {Right.POINT})
        await anna.say(type="point", x=0.25, y=1, page=3)
        shown = await ben.hear("point")
        assert (shown["from"], shown["x"], shown["y"], shown["page"]) == ("anna", 0.25, 1.0, 3)
        await ben.say(type="point", x=0.25, y=1, page=3)
        assert (await ben.hear("error"))["code"] == "forbidden"
        await anna.say(type="point", **place)
        assert (await anna.hear("error"))["code"] == "malformed"


async def test_a_pointer_drawn_too_fast_loses_places_and_not_its_page(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        for number in range(150):
            await anna.say(type="point", x=number / 150, y=0, page=1)
        await anna.heard_next()
        await ben.heard_next()
        shown = [message for message in ben.messages if message["type"] == "point"]
        assert 60 <= len(shown) < 150
        assert not [message for message in anna.messages if message["type"] == "error"]


@pytest.mark.parametrize(("named", "opens"), [("", True), ("node-a", True), ("node-b", False)])
async def test_a_node_takes_only_its_own_tickets(
    listener: Listener, named: str, *, opens: bool
) -> None:
    node = await start_node(listener.url, node="node-a")
    async with people(node.ws, "anna") as (anna,):
        await anna.open()
        await anna.say(type="hello", token=token(node=named))
        if opens:
            await anna.hear("joined")
        else:
            assert (await anna.hear("error"))["code"] == "node"
            assert not node.rooms.rooms
            assert not len(node.rooms.tickets), "a ticket for another node is not used up here"
    await node.runner.cleanup()
