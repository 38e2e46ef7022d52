"""Steps that the deeds on bookings share: locks, the agreement on a time, trail and messages.

Whoever gives away a time locks the citizen first, then the officers by id, then the rooms, so that
attempts on one slot queue up instead of meeting in a deadlock. The exclusion constraint stays the
last guard.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import ics, queries
from portal.appointments.models import Booking, BookingOfficer, BookingState, HeldFor
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.calendars import taking, truth, wishes
from portal.calendars.models import Channel
from portal.calendars.resources import of_citizen, of_staff
from portal.calendars.service import lock_officers, lock_rooms
from portal.calendars.slots import Slot
from portal.calendars.taking import OWN_OVERLAP, TAKEN, Take
from portal.calendars.wishes import Seat
from portal.casefiles import accesses
from portal.core.errors import Conflict
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.notifications.service import Enclosure
from portal.representation import letters


def lock_booking(session: Session, booking: Booking) -> bool:
    """Read the booking again and keep others from changing it until the transaction ends.

    Return whether it is still there: a hold goes when it is let go of.
    """
    found = session.scalar(
        select(Booking)
        .where(Booking.id == booking.id)
        .options(*queries.PEOPLE, queries.CASE, lazyload(Booking.group_event))
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )
    return found is not None


def lock_citizen(session: Session, citizen: Citizen) -> None:
    """Keep others from booking for this citizen until the transaction ends."""
    session.execute(select(Citizen.id).where(Citizen.id == citizen.id).with_for_update())


def agree(
    session: Session,
    booking: Booking,
    slot: Slot,
    *,
    now: datetime,
    seats: Sequence[Seat] | None = None,
) -> None:
    """Give the booking the time and officers of the slot, or raise `Conflict` when it is taken.

    `seats` says who was looked for, else the roles of the kind do. Without either a talk of one
    officer may go to another, and a talk of several keeps them all. All are given or none, with a
    room where one is needed.
    """
    before = queries.others_of(session, booking)
    seats = seats or _seats_of(booking, before)
    officers = lock_officers(session, _everybody(booking, before, slot))
    if booking.channel == Channel.OFFICE:
        lock_rooms(session)
    spot = None
    if not wishes.kept_from(session, booking.citizen) & set(slot.officers) and wishes.are_seated(
        session, slot.officers, seats
    ):
        spot = truth.spot_for(
            session,
            slot,
            type=booking.type,
            channel=booking.channel,
            instead_of=booking.id,
            now=now,
        )
    if spot is None:
        raise Conflict(TAKEN, field="slot")
    with session.begin_nested():  # what fails leaves the old time as it was
        booking.staff_member = officers[slot.officer]
        booking.room = spot.room
        booking.starts_at = slot.starts_at
        booking.ends_at = slot.starts_at + booking.type.duration
        booking.blocked_until = booking.ends_at + booking.type.buffer
        booking.agreed_at = now
        session.add(booking)
        session.flush()  # a booking that cannot be is found before its times are taken
        taking.give_back(session, taken_by=booking.id)
        if slot.others != tuple(one.staff_member_id for one in before):
            for one in before:
                session.delete(one)
            session.flush()  # somebody may stay, on another seat
            session.add_all(_others(booking, slot, seats, officers))
            session.flush()  # what is taken below is asked of the database
        take_time(session, booking, now=now)
    if booking.state == BookingState.BOOKED:
        open_file(session, booking, now=now)


def take_time(session: Session, booking: Booking, *, now: datetime) -> None:
    """Take the time of the officers and the room with its buffer, and the citizen's own.

    Whoever was only invited, or offered a time, stays free to do something else then. A seat in a
    group takes the citizen's own time only: the event has taken that of the office.
    """
    if booking.group_event_id is not None:
        _take_own_time(session, booking, now=now)
        return
    quiet = timedelta(minutes=booking.type.buffer_before_minutes)
    blocked = (booking.starts_at - quiet, booking.blocked_until)
    others = queries.others_of(session, booking)
    office = [Take(of_staff(booking.staff_member), *blocked)]
    office += (Take(of_staff(one.staff_member), *blocked) for one in others)
    if booking.room is not None:
        part = truth.free_part(session, booking.room, *blocked, now=now)
        if part is None:
            raise Conflict(TAKEN, field="slot")
        office.append(Take(part, *blocked))
    taking.take(
        session,
        office,
        taken_by=booking.id,
        now=now,
        held_until=booking.held_until,
        refusal=TAKEN,
    )
    _take_own_time(session, booking, now=now)


def _take_own_time(session: Session, booking: Booking, *, now: datetime) -> None:
    if booking.held_for not in {None, HeldFor.CHOICE}:
        return
    taking.take(
        session,
        [Take(of_citizen(booking.citizen), booking.starts_at, booking.ends_at)],
        taken_by=booking.id,
        now=now,
        held_until=booking.held_until,
        refusal=OWN_OVERLAP,
    )


def open_file(session: Session, booking: Booking, *, now: datetime) -> None:
    """Let the officers open the file until a while after the talk, and no longer its old ones.

    Who speaks before a group needs no file for it.
    """
    accesses.close_after_appointment(session, subject_id=booking.id, now=now)
    if booking.case_id is None or booking.group_event_id is not None:
        return
    others = queries.others_of(session, booking)
    for officer in (booking.staff_member, *(one.staff_member for one in others)):
        accesses.open_for_appointment(
            session,
            case_id=booking.case_id,
            subject_id=booking.id,
            officer=officer,
            ends_at=booking.ends_at,
            now=now,
        )


def _seats_of(booking: Booking, others: Sequence[BookingOfficer]) -> Sequence[Seat]:
    if booking.type.roles or not others:
        return wishes.seats_of(booking.type)
    people = (booking.staff_member_id, *(one.staff_member_id for one in others))
    return [Seat(person=id) for id in people]


def _everybody(booking: Booking, others: Sequence[BookingOfficer], slot: Slot) -> set[UUID]:
    """Return all whose time changes, those of the old time too: they are locked at once."""
    old = {one.staff_member_id for one in others}
    return {*slot.officers, *old} | ({booking.staff_member_id} - {None})


def _others(
    booking: Booking, slot: Slot, seats: Sequence[Seat], officers: Mapping[UUID, StaffMember]
) -> list[BookingOfficer]:
    return [
        BookingOfficer(
            booking_id=booking.id, staff_member=officers[id], position=position, role=seat.task
        )
        for position, (id, seat) in enumerate(zip(slot.officers, seats, strict=True))
        if position > 0
    ]


def record(
    session: Session, deed: str, booking: Booking, by: Acting, now: datetime, **facts: Any
) -> None:
    """Write one deed on a booking into the trail of its case."""
    audit.record(
        session,
        deed=deed,
        subject=("booking", booking.id),
        by=by,
        now=now,
        case_id=booking.case_id,
        **facts,
    )


def tell_citizen(session: Session, booking: Booking, template: str, now: datetime) -> None:
    """Write the mail with the calendar entry that belongs to this change."""
    letters.send(
        session,
        citizen=booking.citizen,
        template=template,
        now=now,
        context={"booking": booking},
        enclosures=[Enclosure(ics.FILENAME, ics.CONTENT_TYPE, ics.entry_for(booking, now=now))],
    )


def open_item(
    session: Session,
    kind: ItemKind,
    booking: Booking,
    now: datetime,
    *,
    reason: str,
    next_step: str,
) -> None:
    """Put the booking before its officer."""
    inbox.open_item(
        session,
        kind=kind,
        subject_id=booking.id,
        case_id=booking.case_id,
        title=booking.type.name,
        person=booking.citizen.name,
        reason=reason,
        next_step=next_step,
        team_id=booking.staff_member.team_id,
        assignee_id=booking.staff_member_id,
        now=now,
    )
