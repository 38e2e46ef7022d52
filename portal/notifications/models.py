"""Messages to people, rendered and kept as rows before anything leaves the house."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Model, enum_column, new_id


class MessageState(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    FOLDED = "folded"


class Message(Model):
    """One mail or short message, as it was written.

    It holds no social data, only that there is something to see. One that `keeps_quiet` waits for
    the morning; one with `expires_at` is worth nothing afterwards and is not sent then. `about`
    says what it tells of, as kind and id: the rooms of these things lie above. `told_at` is when
    the office was told that it did not arrive. One that a mail server took and gave back keeps both
    moments, `sent_at` and `bounced_at`: the law asks for the first. One that is `folded_into` an
    earlier one about the same thing stays here, for that has told it already (`limits.STANDS_FOR`).
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_created_at", "created_at"),
        Index(
            "ix_messages_untold",
            "created_at",
            postgresql_where=text("state = 'failed' AND told_at IS NULL"),
        ),
        Index("ix_messages_about", "about_id"),
        Index("ix_messages_waiting", "created_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint(
            "(sent_at IS NOT NULL) = (state = 'sent' OR bounced_at IS NOT NULL)",
            name="sent_has_time",
        ),
        CheckConstraint("bounced_at IS NULL OR state = 'failed'", name="bounced_has_failed"),
        CheckConstraint("(about_kind IS NULL) = (about_id IS NULL)", name="about_pair"),
        CheckConstraint("(folded_into IS NOT NULL) = (state = 'folded')", name="folded_pair"),
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
    language: Mapped[str] = mapped_column(default="de")
    keeps_quiet: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None]
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    told_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    folded_into: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))

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


class SendPace(Model):
    """How fast a way out is used: from when on the next may go, and until when it rests.

    `next_at` runs ahead of the clock by the messages that have been given a turn.
    """

    __tablename__ = "send_paces"

    way: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    paused_until: Mapped[datetime | None]


class PushSubscription(Model):
    """A browser that wants to be told that there is something new (RFC 8030).

    `endpoint` is a secret address at a push service; both keys of the browser encrypt what goes
    there (RFC 8291, base64url). `office_key` is our public key for which the browser has asked.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index("ix_push_subscriptions_recipient", "recipient_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient_id: Mapped[UUID]
    endpoint: Mapped[str] = mapped_column(unique=True)
    browser_key: Mapped[str]
    browser_secret: Mapped[str]
    office_key: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    failure: Mapped[str | None]
