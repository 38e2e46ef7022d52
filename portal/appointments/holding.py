"""A time held for somebody: while they confirm, while an offer runs, until an invitation ends.

A hold is a booking in a state of its own, bound to a citizen and so to a case: whoever is not
known can hold nothing, and whoever chooses holds one time and not the whole week. What has run out
is worth nothing at once, and is cleared away by the next who wants the time or by the clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person
from portal.appointments import rules
from portal.appointments.models import Booking, BookingState, HeldFor
from portal.appointments.steps import (
    agree,
    lock_booking,
    lock_citizen,
    open_file,
    record,
    take_time,
    tell_citizen,
)
from portal.calendars import taking
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.service import lock_officers
from portal.calendars.slots import Slot
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
) -> Booking:
    """Hold a free slot for a citizen; a new choice lets go of the one before."""
    rules.check_can_book(type, channel, slot.starts_at, by=by, now=now)
    lock_citizen(session, citizen)
    if held_for == HeldFor.CHOICE:
        _let_go_of_choice(session, citizen, slot)
    case = casefiles.case_of(session, asker=citizen)
    held = Booking(
        id=new_id(),
        state=BookingState.HELD,
        held_for=held_for,
        held_until=until or now + CHOICE,
        type=type,
        citizen=citizen,
        case_id=case.id if case else None,
        channel=channel,
        chosen_by_citizen=isinstance(by, Citizen),
        booked_at=now,
        booked_by=by.actor.name,
    )
    agree(session, held, slot, now=now)
    return held


def confirm(
    session: Session, *, held: Booking, note: str | None, by: Person, now: datetime
) -> Booking:
    """Make an appointment of a hold; a second click finds what the first has made."""
    lock_citizen(session, held.citizen)
    lock_booking(session, held)
    rules.check_can_change(held, by=by)
    if held.state == BookingState.BOOKED:
        return held
    if held.state != BookingState.HELD or held.held_until is None or held.held_until <= now:
        raise Conflict(LAPSED, field="slot")
    held.state = BookingState.BOOKED
    held.held_for = held.held_until = None
    held.note = note or None
    held.chosen_by_citizen = isinstance(by, Citizen)
    held.booked_at = held.agreed_at = now
    held.booked_by = by.actor.name
    taking.give_back(session, taken_by=held.id)
    take_time(session, held, now=now)
    open_file(session, held, now=now)
    record(session, "appointments.booked", held, by, now, starts_at=held.starts_at.isoformat())
    tell_citizen(session, held, "booking_made", now)
    return held


def release(session: Session, *, held: Booking) -> None:
    """Let go of a hold: its time is free for others at once."""
    taking.give_back(session, taken_by=held.id)
    session.delete(held)


def clear_lapsed(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Let go of holds that have run out; return how many."""
    lapsed = session.scalars(
        select(Booking)
        .where(Booking.state == BookingState.HELD, Booking.held_until <= now)
        .order_by(Booking.held_until)
        .limit(limit)
        .with_for_update(of=Booking, skip_locked=True)
    ).all()
    taking.give_back_all(session, taken_by=[held.id for held in lapsed])
    for held in lapsed:
        session.delete(held)
    return len(lapsed)


def _let_go_of_choice(session: Session, citizen: Citizen, slot: Slot) -> None:
    """Let go of what the citizen chose before; old and new officers are locked at once."""
    before = session.scalars(
        select(Booking)
        .where(Booking.citizen_id == citizen.id, Booking.held_for == HeldFor.CHOICE)
        .with_for_update(of=Booking)
    ).all()
    if before:
        lock_officers(session, {*slot.officers, *(held.staff_member_id for held in before)})
    for held in before:
        release(session, held=held)
    session.flush()  # the unique index allows one choice
