"""Events for Flask: signed, queued, sent in order, repeated until they are taken.

The queue lives in memory and is bounded; what Flask refuses as wrong is dropped with a log line,
what it cannot take now is tried again. Each event has an id, so taking one twice does no harm.
"""

import asyncio
import contextlib
import json
import logging
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import aiohttp

from portal.media.tickets import SIGNATURE_HEADER, sign_event

logger = logging.getLogger(__name__)

QUEUE_MAX = 10_000
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
REQUEST_TIMEOUT = 10.0
FLUSH_TIMEOUT = 3.0
RETRIED_STATUSES = frozenset({408, 425, 429})


class Events:
    """Carry events to Flask without ever making a room wait."""

    def __init__(self, url: str, *, keys: Sequence[str]) -> None:
        self._url = url
        self._keys = keys
        self._queue: deque[bytes] = deque(maxlen=QUEUE_MAX)
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    @property
    def pending(self) -> int:
        """Return how many events are not yet taken."""
        return len(self._queue)

    def emit(
        self, kind: str, *, room: str, participant: str | None = None, **data: object
    ) -> Mapping[str, object]:
        """Queue an event and return it."""
        event = {
            "id": str(uuid.uuid4()),
            "type": kind,
            "room": room,
            "participant": participant,
            "at": datetime.now(UTC).isoformat(),
            "data": data,
        }
        if len(self._queue) == QUEUE_MAX:
            self.dropped += 1
            logger.error("event queue full, the oldest event is lost")
        self._queue.append(json.dumps(event).encode())
        self._emptied.clear()
        self._filled.set()
        return event

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Send what is left for a few seconds, then stop."""
        if self._task is None:
            return
        await self.flush(FLUSH_TIMEOUT)
        if self._queue:
            logger.error("%d events not delivered at shutdown", len(self._queue))
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def flush(self, patience: float) -> None:
        """Wait until everything is taken, `patience` seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                if self._queue:
                    await self._emptied.wait()

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            delay = FIRST_DELAY
            while True:
                await self._filled.wait()
                body = self._queue[0]
                if not await self._post(session, body):
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, LONGEST_DELAY)
                    continue
                delay = FIRST_DELAY
                # A full queue may have pushed out the event that was just sent.
                if self._queue and self._queue[0] is body:
                    self._queue.popleft()
                if not self._queue:
                    self._filled.clear()
                    self._emptied.set()

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        """Return whether the event is done with."""
        headers = {
            SIGNATURE_HEADER: sign_event(body, keys=self._keys),
            "Content-Type": "application/json",
        }
        try:
            async with session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("events cannot be delivered: %s", type(error).__name__)
            return False
        if status < 300:
            return True
        if status >= 500 or status in RETRIED_STATUSES:
            logger.warning("events cannot be delivered: status %d", status)
            return False
        logger.error("event refused with status %d", status)
        return True
