"""Taking a seat. The database knows each seat by its number: no two people sit on one.

Whoever gives seats away locks the event first, then the citizen, then bookings, so that attempts
on the last seat queue up. A seat is a booking: what happens to it later (reminder, cancelling,
outcome, travel costs) is that of every other appointment.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person, StaffMember
from portal.appointments import holding
from portal.appointments import rules as appointments_rules
from portal.appointments.group_models import GroupEvent, GroupSeat
from portal.appointments.groups import queries, rules
from portal.appointments.groups.models import GroupWish
from portal.appointments.models import (
    CHOSEN_BY_CITIZEN,
    Arranged,
    Booking,
    BookingState,
    HeldFor,
)
from portal.appointments.steps import lock_citizen, record, take_time, tell_citizen
from portal.appointments.waiting_models import WishState
from portal.calendars import wishes
from portal.casefiles import queries as casefiles
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, NotAllowed

FULL = "Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen lassen."
_TWICE = "Diese Person hat schon einen Platz."


def lock_event(session: Session, event: GroupEvent) -> None:
    """Read the event again and keep others from giving its seats away until the end."""
    session.scalars(
        select(GroupEvent)
        .where(GroupEvent.id == event.id)
        .options(*queries.LEADERS)
        .with_for_update(of=GroupEvent)
        .execution_options(populate_existing=True)
    ).one()


def register(
    session: Session,
    *,
    event: GroupEvent,
    citizen: Citizen,
    by: Person,
    now: datetime,
    arranged: Arranged | None = None,
) -> Booking:
    """Give a citizen a seat, or raise `Conflict` when none is left for them.

    A second click finds the seat of the first. Who was offered a seat takes that one. While others
    wait longer, a free seat is theirs. Staff say how it was `arranged`.
    """
    appointments_rules.check_arranged(arranged, by=by)
    lock_event(session, event)
    lock_citizen(session, citizen)
    wish = queries.wish_of(session, event=event, citizen=citizen)
    found = queries.seat_of(session, event=event, citizen=citizen)
    if found is not None and found.state != BookingState.HELD:
        return found
    rules.check_can_register(event, by=by, now=now)
    if isinstance(by, Citizen) and not queries.is_for(session, event, citizen=citizen):
        raise NotAllowed("Diese Veranstaltung ist nicht für Sie geöffnet.")
    if found is not None and appointments_rules.is_held(found, now=now):
        booking = holding.confirm(session, held=found, note=None, by=by, now=now)
    else:
        check_apart(session, event, citizen)
        clear_lapsed(session, event, now=now)
        booking = _take(session, event, citizen, by=by, now=now, arranged=arranged)
    if wish is not None:
        close(wish, WishState.DONE)
    return booking


def _take(
    session: Session,
    event: GroupEvent,
    citizen: Citizen,
    *,
    by: Person,
    now: datetime,
    arranged: Arranged | None,
) -> Booking:
    free = free_seats(session, event)
    if rules.keeps_for_those_who_wait(event, now=now):
        ahead = queries.count_ahead(session, event, citizen=citizen, now=now)
    else:
        ahead = 0
    if len(free) <= ahead:
        raise Conflict(FULL, field="event")
    booking = seat_for(session, event, citizen, seat=free[0], by=by, now=now)
    booking.arranged = arranged or booking.arranged
    booking.chosen_by_citizen = isinstance(by, Citizen) or booking.arranged in CHOSEN_BY_CITIZEN
    with session.begin_nested():  # who has something else then leaves the seat free
        add(session, booking, now=now)
    record(session, "appointments.booked", booking, by, now, starts_at=event.starts_at.isoformat())
    tell_citizen(session, booking, "booking_made", now)
    return booking


def seat_for(
    session: Session,
    event: GroupEvent,
    citizen: Citizen,
    *,
    seat: int,
    by: Person,
    now: datetime,
    held_until: datetime | None = None,
) -> Booking:
    """Make the booking of one seat, firm or held as an offer; it is not stored yet."""
    case = casefiles.case_of(session, asker=citizen)
    return Booking(
        id=new_id(),
        type=event.type,
        citizen=citizen,
        staff_member=event.lead,
        case_id=case.id if case else None,
        group_event=event,
        seat=seat,
        channel=event.channel,
        room=event.room,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        blocked_until=event.ends_at,
        state=BookingState.HELD if held_until else BookingState.BOOKED,
        held_for=HeldFor.OFFER if held_until else None,
        held_until=held_until,
        chosen_by_citizen=True,
        arranged=Arranged.OFFICE if isinstance(by, StaffMember) else Arranged.ONLINE,
        booked_at=now,
        booked_by=by.actor.name,
        agreed_at=now,
    )


def add(session: Session, booking: Booking, *, now: datetime) -> None:
    """Store a booking of a seat with the time it takes, or raise `Conflict`."""
    with (
        lost_race(session, "uq_bookings_group_citizen", _TWICE, field="event"),
        lost_race(session, "uq_bookings_group_seat", FULL, field="event"),
    ):
        session.add(booking)
        session.flush()  # the constraints decide here
    take_time(session, booking, now=now)


def free_seats(session: Session, event: GroupEvent) -> Sequence[int]:
    """Return the numbers of the seats that nobody has and nobody is offered."""
    taken = exists().where(
        Booking.group_event_id == GroupSeat.event_id, Booking.seat == GroupSeat.number
    )
    return session.scalars(
        select(GroupSeat.number)
        .where(GroupSeat.event_id == event.id, ~taken)
        .order_by(GroupSeat.number)
    ).all()


def clear_lapsed(session: Session, event: GroupEvent, *, now: datetime) -> None:
    """Let go of seats whose offer has run out."""
    lapsed = session.scalars(
        select(Booking)
        .where(
            Booking.group_event_id == event.id,
            Booking.state == BookingState.HELD,
            Booking.held_until <= now,
        )
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    ).all()
    for held in lapsed:
        holding.release(session, held=held)
    session.flush()  # the seats must be free before they are looked for


def check_apart(session: Session, event: GroupEvent, citizen: Citizen) -> None:
    """Raise when a conflict of interest keeps somebody who leads the event from the citizen.

    The words do not say so: that is nobody's business but theirs.
    """
    leaders = {event.lead_id, *(one.staff_member_id for one in event.others)}
    if leaders & wishes.kept_from(session, citizen):
        raise Conflict("Hier können wir keinen Platz geben. Rufen Sie uns bitte an.", field="event")


def close(wish: GroupWish, state: WishState) -> None:
    """Give an entry of the list another state; nothing is on offer to it any more."""
    wish.state, wish.offered_until, wish.booking = state, None, None
