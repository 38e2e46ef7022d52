"""Commands from Flask and numbers for the operator, over HTTP and signed.

The body of a command is JSON and carries its signature in a header; a signature is taken once.
"""

import ipaddress
import json
import time
from collections.abc import Mapping

from aiohttp import web

from portal.media.events import Events
from portal.media.metrics import exposition
from portal.media.rooms import Rooms
from portal.media.settings import Settings
from portal.media.sockets import MediaPort
from portal.media.tickets import (
    EVENT_MAX_AGE,
    SIGNATURE_HEADER,
    SignatureInvalid,
    verify_event,
)

BODY_MAX_SIZE = 4096
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class Commands:
    """Serve the internal routes."""

    def __init__(self, rooms: Rooms, port: MediaPort, events: Events, settings: Settings) -> None:
        self._rooms = rooms
        self._port = port
        self._events = events
        self._settings = settings
        self._seen: dict[str, float] = {}

    async def close_room(self, request: web.Request) -> web.Response:
        """End a consultation: POST /medien/intern/raeume/{room}/schliessen."""
        await self._command(request)
        return _done(found=self._rooms.close_room(request.match_info["room"]))

    async def remove(self, request: web.Request) -> web.Response:
        """Show somebody out: POST …/entfernen with {"participant", "admitted"}, the admission that
        this ends (`tickets.Ticket.admitted`).
        """
        command = await self._command(request)
        admitted = command.get("admitted", 0.0)
        if not isinstance(admitted, int | float):
            raise web.HTTPBadRequest
        found = self._rooms.remove(
            request.match_info["room"], _participant(command), admitted=float(admitted)
        )
        return _done(found=found)

    async def hold(self, request: web.Request) -> web.Response:
        """Send somebody to the lobby or let them in: POST …/halten with {"participant", "held"}."""
        command = await self._command(request)
        held = command.get("held")
        if not isinstance(held, bool):
            raise web.HTTPBadRequest
        found = self._rooms.hold(request.match_info["room"], _participant(command), held=held)
        return _done(found=found)

    async def numbers(self, request: web.Request) -> web.Response:
        """Return counters to a signed request, or to one from this machine that no proxy sent."""
        self._check_operator(request)
        return web.json_response(
            {
                "rooms": self._rooms.numbers(),
                "load": self._rooms.load(),
                "loop_lag": self._rooms.meter.loop_lag,
                "events_pending": self._events.pending,
                "events_lost": self._events.dropped,
            }
        )

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the sums of this node as Prometheus text, to the same callers."""
        self._check_operator(request)
        rooms, load = list(self._rooms.numbers().values()), self._rooms.load()
        counted = self._rooms.counted
        values = {
            "rooms": load["rooms"],
            "people": load["people"],
            "connected": sum(room["connected"] for room in rooms),
            "streams": load["streams"],
            "paused": sum(room["paused"] for room in rooms),
            "packets_in": counted.packets_in + sum(room["packets_in"] for room in rooms),
            "packets_out": counted.packets_out + sum(room["packets_out"] for room in rooms),
            "bytes_in": counted.bytes_in + sum(room["bytes_in"] for room in rooms),
            "bytes_out": counted.bytes_out + sum(room["bytes_out"] for room in rooms),
            "datagrams_ignored": self._port.ignored,
            "lost_ratio": max((room["lost"] for room in rooms), default=0.0),
            "round_trip_seconds": max((room["round_trip"] for room in rooms), default=0.0),
            "cpu_cores": load["cpu"],
            "loop_lag_seconds": self._rooms.meter.loop_lag,
            "events_pending": self._events.pending,
            "events_lost": self._events.dropped,
            "draining": float(load["draining"]),
        }
        text = exposition(values, node=load["node"])
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    def _check_operator(self, request: web.Request) -> None:
        if not _is_local(request):
            self._verify(request, b"")

    async def _command(self, request: web.Request) -> Mapping[str, object]:
        if (request.content_length or 0) > BODY_MAX_SIZE:
            raise web.HTTPRequestEntityTooLarge(BODY_MAX_SIZE, request.content_length or 0)
        body = await request.read()
        self._verify(request, body)
        try:
            command = json.loads(body or b"{}")
        except ValueError as error:
            raise web.HTTPBadRequest from error
        if not isinstance(command, dict):
            raise web.HTTPBadRequest
        return command

    def _verify(self, request: web.Request, body: bytes) -> None:
        signature = request.headers.get(SIGNATURE_HEADER, "")
        try:
            verify_event(body, signature, keys=self._settings.ticket_keys)
        except SignatureInvalid as error:
            raise web.HTTPForbidden from error
        if request.method != "GET":
            self._take_once(f"{request.path} {signature}")

    def _take_once(self, deed: str) -> None:
        now = time.monotonic()
        self._seen = {it: at for it, at in self._seen.items() if now - at < 2 * EVENT_MAX_AGE}
        if deed in self._seen:
            raise web.HTTPConflict
        self._seen[deed] = now


def _participant(command: Mapping[str, object]) -> str:
    participant = command.get("participant")
    if not isinstance(participant, str):
        raise web.HTTPBadRequest
    return participant


def _is_local(request: web.Request) -> bool:
    if any(header in request.headers for header in FORWARDING_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _done(*, found: bool) -> web.Response:
    # A room that is gone already is what the caller wanted: the answer only says which it was.
    return web.json_response({"found": found})
