"""Faults 1 to 4 and 13 of an upload, with real processes and real sockets.

What must hold after each: no byte that was acknowledged is lost, no byte that was not is shown, and
the store holds what the rows name.
"""

import contextlib
import os
import shutil
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.storage import store
from portal.core.vault import removing
from portal.core.vault import service as vault
from portal.core.vault.models import StoredPiece
from tests.faults.web import Phone, answer_of, id_of, nginx, phone, serving

pytestmark = [pytest.mark.slow, pytest.mark.alone]

WHOLE = os.urandom(10_000_000)
BROKEN_AT = 3_000_000
A_READ = 1024
"""What a server that waits for more may hold of a silent line without having kept it."""


def kept(app: Flask, address: str) -> bytes:
    """Read what lies in the store of an upload."""
    with app.app_context(), contextlib.suppress(NotFound):  # no piece yet
        return vault.read(db.session, id_of(address))
    return b""


def orphans(app: Flask) -> list[str]:
    """Name the files of the store that no row names, and the rows whose file is missing."""
    with app.app_context():
        lying = {key for key, _ in store().entries()}
        named = set(db.session.scalars(select(StoredPiece.key).order_by(StoredPiece.key)))
        return sorted(lying ^ named)


def send_the_rest(app: Flask, sender: Phone, address: str) -> None:
    """Go on from where the server says, and find the whole file there, byte for byte."""
    here = sender.offset(address)
    assert kept(app, address) == WHOLE[:here]
    status, headers, body = sender.send(address, WHOLE[here:], here)
    assert status == 204, body
    assert headers["upload-offset"] == str(len(WHOLE))
    assert kept(app, address) == WHOLE
    assert orphans(app) == []


def test_fault_01_a_killed_worker_loses_nothing_that_was_acknowledged(
    committed_app: Flask,
) -> None:
    """Given 3 of 10 MB on the line, when the worker is killed, then sending goes on from there."""
    with serving(committed_app) as server:
        sender = phone(committed_app, server.port)
        address = sender.begin(len(WHOLE))
        with sender.begin_sending(address, offset=0, length=len(WHOLE)) as connection:
            connection.sendall(WHOLE[:BROKEN_AT])
            acknowledged = sender.wait_for(address, BROKEN_AT - A_READ)
            server.kill_worker()
        assert sender.offset(address) == acknowledged
        assert len(kept(committed_app, address)) == acknowledged
        send_the_rest(committed_app, sender, address)


@pytest.mark.parametrize("half", [True, False], ids=["half-close", "close"])
def test_fault_02_a_client_that_vanishes_is_never_complete(
    committed_app: Flask, *, half: bool
) -> None:
    with serving(committed_app) as server:
        sender = phone(committed_app, server.port)
        address = sender.begin(len(WHOLE))
        with sender.begin_sending(address, offset=0, length=len(WHOLE)) as connection:
            connection.sendall(WHOLE[:BROKEN_AT])
            if half:
                connection.shutdown(socket.SHUT_WR)
                status, _, body = answer_of(connection)
                assert status == 400
                assert "abgebrochen" in body.decode("unicode_escape")
        assert sender.wait_for(address, BROKEN_AT) == BROKEN_AT
        send_the_rest(committed_app, sender, address)


needs_nginx = pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()), reason="no nginx here"
)


@needs_nginx
def test_fault_02_behind_a_proxy_that_does_not_wait(committed_app: Flask, tmp_path: Path) -> None:
    """Given nginx with `proxy_request_buffering off`, a broken line keeps what has come."""
    with (
        serving(committed_app) as server,
        nginx(tmp_path / "nginx", server, buffering=False) as port,
    ):
        sender = phone(committed_app, port)
        address = sender.begin(len(WHOLE))
        with sender.begin_sending(address, offset=0, length=len(WHOLE)) as connection:
            connection.sendall(WHOLE[:BROKEN_AT])
            time.sleep(1)
        here = sender.wait_for(address, 2_500_000)
        assert here <= BROKEN_AT
        send_the_rest(committed_app, sender, address)


