"""People in a room, over the real WebSocket and the real UDP port."""

import asyncio

from aiortc.sdp import SessionDescription

from portal.media.tickets import Right
from tests.media.bots import people
from tests.media.conftest import Node


async def test_two_people_see_and_hear_each_other(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60, audio=True)
        await ben.connect(190, audio=True)

        await anna.see(190)
        await ben.see(60)

        assert set(anna.slot_map.values()) == {"ben"}
        assert set(ben.slot_map.values()) == {"anna"}
        await anna.listen()


async def test_who_comes_late_gets_a_picture_soon_and_few_keyframes_are_asked_for(
    node: Node,
) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await anna.connect(120)
        await asyncio.sleep(1)
        await ben.join()
        await ben.connect()
        loop = asyncio.get_running_loop()
        connected = loop.time()
        await ben.see(120)

        assert loop.time() - connected < 2
        peer = node.rooms.rooms["room-1"].people["anna"].peer
        assert peer is not None
        assert 1 <= peer.published["video"].keyframes_sent <= 5


async def test_a_slot_is_used_again_without_negotiation(node: Node) -> None:
    async with people(node.ws, "anna", "ben", "carla") as (anna, ben, carla):
        await anna.join()
        await anna.connect()
        await ben.join()
        await ben.connect(60)
        await anna.see(60)
        before = dict(anna.slot_map)
        await ben.say(type="leave")
        await ben.hear("_closed")
        await anna.hear("slots", lambda message: message["slots"] == {})
        anna.forget_pictures()

        await carla.join()
        await carla.connect(200)
        await anna.see(200)

        assert anna.slot_map == dict.fromkeys(before, "carla")
        assert not [message for message in anna.messages if message["type"] == "answer"]


