"""A portal of real processes for tests: started in a folder of its own, watched from outside."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests.house.tree import ROOT

PATIENCE = 90.0
SECRET = "a-secret-of-this-test-run-and-of-nothing-else"


def free_port() -> int:
    """Find three free ports in a row: web, media, and its UDP; below those of outgoing calls."""
    for _ in range(50):
        port = random.randrange(21_000, 32_000, 3)
        if all(_is_free(port + step) for step in (0, 1, 2)):
            return port
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(type=kind) as probe:
                probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def wait_for(what: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until it is so; fail when it does not become so."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class RunningPortal:
    """`portal up` in a process of its own, for real people: with secrets, without the demo."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self.log = data.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start and wait until it serves; return the seconds that took."""
        begun = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                portal_command("up", "--data", str(self.data), "--port", str(self.port)),
                stdout=log, stderr=subprocess.STDOUT, env=environment(), start_new_session=True,
            )  # fmt: skip
        wait_for(lambda: "Bereit nach" in self.printed() or not self.is_running())
        assert self.is_running(), self.printed()
        return time.monotonic() - begun

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Return the supervisor."""
        assert self._process is not None
        return self._process

    def printed(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text("utf-8")

    def is_running(self) -> bool:
        """Tell whether the supervisor lives."""
        return self.process.poll() is None

    def serves(self) -> bool:
        """Tell whether web answers, with database and file store behind it."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def child(self, name: str) -> psutil.Process | None:
        """Return the process of this name under the supervisor."""
        for child in psutil.Process(self.process.pid).children():
            try:
                words = child.cmdline()
            except psutil.Error:
                continue
            if words[-2:] == ["portal.cli", name] or words[-1:] == [f"portal.{name}"]:
                return child
        return None

    def database_pid(self) -> int | None:
        """Return the number of the embedded PostgreSQL's process, while it has written it down."""
        try:
            note = (self.data / "postgres" / "postmaster.pid").read_text()
        except FileNotFoundError:
            return None
        return int(note.split("\n", 1)[0]) if note else None

    def database(self) -> psutil.Process:
        """Return the process of the embedded PostgreSQL."""
        pid = self.database_pid()
        assert pid is not None
        return psutil.Process(pid)

    def everything(self) -> list[psutil.Process]:
        """Return every process of this portal, the supervisor included."""
        own = psutil.Process(self.process.pid)
        database = self.database()
        return [own, *own.children(recursive=True), database, *database.children(recursive=True)]

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal; return the seconds until the supervisor has ended."""
        begun = time.monotonic()
        self.process.send_signal(kind)
        self.process.wait(PATIENCE)
        return time.monotonic() - begun


def portal_command(*arguments: str) -> list[str]:
    """Return the command line of `portal …`."""
    return [sys.executable, "-m", "portal.cli", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """Return an environment that may serve real people."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_TICKET_KEYS": SECRET,
        "PORTAL_BASE_URL": "https://portal.jobcenter.example",
        "PORTAL_MEDIA_URL": "wss://portal.jobcenter.example",
        **changes,
    }


def run_portal(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `portal …` to its end."""
    return subprocess.run(
        portal_command(*arguments),
        env=environment(**changes), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
