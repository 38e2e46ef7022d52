"""What the queue does for messages: hand them to the mail server or the SMS gateway."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.jobs import job
from portal.notifications import sms, transport
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

    A mail server that is away for two days loses no message.
    """
    message = session.get(Message, UUID(message_id), with_for_update=True)
    if message is None or message.state == MessageState.SENT:
        return
    try:
        _way_out(message).send(message)
    except NotSent as error:
        message.failure = str(error)[:500]
        message.state = MessageState.FAILED
        if tried < len(WAITS):
            message.state = MessageState.WAITING
            at = now + WAITS[tried]
            deliver.enqueue(session, at=at, message_id=message_id, tried=tried + 1)
        return
    message.state = MessageState.SENT
    message.sent_at = now
    message.failure = None


def _way_out(message: Message) -> Transport:
    return sms.transport() if message.is_sms else transport.transport()
