"""Messages on their way out: a worker is killed among them, the mail server falls over, mail comes
back. None is lost; of those under way when a worker dies, one for each of its places may leave
twice, because no mail server can be asked what it has taken.
"""

import collections
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select, text

from portal.core import clock
from portal.core.db import db
from portal.core.jobs import STALLED_AFTER, Lane
from portal.notifications import return_path, service
from portal.notifications.jobs import fetch_returned
from portal.notifications.models import Message, MessageState
from tests.faults import lab
from tests.notifications.test_returned import notice
from tests.processes.running import free_port, wait_for

pytestmark = pytest.mark.slow

MANY = 60
PLACES = 2
BACK = "bounce@jobcenter.example"


class Server:
    """A mail server that can fall over and come back at the same address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: collections.Counter[str] = collections.Counter()
        self.paths: dict[str, str] = {}
        self._running: Controller | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken[envelope.rcpt_tos[0]] += 1
        self.paths[envelope.rcpt_tos[0]] = envelope.mail_from
        return "250 OK"

    def start(self) -> None:
        self._running = Controller(self, hostname="127.0.0.1", port=self.port)
        self._running.start()

    def stop(self) -> None:
        if self._running:
            self._running.stop()
            self._running = None


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    running.start()
    yield running
    running.stop()


def write(app: Flask, many: int = MANY) -> None:
    with app.app_context(), app.test_request_context(base_url=app.config["BASE_URL"]):
        for number in range(many):
            service.send(
                db.session,
                template="document_received",
                address=f"n{number}@example.org",
                recipient_id=None,
                now=clock.now(),
                context={"owner": {"name": "Oksana"}, "path": "/", "now": clock.now()},
            )
        db.session.commit()


def number(app: Flask, state: MessageState) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count()).where(Message.state == state))
        db.session.rollback()
        return found or 0


def strike(app: Flask) -> None:
    """Let the clock fetch what came back now, and not with the next full minute."""
    with app.app_context():
        db.session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, lock)"
                " VALUES (:lane, CAST(:name AS text), '{\"timestamp\": 0}', CAST(:name AS text))"
            ),
            {"lane": Lane.USUAL, "name": fetch_returned.name},
        )
        db.session.commit()


def way(server: Server) -> dict[str, str]:
    return {
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
        "PORTAL_BOUNCE_ADDRESS": BACK,
    }


def kill(process: Any) -> None:
    for one in [*psutil.Process(process.pid).children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait(10)


def test_fault_06_a_worker_that_dies_among_mails_loses_none(
    committed_app: Flask, server: Server, tmp_path: Path
) -> None:
    write(committed_app)
    with lab.working(committed_app, log=tmp_path / "first.log", **way(server)) as first:
        wait_for(lambda: len(server.taken) > MANY // 4, 120)
        kill(first)
    assert len(server.taken) < MANY, "it was killed too late to prove anything"
    patience = STALLED_AFTER.total_seconds() + 150
    with lab.working(committed_app, log=tmp_path / "second.log", **way(server)):
        wait_for(lambda: number(committed_app, MessageState.SENT) == MANY, patience)
    assert set(server.taken) == {f"n{number}@example.org" for number in range(MANY)}
    assert sum(server.taken.values()) <= MANY + PLACES


def test_fault_a_mail_server_that_falls_over_gets_every_mail_in_the_end(
    committed_app: Flask, server: Server, tmp_path: Path
) -> None:
    write(committed_app)
    with lab.working(committed_app, log=tmp_path / "worker.log", **way(server)):
        wait_for(lambda: len(server.taken) > MANY // 4, 120)
        server.stop()
        wait_for(lambda: _somebody_has_failed(committed_app), 60)
        server.start()
        wait_for(lambda: number(committed_app, MessageState.SENT) == MANY, 240)
    assert len(server.taken) == MANY
    assert number(committed_app, MessageState.FAILED) == 0


def test_fault_what_a_server_gives_back_days_later_is_known_to_the_office(
    committed_app: Flask, server: Server, tmp_path: Path
) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    write(committed_app, 1)
    env = {**way(server), "PORTAL_MAIL_DIR": str(tmp_path / "mail")}
    with lab.working(committed_app, log=tmp_path / "worker.log", **env):
        wait_for(lambda: number(committed_app, MessageState.SENT) == 1, 120)
        [path] = server.paths.values()
        with committed_app.app_context():
            assert return_path.message_of([path], address=BACK)
        back = notice().replace(b"bounce+token@jobcenter.example", path.encode())
        (tmp_path / "mail" / "new" / "1").write_bytes(back)
        strike(committed_app)
        wait_for(lambda: number(committed_app, MessageState.FAILED) == 1, 120)
        strike(committed_app)
        wait_for(lambda: not any((tmp_path / "mail" / "new").iterdir()), 120)


def _somebody_has_failed(app: Flask) -> bool:
    with app.app_context():
        found = db.session.scalar(select(func.count()).where(Message.failure.is_not(None)))
        db.session.rollback()
        return bool(found)
