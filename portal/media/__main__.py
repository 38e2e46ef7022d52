"""Entry of the media process: `python -m portal.media`, configured by the environment."""

import errno
import logging
import sys

import uvloop
from aiohttp import web
from pydantic import ValidationError

from portal.media import logs
from portal.media.app import ROOMS, create_app, keep_what_stays
from portal.media.draining import Draining
from portal.media.settings import Settings

logger = logging.getLogger(__name__)


def main() -> int:
    """Run until SIGTERM or SIGINT, then close rooms and sockets."""
    logs.configure()
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            logger.error("setting %s: %s", ".".join(map(str, problem["loc"])), problem["msg"])  # noqa: TRY400
        return 2
    app = create_app(settings)
    draining = Draining(app[ROOMS], settings.drain_limit)

    async def drain_on_sigterm(app: web.Application) -> None:
        del app
        draining.install()

    async def wait_no_longer(app: web.Application) -> None:
        del app
        draining.close()

    app.on_startup.append(drain_on_sigterm)
    app.on_shutdown.insert(0, wait_no_longer)
    keep_what_stays()
    try:
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            access_log=None,
            print=None,
            shutdown_timeout=2.0,
            loop=uvloop.new_event_loop(),
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        ports = f"{settings.port} or {settings.udp_port}"
        logger.error(  # noqa: TRY400 - where it happened is known
            "port %s is taken: a process that still finishes its talks keeps both, so the next one "
            "starts as another node on other ports (portal/media/README.md, Stopping)",
            ports,
        )
        return 1
    logger.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
