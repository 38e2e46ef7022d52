"""Several processes under one: started together, restarted when one dies, stopped together.

Every process leads a group of its own, so that a terminal's Ctrl-C reaches only the supervisor and
nothing of a killed process stays behind. What they print goes out with their name in front.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from portal.core import child

TICK = 0.1
WATCH_EVERY = 1.0
GRACE = 5.0
"""Seconds between asking a process to stop and killing it."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.3, 15.0
STEADY_AFTER = 30.0
"""Seconds after which a process counts as well, and its next restart is quick again."""

_writing = threading.Lock()
_direct = build_opener(ProxyHandler({}))  # what runs on this machine is not asked through a proxy


@dataclass(frozen=True)
class Program:
    """Which module to run; `address` answers once it serves (without one it serves at once)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    address: str | None = None


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = SHORTEST_PAUSE
    is_ready: bool = field(default=False)


class Supervisor:
    """Run programs until told to stop; `watch` is called now and then (the database)."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        watch: Callable[[], None],
        ready: Callable[[], None],
    ) -> None:
        self._running = [_Running(program) for program in programs]
        self._width = max(len(program.name) for program in programs)
        self._watch = watch
        self._watch_at = 0.0
        self._announce_ready = ready
        self._announced = False
        self._stop_requests = 0

    def run(self) -> None:
        """Start everything, keep it running until a signal comes, then stop everything."""
        with self._signals():
            try:
                while not self._stop_requests:
                    self._turn()
                    time.sleep(TICK)
            finally:
                self._stop()

    def _turn(self) -> None:
        if time.monotonic() >= self._watch_at:
            self._watch()
            self._watch_at = time.monotonic() + WATCH_EVERY
        for running in self._running:
            if running.process is None:
                self._start_when_due(running)
            elif running.process.poll() is not None:
                self._bury(running, running.process)
            elif not self._announced and not running.is_ready:
                running.is_ready = answers(running.program.address)
        if not self._announced and all(running.is_ready for running in self._running):
            self._announced = True
            self._announce_ready()

    def _start_when_due(self, running: _Running) -> None:
        if time.monotonic() < running.start_at:
            return
        program = running.program
        running.process = subprocess.Popen(  # noqa: S603 (the command is our own)
            [sys.executable, "-m", child.__name__, *program.command],
            env={**program.environment, child.SUPERVISOR_VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
        )
        running.started_at = time.monotonic()
        threading.Thread(
            target=self._pump, args=(program.name, running.process), daemon=True
        ).start()

    def _bury(self, running: _Running, process: subprocess.Popen[str]) -> None:
        """Clear away what a dead process left of its group, and set the time of its restart."""
        _signal_group(process, signal.SIGKILL)
        lived = time.monotonic() - running.started_at
        running.pause = SHORTEST_PAUSE if lived > STEADY_AFTER else running.pause
        self._say(f"{running.program.name} {_ending(process.returncode)}, startet neu …")
        running.process = None
        running.start_at = time.monotonic() + running.pause
        running.pause = min(running.pause * 2, LONGEST_PAUSE)

    def _stop(self) -> None:
        self._say("Das Portal wird beendet …")
        alive = [running.process for running in self._running if running.process is not None]
        for process in alive:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and self._stop_requests < 2:
            if all(process.poll() is not None for process in alive):
                break
            time.sleep(TICK / 2)
        for process in alive:
            _signal_group(process, signal.SIGKILL)
            process.wait()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def request_stop(number: int, frame: FrameType | None) -> None:
            self._stop_requests += 1  # and no more: a line may be half written just now

        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {kind: signal.signal(kind, request_stop) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _pump(self, name: str, process: subprocess.Popen[str]) -> None:
        with contextlib.suppress(ValueError):
            for line in process.stdout or ():
                write(f"{name:<{self._width}} │ {line.rstrip()}")

    def _say(self, sentence: str) -> None:
        write(f"{'portal':<{self._width}} │ {sentence}")


def write(line: str) -> None:
    """Print one whole line; a closed terminal is no reason to stop."""
    with _writing, contextlib.suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def answers(address: str | None) -> bool:
    """Tell whether a process of ours answers there, whatever it says."""
    if address is None:
        return True
    try:
        with _direct.open(address, timeout=1):
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False


def _signal_group(process: subprocess.Popen[str], kind: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, kind)


def _ending(code: int) -> str:
    if code < 0:
        return f"wurde mit Signal {-code} beendet"
    return f"hat sich mit Code {code} beendet"
