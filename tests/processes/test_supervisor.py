"""`portal up` with real processes: what is killed comes back, what is stopped is gone."""

import os
import pty
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes.running import (
    PATIENCE,
    RunningPortal,
    environment,
    free_port,
    portal_command,
    run_portal,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """Run one portal for the tests of this module; each leaves it serving."""
    running = RunningPortal(tmp_path_factory.mktemp("portal") / "data", free_port())
    running.start()
    yield running
    if running.is_running():
        running.stop()


@pytest.mark.parametrize("name", ["web", "media", "worker"])
def test_a_killed_process_comes_back(portal: RunningPortal, name: str):
    killed = portal.child(name)
    assert killed is not None

    killed.kill()

    def is_back() -> bool:
        fresh = portal.child(name)
        return fresh is not None and fresh.pid != killed.pid

    wait_for(is_back)
    wait_for(portal.serves)
    assert f"{name} wurde mit Signal 9 beendet, startet neu" in portal.printed()


def test_a_killed_web_worker_comes_back(portal: RunningPortal):
    web = portal.child("web")
    assert web is not None
    wait_for(lambda: len(web.children()) == 2)

    killed = web.children()[0]
    killed.kill()

    wait_for(lambda: len(fresh := web.children()) == 2 and killed not in fresh)
    assert portal.serves()


def test_a_killed_database_comes_back(portal: RunningPortal):
    killed = portal.database()

    killed.kill()

    wait_for(lambda: portal.database_pid() not in {None, killed.pid})
    wait_for(portal.serves)
    assert "Die Datenbank hat sich beendet, startet neu" in portal.printed()


def test_a_second_supervisor_is_refused(portal: RunningPortal):
    second = run_portal("up", "--data", str(portal.data), "--port", str(free_port()))

    assert second.returncode == 2
    assert f"arbeitet schon Prozess {portal.process.pid}" in second.stderr
    assert portal.serves()


def test_commands_use_the_running_database(portal: RunningPortal):
    done = run_portal("migrate", "--data", str(portal.data))

    assert done.returncode == 0, done.stderr
    assert portal.serves()


def test_what_a_killed_supervisor_leaves_is_taken_over(portal: RunningPortal):
    before = portal.everything()

    portal.process.kill()
    portal.process.wait()
    seconds = portal.start()

    print(f"start after kill -9 of the supervisor: {seconds:.1f} s")
    assert portal.serves()
    kept = {portal.database().pid, *(child.pid for child in portal.database().children())}
    _, alive = psutil.wait_procs([old for old in before if old.pid not in kept], timeout=10)
    assert alive == []


def test_stops_in_time_with_nothing_left(portal: RunningPortal):
    everything = portal.everything()

    seconds = portal.stop(signal.SIGTERM)

    assert portal.process.returncode == 0
    assert seconds < 10
    assert psutil.wait_procs(everything, timeout=1)[1] == []
    assert "Das Portal ist beendet." in portal.printed()


def test_second_start_is_quick(portal: RunningPortal):
    seconds = portal.start()

    print(f"second start: {seconds:.1f} s")
    assert portal.serves()


def test_a_process_that_hangs_is_killed(portal: RunningPortal):
    everything = portal.everything()
    media = portal.child("media")
    assert media is not None

    media.suspend()
    seconds = portal.stop(signal.SIGINT)

    assert seconds < 10
    assert psutil.wait_procs(everything, timeout=1)[1] == []


def test_ctrl_c_in_a_terminal_stops_everything(portal: RunningPortal):
    command = portal_command("up", "--data", str(portal.data), "--port", str(portal.port))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment())
    _read_until(terminal, b"Bereit nach")

    os.write(terminal, b"\x03")
    _read_until(terminal, b"ist beendet.")

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not portal.serves()
    os.close(terminal)


def _read_until(terminal: int, words: bytes) -> bytes:
    found = b""
    deadline = time.monotonic() + PATIENCE
    while words not in found:
        assert time.monotonic() < deadline, found
        if select.select([terminal], [], [], 1)[0]:
            found += os.read(terminal, 4096)
    return found


def test_a_taken_port_is_named(tmp_path: Path):
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        refused = run_portal("up", "--data", str(tmp_path / "data"), "--port", str(port))

    assert refused.returncode == 2
    assert f"Port {port} ist schon belegt." in refused.stderr
    assert "portal up --port" in refused.stderr


def test_no_start_with_the_example_secrets(tmp_path: Path):
    refused = run_portal(
        "up", "--data", str(tmp_path), PORTAL_SECRET_KEY="", PORTAL_BASE_URL="http://localhost"
    )

    assert refused.returncode == 2
    assert "PORTAL_SECRET_KEY ist der Beispielwert" in refused.stderr
    assert "PORTAL_BASE_URL muss mit https:// beginnen" in refused.stderr
    assert not (tmp_path / "postgres").exists()
