"""What the queue does for messages: hand them to the mail server or the SMS gateway."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.jobs import job
from portal.notifications import quiet, sms, transport
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


@job("notifications.deliver")
def deliver(session: Session, *, now: datetime, message_id: str, tried: int = 0) -> None:
    """Send one message, or write down why not and try again later; a sent one is left alone.

    A mail server that is away for two days loses no message. What keeps quiet waits for the
    morning; what has expired stays here, and that it did not arrive is visible.
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
        deliver.enqueue(session, at=at, message_id=message_id, tried=tried)
        return
    try:
        _way_out(message).send(message)
    except NotSent as error:
        message.failure = str(error)[:500]
        message.state = MessageState.FAILED
        if tried < len(WAITS) and not _has_expired(message, at := now + WAITS[tried]):
            message.state = MessageState.WAITING
            deliver.enqueue(session, at=at, message_id=message_id, tried=tried + 1)
        return
    message.state = MessageState.SENT
    message.sent_at = now
    message.failure = None


def _has_expired(message: Message, now: datetime) -> bool:
    return message.expires_at is not None and now >= message.expires_at


def _way_out(message: Message) -> Transport:
    return sms.transport() if message.is_sms else transport.transport()
