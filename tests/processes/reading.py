"""The process that has read the house and forks for `tests.processes.forked`."""

import contextlib
import gc
import json
import os
import runpy
import signal
import sys
from typing import Any

import gunicorn.app.wsgiapp

import portal.cli.commands

ALIVE: set[int] = set()
READ = (gunicorn.app.wsgiapp, portal.cli.commands)


def main() -> None:
    """Fork for every line that comes in, and print the number of the new process."""
    gc.freeze()  # what is read stays: no process looks through it again
    before = signal.signal(signal.SIGCHLD, bury)
    while line := sys.stdin.readline():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, before)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            become(json.loads(line))
            return
        ALIVE.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        print(pid, flush=True)
    for pid in ALIVE.copy():  # the tests were broken off
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def bury(*_: object) -> None:
    """Take leave of every process that has ended: nobody here asks how."""
    with contextlib.suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            ALIVE.discard(pid)


def become(order: dict[str, Any]) -> None:
    """Keep nothing of the parent but what it has read, and run the module to its end."""
    os.setsid()
    for name, descriptor, flags in (
        (os.devnull, 0, os.O_RDONLY),
        (order["log"], 1, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        opened = os.open(name, flags, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [order["module"], *order["words"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
