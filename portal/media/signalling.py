"""Signalling: one WebSocket per participant, JSON messages, the first one opens the door.

From the page:
    {type: "hello", token}              first message: a ticket from Flask, good once
    {type: "resume", secret}            or: the secret of an earlier `joined`
    {type: "offer", sdp}                sendonly audio and video, recvonly pairs as slots
    {type: "state", audio, video}       what is switched on
    {type: "chat", text, client_id}     at most 2,000 characters; client_id makes a repeat harmless
    {type: "ping"}    {type: "leave"}

From the server:
    {type: "joined", you, room, rights, held, people, resume, media, missed}
                                        `media` tells whether a media connection is still there,
                                        `missed` are chat messages since the connection broke
    {type: "answer", sdp}
    {type: "slots", slots}              {mid: participant id} of every slot in use
    {type: "people", people}            [{id, name, role, audio, video, held, away}]
    {type: "chat", id, client_id, from, name, text, at}
    {type: "hold", held}                sent to the lobby, or let in
    {type: "media", state: "lost"}      the media connection ended; offer a new one
    {type: "replaced", text}  {type: "removed", text}  {type: "closed", reason, text}
                                        the end: do not connect again by yourself
    {type: "error", code, text}         text is German and meant for people; with the client_id
                                        of a chat message that is refused
    {type: "pong"}

The token travels in a message, never in the address, where access logs would keep it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from portal.media.adapter import DescriptionInvalid
from portal.media.channels import Allowance, Connection
from portal.media.people import Message, Participant
from portal.media.rooms import Refused, Rooms
from portal.media.settings import Settings
from portal.media.texts import error
from portal.media.tickets import TicketError, TicketExpired, TicketUsed

logger = logging.getLogger(__name__)

HELLO_TIMEOUT = 10.0
HEARTBEAT = 15.0
CLOSE_TIMEOUT = 2.0
MESSAGE_MAX_SIZE = 256 * 1024
STRANGERS_MAX = 500
RATE_PAUSE = 0.02
MISTAKES_MAX = 50


def origin_allowed(request: web.Request, settings: Settings) -> bool:
    """Tell whether the page that opens the connection is one of ours."""
    origin = request.headers.get("Origin", "")
    if settings.allowed_origins:
        return origin in settings.allowed_origins
    return bool(origin) and urlsplit(origin).netloc == request.host


class Signalling:
    """Serve the WebSockets of all rooms."""

    def __init__(self, rooms: Rooms, settings: Settings) -> None:
        self._rooms = rooms
        self._settings = settings
        self._strangers = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._deeds: dict[str, Callable[[Participant, Message], Message | None]] = {
            "offer": self._offer,
            "state": self._state,
            "chat": self._chat,
            "leave": self._leave,
            "ping": self._ping,
        }

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve GET /medien/ws."""
        if not origin_allowed(request, self._settings):
            raise web.HTTPForbidden
        if self._strangers >= STRANGERS_MAX:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT,
            timeout=CLOSE_TIMEOUT,
            max_msg_size=MESSAGE_MAX_SIZE,
            compress=False,
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        connection = Connection(socket)
        try:
            participant = await self._welcome(socket, connection)
            if participant is not None:
                await self._serve(socket, connection, participant)
        finally:
            self._sockets.discard(socket)
            await connection.finish()
        return socket

    async def close(self) -> None:
        """Hang up on every page at the end of the process."""
        closing = [socket.close(code=WSCloseCode.SERVICE_RESTART) for socket in self._sockets]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _welcome(
        self, socket: web.WebSocketResponse, connection: Connection
    ) -> Participant | None:
        """Read the first message and let its sender in, or say why not."""
        self._strangers += 1
        try:
            async with asyncio.timeout(HELLO_TIMEOUT):
                received = await socket.receive()
        except TimeoutError:
            connection.send(error("hello"))
            return None
        finally:
            self._strangers -= 1
        message = _parse(received.data) if received.type is WSMsgType.TEXT else None
        try:
            match message:
                case {"type": "hello", "token": str(token)}:
                    return self._rooms.enter(token, connection)
                case {"type": "resume", "secret": str(secret)}:
                    return self._rooms.resume(secret, connection)
        except TicketError as refusal:
            connection.send(error(_ticket_code(refusal)))
            return None
        except Refused as refusal:
            connection.send(error(refusal.code))
            return None
        connection.send(error("hello"))
        return None

    async def _serve(
        self, socket: web.WebSocketResponse, connection: Connection, participant: Participant
    ) -> None:
        loop = asyncio.get_running_loop()
        allowance = Allowance(now=loop.time())
        mistakes = 0
        try:
            async for received in socket:
                if received.type is not WSMsgType.TEXT:
                    reply: Message | None = error("malformed")
                elif not allowance.spend(now=loop.time()):
                    reply = error("rate")
                    # Messages that lie ready are read without a pause; this gives others a turn.
                    await asyncio.sleep(RATE_PAUSE)
                else:
                    reply = self._on_message(participant, _parse(received.data))
                if reply is None:
                    continue
                connection.send(reply)
                mistakes += reply["type"] == "error"
                if mistakes > MISTAKES_MAX:
                    connection.cut_off()
                    return
        finally:
            # 1000 and 1001 say that the page ended; anything else that the network did.
            for_good = socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
            self._rooms.disconnected(participant, connection, for_good=for_good)

    def _on_message(self, participant: Participant, message: Message | None) -> Message | None:
        deed = self._deeds.get(str(message.get("type"))) if message else None
        if message is None or deed is None:
            return error("malformed")
        try:
            return deed(participant, message)
        except Refused as refusal:
            # The page may have several chat messages under way: say which one it was.
            which = {key: message[key] for key in ("client_id",) if key in message}
            return {**error(refusal.code), **which}
        except DescriptionInvalid as refusal:
            logger.info("offer refused: %s", type(refusal.__cause__ or refusal).__name__)
            return error("media")
        except (KeyError, TypeError, ValueError):
            return error("malformed")

    def _offer(self, participant: Participant, message: Message) -> Message:
        return {"type": "answer", "sdp": self._rooms.offer(participant, _text(message, "sdp"))}

    def _state(self, participant: Participant, message: Message) -> None:
        audio, video = message["audio"], message["video"]
        if not isinstance(audio, bool) or not isinstance(video, bool):
            raise TypeError("state takes two booleans")
        self._rooms.set_state(participant, audio=audio, video=video)

    def _chat(self, participant: Participant, message: Message) -> None:
        text, client_id = _text(message, "text"), _text(message, "client_id")
        self._rooms.chat(participant, text=text, client_id=client_id)

    def _leave(self, participant: Participant, message: Message) -> None:
        del message
        self._rooms.leave(participant)

    def _ping(self, participant: Participant, message: Message) -> Message:
        del participant, message
        return {"type": "pong"}


def _parse(data: str) -> Mapping[str, object] | None:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _text(message: Message, key: str) -> str:
    value = message[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} takes a string")
    return value


def _ticket_code(refusal: TicketError) -> str:
    if isinstance(refusal, TicketExpired):
        return "ticket_expired"
    return "ticket_used" if isinstance(refusal, TicketUsed) else "ticket_invalid"
