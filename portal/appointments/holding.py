"""A time held for somebody: while they confirm, while an offer runs, until an invitation ends.

A hold is a booking in a state of its own, bound to a citizen and so to a case: whoever is not
known can hold nothing, and whoever chooses holds one time and not the whole week. What has run out
is worth nothing at once, and is cleared away by the next who wants the time or by the clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person
from portal.appointments import cards, queries, rules, seating, service, waiting
from portal.appointments.cards import Needs
from portal.appointments.models import (
    CHOSEN_BY_CITIZEN,
    Arranged,
    Booking,
    BookingState,
    HeldFor,
)
from portal.appointments.steps import (
    agree,
    lock_booking,
    lock_citizen,
    open_file,
    record,
    take_time,
    tell_citizen,
)
from portal.calendars import taking, wishes
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.rules import check_in_bookable_time
from portal.calendars.service import lock_officers
from portal.calendars.slots import Slot
from portal.calendars.wishes import Seat
from portal.casefiles import queries as casefiles
from portal.core.db import new_id
from portal.core.errors import Conflict

CHOICE = timedelta(minutes=10)
LAPSED = "Der Termin war nur kurz für Sie frei gehalten. Wählen Sie bitte noch einmal."


def hold(
    session: Session,
    *,
    citizen: Citizen,
    type: AppointmentType,
    channel: Channel,
    slot: Slot,
    by: Person,
    now: datetime,
    held_for: HeldFor = HeldFor.CHOICE,
    until: datetime | None = None,
    note: str | None = None,
    instead_of: Booking | None = None,
    seats: Sequence[Seat] | None = None,
) -> Booking:
    """Hold a free slot for a citizen; a new choice lets go of the one before.

    A second click finds the hold of the first, or what was booked of it, and holds it no longer
    than the first. With `instead_of` the time is for moving that booking, whose old time stays.
    `seats` says who was looked for, else the roles of the kind do.
    """
    if instead_of is None:
        rules.check_can_book(type, channel, slot.starts_at, by=by, now=now)
    else:
        rules.check_can_move(instead_of, by=by, now=now)
        check_in_bookable_time(type, slot.starts_at, by=by, now=now)
    lock_citizen(session, citizen)
    case = casefiles.case_of(session, asker=citizen)
    rules.check_officer(type, slot.officer, case, by=by)
    held = Booking(
        id=new_id(),
        state=BookingState.HELD,
        held_for=held_for,
        held_until=until or now + CHOICE,
        type=type,
        citizen=citizen,
        case_id=case.id if case else None,
        channel=channel,
        note=note or None,
        chosen_by_citizen=isinstance(by, Citizen),
        arranged=Arranged.ONLINE if isinstance(by, Citizen) else Arranged.OFFICE,
        booked_at=now,
        booked_by=by.actor.name,
    )
    if held_for != HeldFor.CHOICE:
        agree(session, held, slot, now=now, seats=seats)
        return held
    if twin := _twin(session, held, slot, now=now):
        return twin
    with session.begin_nested():  # who is refused the new time keeps the one before
        _let_go_of_choice(session, citizen, slot)
        agree(session, held, slot, now=now, seats=seats)
    return held


def confirm(
    session: Session,
    *,
    held: Booking,
    note: str | None,
    by: Person,
    now: datetime,
    needs: Needs | None = None,
    arranged: Arranged | None = None,
) -> Booking:
    """Make an appointment of a hold; a second click finds what the first has made.

    Staff say how it was `arranged` when the citizen has said yes to them.
    """
    rules.check_arranged(arranged, by=by)
    lock_citizen(session, held.citizen)
    is_there = lock_booking(session, held)
    rules.check_can_change(held, by=by)
    if is_there and held.state == BookingState.BOOKED:
        return held
    if not is_there or not rules.is_held(held, now=now):
        raise Conflict(LAPSED, field="slot")
    _check_still_possible(session, held, now=now)
    with session.begin_nested():  # who meanwhile has another talk at that time keeps the offer
        held.state = BookingState.BOOKED
        held.held_for = held.held_until = None
        held.note = note or None
        held.chosen_by_citizen = isinstance(by, Citizen) or arranged in CHOSEN_BY_CITIZEN
        held.arranged = arranged or (
            Arranged.ONLINE if isinstance(by, Citizen) else Arranged.OFFICE
        )
        held.booked_at = held.agreed_at = now
        held.booked_by = by.actor.name
        taking.give_back(session, taken_by=held.id)
        take_time(session, held, now=now)
    open_file(session, held, now=now)
    record(session, "appointments.booked", held, by, now, starts_at=held.starts_at.isoformat())
    tell_citizen(session, held, "booking_made", now)
    if needs is not None:
        cards.write(session, booking=held, needs=needs, by=by, now=now)
    return held


def confirm_move(
    session: Session, *, booking: Booking, held: Booking, by: Person, now: datetime
) -> None:
    """Give a booking the time that was held for it; until here it had its old one."""
    lock_booking(session, booking)
    lock_citizen(session, booking.citizen)
    is_there = lock_booking(session, held)
    same = held.citizen_id == booking.citizen_id and held.type_id == booking.type_id
    if not is_there or not same or not rules.is_held(held, now=now):
        raise Conflict(LAPSED, field="slot")
    others = tuple(one.staff_member_id for one in queries.others_of(session, held))
    slot = Slot(held.starts_at, held.staff_member_id, others)
    with session.begin_nested():  # a move that is refused leaves the hold
        release(session, held=held)
        session.flush()  # the time must be free before it is taken again
        service.move(session, booking=booking, slot=slot, by=by, now=now)


def release(session: Session, *, held: Booking) -> None:
    """Let go of a hold: its time is free for others at once."""
    taking.give_back(session, taken_by=held.id)
    session.delete(held)


def give_up(session: Session, *, held: Booking, now: datetime) -> None:
    """Let go of a hold for good: whoever waits for such a time is asked before others see it."""
    _give_up_all(session, [held], now=now)


def _give_up_all(session: Session, holds: Sequence[Booking], *, now: datetime) -> None:
    """Let go of holds; one of several officers, or a seat in a group, is no time to wait for."""
    joining = queries.others_of_all(session, holds)
    freed = [
        (held.type, held.channel, held.staff_member, held.starts_at)
        for held in holds
        if held.group_event_id is None and not joining[held.id]
    ]
    taking.give_back_all(session, taken_by=[held.id for held in holds])
    for held in holds:
        session.delete(held)
    session.flush()  # the times must be free before they are kept back
    for type, channel, officer, starts_at in freed:
        waiting.keep_back(
            session, type=type, channel=channel, officer=officer, starts_at=starts_at, now=now
        )


def clear_lapsed(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Let go of holds that have run out, and keep their times for who waits; return how many."""
    lapsed = session.scalars(
        select(Booking)
        .where(Booking.state == BookingState.HELD, Booking.held_until <= now)
        .order_by(Booking.held_until, Booking.id)
        .limit(limit)
        .options(*queries.PEOPLE)
        .with_for_update(of=Booking, skip_locked=True)
    ).all()
    _give_up_all(session, lapsed, now=now)
    return len(lapsed)


