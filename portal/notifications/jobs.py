"""What the queue does for messages: hand them to the mail server or the SMS gateway."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from portal.core.config import Settings
from portal.core.jobs import every, job
from portal.notifications import bouncing, limits, pace, push, quiet, sms, subscribing, transport
from portal.notifications.models import Message, MessageState
from portal.notifications.transport import NotSent, Transport

WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
MAILS_AT_ONCE = 200
BEHIND, AHEAD = -1, 1
AFTER_A_REST = 600  # a minute, where the operator has named no pace
A_BLINK = timedelta(milliseconds=200)
A_MOMENT = timedelta(seconds=3)
PUSH_TRIES = 4


@job("notifications.deliver")
def deliver(
    session: Session,
    *,
    now: datetime,
    message_id: str,
    tried: int = 0,
    has_turn: bool = False,
    is_urgent: bool = False,
) -> None:
    """Send one message, or write down why not and try again later; a sent one is left alone.

    A mail server that is away for two days loses no message. What keeps quiet waits for the
    morning; what has expired stays here, and that it did not arrive is visible. More than the
    server takes wait for their turn (`pace`); what somebody waits for goes before the others.
    """
    message = session.get(Message, UUID(message_id), with_for_update=True)
    if message is None or message.state is not MessageState.WAITING:
        return
    if _has_expired(message, now):
        message.state = MessageState.FAILED
        message.failure = message.failure or "expired before it could be sent"
        return
    if message.keeps_quiet and quiet.is_quiet(now):
        at = quiet.over_at(now)
        deliver.enqueue(session, at=at, rank=BEHIND, message_id=message_id, tried=tried)
        return
    if turn := _turn_of(session, message, now=now, has_turn=has_turn, is_urgent=is_urgent):
        deliver.enqueue(
            session,
            at=turn,
            rank=0 if is_urgent else BEHIND,
            message_id=message_id,
            tried=tried,
            has_turn=True,
            is_urgent=is_urgent,
        )
        return
    try:
        _way_out(message).send(message)
    except NotSent as error:
        _not_sent(session, message, error, tried=tried, now=now)
        return
    message.state = MessageState.SENT
    message.sent_at = now
    message.failure = None


def _not_sent(
    session: Session, message: Message, error: NotSent, *, tried: int, now: datetime
) -> None:
    if error.is_busy:
        pace.rest(_way(message), now=now)
    message.failure = str(error)[:500]
    message.state = MessageState.FAILED
    if error.is_final or tried >= len(WAITS):
        return
    if not _has_expired(message, at := now + WAITS[tried]):
        message.state = MessageState.WAITING
        deliver.enqueue(session, at=at, rank=BEHIND, message_id=str(message.id), tried=tried + 1)


def _turn_of(
    session: Session, message: Message, *, now: datetime, has_turn: bool, is_urgent: bool
) -> datetime | None:
    """Return when the message may go, if not now; a turn that comes in a blink is waited for."""
    rests = pace.rests_until(session, _way(message), now=now)
    if has_turn and not rests:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    per_minute = 0 if message.is_sms else settings.smtp_per_minute
    if not per_minute and not rests:
        return None
    # After a rest they come one by one: thousands at once would only ask it again.
    turn = pace.turn(_way(message), per_minute=per_minute or AFTER_A_REST, now=now)
    if is_urgent:
        return None
    if rests or turn - now > A_BLINK:
        return turn
    time.sleep(max(0.0, (turn - now).total_seconds()))
    return None


@job("notifications.tell_browser")
def tell_browser(
    session: Session,
    *,
    now: datetime,
    subscription_id: str,
    language: str,
    since: str,
    tried: int = 0,
    waiting: int = 0,
    path: str = "",
    alarm: bool = False,
) -> None:
    """Tell one browser that there is something new, unless it was told after `since` already.

    Being told of something else does not stand for an `alarm`. It, and that people are `waiting`,
    is no news any more after some time (`limits.RINGS_FOR`). A browser that is not there any more
    is forgotten; a push service that fails is asked again, and never stands in the way of the mail.
    """
    found = subscribing.subscription_to_tell(session, UUID(subscription_id))
    called_at = datetime.fromisoformat(since)
    if found is None or (not alarm and found.told_at and found.told_at >= called_at):
        return
    word = push.Word(waiting=waiting, path=path, alarm=alarm)
    if word.is_urgent and now - called_at > limits.RINGS_FOR:
        return
    try:
        push.services().tell(found, language=language, now=now, word=word)
    except NotSent as error:
        found.failure = str(error)[:500]
        if error.is_final:
            session.delete(found)
        elif tried < PUSH_TRIES:
            tell_browser.enqueue(
                session,
                at=now + (A_MOMENT if alarm else WAITS[tried]),
                rank=AHEAD if alarm else 0,
                subscription_id=subscription_id,
                language=language,
                since=since,
                tried=tried + 1,
                waiting=waiting,
                path=path,
                alarm=alarm,
            )
        return
    found.told_at = now
    found.failure = None


@every("* * * * *", "notifications.fetch_returned")
def fetch_returned(session: Session, *, now: datetime) -> None:
    """Read what has come back into the Maildir.

    What gave a message back leaves the folder in the next run, when that is committed and the same
    mail says nothing new.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.mail_dir:
        return
    for path, raw in bouncing.waiting(Path(settings.mail_dir), limit=MAILS_AT_ONCE):
        if bouncing.take(session, raw=raw, now=now) is None:
            bouncing.put_away(path)


def _has_expired(message: Message, now: datetime) -> bool:
    return message.expires_at is not None and now >= message.expires_at


def _way(message: Message) -> str:
    return "sms" if message.is_sms else "mail"


def _way_out(message: Message) -> Transport:
    return sms.transport() if message.is_sms else transport.transport()
