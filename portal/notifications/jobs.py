"""What the queue does for messages: hand them to the mail server."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.jobs import job
from portal.notifications.models import Message, MessageState
from portal.notifications.transport import transport


@job("notifications.deliver", tries=8)
def deliver(session: Session, *, now: datetime, message_id: str) -> None:
    """Send one message; a message that was sent already is left alone."""
    message = session.get(Message, UUID(message_id), with_for_update=True)
    if message is None or message.state == MessageState.SENT:
        return
    transport().send(message)
    message.state = MessageState.SENT
    message.sent_at = now
