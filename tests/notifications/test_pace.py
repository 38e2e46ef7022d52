"""More mails than a server takes: each waits for its turn, and none is lost."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.core import jobs
from portal.core.db import db
from portal.notifications import pace
from portal.notifications.jobs import WAITS
from portal.notifications.models import Message, MessageState
from portal.notifications.transport import Smtp
from tests.notifications.test_transport import message

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


class Busy:
    """A mail server that takes some mails and then answers otherwise."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.lines = 0
        self.answers: dict[str, str] = {}

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        self.lines += 1
        session.host_name = name
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if answer := self.answers.get("DATA"):
            return answer
        self.taken.append(envelope.mail_from)
        return "250 OK"


@pytest.fixture
def server(app: Flask) -> Iterator[Busy]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    busy = Busy()
    controller = Controller(busy, hostname="127.0.0.1", port=port)
    controller.start()
    kept, settings = app.extensions["mail_transport"], app.config["SETTINGS"]
    app.extensions["mail_transport"] = Smtp(f"smtp://127.0.0.1:{port}", "portal@jobcenter.example")
    yield busy
    app.extensions["mail_transport"], app.config["SETTINGS"] = kept, settings
    controller.stop()


def limit(app: Flask, per_minute: int) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(
        update={"smtp_per_minute": per_minute}
    )


def test_a_hundred_mails_go_over_one_connection(server: Busy, session: Session) -> None:
    for number in range(30):
        message(session, address=f"n{number}@example.org")
    jobs.run_due(session, NOW)
    assert len(server.taken) == 30
    assert server.lines == 1


def test_a_connection_that_was_hung_up_is_opened_anew(
    server: Busy, session: Session, app: Flask
) -> None:
    way_out: Smtp = app.extensions["mail_transport"]
    message(session)
    jobs.run_due(session, NOW)
    way_out._idle[0].server.sock.shutdown(socket.SHUT_RDWR)
    message(session)
    jobs.run_due(session, NOW)
    assert len(server.taken) == 2
    assert server.lines == 2


def test_mails_wait_for_their_turn_and_all_arrive(
    server: Busy, session: Session, app: Flask
) -> None:
    limit(app, 60)
    for number in range(90):
        message(session, address=f"n{number}@example.org")
    sent = []
    for second in range(120):
        before = len(server.taken)
        jobs.run_due(session, NOW + timedelta(seconds=second))
        sent.append(len(server.taken) - before)
    assert sum(sent) == 90
    assert sent[0] <= 6  # those of five seconds at once, then one a second
    assert max(sent[1:]) == 1
    assert sum(sent[:60]) <= 66


def test_a_server_that_is_busy_is_left_in_peace(server: Busy, session: Session) -> None:
    server.answers["DATA"] = "451 4.7.1 slow down"
    sent = [message(session, address=f"n{number}@example.org") for number in range(20)]
    jobs.run_due(session, NOW)
    assert [one.failure is not None for one in sent].count(True) == 1  # the others did not ask
    server.answers.clear()
    assert jobs.run_due(session, NOW + pace.REST - timedelta(seconds=1)) == 0
    jobs.run_due(session, NOW + WAITS[0])
    assert 0 < len(server.taken) < 5  # not all at once: it would ask for a rest again
    for second in range(5):
        jobs.run_due(session, NOW + WAITS[0] + timedelta(seconds=second))
    assert {one.state for one in sent} == {MessageState.SENT}
    assert len(server.taken) == 20


def test_a_server_that_is_away_for_long_is_asked_now_and_then(
    server: Busy, session: Session
) -> None:
    server.answers["DATA"] = "421 4.3.2 shutting down"
    sent = [message(session, address=f"n{number}@example.org") for number in range(50)]
    for minute in range(10):
        jobs.run_due(session, NOW + timedelta(minutes=minute))
    assert server.lines <= 15
    server.answers.clear()
    for minute in range(10, 60):
        jobs.run_due(session, NOW + timedelta(minutes=minute))
    assert {one.state for one in sent} == {MessageState.SENT}


def test_what_somebody_waits_for_is_tried_even_in_a_rest(server: Busy, session: Session) -> None:
    pace.rest("mail", now=NOW)
    news = message(session)
    link = message(session, at_once=True)
    jobs.run_due(session, NOW)
    assert (news.state, link.state) == (MessageState.WAITING, MessageState.SENT)


def test_an_address_that_does_not_exist_is_final(server: Busy, session: Session) -> None:
    server.answers["gone@example.org"] = "550 5.1.1 no such user"
    server.answers["full@example.org"] = "450 4.2.2 mailbox full"
    server.answers["closed@example.org"] = "550 5.7.1 relaying denied"
    gone, full, closed, good = (
        message(session, address=f"{name}@example.org")
        for name in ("gone", "full", "closed", "good")
    )
    jobs.run_due(session, NOW)
    assert gone.state is MessageState.FAILED
    assert full.state is closed.state is MessageState.WAITING  # the fault may be ours
    assert good.state is MessageState.SENT


def test_workers_share_the_turns(committed_app: Flask) -> None:
    def draw(_: int) -> datetime:
        with committed_app.app_context():
            turn = pace.turn("mail", per_minute=600, now=NOW)
            db.session.close()
            return turn

    with ThreadPoolExecutor(8) as workers:
        turns = sorted(workers.map(draw, range(80)))
    assert len(set(turns)) == 80
    assert turns[-1] - turns[0] == 79 * timedelta(seconds=0.1)


def test_nothing_is_lost_while_turns_are_drawn(server: Busy, session: Session, app: Flask) -> None:
    limit(app, 6000)
    for number in range(300):
        message(session, address=f"n{number}@example.org")
    for second in range(0, 60, 5):
        jobs.run_due(session, NOW + timedelta(seconds=second))
    waiting = select(func.count()).select_from(Message).where(Message.state != MessageState.SENT)
    assert session.scalar(waiting) == 0
    assert len(server.taken) == 300


def test_what_somebody_waits_for_goes_before_a_thousand_others(
    server: Busy, session: Session, app: Flask
) -> None:
    limit(app, 60)
    for number in range(40):
        message(session, address=f"n{number}@example.org")
    jobs.run_due(session, NOW)
    link = message(session, address="waits@example.org", at_once=True)
    jobs.run_due(session, NOW + timedelta(milliseconds=10))
    assert link.state is MessageState.SENT
    for second in range(60):
        jobs.run_due(session, NOW + timedelta(seconds=second))
    assert len(server.taken) == 41


def test_mails_let_other_jobs_pass(session: Session) -> None:
    message(session)
    message(session, at_once=True)
    ranks = session.scalars(text("SELECT priority FROM procrastinate_jobs ORDER BY id")).all()
    assert ranks == [-1, 0]
