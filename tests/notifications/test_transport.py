"""Mails on their way out, against a real mail server on this machine."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.core import jobs
from portal.core.config import Settings
from portal.core.errors import InvalidInput
from portal.notifications import service
from portal.notifications import transport as transports
from portal.notifications.jobs import WAITS, deliver
from portal.notifications.models import Message, MessageState
from portal.notifications.service import Enclosure
from portal.notifications.transport import DemoMailbox, NoMailServer, NotSent, Smtp

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


class Mailroom:
    """Take mails, or refuse them while `refuses` is set."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.readers: list[list[str]] = []
        self.refuses: str | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        self.readers.append(envelope.rcpt_tos)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def mailroom() -> Iterator[tuple[Mailroom, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room = Mailroom()
    controller = Controller(room, hostname="127.0.0.1", port=port)
    controller.start()
    yield room, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def room(mailroom: tuple[Mailroom, str], app: Flask) -> Iterator[Mailroom]:
    kept = app.extensions["mail_transport"]
    app.extensions["mail_transport"] = Smtp(mailroom[1], "portal@jobcenter.example")
    yield mailroom[0]
    app.extensions["mail_transport"] = kept


def message(session: Session, **fields: Any) -> Message:
    return service.send(
        session,
        **{
            "template": "account_exists",
            "address": "oksana@example.org",
            "recipient_id": None,
            "now": NOW,
            "context": {"person": {"name": "Zoë Öztürk"}},
            **fields,
        },
    )


def test_a_mail_arrives_as_text_and_html_with_its_attachment(
    room: Mailroom, session: Session
) -> None:
    sent = message(
        session,
        enclosures=[
            Enclosure(
                "Termin für Öztürk.ics", "text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\n"
            )
        ],
    )
    assert sent.state is MessageState.WAITING
    assert jobs.run_due(session, NOW) == 1

    [mail] = room.mails
    assert room.readers == [["oksana@example.org"]]
    assert mail["Subject"] == "Sie haben schon ein Konto"
    assert mail["From"] == "portal@jobcenter.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(sent.id) in mail["Message-ID"]
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    plain = mail.get_body(("plain",))
    assert plain
    assert "Guten Tag Zoë Öztürk" in plain.get_content()
    html = mail.get_body(("html",))
    assert html
    assert "<h1>" in html.get_content()
    [calendar] = mail.iter_attachments()
    assert calendar.get_filename() == "Termin für Öztürk.ics"
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar.get_content_type() == "text/calendar"
    assert (sent.state, sent.sent_at, sent.failure) == (MessageState.SENT, NOW, None)


def test_a_sent_mail_is_not_sent_again(room: Mailroom, session: Session) -> None:
    sent = message(session)
    jobs.run_due(session, NOW)
    deliver(session, now=NOW, message_id=str(sent.id))
    assert len(room.mails) == 1


def test_a_server_that_refuses_is_asked_again_later(room: Mailroom, session: Session) -> None:
    room.refuses = "451 greylisted, come back later"
    sent = message(session)
    jobs.run_due(session, NOW)
    assert sent.state is MessageState.WAITING
    assert sent.failure
    assert "greylisted" in sent.failure

    assert jobs.run_due(session, NOW + WAITS[0] - timedelta(seconds=1)) == 0
    room.refuses = None
    jobs.run_due(session, NOW + WAITS[0])
    assert sent.state is MessageState.SENT
    assert sent.failure is None
    assert len(room.mails) == 1


def test_after_two_days_a_message_is_laid_aside_with_its_reason(
    room: Mailroom, session: Session
) -> None:
    room.refuses = "550 no such user"
    sent = message(session)
    now, runs = NOW, 0
    while jobs.run_due(session, now):
        runs += 1
        now += timedelta(days=1)
    assert runs == len(WAITS) + 1
    assert sent.state is MessageState.FAILED
    assert sent.failure
    assert "550" in sent.failure
    assert sum(WAITS, timedelta()) > timedelta(hours=36)


def test_nobody_listening_is_a_reason_like_any_other(session: Session, app: Flask) -> None:
    kept = app.extensions["mail_transport"]
    app.extensions["mail_transport"] = Smtp("smtp://127.0.0.1:9", "portal@jobcenter.example")
    try:
        sent = message(session)
        jobs.run_due(session, NOW)
    finally:
        app.extensions["mail_transport"] = kept
    assert sent.state is MessageState.WAITING
    assert sent.failure
    assert "refused" in sent.failure.lower()


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "a@example.org\n",
        "<a@example.org>",
        "a b@example.org",
        "a@b@example.org",
        "example.org",
        "",
    ],
)
def test_an_address_that_smuggles_something_is_refused(session: Session, address: str) -> None:
    with pytest.raises(InvalidInput):
        message(session, address=address)
    assert session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar() == 0


def test_names_with_line_breaks_stay_in_the_body(room: Mailroom, session: Session) -> None:
    message(session, context={"person": {"name": "Eve\r\nBcc: b@example.org"}})
    message(session, enclosures=[Enclosure("a\r\nBcc: b@example.org.ics", "text/calendar", b"x")])
    jobs.run_due(session, NOW)
    assert all(mail["Bcc"] is None for mail in room.mails)
    assert all(readers == ["oksana@example.org"] for readers in room.readers)


def test_html_in_a_name_stays_text(session: Session) -> None:
    sent = message(session, context={"person": {"name": "<script>alert(1)</script>"}})
    assert "<script>" not in sent.html
    assert "<script>" in sent.text


def settings(**fields: Any) -> Settings:
    return Settings(**fields)


def test_without_a_mail_server_only_the_demo_keeps_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(transports._way_out(settings(demo=True)), DemoMailbox)
    assert not caplog.records
    real = transports._way_out(settings(demo=False))
    assert isinstance(real, NoMailServer)
    assert len(caplog.records) == 1
    with pytest.raises(NotSent):
        real.send(Message())
    assert isinstance(transports._way_out(settings(smtp_url="smtp://mail")), Smtp)


def test_a_password_does_not_cross_the_wire_in_the_open(
    mailroom: tuple[Mailroom, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = ("127.0.0.1", int(mailroom[1].rpartition(":")[2]))
    connect = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda _, *rest: connect(there, *rest))
    way_out = Smtp("smtp://name:word@mail.example:25", "portal@jobcenter.example")
    letter = Message(address="a@example.org", subject="", text="", html="", created_at=NOW)
    with pytest.raises(NotSent, match="no TLS"):
        way_out.send(letter)
