"""Nobody's telephone rings at night for the office; what somebody waits for comes at once."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.core import clock, jobs
from portal.notifications import quiet, service
from portal.notifications.models import Message, MessageState
from portal.notifications.transport import NotSent

NUMBER, MAIL = "+4915123456789", "oksana@example.org"


def berlin(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.BERLIN).astimezone(UTC)


DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"),
    [(7, 59, True), (8, 0, False), (19, 59, False), (20, 0, True), (0, 0, True), (3, 0, True)],
)
def test_from_eight_to_eight(hour: int, minute: int, is_quiet: bool) -> None:
    assert quiet.is_quiet(berlin(DAY, hour, minute)) is is_quiet


@pytest.mark.parametrize("day", [DAY, date(2026, 10, 24), date(2027, 3, 27)])
def test_the_night_ends_at_eight_even_when_the_clock_changes(day: date) -> None:
    morning = berlin(day + timedelta(days=1), 8)
    for minutes in range(0, 12 * 60, 7):
        moment = berlin(day, 20) + timedelta(minutes=minutes)
        if moment < morning:
            assert quiet.over_at(moment) == morning
    assert quiet.over_at(morning) == morning


class Way:
    """A way out that can be shut."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.shut = False

    def send(self, message: Message) -> None:
        if self.shut:
            raise NotSent("shut")
        self.sent.append(message)


@pytest.fixture
def way(app: Flask) -> Any:
    kept = {name: app.extensions[name] for name in ("sms_transport", "mail_transport")}
    out = Way()
    app.extensions["sms_transport"] = app.extensions["mail_transport"] = out
    yield out
    app.extensions.update(kept)


def message(session: Session, now: datetime, **more: Any) -> Message:
    sent = service.send(
        session,
        **{
            "template": "password_changed",
            "address": NUMBER,
            "recipient_id": None,
            "now": now,
            "context": {"person": {"name": "Zoë Öztürk"}},
            **more,
        },
    )
    assert sent is not None
    return sent


def test_a_short_message_of_the_night_comes_in_the_morning(session: Session, way: Way) -> None:
    late = berlin(DAY, 22)
    sent = message(session, late)
    jobs.run_due(session, late)
    jobs.run_due(session, berlin(DAY + timedelta(days=1), 7, 59))
    assert way.sent == []
    jobs.run_due(session, berlin(DAY + timedelta(days=1), 8))
    assert way.sent == [sent]


@pytest.mark.parametrize("more", [{"at_once": True}, {"address": MAIL}])
def test_a_link_and_a_mail_come_at_once(session: Session, way: Way, more: dict[str, Any]) -> None:
    late = berlin(DAY, 22)
    message(session, late, **more)
    jobs.run_due(session, late)
    assert len(way.sent) == 1


def test_a_mail_that_reminds_keeps_quiet_too(session: Session, way: Way) -> None:
    late = berlin(DAY, 22)
    message(session, late, address=MAIL, quiet_hours=True)
    jobs.run_due(session, late)
    assert way.sent == []


def test_a_further_try_does_not_wake_anybody(session: Session, way: Way) -> None:
    """The gateway is away from 19:58 until after 20: the next try is at 8."""
    now = berlin(DAY, 19, 58)
    message(session, now)
    way.shut = True
    jobs.run_due(session, now)
    jobs.run_due(session, now + timedelta(minutes=1))
    way.shut = False
    for hour in (20, 21, 23):
        jobs.run_due(session, berlin(DAY, hour, 30))
    assert way.sent == []
    jobs.run_due(session, berlin(DAY + timedelta(days=1), 8))
    assert len(way.sent) == 1


def test_what_has_expired_stays_and_counts_as_failed(session: Session, way: Way) -> None:
    """A reminder whose gateway comes back after the appointment is worth nothing."""
    now = berlin(DAY, 9)
    sent = message(session, now, expires_at=berlin(DAY, 11))
    way.shut = True
    jobs.run_due(session, now)
    assert sent.state is MessageState.WAITING
    way.shut = False
    for hour in (11, 12, 15):
        jobs.run_due(session, berlin(DAY, hour))
    assert way.sent == []
    assert sent.state is MessageState.FAILED
    assert sent.failure == "shut"


def test_what_is_withdrawn_stays(session: Session, way: Way) -> None:
    about = ("booking", sent_id := message(session, berlin(DAY, 7)).id)
    kept = message(session, berlin(DAY, 7), about=about)
    other = message(session, berlin(DAY, 7), about=("booking", kept.id))
    service.withdraw(session, template="password_changed", about=about)
    session.refresh(kept)
    jobs.run_due(session, berlin(DAY, 9))
    assert kept.state is MessageState.WITHDRAWN
    assert other in way.sent
    assert {one.id for one in way.sent} == {sent_id, other.id}
