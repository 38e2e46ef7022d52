"""The WSGI server of the web process: gunicorn with threads, set up from the settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from portal.core.config import Settings

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 (heartbeats of the workers, no content)


class WebServer(BaseApplication):
    """Serve one application until told to stop.

    Threads and not `sync`: a sync worker is killed while a slow phone still sends its upload.
    """

    def __init__(self, build: Callable[[], Flask], settings: Settings) -> None:
        self._build = build
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings to gunicorn."""
        settings = self._settings
        chosen: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": "gthread",
            "workers": settings.web_workers,
            "threads": settings.web_threads,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 5,
            "keepalive": 5,
            "forwarded_allow_ips": "",  # proxies are trusted by count, in portal.core.requests
            "control_socket_disable": True,
            "worker_tmp_dir": str(MEMORY_FOLDER) if MEMORY_FOLDER.is_dir() else None,
            "loglevel": "warning",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application, once, before the workers are forked."""
        return self._build()
