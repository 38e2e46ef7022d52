"""Mute, lock, hold and remove: who may, and what the server does whatever the page does."""

import asyncio
import time

import pytest

from portal.media import words
from portal.media.peer import Peer
from portal.media.tickets import ALL_RIGHTS, Right
from tests.media.bots import people
from tests.media.conftest import Listener, Node

GUEST = ALL_RIGHTS - {Right.MODERATE}


def peer_of(node: Node, name: str) -> Peer:
    peer = node.rooms.rooms["room-1"].people[name].peer
    assert peer is not None
    return peer


async def packets_in(node: Node, name: str, *, seconds: float = 0.5) -> int:
    """Count the media packets sent to somebody from now on."""
    before = peer_of(node, name).transport.packets_out
    await asyncio.sleep(seconds)
    return peer_of(node, name).transport.packets_out - before


async def test_a_muted_person_is_not_passed_on_until_they_speak_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await anna.connect(audio=True)
        await officer.connect()
        await officer.listen()

        await officer.say(type="mute", participant="anna", kind="audio")
        assert (await anna.hear("muted"))["kind"] == "audio"
        await officer.hear("people", lambda it: any(not card["audio"] for card in it["people"]))
        await asyncio.sleep(0.1)
        assert await packets_in(node, "officer") == 0

        # Written before the page heard of it: what was on stays muted.
        await anna.say(type="state", audio=True, video=False)
        await anna.heard_next()
        assert await packets_in(node, "officer") == 0

        await anna.say(type="state", audio=False, video=False)
        await anna.say(type="state", audio=True, video=False)
        await anna.heard_next()
        assert await packets_in(node, "officer") > 2

        await officer.say(type="mute", participant="anna", kind="audio")
        await anna.hear("muted")
        monkeypatch.setattr(words, "SETTLING", 0.0)
        await anna.say(type="state", audio=True, video=False)
        await anna.heard_next()
        assert await packets_in(node, "officer") > 2


async def test_on_hold_no_media_packet_and_no_note_arrives(node: Node) -> None:
    async with people(node.ws, "officer", "anna", "ben") as (officer, anna, ben):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await ben.join(rights=GUEST)
        for person in (officer, anna, ben):
            person.slots = 2
            await person.connect(100, audio=True, screen=60)
        await officer.say(type="state", audio=True, video=True, screen=True)
        await anna.see_of("officer#screen", 60)

        await officer.say(type="hold", participant="anna", held=True)
        assert (await anna.hear("hold"))["held"]
        await officer.say(type="relay", to="anna", body="key")
        refusal = await officer.hear("error")
        assert (refusal["code"], refusal["to"]) == ("relay_gone", "anna")
        await officer.say(type="point", x=0.5, y=0.5, page=1)
        await ben.hear("point")
        ben_before = peer_of(node, "ben").transport.packets_in
        assert await packets_in(node, "anna", seconds=1.0) == 0
        assert peer_of(node, "anna").transport.packets_in > 0
        assert peer_of(node, "ben").transport.packets_in > ben_before + 20
        assert "anna" not in ben.slot_map.values()
        await anna.say(type="relay", to="ben", body="key")
        assert (await anna.hear("error"))["code"] == "relay_gone"
        heard = {message["type"] for message in anna.messages}
        assert not heard & {"relay", "point", "chat"}

        await officer.say(type="hold", participant="anna", held=False)
        await anna.hear("hold", lambda it: not it["held"])
        assert await packets_in(node, "anna", seconds=1.0) > 20


async def test_neither_a_new_ticket_nor_another_device_leads_around_a_hold(node: Node) -> None:
    async with people(node.ws, "officer", "anna", "anna") as (officer, phone, laptop):
        await officer.join(role="officer")
        await phone.join(rights=GUEST)
        await officer.say(type="hold", participant="anna", held=True)
        await phone.hear("hold")
        assert (await laptop.join(rights=GUEST))["held"]
        await laptop.say(type="leave")
        await laptop.hear("_closed")
        assert (await phone.join(rights=GUEST))["held"]


async def test_in_a_locked_room_newcomers_wait_in_the_lobby(node: Node) -> None:
    async with people(node.ws, "officer", "anna", "ben", "boss") as (officer, anna, ben, boss):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await officer.say(type="lock", locked=True)
        assert (await anna.hear("locked"))["locked"]

        joined = await ben.join(rights=GUEST)
        assert (joined["held"], joined["locked"]) == (True, True)
        assert not (await boss.join(role="officer"))["held"]
        await anna.vanish()
        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        assert not (await anna.hear("joined"))["held"]

        await officer.say(type="hold", participant="ben", held=False)
        await ben.hear("hold", lambda it: not it["held"])
        await officer.say(type="lock", locked=False)
        await ben.hear("locked", lambda it: not it["locked"])


async def test_a_second_device_does_not_lead_around_a_lock(node: Node) -> None:
    async with people(node.ws, "officer", "ben", "ben") as (officer, phone, laptop):
        await officer.join(role="officer")
        await officer.say(type="lock", locked=True)
        assert (await phone.join(rights=GUEST))["held"]
        assert (await laptop.join(rights=GUEST))["held"]


