"""Freed times go to the waiting list one by one, each held for twenty minutes.

Nobody is woken for it: at night a freed time waits for the morning, or comes free for all when the
talk would be too near then. When nobody is left who waits, it is free for all.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen
from portal.appointments import holding, waiting
from portal.appointments.models import Booking, HeldFor
from portal.appointments.offer_hours import ANSWER_WITHIN, is_day, morning_after
from portal.appointments.waiting_models import OfferState, SlotOffer, SlotWish, WishState
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.calendars import taking
from portal.calendars.models import AppointmentType, Channel, Occupancy
from portal.calendars.slots import Slot
from portal.core.errors import Conflict, PortalError
from portal.representation import letters

LAPSED = "Dieses Angebot ist abgelaufen. Sie bleiben auf der Warteliste."


def offer_freed(session: Session, *, now: datetime) -> int:
    """Offer what has come free, or let it go for all; return how many offers were made."""
    made = 0
    for freed in waiting.freed_times(session):
        morning = morning_after(now)
        too_near = freed.starts_at < morning + _least_notice(freed.type)
        if not is_day(now) and not too_near:
            _keep_until(session, freed.id, morning + waiting.KEPT_BACK)
            continue
        taking.give_back(session, taken_by=freed.id)
        session.delete(freed)
        session.flush()  # the time must be free before it is held for somebody
        slot = Slot(freed.starts_at, freed.officer_id)
        made += pass_on(
            session, type=freed.type, channel=freed.channel, slot=slot, now=now
        ) is not (None)
    return made


def pass_on(
    session: Session, *, type: AppointmentType, channel: Channel, slot: Slot, now: datetime
) -> SlotOffer | None:
    """Hold a time for the first of the list whom it suits; nothing when nobody is.

    A candidate for whom it cannot be held, because of another appointment or a conflict of
    interest, is passed over.
    """
    if not is_day(now) or slot.starts_at < now + _least_notice(type):
        return None
    for wish in waiting.candidates(session, type=type, channel=channel, slot=slot):
        if waiting.is_engaged(session, wish, slot.starts_at):
            continue
        try:
            with session.begin_nested():
                return _offer(session, wish, channel=channel, slot=slot, now=now)
        except PortalError:
            continue
    return None


def accept(session: Session, *, offer: SlotOffer, by: Citizen, now: datetime) -> Booking:
    """Take an offered time: a new appointment, or the later one is given up for it.

    A second click finds what the first has made.
    """
    _lock(session, offer)
    wish, held = offer.wish, offer.booking
    if offer.state == OfferState.ACCEPTED:
        made = wish.booking or held
        if made is not None:
            return made
    if offer.state != OfferState.OPEN or held is None or offer.expires_at <= now:
        raise Conflict(LAPSED)
    if wish.booking is None:
        booking = holding.confirm(session, held=held, note=None, by=by, now=now)
    else:
        booking = wish.booking
        holding.confirm_move(session, booking=booking, held=held, by=by, now=now)
    _answer(offer, OfferState.ACCEPTED, now)
    wish.state = WishState.DONE
    return booking


def decline(session: Session, *, offer: SlotOffer, now: datetime) -> None:
    """Let an offered time go to the next; the entry stays on the list."""
    _lock(session, offer)
    if offer.state == OfferState.OPEN:
        _close(session, offer, OfferState.DECLINED, now)


def lapse(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close offers that nobody answered, and offer their times to the next; return how many."""
    lapsed = session.scalars(
        select(SlotOffer)
        .where(SlotOffer.state == OfferState.OPEN, SlotOffer.expires_at <= now)
        .order_by(SlotOffer.expires_at, SlotOffer.id)
        .limit(limit)
        .options(joinedload(SlotOffer.booking))
        .with_for_update(of=SlotOffer, skip_locked=True)
    ).all()
    for offer in lapsed:
        _close(session, offer, OfferState.LAPSED, now)
    return len(lapsed)


def _lock(session: Session, offer: SlotOffer) -> None:
    """Read the state of an offer again, with others kept from answering it."""
    session.execute(select(SlotOffer.id).where(SlotOffer.id == offer.id).with_for_update())
    session.refresh(offer, ["state", "answered_at"])


def _close(session: Session, offer: SlotOffer, state: OfferState, now: datetime) -> None:
    type, channel = offer.wish.type, offer.channel
    _answer(offer, state, now)
    offer.wish.state = WishState.WAITING
    if offer.booking is not None:
        holding.release(session, held=offer.booking)
    session.flush()  # the time must be free before it is held for the next
    slot = Slot(offer.starts_at, offer.officer_id)
    pass_on(session, type=type, channel=channel, slot=slot, now=now)


def _answer(offer: SlotOffer, state: OfferState, now: datetime) -> None:
    offer.state = state
    offer.answered_at = now


def _offer(
    session: Session, wish: SlotWish, *, channel: Channel, slot: Slot, now: datetime
) -> SlotOffer:
    until = now + ANSWER_WITHIN
    held = holding.hold(
        session,
        citizen=wish.citizen,
        type=wish.type,
        channel=channel,
        slot=slot,
        by=wish.citizen,
        now=now,
        held_for=HeldFor.OFFER,
        until=until,
    )
    offer = SlotOffer(
        wish=wish,
        booking=held,
        officer_id=slot.officer,
        channel=channel,
        starts_at=slot.starts_at,
        offered_at=now,
        expires_at=until,
    )
    wish.state = WishState.OFFERED
    session.add(offer)
    session.flush()  # the trail and the mail name the id
    audit.record(
        session,
        deed="appointments.slot_offered",
        subject=("slot_offer", offer.id),
        by=SYSTEM,
        now=now,
        case_id=held.case_id,
        starts_at=slot.starts_at.isoformat(),
    )
    letters.send(
        session,
        citizen=wish.citizen,
        template="slot_offered",
        now=now,
        context={"offer": offer, "citizen": wish.citizen},
    )
    return offer


def _least_notice(type: AppointmentType) -> timedelta:
    return timedelta(hours=type.lead_hours) + ANSWER_WITHIN


def _keep_until(session: Session, taken_by: object, until: datetime) -> None:
    for row in session.scalars(select(Occupancy).where(Occupancy.taken_by == taken_by)):
        row.held_until = until
