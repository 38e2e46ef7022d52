"""Reading messages: the demo mailbox and what was sent to one person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.notifications.models import Message


def latest_messages(
    session: Session, *, address: str | None = None, limit: int = 100
) -> Sequence[Message]:
    """Return the latest messages, newest first, to one address or to all."""
    found = select(Message).order_by(Message.created_at.desc(), Message.id).limit(limit)
    if address:
        found = found.where(Message.address == address)
    return session.scalars(found).all()


def message_by_id(session: Session, id: UUID) -> Message | None:
    """Return one message."""
    return session.get(Message, id)
