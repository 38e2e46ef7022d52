"""The way to a page: an outbox in front of a WebSocket, and how much a page may say.

What the messages mean is known in `signalling`.
"""

import asyncio
import contextlib
import json

from aiohttp import WSCloseCode, web

from portal.media.people import Message

OUTBOX_MAX = 256


class Connection:
    """One WebSocket with its outbox; implements the channel that rooms talk to."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue(OUTBOX_MAX)
        self._closing = False
        self._close_code = WSCloseCode.OK
        self._writer = asyncio.create_task(self._write())

    def send(self, message: Message) -> None:
        """Queue a message; a page that does not read is cut off."""
        if self._closing:
            return
        if self._outbox.full():
            self._closing = True
            self._writer.cancel()
            return
        self._outbox.put_nowait(json.dumps(message, ensure_ascii=False))

    def close(self, message: Message | None = None) -> None:
        """Say a last word, if there is one, and hang up once it is written."""
        if message is not None:
            self.send(message)
        if not self._closing:
            self._closing = True
            if self._outbox.full():
                self._writer.cancel()
            else:
                self._outbox.put_nowait(None)

    async def _write(self) -> None:
        try:
            while (text := await self._outbox.get()) is not None:
                await self._socket.send_str(text)
            await self._socket.close(code=self._close_code)
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            await self._abort()
            raise

    async def _abort(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, drain=False)

    def cut_off(self) -> None:
        """Hang up on somebody who does not keep to the protocol."""
        self._close_code = WSCloseCode.POLICY_VIOLATION
        self.close()

    async def finish(self) -> None:
        """Write what is left and stop."""
        self.close()
        await asyncio.gather(self._writer, return_exceptions=True)


class Allowance:
    """Let a burst of messages pass and then so many in a second (a token bucket)."""

    def __init__(self, per_second: float, burst: float, *, now: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._left = burst
        self._then = now

    def spend(self, *, now: float) -> bool:
        """Tell whether another message may pass."""
        self._left = min(self._burst, self._left + (now - self._then) * self._per_second)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