def _check_still_possible(session: Session, held: Booking, *, now: datetime) -> None:
    """Raise when an officer has left, must not see this citizen, or the time has begun."""
    officers = [one.officer for one in seating.sittings(held)]
    kept_apart = wishes.kept_from(session, held.citizen)
    is_missing = any(not one.is_active or one.id in kept_apart for one in officers)
    if is_missing or held.starts_at <= now:
        raise Conflict(taking.TAKEN, field="slot")


def _twin(session: Session, wanted: Booking, slot: Slot, *, now: datetime) -> Booking | None:
    """Return the same choice of a click before, held or already booked."""
    found = session.scalars(
        select(Booking)
        .where(
            Booking.citizen_id == wanted.citizen.id,
            Booking.type_id == wanted.type.id,
            Booking.starts_at == slot.starts_at,
            Booking.staff_member_id == slot.officer,
            Booking.channel == wanted.channel,
        )
        .order_by(Booking.id)
        .options(*queries.PEOPLE)
        .execution_options(populate_existing=True)
    )
    for twin in found:
        if twin.state == BookingState.BOOKED:
            return twin
        if twin.held_for == HeldFor.CHOICE and rules.is_held(twin, now=now):
            twin.note = wanted.note or twin.note
            return twin
    return None


def _let_go_of_choice(session: Session, citizen: Citizen, slot: Slot) -> None:
    """Let go of what the citizen chose before; old and new officers are locked at once."""
    before = session.scalars(
        select(Booking)
        .where(Booking.citizen_id == citizen.id, Booking.held_for == HeldFor.CHOICE)
        .options(*queries.PEOPLE)
        .with_for_update(of=Booking)
    ).all()
    if before:
        joining = queries.others_of_all(session, before)
        old = {
            one.officer.id for held in before for one in seating.sittings(held, joining[held.id])
        }
        lock_officers(session, {*slot.officers, *old})
    for held in before:
        release(session, held=held)
    session.flush()  # the unique index allows one choice
