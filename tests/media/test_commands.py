"""Commands from Flask: signed, taken once, harmless when repeated."""

import json
from typing import Any

import aiohttp
import pytest

from portal.media.tickets import SIGNATURE_HEADER, sign_event
from tests.media.bots import KEYS, people
from tests.media.conftest import Listener, Node


async def command(
    node: Node, path: str, body: Any = None, *, signature: str | None = None
) -> tuple[int, Any]:
    data = json.dumps(body or {}).encode()
    headers = {SIGNATURE_HEADER: signature or sign_event(data, keys=KEYS)}
    url = f"{node.http}/medien/intern/raeume/{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers=headers) as response,
    ):
        return response.status, (await response.json() if response.ok else None)


async def test_a_closed_room_shows_everybody_out(node: Node, listener: Listener) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        assert await command(node, "room-1/schliessen") == (200, {"found": True})
        for person in (anna, ben):
            assert (await person.hear("closed"))["text"] == "Das Gespräch ist beendet."
            await person.hear("_closed")
        assert not node.rooms.rooms
    await node.runner.cleanup()
    assert listener.kinds("anna") == ["joined", "left"]
    assert listener.kinds()[-1] == "room_empty"


async def test_one_person_is_shown_out_and_cannot_resume(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        gone = {"participant": "anna"}
        assert await command(node, "room-1/entfernen", gone) == (200, {"found": True})
        await anna.hear("removed")
        await ben.hear("people", lambda message: len(message["people"]) == 1)
        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        assert (await anna.hear("error"))["code"] == "resume"
        assert await command(node, "nowhere/entfernen", gone) == (200, {"found": False})


async def test_a_person_is_sent_to_the_lobby_and_let_in_again(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        for held in (True, False):
            body = {"participant": "anna", "held": held}
            assert await command(node, "room-1/halten", body) == (200, {"found": True})
            await anna.hear("hold", lambda message, held=held: message["held"] is held)


@pytest.mark.parametrize("path", ["schliessen", "entfernen", "halten"])
async def test_without_our_signature_nothing_happens(node: Node, path: str) -> None:
    foreign = sign_event(b"{}", keys=["foreign-key-of-sixteen"])
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        for signature in (foreign, "t=1,v1=x", "nonsense"):
            status, _ = await command(node, f"room-1/{path}", signature=signature)
            assert status == 403
        assert node.rooms.rooms


async def test_a_signature_is_taken_once(node: Node) -> None:
    signature = sign_event(b"{}", keys=KEYS)
    assert (await command(node, "room-1/schliessen", signature=signature))[0] == 200
    assert (await command(node, "room-1/schliessen", signature=signature))[0] == 409


@pytest.mark.parametrize("body", [[1], "text", {"participant": 7}, {"held": True}])
async def test_commands_of_another_form_are_refused(node: Node, body: Any) -> None:
    assert (await command(node, "room-1/halten", body))[0] == 400


async def test_health_tells_nothing_and_numbers_only_at_home(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,), aiohttp.ClientSession() as session:
        await anna.join()
        async with session.get(f"{node.http}/medien/gesund") as response:
            assert await response.json() == {"status": "ok"}
        url = f"{node.http}/medien/intern/zahlen"
        async with session.get(url) as response:
            assert (await response.json())["rooms"]["room-1"]["people"] == 1
        async with session.get(url, headers={"X-Forwarded-For": "192.0.2.1"}) as response:
            assert response.status == 403
        signed = {
            "X-Forwarded-For": "192.0.2.1",
            SIGNATURE_HEADER: sign_event(b"", keys=KEYS),
        }
        async with session.get(url, headers=signed) as response:
            assert response.status == 200