async def test_losses_on_both_legs_are_repaired(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(90)
        await ben.connect()
        await ben.see(90)
        anna.lose(outgoing=11)
        ben.lose(incoming=13)
        await asyncio.sleep(0.5)
        ben.moments.clear()
        await asyncio.sleep(4)

        gaps = [later - before for before, later in zip(ben.moments, ben.moments[1:], strict=False)]
        assert len(ben.moments) > 4 * 15 * 0.6
        assert max(gaps) < 1.2
        await ben.see(90)
        rooms = node.rooms.rooms["room-1"].people
        assert rooms["anna"].peer is not None
        assert rooms["ben"].peer is not None
        [video] = [seat.slots["video"] for seat in rooms["ben"].peer.seats]
        assert video.repaired > 5
        assert rooms["anna"].peer.published["video"].keyframes_sent < 8


async def test_without_camera_and_microphone_one_can_watch(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(150, audio=True)
        await ben.connect()
        await ben.see(150)


async def test_media_goes_on_while_signalling_is_away(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect()
        await ben.see(60)
        await anna.vanish()
        await ben.hear("people", lambda message: any(it["away"] for it in message["people"]))
        ben.forget_pictures()
        await ben.see(60)

        await anna.open()
        await anna.say(type="resume", secret=anna.resume)
        joined = await anna.hear("joined", lambda message: message["media"])
        assert joined["you"] == "anna"


async def test_in_the_lobby_no_media_passes_in_either_direction(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join(rights=frozenset({Right.VIDEO}))
        await ben.join()
        await anna.connect(60)
        await ben.connect(190)
        await asyncio.sleep(0.5)
        assert not anna.brightness
        assert not ben.brightness

        node.rooms.hold("room-1", "anna", held=False)
        await anna.see(190)
        await ben.see(60)
        node.rooms.hold("room-1", "anna", held=True)
        await ben.hear("slots", lambda message: message["slots"] == {})
        await asyncio.sleep(0.3)
        ben.forget_pictures()
        await asyncio.sleep(0.4)
        assert not any(ben.brightness.values())


async def test_without_the_right_to_show_nothing_is_shown(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join(rights=frozenset({Right.ENTER, Right.AUDIO}))
        await ben.join()
        await anna.connect(60, audio=True)
        await ben.connect()
        await ben.listen()
        assert not ben.brightness


async def test_the_answer_is_lite_passive_and_complete(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await anna.connect(60)
        assert anna.pc is not None
        answer = SessionDescription.parse(anna.pc.remoteDescription.sdp)
        first = answer.media[0]

        assert all(media.ice is not None and media.ice.iceLite for media in answer.media)
        assert first.dtls is not None
        assert first.dtls.role == "server"
        assert [media.direction for media in answer.media] == 2 * ["recvonly"] + 2 * ["sendonly"]
        assert {candidate.port for candidate in first.ice_candidates} == {node.port.port}
        assert [candidate.protocol for candidate in first.ice_candidates] == ["udp", "tcp"]
        assert len(answer.media[3].ssrc) == 2


async def test_an_offer_under_another_fingerprint_gets_no_media(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        say = anna.say

        async def forge(**message: str) -> None:
            if message["type"] == "offer":
                lines = message["sdp"].splitlines()
                message["sdp"] = (
                    "\r\n".join(
                        line[:-2] + ("00" if line[-2:] != "00" else "11")
                        if "sha-256" in line
                        else line
                        for line in lines
                    )
                    + "\r\n"
                )
            await say(**message)

        anna.say = forge  # type: ignore[method-assign]
        anna.pc = await anna.negotiate(60, audio=False)
        assert (await anna.hear("media"))["state"] == "lost"
        assert node.rooms.rooms["room-1"].people["anna"].peer is None


async def test_whoever_hangs_up_leaves_the_seats_of_others(node: Node) -> None:
    async with people(node.ws, "anna", "ben") as (anna, ben):
        await anna.join()
        await ben.join()
        await anna.connect(60)
        await ben.connect()
        await ben.see(60)
        assert anna.pc is not None
        await anna.pc.close()
        await anna.hear("media")
        assert node.rooms.rooms["room-1"].people["anna"].peer is None

        ben.forget_pictures()
        await anna.connect(220)
        await ben.see(220)


async def test_an_ice_restart_keeps_the_connection(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await anna.connect(60)
        assert anna.pc is not None
        peer = node.rooms.rooms["room-1"].people["anna"].peer
        assert peer is not None
        before = peer.transport.ice.credentials
        offer = anna.pc.localDescription.sdp
        fragment = SessionDescription.parse(offer).media[0].ice.usernameFragment
        await anna.say(type="offer", sdp=offer.replace(f"ufrag:{fragment}", "ufrag:fresh"))
        answer = (await anna.hear("answer"))["sdp"]

        assert node.rooms.rooms["room-1"].people["anna"].peer is peer
        assert peer.transport.ice.credentials != before
        assert f"a=ice-ufrag:{peer.transport.ice.credentials[0]}" in answer
        assert before[0] in peer.transport.ice.fragments


async def test_without_consent_nothing_is_sent_and_the_place_stays(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await anna.connect(60)
        peer = node.rooms.rooms["room-1"].people["anna"].peer
        assert peer is not None
        peer.transport.ice.last_seen -= 20
        node.rooms.tick()

        assert peer.transport.ice.selected is None
        assert node.rooms.rooms["room-1"].people["anna"].peer is peer
        peer.transport.ice.last_seen -= 60
        node.rooms.tick()
        assert node.rooms.rooms["room-1"].people["anna"].peer is None


async def test_who_sends_under_endless_ssrcs_is_cut_off(node: Node) -> None:
    async with people(node.ws, "anna") as (anna,):
        await anna.join()
        await anna.connect(60)
        assert anna.pc is not None
        transport = anna.pc.getSenders()[0].transport
        for ssrc in range(100):
            packet = b"\x80\x60\x00\x01" + bytes(4) + ssrc.to_bytes(4, "big") + b"payload"
            await transport._send_rtp(packet)
        await anna.hear("media")
        assert node.rooms.rooms["room-1"].people["anna"].peer is None
