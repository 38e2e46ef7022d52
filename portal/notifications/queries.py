"""Reading messages: the demo mailbox and what was sent to one person."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from portal.notifications.models import Message, MessageState, PushSubscription


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


def sent_message(session: Session, id: UUID) -> Message | None:
    """Lock and return a message that has left the house and was not given back."""
    return session.scalar(
        select(Message)
        .where(Message.id == id, Message.state == MessageState.SENT)
        .with_for_update(of=Message)
    )


def standing_for(
    session: Session,
    *,
    template: str,
    recipient_id: UUID,
    address: str,
    about: tuple[str, UUID],
    since: datetime,
) -> Message | None:
    """Return the last message to the address about the same thing that is on its way or arrived."""
    return session.scalar(
        select(Message)
        .where(
            Message.template == template,
            Message.recipient_id == recipient_id,
            Message.address == address,
            Message.about_kind == about[0],
            Message.about_id == about[1],
            Message.state.in_((MessageState.WAITING, MessageState.SENT)),
            Message.created_at >= since,
        )
        .order_by(Message.created_at.desc(), Message.id)
        .limit(1)
    )


def folded_about(session: Session, about: tuple[str, UUID]) -> dict[datetime, datetime]:
    """Return the moments at which nobody was told of a thing, each with that of what stands for it.

    A moment at which one reader or one address got a message of its own is none of them.
    """
    stands = aliased(Message)
    found = session.execute(
        select(Message.created_at, func.max(stands.created_at))
        .outerjoin(stands, stands.id == Message.folded_into)
        .where(Message.about_kind == about[0], Message.about_id == about[1])
        .group_by(Message.created_at)
        .having(func.bool_and(Message.state == MessageState.FOLDED))
        .order_by(Message.created_at)
    )
    return {row[0]: row[1] for row in found}


def unreached(
    session: Session, *, recipient_id: UUID, addresses: Sequence[str | None]
) -> Sequence[str]:
    """Return those of a person's addresses at which the last message did not arrive.

    One that arrives later ends it: what counts is the last word of each address.
    """
    last = (
        select(Message.address, Message.state)
        .ext(distinct_on(Message.address))
        .where(
            Message.recipient_id == recipient_id,
            Message.address.in_([address for address in addresses if address]),
            Message.state.in_((MessageState.SENT, MessageState.FAILED)),
        )
        .order_by(Message.address, Message.created_at.desc(), Message.id)
        .subquery()
    )
    return session.scalars(
        select(last.c.address).where(last.c.state == MessageState.FAILED).order_by(last.c.address)
    ).all()


def failed_of(
    session: Session, recipients: Collection[UUID], *, since: datetime
) -> Sequence[Message]:
    """Return what did not arrive at these people, newest first."""
    return session.scalars(
        select(Message)
        .where(
            Message.recipient_id.in_(recipients),
            Message.state == MessageState.FAILED,
            Message.created_at >= since,
        )
        .order_by(Message.created_at.desc(), Message.id)
    ).all()


def goes_to_same(message: Message) -> ColumnElement[bool]:
    """Return the condition that a message goes to whom another one went.

    Who has no account is known by the address and by what was written about.
    """
    if message.recipient_id is not None:
        return Message.recipient_id == message.recipient_id
    return and_(
        Message.recipient_id.is_(None),
        Message.address == message.address,
        Message.about_id.is_not_distinct_from(message.about_id),
    )


def latest_like(session: Session, message: Message, *, limit: int = 20) -> Sequence[Message]:
    """Return what arrived, or did not, where a message went, the newest first."""
    ended = Message.state.in_((MessageState.SENT, MessageState.FAILED))
    return session.scalars(
        select(Message)
        .where(goes_to_same(message), ended)
        .order_by(Message.created_at.desc(), Message.id)
        .limit(limit)
    ).all()


def untold(
    session: Session, *, about: str | None = None, besides: Collection[str] = (), limit: int = 200
) -> Sequence[Message]:
    """Lock and return what did not arrive and nobody of the office was told of, oldest first.

    With `about`, what went to people without an account about such things; with `besides`, all
    but what went to them about these.
    """
    to_strangers = Message.recipient_id.is_(None)
    which = (
        and_(to_strangers, Message.about_kind == about)
        if about
        else not_(and_(to_strangers, func.coalesce(Message.about_kind, "").in_(besides)))
    )
    return session.scalars(
        select(Message)
        .where(Message.state == MessageState.FAILED, Message.told_at.is_(None), which)
        .order_by(Message.created_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def subscriptions_of(session: Session, recipient_id: UUID) -> Sequence[PushSubscription]:
    """Return the browsers that tell a person of news, the newest first."""
    return session.scalars(
        select(PushSubscription)
        .where(PushSubscription.recipient_id == recipient_id)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id)
    ).all()
