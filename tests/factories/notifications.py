"""Browsers that tell of news, whose push service nobody calls, and a mail that came back."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.appointments.models import Booking
from portal.casefiles import unreached
from portal.inbox.models import ItemKind
from portal.notifications import push_crypto
from portal.notifications.models import Message, MessageState, PushSubscription
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


def lost_link(session: Session, booking: Booking, *, now: datetime) -> Message:
    """Let the link to a guest of a talk come back, and put that before the officer."""
    message = Message(
        template="guest_invited",
        address="rita@example.org",
        subject="Einladung zu einem Gespräch",
        text="",
        html="",
        created_at=now,
        state=MessageState.FAILED,
        failure="550 user unknown",
        told_at=now,
        about_kind=unreached.ABOUT_GUEST,
        about_id=booking.id,
    )
    session.add(message)
    session.flush()
    unreached.put_before_office(
        session,
        kind=ItemKind.GUEST_UNREACHED,
        message=message,
        person="Rita Sommer",
        whereto=unreached.Whereto(booking.staff_member.team_id, booking.staff_member_id),
        now=now,
    )
    return message
