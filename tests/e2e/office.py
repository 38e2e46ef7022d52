"""A whole office for browser tests: web, media and worker as real processes, an own database."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.app import create_app
from portal.cli.processes import environment
from portal.core.config import Settings
from portal.core.db import db
from tests.client import cookie_secret
from tests.processes import forked, memory

T = TypeVar("T")

PATIENCE = 30.0


class Office:
    """Start, kill and restart the processes; `do` and `cookie_of` reach behind the scenes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        web, media, udp = free_ports(3)
        self.media_udp_port = udp
        self.settings = settings.model_copy(
            update={
                "port": web,
                "base_url": f"http://localhost:{web}",
                "media_url": f"ws://localhost:{media}",
                "media_internal_url": f"http://127.0.0.1:{media}",
                "web_workers": 1,
                # Reading the words of each page takes the processor that the browsers need.
                "worker_lanes": ("prompt", "usual"),
            }
        )
        self.app: Flask = create_app(self.settings)
        self.log = folder / "office.log"
        self._ready: dict[str, str] = {
            "web": f"http://127.0.0.1:{web}/health/live",
            "media": f"http://127.0.0.1:{media}/medien/gesund",
            "worker": "",
        }
        self._processes: dict[str, forked.Process] = {}
        self._thread = ThreadPoolExecutor(1)

    @property
    def base_url(self) -> str:
        """Return the address of the portal."""
        return self.settings.base_url

    def start(self, *names: str) -> None:
        """Start these processes (all without names) and wait until they answer."""
        names = names or tuple(self._ready)
        for name in names:
            # Several of a kind are told apart by a number: "media", "media 2".
            kind, env = name.partition(" ")[0], self.environment_of(name)
            self._processes[name] = forked.start("portal.cli", kind, env=env, log=self.log)
        for name in names:
            self._wait_for(name)

    def environment_of(self, name: str) -> dict[str, str]:
        """Return the environment that a process starts in."""
        del name
        return {
            **environment(self.settings),
            "PORTAL_MEDIA_UDP_PORT": str(self.media_udp_port),
            "PORTAL_MEDIA_QUALITY_INTERVAL": "2",
        }

    def kill(self, name: str) -> None:
        """Kill a process and its children as a power cut would."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)

    def terminate(self, name: str) -> None:
        """Ask a process to end, and wait for it."""
        process = self._processes.pop(name)
        process.terminate()
        process.wait(PATIENCE)

    def pids(self, name: str) -> list[int]:
        """Return the processes behind a name."""
        return memory.family(self._processes[name].pid)

    def restart(self, name: str) -> None:
        """Kill a process and start it again."""
        self.kill(name)
        self.start(name)

    def stop(self) -> None:
        """Stop everything at once: how processes end is tried elsewhere (`tests/processes`)."""
        for name in list(self._processes):
            self.kill(name)
        self._thread.submit(self._forget_database).result(PATIENCE)
        self._thread.shutdown()

    def _forget_database(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    def do(self, deed: Callable[[Session], T], *, patience: float = PATIENCE) -> T:
        """Run a deed of the test in a transaction of its own; what it returns stays readable.

        It runs in a thread: the browser keeps an event loop in this one, and Flask refuses to end
        a request context beside it.
        """
        return self._thread.submit(self._do, deed).result(patience)

    def _do(self, deed: Callable[[Session], T]) -> T:
        with self.app.test_request_context(base_url=self.base_url):
            result = deed(db.session)
            db.session.flush()
            db.session.expunge_all()
            db.session.commit()
            return result

    def cookie_of(self, person: Citizen | StaffMember) -> dict[str, str]:
        """Return the session cookie that the sign-in page would set."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        assert serializer is not None
        value = serializer.dumps({"secret": self.do(lambda _: cookie_secret(person))})
        name = str(self.app.config["SESSION_COOKIE_NAME"])
        return {"name": name, "value": str(value), "url": self.base_url}

    def _wait_for(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._ready[name] and time.monotonic() < deadline:
            assert self._processes[name].poll() is None, self.log.read_text("utf-8")
            try:
                with urlopen(self._ready[name], timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        assert not self._ready[name], f"{name} does not answer:\n{self.log.read_text('utf-8')}"


def free_ports(count: int) -> list[int]:
    """Return ports that are free now for TCP and UDP."""
    found: list[int] = []
    with contextlib.ExitStack() as open_sockets:
        while len(found) < count:
            tcp = open_sockets.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            udp = open_sockets.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                found.append(port)
    return found
