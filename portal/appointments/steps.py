"""Steps that the deeds on bookings share: locks, the agreement on a time, trail and messages.

Whoever gives away a time locks the citizen first, then the officers by id, then the rooms, so that
attempts on one slot queue up instead of meeting in a deadlock. The exclusion constraint stays the
last guard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import ics, queries, seating, whereabouts
from portal.appointments.models import Booking, BookingOfficer, BookingState, HeldFor
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.calendars import places, taking, truth, wishes
from portal.calendars.models import Channel, Place
from portal.calendars.resources import of_citizen, of_staff
from portal.calendars.service import lock_officers, lock_rooms
from portal.calendars.slots import Slot
from portal.calendars.taking import OWN_OVERLAP, TAKEN, Take
from portal.calendars.truth import Spot
from portal.calendars.wishes import Seat
from portal.casefiles import accesses
from portal.core import i18n
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
        .options(*queries.PEOPLE, queries.CASE, queries.OTHERS, lazyload(Booking.group_event))
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
    stays_there: bool = False,
) -> None:
    """Give the booking the time and officers of the slot, or raise `Conflict` when it is taken.

    `seats` says who was looked for; else what was looked for before, or the roles of the kind. All
    are given or none, with a room where one is needed. What `stays_there` keeps its house and room.
    """
    before = queries.others_of(session, booking)
    seats = seats or seating.seats_of(booking, before)
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
            within=bound_to(booking) if stays_there else None,
            now=now,
        )
    if spot is not None and stays_there:
        spot = replace(spot, room=booking.room)
    if spot is None:
        raise Conflict(TAKEN, field="slot")
    joining = list(zip(slot.others, seats[1:], strict=True))
    with session.begin_nested():  # what fails leaves the old time as it was
        booking.staff_member = officers[slot.officer]
        booking.lead_role, booking.lead_language = seats[0].task, seats[0].language
        booking.room = spot.room
        booking.place = _place(session, booking, spot)
        booking.starts_at = slot.starts_at
        booking.ends_at = slot.starts_at + booking.type.duration
        booking.blocked_until = booking.ends_at + booking.type.buffer
        booking.agreed_at = now
        session.add(booking)
        session.flush()  # a booking that cannot be is found before its times are taken
        taking.give_back(session, taken_by=booking.id)
        if [(id, seat.task, seat.language) for id, seat in joining] != [
            (one.staff_member_id, one.role, one.language) for one in before
        ]:
            for one in before:
                session.delete(one)
            session.flush()  # somebody may stay, on another seat
            session.add_all(_others(booking, slot, seats, officers))
            session.flush()  # what is taken below is asked of the database
        take_time(session, booking, now=now)
    if booking.state == BookingState.BOOKED:
        open_file(session, booking, now=now)


def bound_to(booking: Booking) -> frozenset[UUID | None]:
    """Return the place of a talk as hours name it.

    Hours that name none are for any house with rooms, and for the standard place.
    """
    is_open = booking.place is None or booking.place.is_standard or booking.room is not None
    return frozenset({booking.place_id, None} if is_open else {booking.place_id})


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


def _place(session: Session, booking: Booking, spot: Spot) -> Place | None:
    """Return where people come to; hours in the office that name no place are at the standard."""
    if spot.place_id is not None:
        return session.get(Place, spot.place_id)
    return places.standard_place(session) if booking.channel == Channel.OFFICE else None


def _everybody(booking: Booking, others: Sequence[BookingOfficer], slot: Slot) -> set[UUID]:
    """Return all whose time changes, those of the old time too: they are locked at once."""
    old = {one.staff_member_id for one in others}
    return {*slot.officers, *old} | ({booking.staff_member_id} - {None})


def _others(
    booking: Booking, slot: Slot, seats: Sequence[Seat], officers: Mapping[UUID, StaffMember]
) -> list[BookingOfficer]:
    return [
        BookingOfficer(
            booking_id=booking.id,
            staff_member=officers[id],
            position=position,
            role=seat.task,
            language=seat.language,
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


def tell_citizen(
    session: Session,
    booking: Booking,
    template: str,
    now: datetime,
    *,
    quiet_hours: bool = False,
    expires_at: datetime | None = None,
    **context: Any,
) -> None:
    """Write the message with the calendar entry that belongs to this change."""
    sitting = seating.sittings(booking, queries.others_of(session, booking))
    with force_locale(i18n.written_in(booking.citizen.language)):
        entry = ics.entry_for(booking, now=now)
    letters.send(
        session,
        citizen=booking.citizen,
        template=template,
        now=now,
        context={
            "booking": booking,
            "officers": ", ".join(one.officer.name for one in sitting),
            "several": len(sitting) > 1,
            "where": whereabouts.of(booking),
            **context,
        },
        enclosures=[Enclosure(ics.FILENAME, ics.content_type(booking), entry)],
        quiet_hours=quiet_hours,
        expires_at=expires_at,
        about=("booking", booking.id),
    )


def open_item(
    session: Session,
    kind: ItemKind,
    booking: Booking,
    now: datetime,
    *,
    reason: str,
    next_step: str,
    due_on: date | None = None,
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
        due_on=due_on,
        now=now,
    )
