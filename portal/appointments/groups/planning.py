"""The deeds of planning: an event or a series, changing it, cancelling it.

The event takes the time of its officers and its room once. When it moves or is cancelled everybody
who has a seat is told: the rows change first, the mails are rows of the same transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, lazyload

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import queries as appointments
from portal.appointments import reminders
from portal.appointments.group_models import (
    EventState,
    GroupEvent,
    GroupInvitation,
    GroupOfficer,
    GroupSeat,
)
from portal.appointments.groups import limits, rules, seating, waiting
from portal.appointments.groups.plans import Plan
from portal.appointments.models import Booking, BookingState
from portal.appointments.steps import record, take_time, tell_citizen
from portal.audit import service as audit
from portal.calendars import lanes, taking
from portal.calendars.recurrence import Rule, days
from portal.calendars.resources import of_staff, parts_of
from portal.calendars.service import lock_officers, lock_rooms
from portal.calendars.slots import at_wall
from portal.calendars.taking import Take
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, PortalError
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.representation import letters

_SIMPLE = (
    *("title", "description", "bring", "language", "channel", "lead", "room", "where_else"),
    *("starts_at", "ends_at", "seats", "opens_at", "closes_at", "audience", "team"),
)


def plan(
    session: Session, *, wanted: Plan, by: StaffMember, now: datetime, series_id: UUID | None = None
) -> GroupEvent:
    """Plan an event, or raise when its facts, its officers or its room do not allow it."""
    rules.check_plan(wanted, by=by, now=now)
    rules.check_opens(wanted, now=now)
    event = GroupEvent(
        id=new_id(),
        type=wanted.type,
        series_id=series_id,
        place=wanted.house,
        planned_at=now,
        planned_by=by.actor.name,
        **{name: getattr(wanted, name) for name in _SIMPLE},
    )
    with session.begin_nested():  # nothing stays of an event that cannot be
        session.add(event)
        session.flush()  # seats and officers name its id
        session.add_all(GroupSeat(event_id=event.id, number=n + 1) for n in range(wanted.seats))
        _seat_officers(session, event, wanted)
        _take_time(session, event, wanted, now=now)
    session.refresh(event, ["others"])
    _record(session, "appointments.group_planned", event, by, now)
    return event


def plan_series(
    session: Session, *, wanted: Plan, rule: Rule, by: StaffMember, now: datetime
) -> tuple[list[GroupEvent], list[tuple[date, str]]]:
    """Plan an event on each day of a rule; return the events, and the days left out with why.

    The hours are those of the wall on each day. The first day must be possible: what is wrong with
    it is wrong with all.
    """
    first = clock.local_date(wanted.starts_at)
    horizon = first + timedelta(days=wanted.type.horizon_days)
    on = list(days(rule, first, first, horizon))
    if not on:
        raise InvalidInput("Auf diese Wiederholung fällt kein Tag.", field="repeat")
    limits.check("times", len(on))
    events: list[GroupEvent] = []
    left_out: list[tuple[date, str]] = []
    series_id = new_id()
    for day in on:
        try:
            one = plan(session, wanted=_on(wanted, day), by=by, now=now, series_id=series_id)
        except PortalError as error:
            if not events and day == on[0]:
                raise
            left_out.append((day, error.message))
        else:
            events.append(one)
    return events, left_out


def change(
    session: Session, *, event: GroupEvent, wanted: Plan, by: StaffMember, now: datetime
) -> list[Booking]:
    """Change an event and tell who has a seat when time or place are others.

    Seats stay with their people. Return the bookings that had to be given up, because somebody has
    something else at the new time: they are told too.
    """
    seating.lock_event(session, event)
    rules.check_can_change(event, by=by, now=now)
    wanted = replace(wanted, type=event.type)
    rules.check_plan(wanted, by=by, now=now)
    before = event.starts_at, event.ends_at
    where = event.channel, event.place_id, event.room_id, event.where_else
    with session.begin_nested():  # what cannot be leaves the event as it was
        waiting.take_back_offers(session, event=event)
        _resize(session, event, wanted.seats, now=now)
        for name in _SIMPLE:
            setattr(event, name, getattr(wanted, name))
        event.place = wanted.house
        session.flush()  # what cannot be is found before its times are taken
        session.execute(delete(GroupOfficer).where(GroupOfficer.event_id == event.id))
        _seat_officers(session, event, wanted)
        taking.give_back(session, taken_by=event.id)
        _take_time(session, event, wanted, now=now)
    session.refresh(event, ["others", "place_id", "room_id"])
    has_moved = before != (event.starts_at, event.ends_at)
    is_elsewhere = where != (event.channel, event.place_id, event.room_id, event.where_else)
    event.sequence += has_moved or is_elsewhere
    lost = _bring_along(
        session, event, before[0], by=by, now=now, moved=has_moved, tell=has_moved or is_elsewhere
    )
    if before[0] != event.starts_at:
        _is_off_the_closed_day(session, event, by=by, now=now)
    _record(
        session,
        "appointments.group_moved" if has_moved else "appointments.group_changed",
        event,
        by,
        now,
        starts_at=event.starts_at.isoformat(),
    )
    return lost


def cancel(session: Session, *, event: GroupEvent, by: StaffMember, now: datetime) -> int:
    """Cancel an event; everybody with a seat and everybody who waits is told. Return how many."""
    seating.lock_event(session, event)
    if event.state == EventState.CANCELLED:
        return 0  # a second click
    rules.check_can_change(event, by=by, now=now)
    event.state = EventState.CANCELLED
    event.cancelled_at, event.cancelled_by = now, by.actor.name
    event.sequence += 1
    wishes = waiting.close_all(session, event=event, now=now)
    waiting.take_back_offers(session, event=event)
    taking.give_back(session, taken_by=event.id)
    booked = _booked(session, event)
    for booking in booked:
        _give_up(session, booking, by=by, now=now)
        tell_citizen(session, booking, "group_cancelled", now)
    told = {booking.citizen_id for booking in booked}
    waited = [wish.citizen for wish in wishes if wish.citizen_id not in told]
    for citizen in waited:
        _tell_who_waited(session, event, citizen, now=now)
    _is_off_the_closed_day(session, event, by=by, now=now)
    _record(session, "appointments.group_cancelled", event, by, now)
    return len(booked) + len(waited)


def _is_off_the_closed_day(
    session: Session, event: GroupEvent, *, by: StaffMember, now: datetime
) -> None:
    inbox.close_items(session, kind=ItemKind.GROUP_DAY_CLOSED, subject_id=event.id, by=by, now=now)


def invite(
    session: Session, *, event: GroupEvent, case: Case, by: StaffMember, now: datetime
) -> None:
    """Let the people of a case find an event that is not for everybody; twice is once."""
    seating.lock_event(session, event)
    rules.check_can_change(event, by=by, now=now)
    if not event.is_for_invited:
        raise Conflict("Diese Veranstaltung ist nicht nur für Eingeladene.")
    if session.get(GroupInvitation, (event.id, case.id)) is None:
        session.add(GroupInvitation(event_id=event.id, case_id=case.id, invited_at=now))
        audit.record(
            session,
            deed="appointments.group_invited",
            subject=("group_event", event.id),
            by=by,
            now=now,
            case_id=case.id,
        )


# Times


def _on(wanted: Plan, day: date) -> Plan:
    """Return the same plan on another day, at the same hours of the wall."""
    starts, ends = clock.local(wanted.starts_at), clock.local(wanted.ends_at)
    over = ends.date() - starts.date()
    starts_at = at_wall(day, starts.time())
    return replace(
        wanted,
        starts_at=starts_at,
        ends_at=at_wall(day + over, ends.time()),
        closes_at=starts_at - (wanted.starts_at - wanted.closes_at),
    )


def _seat_officers(session: Session, event: GroupEvent, wanted: Plan) -> None:
    session.add_all(
        GroupOfficer(event_id=event.id, staff_member_id=one.id, position=position)
        for position, one in enumerate(wanted.others, 1)
    )
    session.flush()  # what is taken below is asked of the database


def _take_time(session: Session, event: GroupEvent, wanted: Plan, *, now: datetime) -> None:
    """Take the time of all officers and the whole room, buffers included, each with its refusal."""
    quiet = timedelta(minutes=event.type.buffer_before_minutes)
    blocked = event.starts_at - quiet, event.ends_at + event.type.buffer
    officers = lock_officers(session, {one.id for one in wanted.officers})
    closed = lanes.closed_days(event.day, event.day)
    if closed:
        raise InvalidInput(f"An diesem Tag ist zu: {closed[event.day]}.", field="day")
    away = lanes.away_times(session, list(officers), *blocked)
    for one in wanted.officers:
        if one.id in away:
            raise Conflict(f"{one.name} ist um diese Zeit nicht da.", field="starts")
        refusal = f"{one.name} hat um diese Zeit schon einen Termin."
        _take(session, event, [Take(of_staff(one), *blocked)], refusal, "starts", now=now)
    if wanted.room is not None:
        lock_rooms(session)
        if lanes.closures(session, [wanted.room.id], *blocked):
            raise Conflict("Der Raum ist an diesem Tag geschlossen.", field="room")
        parts = [Take(part, *blocked) for part in parts_of(wanted.room)]
        refusal = "Der Raum ist um diese Zeit schon belegt."
        _take(session, event, parts, refusal, "room", now=now)


def _take(
    session: Session,
    event: GroupEvent,
    takes: Sequence[Take],
    refusal: str,
    field: str,
    *,
    now: datetime,
) -> None:
    try:
        taking.take(session, takes, taken_by=event.id, now=now, refusal=refusal)
    except Conflict as error:
        raise Conflict(error.message, field=field) from error


# Seats


def _resize(session: Session, event: GroupEvent, seats: int, *, now: datetime) -> None:
    """Add seats, or take away those that nobody has; who sits too far back moves up."""
    if seats == event.seats:
        return
    seating.clear_lapsed(session, event, now=now)
    taken = session.scalars(
        select(Booking)
        .where(Booking.group_event_id == event.id, Booking.seat.is_not(None))
        .order_by(Booking.seat)
        .with_for_update(of=Booking)
    ).all()
    if seats < len(taken):
        raise InvalidInput(
            f"{len(taken)} Plätze sind schon vergeben. Weniger geht nicht.", field="seats"
        )
    session.add_all(
        GroupSeat(event_id=event.id, number=number) for number in range(event.seats + 1, seats + 1)
    )
    free = [number for number in seating.free_seats(session, event) if number <= seats]
    for booking, number in zip(
        [one for one in taken if (one.seat or 0) > seats], free, strict=False
    ):
        booking.seat = number
    session.flush()  # nobody sits on what goes
    session.execute(
        delete(GroupSeat).where(GroupSeat.event_id == event.id, GroupSeat.number > seats)
    )


def _booked(session: Session, event: GroupEvent) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .where(Booking.group_event_id == event.id, Booking.state == BookingState.BOOKED)
        .order_by(Booking.seat)
        .options(*appointments.PEOPLE, appointments.CASE, lazyload(Booking.group_event))
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).all()


def _bring_along(
    session: Session,
    event: GroupEvent,
    before: datetime,
    *,
    by: StaffMember,
    now: datetime,
    moved: bool,
    tell: bool,
) -> list[Booking]:
    """Give everybody's booking the facts of the event; return those that had to be given up."""
    lost = []
    for booking in _booked(session, event):
        booking.staff_member = event.lead
        booking.room, booking.channel = event.room, event.channel
        if moved and not _keeps_up(session, event, booking, before, now=now):
            _give_up(session, booking, by=by, now=now)
            tell_citizen(session, booking, "group_seat_lost", now)
            lost.append(booking)
        elif tell:
            booking.sequence += 1
            record(
                session,
                "appointments.moved",
                booking,
                by,
                now,
                moved_from=before.isoformat(),
                starts_at=event.starts_at.isoformat(),
            )
            tell_citizen(session, booking, "group_moved", now)
    return lost


