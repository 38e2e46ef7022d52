"""Events to Flask: in order, repeated until taken, never in the way."""

import asyncio

import pytest

from portal.media import events as events_module
from portal.media.events import Events
from tests.media.bots import KEYS
from tests.media.conftest import Listener


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "FIRST_DELAY", 0.02)
    monkeypatch.setattr(events_module, "FLUSH_TIMEOUT", 1.0)


async def test_events_are_repeated_in_order_until_they_are_taken(listener: Listener) -> None:
    listener.answers = [503, 500, 429]
    events = Events(listener.url, keys=KEYS)
    for number in range(3):
        events.emit("quality", room="room-1", participant="anna", number=number)
    events.start()
    await events.close()

    assert [event["data"]["number"] for event in listener.events] == [0, 1, 2]
    assert len({event["id"] for event in listener.events}) == 3


async def test_what_flask_refuses_does_not_block_the_rest(listener: Listener) -> None:
    listener.answers = [400]
    events = Events(listener.url, keys=KEYS)
    events.emit("joined", room="room-1", participant="anna")
    events.emit("left", room="room-1", participant="anna")
    events.start()
    await events.close()

    assert listener.kinds() == ["left"]
    assert events.pending == 0


async def test_without_flask_events_wait_and_the_end_does_not() -> None:
    events = Events("http://127.0.0.1:1/nowhere", keys=KEYS)
    events.emit("joined", room="room-1")
    events.start()
    async with asyncio.timeout(3):
        await events.close()

    assert events.pending == 1


async def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    events = Events("http://127.0.0.1:1/nowhere", keys=KEYS)
    for _ in range(events_module.QUEUE_MAX + 5):
        events.emit("quality", room="room-1")

    assert events.pending == events_module.QUEUE_MAX
    assert events.dropped == 5
