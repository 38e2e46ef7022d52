"""The aiohttp application of the media process: wiring, routes, lifetimes."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from portal.media.commands import Commands
from portal.media.events import Events
from portal.media.rooms import Rooms
from portal.media.settings import Settings
from portal.media.signalling import Signalling
from portal.media.sockets import MediaPort

logger = logging.getLogger(__name__)

TICK = 1.0

SETTINGS = web.AppKey("SETTINGS", Settings)
PORT = web.AppKey("PORT", MediaPort)
EVENTS = web.AppKey("EVENTS", Events)
ROOMS = web.AppKey("ROOMS", Rooms)
SIGNALLING = web.AppKey("SIGNALLING", Signalling)


def create_app(settings: Settings) -> web.Application:
    """Wire the media process together."""
    app = web.Application()
    port = MediaPort()
    events = Events(settings.events_url, keys=settings.ticket_keys)
    rooms = Rooms(settings, port, events)
    signalling = Signalling(rooms, events, settings)
    commands = Commands(rooms, port, events, settings)
    app[SETTINGS], app[PORT], app[EVENTS] = settings, port, events
    app[ROOMS], app[SIGNALLING] = rooms, signalling
    internal = "/medien/intern"
    app.add_routes(
        [
            web.get("/medien/ws", signalling.handle),
            web.get("/medien/gesund", healthy),
            web.get("/medien/bereit", ready),
            web.get(f"{internal}/zahlen", commands.numbers),
            web.get(f"{internal}/metriken", commands.metrics),
            web.post(f"{internal}/raeume/{{room}}/schliessen", commands.close_room),
            web.post(f"{internal}/raeume/{{room}}/entfernen", commands.remove),
            web.post(f"{internal}/raeume/{{room}}/halten", commands.hold),
        ]
    )
    # Opened from top to bottom, closed from bottom to top.
    app.cleanup_ctx.extend([run_events, run_port, run_rooms])
    app.on_shutdown.append(hang_up)
    return app


def keep_what_stays() -> None:
    """Take all that exists now out of the collector's rounds, at the start of a process.

    Modules and classes are nearly all there is, and to look through them takes a dozen
    milliseconds, in which no packet passes.
    """
    gc.collect()
    gc.freeze()


async def healthy(request: web.Request) -> web.Response:
    """Answer GET /medien/gesund; it says that the loop runs, and nothing else."""
    del request
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Answer GET /medien/bereit: 503 while this node finishes its talks and takes no new ones."""
    draining = request.app[ROOMS].draining
    status = {"status": "draining" if draining else "ok"}
    return web.json_response(status, status=503 if draining else 200)


async def run_events(app: web.Application) -> AsyncIterator[None]:
    """Send events while the application runs, and the last ones after the rooms are closed."""
    app[EVENTS].start()
    yield
    await app[EVENTS].close()


async def run_port(app: web.Application) -> AsyncIterator[None]:
    """Keep the media port open."""
    settings = app[SETTINGS]
    await app[PORT].open(settings.udp_host, settings.udp_port, tcp=settings.tcp)
    logger.info("media on port %d", app[PORT].port)
    yield
    await app[PORT].close()


async def run_rooms(app: web.Application) -> AsyncIterator[None]:
    """Let time pass in the rooms, and close them at the end."""
    ticking = asyncio.create_task(keep_time(app[ROOMS], app[SETTINGS]))
    yield
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    await app[ROOMS].close()


async def keep_time(rooms: Rooms, settings: Settings) -> None:
    """Tick every second, whatever goes wrong in one of them."""
    loop = asyncio.get_running_loop()
    next_quality = loop.time() + settings.quality_interval
    next_load = loop.time()
    while True:
        before = loop.time()
        await asyncio.sleep(TICK)
        rooms.meter.tick(loop.time() - before - TICK)
        try:
            rooms.tick()
            if loop.time() >= next_quality:
                next_quality = loop.time() + settings.quality_interval
                rooms.report_quality()
            if loop.time() >= next_load:
                next_load = loop.time() + settings.load_interval
                rooms.report_load()
        except Exception:
            logger.exception("a tick failed")


async def hang_up(app: web.Application) -> None:
    """Close the WebSockets first, or the server would wait for them.

    Flask knows of the end before: a page that comes for a ticket at once is sent to another node.
    """
    await app[ROOMS].report_stopped()
    await app[SIGNALLING].close()
