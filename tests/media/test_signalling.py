"""The WebSocket: who gets in, who is shown out, and what hostile messages do (nothing)."""

import asyncio
import json

import aiohttp
import pytest

from portal.media.tickets import Right
from tests.media.bots import ORIGIN, Bot, people, token
from tests.media.conftest import Listener, Node, start_node


async def first_answer(node: Node, *messages: object) -> dict[str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(node.ws, headers={"Origin": ORIGIN}) as ws,
    ):
        for message in messages:
            await ws.send_str(message if isinstance(message, str) else json.dumps(message))
        answer: dict[str, str] = json.loads((await ws.receive(timeout=5)).data)
        return answer


@pytest.mark.parametrize("origin", ["https://evil.test", "null", None])
async def test_pages_of_others_cannot_connect(node: Node, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(node.ws, headers=headers)
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "hello"),
        ("[]", "hello"),
        ({"type": "chat", "text": "x"}, "hello"),
        ({"type": "hello", "token": 7}, "hello"),
        ({"type": "hello", "token": "forged"}, "ticket_invalid"),
        ({"type": "hello", "token": token(keys=["foreign-key-of-sixteen"])}, "ticket_invalid"),
        ({"type": "resume", "secret": "guessed"}, "resume"),
    ],
)
async def test_without_a_ticket_the_door_stays_shut(node: Node, message: object, code: str) -> None:
    answer = await first_answer(node, message)

    assert (answer["type"], answer["code"]) == ("error", code)
    assert answer["text"].endswith(".")
    assert not node.rooms.rooms


async def test_a_ticket_is_good_once(node: Node) -> None:
    hello = {"type": "hello", "token": token()}
    assert (await first_answer(node, hello))["type"] == "joined"
    assert (await first_answer(node, hello))["code"] == "ticket_used"


async def test_the_room_is_limited_and_a_refusal_costs_no_ticket(listener: Listener) -> None:
    node = await start_node(listener.url, room_limit=2)
    async with people(node.ws, "anna", "ben", "carla") as (anna, ben, carla):
        await anna.join()
        await ben.join()
        await carla.open()
        late = token(participant="carla")
        await carla.say(type="hello", token=late)
        assert (await carla.hear("error"))["code"] == "full"

        await ben.say(type="leave")
        await ben.hear("_closed")
        await carla.open()
        await carla.say(type="hello", token=late)
        await carla.hear("joined")
    await node.runner.cleanup()