def _keeps_up(
    session: Session, event: GroupEvent, booking: Booking, before: datetime, *, now: datetime
) -> bool:
    """Move the own time of somebody along, unless they have something else then."""
    taking.give_back(session, taken_by=booking.id)
    booking.starts_at, booking.ends_at = event.starts_at, event.ends_at
    booking.blocked_until = event.ends_at
    booking.moved_from, booking.agreed_at = before, now
    reminders.withdraw(session, booking=booking)
    session.flush()  # the new time is taken below
    try:
        take_time(session, booking, now=now)
    except Conflict:
        return False
    return True


def _give_up(session: Session, booking: Booking, *, by: StaffMember, now: datetime) -> None:
    taking.give_back(session, taken_by=booking.id)
    reminders.withdraw(session, booking=booking)
    booking.state = BookingState.CANCELLED
    booking.seat = None
    booking.cancelled_at, booking.cancelled_by = now, by.actor.name
    booking.sequence += 1
    record(session, "appointments.cancelled", booking, by, now)


def _tell_who_waited(
    session: Session, event: GroupEvent, citizen: Citizen, *, now: datetime
) -> None:
    letters.send(
        session,
        citizen=citizen,
        template="group_cancelled_waiting",
        now=now,
        context={"event": event, "citizen": citizen},
    )


def _record(
    session: Session, deed: str, event: GroupEvent, by: StaffMember, now: datetime, **facts: Any
) -> None:
    audit.record(session, deed=deed, subject=("group_event", event.id), by=by, now=now, **facts)
