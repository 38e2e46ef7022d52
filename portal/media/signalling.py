"""Signalling: one WebSocket per participant, JSON messages, the first one opens the door.

From the page:
    {type: "hello", token}              first message: a ticket from Flask, good once
    {type: "resume", secret}            or: the secret of an earlier `joined`
    {type: "offer", sdp, id}            sendonly audio, video and screen (the second video),
                                        recvonly pairs as slots, one more for a screen; the
                                        answer has the same id
    {type: "state", audio, video, screen}
                                        what is switched on; nothing of a screen passes before
    {type: "want", participant, quality} how somebody is looked at: "high", "low" or "none";
                                        "id#screen" is their screen
    {type: "speak", channel}            "floor", or "interpreter" for who has that role
    {type: "listen", interpreter}       hear what is spoken into the interpreter channel too
    {type: "chat", text, client_id}     at most 2,000 characters; client_id makes a repeat harmless
    {type: "relay", to, body}           an opaque note to one other page, at most 8 kB, never kept
    {type: "point", x, y, page}         where to look in a document, as shares of width and height
    {type: "mute", participant, kind}   who may moderate: silence audio, video or screen until its
                                        owner switches it on again
    {type: "lock", locked}              … let newcomers wait in the lobby
    {type: "hold", participant, held}   … send somebody to the lobby or let them in
    {type: "remove", participant}       … show somebody out until Flask lets them in again
    {type: "ping"}    {type: "leave"}

From the server:
    {type: "joined", you, room, rights, held, locked, people, resume, media, missed}
                                        `media` tells whether a media connection is still there,
                                        `missed` are chat messages since the connection broke
    {type: "answer", sdp, id}
    {type: "slots", slots}              {mid: participant id} of every slot in use; a screen is
                                        {mid: "id#screen"}
    {type: "people", people}            [{id, name, role, audio, video, screen, channel, held,
                                        away}]
    {type: "paused", paused}            the ids whose picture this connection has no room for
    {type: "uplink", weak}              this page's way here loses its sound: stop sending pictures
                                        while it is weak
    {type: "chat", id, client_id, from, name, text, at}
    {type: "relay", from, body}         {type: "point", from, x, y, page}
    {type: "muted", kind}               a moderator silenced this page
    {type: "locked", locked}
    {type: "hold", held}                sent to the lobby, or let in
    {type: "media", state: "lost"}      the media connection ended; offer a new one
    {type: "moving"}                    this node stops: ask Flask for a ticket to another one
    {type: "replaced", text}  {type: "removed", text}  {type: "closed", reason, text}
                                        the end: do not connect again by yourself
    {type: "error", code, text}         text is German and meant for people; with the client_id
                                        of a chat message or the `to` of a note that is refused
    {type: "pong"}

The token travels in a message, never in the address, where access logs would keep it.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from portal.media.channels import Connection
from portal.media.deeds import Allowances, Deeds
from portal.media.events import Events
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

    def __init__(self, rooms: Rooms, events: Events, settings: Settings) -> None:
        self._rooms = rooms
        self._settings = settings
        self._strangers = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._deeds = Deeds(rooms, events)

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
        allowances = Allowances(now=loop.time())
        mistakes = 0
        try:
            async for received in socket:
                message = _parse(received.data) if received.type is WSMsgType.TEXT else None
                if not allowances.spend(message, now=loop.time()):
                    # A pointer that is drawn too fast only loses places in between.
                    pointing = message is not None and message.get("type") == "point"
                    reply: Message | None = None if pointing else error("rate")
                    # Messages that lie ready are read without a pause; this gives others a turn.
                    await asyncio.sleep(RATE_PAUSE)
                else:
                    reply = self._deeds.carry_out(participant, message)
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


def _parse(data: str) -> Mapping[str, object] | None:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _ticket_code(refusal: TicketError) -> str:
    if isinstance(refusal, TicketExpired):
        return "ticket_expired"
    return "ticket_used" if isinstance(refusal, TicketUsed) else "ticket_invalid"
