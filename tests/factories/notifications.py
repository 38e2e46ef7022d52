"""Browsers that tell of news, for tests; their push service is one that nobody calls."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.notifications import push_crypto
from portal.notifications.models import PushSubscription
from tests.notifications.push_service import Browser


def browser(session: Session, person: Person, *, now: datetime) -> PushSubscription:
    """Let a browser tell a person of news."""
    made = PushSubscription(
        **Browser(f"https://fcm.googleapis.com/fcm/send/{person.id}").given,
        recipient_id=person.id,
        office_key=next(iter(push_crypto.office_keys())),
        device="Firefox auf Android",
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made
