"""Processes of the portal that stand at once: forked off one that has read the house already.

To read and compile the modules of the portal takes a processor about three seconds, for each
process anew, and more than the rest of most browser tests. A forked process is a real one: it can
be killed, it shares nothing, and it runs what `python -m <module> <words>` would run. gunicorn
makes the workers of a running portal in the same way. Whoever tests the start itself
(`tests/processes/test_supervisor.py`) starts from nothing.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.house.tree import ROOT


class Process:
    """A process as `subprocess.Popen` has it, only that nobody learns its exit code."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def __del__(self) -> None:
        os.close(self._descriptor)

    def poll(self, patience: float = 0) -> int | None:
        """Return None while it runs; wait so many seconds for it at most."""
        return 0 if select.select([self._descriptor], [], [], patience)[0] else None

    def wait(self, timeout: float) -> None:
        """Wait for its end; raise `TimeoutExpired` when it does not come."""
        if self.poll(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)

    def send_signal(self, kind: signal.Signals) -> None:
        """Send a signal, to nobody when it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, kind)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def start(
    module: str, *words: str, env: Mapping[str, str], log: Path = Path(os.devnull)
) -> Process:
    """Start `python -m <module> <words>` as leader of a group of its own; print into `log`."""
    order = {"module": module, "words": words, "env": dict(env), "log": str(log)}
    return Process(_ask(order))


_reader: list[subprocess.Popen[str]] = []


def _ask(order: Mapping[str, object]) -> int:
    """Pass an order on to `tests.processes.reading`, which starts with the first."""
    if not _reader:
        _reader.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.processes.reading"],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        atexit.register(_end)
    process = _reader[0]
    assert process.stdin is not None
    assert process.stdout is not None
    print(json.dumps(order), file=process.stdin, flush=True)
    return int(process.stdout.readline())


def _end() -> None:
    with _reader.pop() as process:
        assert process.stdin is not None
        process.stdin.close()
