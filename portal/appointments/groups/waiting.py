"""The waiting list of an event: a free seat is offered one by one, in the order of the list.

The rules of asking are those of freed times (`offer_hours`): twenty minutes to answer, and nobody
is asked at night. Nothing need be kept back for who waits: `seating` gives no seat to anybody else
while there is time to ask them. When there is none any more, or no worker runs, a seat can be
taken by whoever is first on the list, and then by all.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen, Person
from portal.appointments import holding
from portal.appointments.group_models import EventState, GroupEvent
from portal.appointments.groups import queries, rules, seating
from portal.appointments.groups.models import GroupWish
from portal.appointments.models import BookingState
from portal.appointments.offer_hours import ANSWER_WITHIN, is_day
from portal.appointments.steps import lock_citizen
from portal.appointments.waiting_models import WishState
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, NotAllowed, PortalError
from portal.representation import letters

_TWICE = "Sie stehen schon auf der Warteliste."


def wait(
    session: Session,
    *,
    event: GroupEvent,
    citizen: Citizen,
    takes_others: bool,
    by: Person,
    now: datetime,
) -> GroupWish:
    """Put a citizen at the end of the list, or change what their entry says; the place stays."""
    seating.lock_event(session, event)
    lock_citizen(session, citizen)
    rules.check_can_register(event, by=by, now=now)
    if isinstance(by, Citizen) and not queries.is_for(session, event, citizen=citizen):
        raise NotAllowed("Diese Veranstaltung ist nicht für Sie geöffnet.")
    seat = queries.seat_of(session, event=event, citizen=citizen)
    if seat is not None and seat.state != BookingState.HELD:
        raise Conflict("Sie haben schon einen Platz.")
    seating.check_apart(session, event, citizen)
    wish = queries.wish_of(session, event=event, citizen=citizen)
    if wish is not None:
        wish.takes_others = takes_others
        return wish
    wish = GroupWish(
        id=new_id(), event=event, citizen=citizen, takes_others=takes_others, created_at=now
    )
    with lost_race(session, "uq_group_wishes_open", _TWICE):
        session.add(wish)
        session.flush()  # the index allows one entry for each event
    _record(session, "appointments.waits", wish, by, now)
    return wish


def leave(session: Session, *, wish: GroupWish, by: Person, now: datetime) -> None:
    """Take an entry off the list; a seat that was on offer goes to the next."""
    event = wish.booking.group_event if wish.booking else None
    _lock(session, event or wish.event, wish)
    if wish.state not in queries.OPEN:
        return
    _let_go(session, wish)
    seating.close(wish, WishState.WITHDRAWN)
    _record(session, "appointments.waits_no_longer", wish, by, now)
    if event is not None:
        session.flush()  # the seat must be free before it is held for the next
        offer(session, event=event, now=now)


def offer(session: Session, *, event: GroupEvent, now: datetime) -> int:
    """Hold each free seat for the next on the list; return how many were offered.

    For whom a seat cannot be held, because of a conflict of interest, is passed over.
    """
    seating.lock_event(session, event)
    is_open = event.state == EventState.PLANNED and event.opens_at <= now
    if not is_open or not is_day(now) or not rules.keeps_for_those_who_wait(event, now=now):
        return 0
    seating.clear_lapsed(session, event, now=now)
    free = list(seating.free_seats(session, event))
    if not free:
        return 0
    waiting = session.scalars(
        queries.who_waits(event, now=now)
        .limit(len(free) + 50)
        .options(joinedload(GroupWish.citizen), joinedload(GroupWish.event))
        .with_for_update(of=GroupWish, skip_locked=True)
    ).all()
    offered = 0
    for wish in waiting:
        if offered == len(free):
            break
        try:
            with session.begin_nested():
                _offer(session, event, wish, seat=free[offered], now=now)
        except PortalError:
            continue
        offered += 1
    return offered


def lapse(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close entries whose offer nobody answered; their seats are offered on. Return how many."""
    lapsed = session.scalars(
        select(GroupWish)
        .where(GroupWish.state == WishState.OFFERED, GroupWish.offered_until <= now)
        .order_by(GroupWish.offered_until, GroupWish.id)
        .limit(limit)
        .options(joinedload(GroupWish.booking))
        .with_for_update(of=GroupWish, skip_locked=True)
    ).all()
    for wish in lapsed:
        _let_go(session, wish)
        seating.close(wish, WishState.EXPIRED)
        _record(session, "appointments.wait_over", wish, SYSTEM, now)
    return len(lapsed)


def close_all(session: Session, *, event: GroupEvent, now: datetime) -> Sequence[GroupWish]:
    """Close the list of an event that does not take place; return whose entries were open."""
    wishes = session.scalars(
        select(GroupWish)
        .where(GroupWish.event_id == event.id, GroupWish.state.in_(queries.OPEN))
        .order_by(GroupWish.created_at, GroupWish.id)
        .options(joinedload(GroupWish.citizen), joinedload(GroupWish.booking))
        .with_for_update(of=GroupWish)
    ).all()
    for wish in wishes:
        _let_go(session, wish)
        seating.close(wish, WishState.EXPIRED)
        _record(session, "appointments.wait_over", wish, SYSTEM, now)
    return wishes


def take_back_offers(session: Session, *, event: GroupEvent) -> None:
    """Put who was offered a seat back on the list: the event has changed under the offer."""
    wishes = session.scalars(
        select(GroupWish)
        .join(GroupWish.booking)
        .where(GroupWish.state == WishState.OFFERED, GroupWish.booking.has(group_event_id=event.id))
        .order_by(GroupWish.id)
        .options(joinedload(GroupWish.booking))
        .with_for_update(of=GroupWish)
    ).all()
    for wish in wishes:
        _let_go(session, wish)
        seating.close(wish, WishState.WAITING)


def _offer(
    session: Session, event: GroupEvent, wish: GroupWish, *, seat: int, now: datetime
) -> None:
    citizen, until = wish.citizen, now + ANSWER_WITHIN
    seating.check_apart(session, event, citizen)
    held = seating.seat_for(
        session, event, citizen, seat=seat, by=citizen, now=now, held_until=until
    )
    seating.add(session, held, now=now)
    wish.state, wish.booking, wish.offered_until = WishState.OFFERED, held, until
    audit.record(
        session,
        deed="appointments.slot_offered",
        subject=("group_wish", wish.id),
        by=SYSTEM,
        now=now,
        case_id=held.case_id,
        starts_at=event.starts_at.isoformat(),
    )
    letters.send(
        session,
        citizen=citizen,
        template="seat_offered",
        now=now,
        context={"event": event, "citizen": citizen, "until": until},
    )


def _let_go(session: Session, wish: GroupWish) -> None:
    """Free the seat that is on offer; nobody has answered yet."""
    held = wish.booking
    if held is not None and held.state == BookingState.HELD:
        wish.booking = None
        session.flush()  # nothing may refer to the hold when it goes
        holding.release(session, held=held)


def _lock(session: Session, event: GroupEvent, wish: GroupWish) -> None:
    """Read an entry again, with others kept from answering it and from the seats."""
    seating.lock_event(session, event)
    session.execute(select(GroupWish.id).where(GroupWish.id == wish.id).with_for_update())
    session.refresh(wish, ["state", "offered_until", "booking_id", "booking"])


def _record(session: Session, deed: str, wish: GroupWish, by: Acting, now: datetime) -> None:
    audit.record(session, deed=deed, subject=("group_wish", wish.id), by=by, now=now)