@needs_nginx
def test_fault_02_behind_a_proxy_that_waits_nothing_is_kept(
    committed_app: Flask, tmp_path: Path
) -> None:
    """Given nginx as it comes, then it keeps the broken part for itself: why README names a line.

    Nothing is wrong afterwards, only the 3 MB are sent once more.
    """
    with (
        serving(committed_app) as server,
        nginx(tmp_path / "nginx", server, buffering=True) as port,
    ):
        sender = phone(committed_app, port)
        address = sender.begin(len(WHOLE))
        with sender.begin_sending(address, offset=0, length=len(WHOLE)) as connection:
            connection.sendall(WHOLE[:BROKEN_AT])
            time.sleep(1)
        time.sleep(1)
        assert sender.offset(address) == 0
        send_the_rest(committed_app, sender, address)


def test_fault_03_of_two_tabs_one_wins_and_nobody_waits(committed_app: Flask) -> None:
    """Given two tabs that send the same rest, then one goes on and the other is turned away."""
    with serving(committed_app) as server:
        sender = phone(committed_app, server.port)
        address = sender.begin(len(WHOLE))
        answers: list[int] = []

        def send() -> None:
            answers.append(sender.status(address, WHOLE, 0))

        begun = time.monotonic()
        tabs = [threading.Thread(target=send) for _ in range(2)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join(60)
        assert sorted(answers) in ([204, 409], [0, 204])
        assert time.monotonic() - begun < 30
        assert kept(committed_app, address) == WHOLE
        assert orphans(committed_app) == []


def test_fault_04_killed_between_the_file_and_its_row(committed_app: Flask) -> None:
    """Given a worker that dies with a file in the store and no row, then the sweep finds the file.

    The person hears of no success: what is there is what it was before, and sending goes on.
    """
    with serving(
        committed_app, application="tests.faults.dying:application", PORTAL_TEST_DIE_AFTER="2"
    ) as server:
        sender = phone(committed_app, server.port)
        address = sender.begin(len(WHOLE))
        with contextlib.suppress(ConnectionError, IndexError, ValueError):
            sender.send(address, WHOLE, 0)
        here = sender.offset(address)
        assert 0 < here < len(WHOLE)
        assert kept(committed_app, address) == WHOLE[:here]
        [lost] = orphans(committed_app)
    with committed_app.app_context():
        removing.sweep(db.session, now=clock.now() + timedelta(hours=25))
        assert lost not in {key for key, _ in store().entries()}
    assert orphans(committed_app) == []
    with serving(committed_app) as server:
        sender.port = server.port
        send_the_rest(committed_app, sender, address)


def test_fault_13_slow_phones_stop_nobody(committed_app: Flask) -> None:
    """Given more slow phones than the process has threads, then pages come at once.

    Who finds no free door hears 503 and tries again.
    """
    threads = 4
    with serving(committed_app, threads=threads) as server, contextlib.ExitStack() as open_lines:
        sender = phone(committed_app, server.port)
        for _ in range(threads // 2):
            address = sender.begin(1_000_000)
            line = sender.begin_sending(address, offset=0, length=1_000_000)
            line.sendall(b"x")
            open_lines.enter_context(line)
        time.sleep(1)
        late = sender.begin(1000)
        for _ in range(threads):
            status, headers, _ = sender.send(late, b"x" * 1000, 0)
            assert status == 503
            assert headers["retry-after"]
        took = sorted(_time_of_a_page(sender) for _ in range(20))
        assert took[-2] < 1.0, took


def _time_of_a_page(sender: Phone) -> float:
    begun = time.monotonic()
    status, _, _ = sender.ask("GET", "/unterlagen/neu")
    assert status == 200
    return time.monotonic() - begun


def test_fault_13_who_brings_next_to_nothing_has_to_come_back(
    committed_app: Flask,
) -> None:
    """Given a client that sends a byte now and then, then its door is free again after a while."""
    with serving(
        committed_app, application="tests.faults.impatient:application", threads=2
    ) as server:
        sender = phone(committed_app, server.port)
        address = sender.begin(1_000_000)
        with sender.begin_sending(address, offset=0, length=1_000_000) as line:
            line.settimeout(0.3)
            begun, status = time.monotonic(), 0
            while time.monotonic() - begun < 30 and not status:
                with contextlib.suppress(ConnectionError):
                    line.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    status = int(line.recv(65536).split()[1])
        assert status == 400
        assert sender.offset(address) <= A_READ
        assert time.monotonic() - begun < 20
