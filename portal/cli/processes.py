"""The three processes, each in the foreground: web, media, worker."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask

from portal.app import create_app
from portal.applications import shelf
from portal.cli.database import Refused, connected
from portal.core import jobs, logs, memory
from portal.core.config import Settings, file_of, variable
from portal.core.embedded import libpq_url
from portal.core.server import WebServer

EVENTS_PATH = "/intern/medien/ereignisse"


def web(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal web`."""
    _begin(settings)
    with connected(settings) as complete:
        serving = complete.for_serving()
        WebServer(lambda: _loaded(serving), serving).run()
    return 0


def worker(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal worker`."""
    _begin(settings)
    with connected(settings) as complete:
        _loaded(complete.for_serving())
        lanes = [jobs.Lane[name.upper()] for name in complete.worker_lanes]
        asyncio.run(jobs.run_worker(libpq_url(complete.database_url), lanes=lanes))
    return 0


def _loaded(settings: Settings) -> Flask:
    """Build the application with all that the first request would wait for otherwise."""
    app = create_app(settings)
    shelf.shipped()
    memory.settle()
    return app


def media(settings: Settings, options: argparse.Namespace) -> int:
    """Carry out `portal media`: become the media process, which knows nothing of this house."""
    _begin(settings)
    command = [sys.executable, "-m", "portal.media"]
    os.execve(command[0], command, {**os.environ, **media_environment(settings)})  # noqa: S606


def media_environment(settings: Settings) -> dict[str, str]:
    """Derive what the media process must know; what the operator has set stays."""
    at = urlsplit(settings.media_internal_url)
    port = at.port or 8001
    derived = {
        "PORTAL_MEDIA_HOST": at.hostname or "127.0.0.1",
        "PORTAL_MEDIA_PORT": str(port),
        "PORTAL_MEDIA_UDP_PORT": str(port + 1),
        "PORTAL_MEDIA_EVENTS_URL": f"http://127.0.0.1:{settings.port}{EVENTS_PATH}",
        "PORTAL_MEDIA_ALLOWED_ORIGINS": ",".join(_origins(settings)),
    }
    given = {name: os.environ[name] for name in derived if os.environ.get(name)}
    return {**derived, **given, "PORTAL_TICKET_KEYS": ",".join(settings.ticket_keys)}


def _origins(settings: Settings) -> list[str]:
    own = settings.base_url.rstrip("/")
    local = f"http://127.0.0.1:{settings.port}"
    return [own, local] if settings.demo and local != own else [own]


def environment(settings: Settings) -> Mapping[str, str]:
    """Write settings back into the form in which a child process that serves reads them.

    What lies in a file is read from there by the child as well, and stays out of its environment.
    """
    settings = settings.for_serving()
    written = {}
    for name in type(settings).model_fields:
        if file_of(name):
            continue
        value = getattr(settings, name)
        written[variable(name)] = ",".join(value) if isinstance(value, tuple) else str(value)
    return {**os.environ, **written, "PYTHONUNBUFFERED": "1"}


def refuse_problems(settings: Settings) -> None:
    """Refuse to serve real people with example secrets or without TLS."""
    problems = settings.problems()
    if problems:
        raise Refused(
            "So startet das Portal nicht:",
            *(f"  • {problem}" for problem in problems),
            "Nur zum Ausprobieren: portal up --demo",
        )


def _begin(settings: Settings) -> None:
    refuse_problems(settings)
    logs.configure(settings.log_format, level=logging.INFO)
