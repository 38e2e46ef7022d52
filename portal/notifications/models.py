"""Messages to people, rendered and kept as rows before anything leaves the house."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Model, enum_column, new_id


class MessageState(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Message(Model):
    """One mail or short message, as it was written.

    It holds no social data, only that there is something to see.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_created_at", "created_at"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    template: Mapped[str]
    recipient_id: Mapped[UUID | None] = mapped_column(index=True)
    address: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(
        enum_column(MessageState), default=MessageState.WAITING
    )
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    @property
    def is_sms(self) -> bool:
        """Tell whether this goes to a telephone; its text is all there is then."""
        return self.address.startswith("+")

    attachments: Mapped[list["MessageAttachment"]] = relationship(
        back_populates="message", lazy="selectin", cascade="all, delete-orphan"
    )


class MessageAttachment(Model):
    """A small file that goes with a message, such as a calendar entry."""

    __tablename__ = "message_attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    filename: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)

    message: Mapped[Message] = relationship(back_populates="attachments")
