"""Browsers that want to be told: asking for it, ending it, and being told.

A browser belongs to who has asked last with it. What it is told is no secret, so an account that
was signed out of elsewhere does no harm; signing out lets the browser forget the whole thing.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.core.config import Settings
from portal.core.errors import InvalidInput, NotFound
from portal.notifications import push, push_crypto, queries
from portal.notifications.models import PushSubscription

MOST = 10


def subscribe(
    session: Session,
    *,
    recipient_id: UUID,
    endpoint: str,
    browser_key: str,
    browser_secret: str,
    office_key: str,
    device: str,
    settings: Settings,
    now: datetime,
) -> None:
    """Remember a browser; the oldest goes when somebody has more than ten."""
    if office_key not in push_crypto.office_keys() or not push.is_push_service(endpoint, settings):
        raise InvalidInput("Dieser Browser lässt sich nicht benachrichtigen.")
    try:
        push_crypto.check_browser_keys(browser_key, browser_secret)
    except push_crypto.BadKeys as error:
        raise InvalidInput("Dieser Browser lässt sich nicht benachrichtigen.") from error
    said = {
        "recipient_id": recipient_id,
        "browser_key": browser_key,
        "browser_secret": browser_secret,
        "office_key": office_key,
        "device": device[:100],
        "created_at": now,
        "told_at": None,
        "failure": None,
    }
    session.execute(
        insert(PushSubscription)
        .values(endpoint=endpoint, **said)
        .on_conflict_do_update(index_elements=["endpoint"], set_=said)
    )
    kept = [one.id for one in queries.subscriptions_of(session, recipient_id)[:MOST]]
    session.execute(
        delete(PushSubscription).where(
            PushSubscription.recipient_id == recipient_id, PushSubscription.id.not_in(kept)
        )
    )


def unsubscribe(session: Session, *, recipient_id: UUID, id: UUID) -> None:
    """Forget one browser of this person; one of somebody else raises `NotFound`."""
    forgotten = session.execute(
        delete(PushSubscription)
        .where(PushSubscription.id == id, PushSubscription.recipient_id == recipient_id)
        .returning(PushSubscription.id)
    )
    if forgotten.first() is None:
        raise NotFound


def digest(subscription: PushSubscription) -> str:
    """Return by what a browser finds out that it is this one: the address itself stays here."""
    return push_crypto.text(hashlib.sha256(subscription.endpoint.encode()).digest())


def subscription_to_tell(session: Session, id: UUID) -> PushSubscription | None:
    """Lock and return one browser."""
    return session.scalar(
        select(PushSubscription).where(PushSubscription.id == id).with_for_update()
    )