async def test_after_a_restart_the_tickets_say_who_is_on_hold_and_that_it_is_locked(
    node: Node,
) -> None:
    """Given a room this node has never heard of, the tickets carry what Flask kept of it."""
    async with people(node.ws, "officer", "anna", "ben", "carl") as (officer, anna, ben, carl):
        assert (await officer.join(role="officer", locked=True, inside=True))["locked"]
        assert (await anna.join(rights=GUEST, locked=True, inside=True, held=True))["held"]
        assert not (await ben.join(rights=GUEST, locked=True, inside=True))["held"]
        assert (await carl.join(rights=GUEST, locked=True))["held"]

        # From here on this node knows better than an old ticket.
        await officer.say(type="hold", participant="anna", held=False)
        await anna.hear("hold", lambda it: not it["held"])
        await anna.say(type="leave")
        await anna.hear("_closed")
        await officer.say(type="lock", locked=False)
        await officer.hear("locked", lambda it: not it["locked"])
        assert not (await anna.join(rights=GUEST, locked=True, held=True))["held"]


async def test_flask_learns_that_a_room_was_locked(node: Node, listener: Listener) -> None:
    async with people(node.ws, "officer") as (officer,):
        await officer.join(role="officer")
        await officer.say(type="lock", locked=True)
        await officer.hear("locked")
    await node.runner.cleanup()
    [told] = [event for event in listener.events if event["type"] == "locked"]
    assert (told["participant"], told["data"]) == ("officer", {"locked": True})


async def test_somebody_is_shown_out_and_flask_learns_by_whom(
    node: Node, listener: Listener
) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await officer.say(type="hold", participant="anna", held=True)
        await officer.say(type="remove", participant="anna")
        await anna.hear("removed")
        await anna.hear("_closed")
    await node.runner.cleanup()
    told = {event["type"]: event["data"] for event in listener.events if event["data"].get("by")}
    assert told["held"] == {"held": True, "by": "officer"}
    assert (told["left"]["reason"], told["left"]["by"]) == ("removed", "officer")


async def test_who_was_shown_out_waits_in_the_lobby_until_flask_has_let_them_in_again(
    node: Node,
) -> None:
    """Given a page that comes back before Flask has heard of it, its old admission is worthless."""
    before = time.time() - 60
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        assert not (await anna.join(rights=GUEST, admitted=before))["held"]
        await officer.say(type="remove", participant="anna")
        await anna.hear("removed")

        assert (await anna.join(rights=GUEST, admitted=before))["held"]
        assert (await anna.join(rights=GUEST, admitted=before))["held"]
        assert not (await anna.join(rights=GUEST, admitted=time.time()))["held"]

        # The other way in: somebody who is inside lets them in.
        await officer.say(type="remove", participant="anna")
        await anna.hear("removed")
        assert (await anna.join(rights=GUEST, admitted=before))["held"]
        await officer.say(type="hold", participant="anna", held=False)
        await anna.hear("hold", lambda it: not it["held"])
        await anna.say(type="leave")
        await anna.hear("_closed")
        assert not (await anna.join(rights=GUEST, admitted=before))["held"]


async def test_a_ticket_in_hand_does_not_lead_around_being_shown_out(node: Node) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        in_hand = time.time() - 1
        assert not node.rooms.remove("room-1", "anna", admitted=in_hand)
        assert (await anna.join(rights=GUEST, admitted=in_hand))["held"]


@pytest.mark.parametrize("apart", [-3, 3])
async def test_the_clock_of_flask_may_differ_by_seconds(node: Node, apart: int) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        before = time.time() + apart - 1
        assert not (await anna.join(rights=GUEST, admitted=before))["held"]
        await officer.say(type="remove", participant="anna")
        await anna.hear("removed")
        assert (await anna.join(rights=GUEST, admitted=before))["held"]
        assert not (await anna.join(rights=GUEST, admitted=before + 1))["held"]


async def test_who_comes_back_from_hold_does_not_get_what_was_said_meanwhile(node: Node) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await officer.say(type="hold", participant="anna", held=True)
        await anna.hear("hold")
        await officer.say(type="chat", text="Unter uns", client_id="1")
        await officer.say(type="hold", participant="anna", held=False)
        await anna.hear("hold", lambda it: not it["held"])
        await officer.say(type="chat", text="Weiter", client_id="2")
        await anna.hear("chat")
        await anna.vanish()
        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        missed = (await anna.hear("joined"))["missed"]
        assert [message["text"] for message in missed] == ["Weiter"]


@pytest.mark.parametrize(
    "wish",
    [
        {"type": "mute", "participant": "officer", "kind": "audio"},
        {"type": "lock", "locked": True},
        {"type": "hold", "participant": "officer", "held": True},
        {"type": "remove", "participant": "officer"},
    ],
    ids=lambda wish: wish["type"],
)
async def test_without_the_right_nothing_happens_to_others(
    node: Node, wish: dict[str, object]
) -> None:
    async with people(node.ws, "officer", "anna") as (officer, anna):
        await officer.join(role="officer")
        await anna.join(rights=GUEST)
        await anna.say(**wish)
        assert (await anna.hear("error"))["code"] == "forbidden"
        room = node.rooms.rooms["room-1"]
        assert set(room.people) == {"officer", "anna"}
        assert not room.locked
        assert not room.people["officer"].held
        assert not room.people["officer"].muted

        await officer.say(type="hold", participant="officer", held=True)
        assert (await officer.hear("error"))["code"] == "yourself"
        await officer.say(type="remove", participant="nobody")
        assert (await officer.hear("error"))["code"] == "nobody"
        await officer.say(type="mute", participant="anna", kind="smell")
        assert (await officer.hear("error"))["code"] == "malformed"