async def test_malformed_messages_are_survived(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        hostile = [
            "{",
            "null",
            "[" * 5000,
            '{"type": {}}',
            '{"type": "offer"}',
            '{"type": "offer", "sdp": 7}',
            '{"type": "offer", "sdp": "v=0"}',
            '{"type": "offer", "sdp": "m=video 9 UDP/TLS/RTP/SAVPF 96\\r\\na=fmtp:97 x\\r\\n"}',
            '{"type": "state", "audio": "yes", "video": 1}',
            '{"type": "chat", "text": ["x"], "client_id": "1"}',
            '{"type": "chat", "text": "", "client_id": "1"}',
            '{"type": "chat", "text": "' + "x" * 2001 + '", "client_id": "1"}',
            '{"type": "chat", "text": "x", "client_id": "' + "1" * 65 + '"}',
            '{"type": "hello", "token": "again"}',
            '{"type": "__class__"}',
        ]
        assert anna.ws is not None
        for text in hostile:
            await anna.ws.send_str(text)
            assert (await anna.hear("error"))["text"]
        await anna.ws.send_bytes(b"\x00\xff")
        await anna.hear("error")

        await anna.say(type="ping")
        await anna.hear("pong")


async def test_who_floods_is_slowed_and_then_cut_off(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        for _ in range(200):
            await anna.say(type="ping")
        assert (await anna.hear("error"))["code"] == "rate"
        assert (await anna.hear("_closed"))["code"] == 1008


async def test_chat_reaches_everybody_once_and_flask(node: Node, listener: Listener) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        for _ in range(2):
            await anna.say(type="chat", text="Grüß Gott", client_id="c-1")
        heard = await ben.hear("chat")
        echoes = [await anna.hear("chat"), await anna.hear("chat")]

        assert (heard["text"], heard["from"], heard["client_id"]) == ("Grüß Gott", "anna", "c-1")
        assert {echo["id"] for echo in echoes} == {heard["id"]}
        await anna.say(type="ping")
        await anna.hear("pong")
        assert not [message for message in ben.messages if message["type"] == "chat"]
        async with asyncio.timeout(5):
            while "chat" not in listener.kinds():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        [stored] = [event for event in listener.events if event["type"] == "chat"]
        assert stored["participant"] == "anna"
        assert stored["data"]["text"] == "Grüß Gott"
        assert stored["data"]["message"] == heard["id"]


async def test_rights_decide_who_may_write(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join(rights=frozenset({Right.ENTER}))
        await anna.say(type="chat", text="x", client_id="1")

        refusal = await anna.hear("error")
        assert (refusal["code"], refusal["client_id"]) == ("chat_forbidden", "1")


async def test_state_is_told_to_the_others(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.say(type="state", audio=False, video=True)

        def muted(message: dict[str, object]) -> bool:
            cards = message["people"]
            assert isinstance(cards, list)
            return any(it["id"] == "anna" and not it["audio"] and it["video"] for it in cards)

        await ben.hear("people", muted)


async def test_a_second_device_replaces_the_first(node: Node) -> None:
    async with people(node.ws, "anna", "anna") as (phone, laptop):
        await phone.join()
        await laptop.join()

        farewell = await phone.hear("replaced")
        assert farewell["text"] == "Sie sind auf einem anderen Gerät beigetreten."
        await phone.hear("_closed")
        assert list(node.rooms.rooms["room-1"].people) == ["anna"]
        await phone.open()
        await phone.say(type="resume", secret=phone.resume)
        assert (await phone.hear("error"))["code"] == "resume"


async def test_a_broken_connection_is_resumed_with_what_was_missed(
    node: Node, listener: Listener
) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.vanish()
        await ben.hear("people", lambda message: any(it["away"] for it in message["people"]))
        await ben.say(type="chat", text="Sind Sie noch da?", client_id="c-1")
        await ben.hear("chat")

        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        joined = await anna.hear("joined", lambda message: bool(message["missed"]))
        assert joined["missed"][0]["text"] == "Sind Sie noch da?"
        assert "left" not in listener.kinds()


async def test_who_stays_away_loses_the_place(listener: Listener) -> None:
    node = await start_node(listener.url, away_limit=0.1)
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.vanish()
        await ben.hear("people", lambda message: len(message["people"]) == 1)
        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        assert (await anna.hear("error"))["code"] == "resume"
    await node.runner.cleanup()
    assert listener.kinds("anna") == ["joined", "left"]


async def test_the_time_of_a_talk_is_limited(listener: Listener) -> None:
    node = await start_node(listener.url, session_limit=0.1)
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        assert (await anna.hear("closed"))["reason"] == "time"
    await node.runner.cleanup()


async def test_in_the_lobby_nobody_is_seen_and_nothing_is_said(node: Node) -> None:
    async with people(node.ws, "anna", "officer") as (anna, officer):
        await officer.join()
        joined = await anna.join(rights=frozenset({Right.AUDIO, Right.VIDEO, Right.CHAT}))
        assert joined["held"]
        assert [it["id"] for it in joined["people"]] == ["anna"]
        await officer.hear("people", lambda message: len(message["people"]) == 2)
        await officer.say(type="chat", text="intern", client_id="1")
        await officer.hear("chat")
        await anna.say(type="chat", text="Hallo?", client_id="1")
        assert (await anna.hear("error"))["code"] == "chat_forbidden"

        node.rooms.hold("room-1", "anna", held=False)
        await anna.hear("hold", lambda message: not message["held"])
        await anna.hear("people", lambda message: len(message["people"]) == 2)
        assert not [message for message in anna.messages if message["type"] == "chat"]


async def test_a_page_that_does_not_read_is_cut_off(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, _):
        await anna.join()
        participant = node.rooms.rooms["room-1"].people["anna"]
        for number in range(1000):
            participant.tell({"type": "pong", "number": number})
        await anna.hear("_closed")


async def test_many_come_and_go_and_nothing_stays(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        for number in range(20):
            guest = Bot(node.ws, room="room-1", name=f"guest-{number}")
            await guest.join()
            await guest.say(type="leave")
            await guest.hear("_closed")
            await guest.close()
        assert list(node.rooms.rooms["room-1"].people) == ["anna"]
        await anna.say(type="leave")
        await anna.hear("_closed")
    assert not node.rooms.rooms
    assert not node.rooms._by_secret
