"""The waiting list for tests: entries and an offer, whatever the hour."""

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.appointments import holding, waiting
from portal.appointments.models import HeldFor
from portal.appointments.offer_hours import ANSWER_WITHIN
from portal.appointments.waiting_models import SlotOffer, SlotWish, WishState
from portal.core import clock
from tests.factories import appointments


def entry(
    session: Session, citizen: Citizen, *, now: datetime, key: str = "beratung-video"
) -> SlotWish:
    """Put a citizen on the list for any time of the next four weeks."""
    type, today = appointments.kind(session, key), clock.local_date(now)
    return waiting.join(
        session,
        citizen=citizen,
        type=type,
        channels=type.channels,
        first_day=today,
        last_day=today + timedelta(days=28),
        weekdays=[],
        from_hour=time(0),
        until_hour=time(23, 59),
        deadline=None,
        officer_id=None,
        booking=None,
        now=now,
    )


def offered(session: Session, citizen: Citizen, *, now: datetime) -> SlotOffer:
    """Hold the first free time from tomorrow on for a citizen who waits."""
    wish = entry(session, citizen, now=now)
    slots = appointments.upcoming_slots(session, citizen, wish.type, now)
    slot = next(one for one in slots if one.starts_at > now + timedelta(days=1))
    until = now + ANSWER_WITHIN
    held = holding.hold(
        session,
        citizen=citizen,
        type=wish.type,
        channel=wish.type.channels[0],
        slot=slot,
        by=citizen,
        now=now,
        held_for=HeldFor.OFFER,
        until=until,
    )
    made = SlotOffer(
        wish=wish,
        booking=held,
        officer_id=slot.officer,
        channel=held.channel,
        starts_at=slot.starts_at,
        offered_at=now,
        expires_at=until,
    )
    wish.state = WishState.OFFERED
    session.add(made)
    session.flush()
    return made
