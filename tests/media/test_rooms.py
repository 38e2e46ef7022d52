"""Two and three people in a room, over the real WebSocket and the real UDP port."""

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
        assert any(anna.audio_frames.values())
