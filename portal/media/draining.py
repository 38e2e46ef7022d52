"""The end of a node that nobody notices: running talks finish, new ones begin elsewhere.

SIGTERM begins it; a second one, SIGINT, or the limit ends it. Who is still there then is told to
move, and joins on another node with a new ticket.
"""

import asyncio
import logging
import signal

from portal.media.rooms import Rooms

logger = logging.getLogger(__name__)

INTERVAL = 0.2
FAREWELL = 0.5
"""Seconds in which pages can still read that they should move."""


class Draining:
    """Wait for the last talk, then stop the process."""

    def __init__(self, rooms: Rooms, limit: float) -> None:
        self._rooms = rooms
        self._limit = limit
        self._task: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Take SIGTERM; SIGINT stays what ends the process at once."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.begin)

    def begin(self) -> None:
        """Take no new rooms; on a second call stop waiting."""
        if self._task is not None:
            stop()
            return
        self._rooms.draining = True
        self._rooms.report_load()  # new talks go elsewhere from now on, not from the next heartbeat
        logger.info("draining %d rooms for %d s at most", len(self._rooms.rooms), self._limit)
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Wait no longer: the process ends, and rooms that it closes are no talks that ended."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limit
        while self._rooms.rooms and loop.time() < end:  # noqa: ASYNC110 - rooms end in many ways
            await asyncio.sleep(INTERVAL)
        await self._rooms.report_stopped()
        if self._rooms.rooms:
            logger.info("moving %d rooms", len(self._rooms.rooms))
            self._rooms.tell_everybody({"type": "moving"})
            await asyncio.sleep(FAREWELL)
        stop()


def stop() -> None:
    """End the process as the operator would; aiohttp closes what is open."""
    signal.raise_signal(signal.SIGINT)
