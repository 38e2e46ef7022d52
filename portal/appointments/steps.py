"""Steps that the deeds on bookings share: locks, the agreement on a time, trail and messages.

Whoever gives away a time locks citizen and officer first, in this order, so that attempts on one
slot queue up instead of meeting in a deadlock. The exclusion constraint stays the last guard.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.appointments import ics, queries
from portal.appointments.models import Booking, BookingState, HeldFor
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.calendars import search, taking
from portal.calendars.service import lock_officer
from portal.calendars.slots import Slot
from portal.calendars.taking import OWN_OVERLAP, TAKEN, Take
from portal.casefiles import accesses
from portal.core.errors import Conflict
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.notifications.service import Enclosure
from portal.representation import letters


def lock_booking(session: Session, booking: Booking) -> None:
    """Read the booking again and keep others from changing it until the transaction ends."""
    session.execute(
        select(Booking)
        .where(Booking.id == booking.id)
        .options(*queries.PEOPLE)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )


def lock_citizen(session: Session, citizen: Citizen) -> None:
    """Keep others from booking for this citizen until the transaction ends."""
    session.execute(select(Citizen.id).where(Citizen.id == citizen.id).with_for_update())


def agree(session: Session, booking: Booking, slot: Slot, *, now: datetime) -> None:
    """Give the booking the time and officer of the slot, or raise `Conflict` when it is taken."""
    officer = lock_officer(session, slot.officer)
    kept_apart = search.kept_from(session, booking.citizen)
    if (
        officer is None
        or officer.id in kept_apart
        or not search.is_free(
            session,
            slot,
            type=booking.type,
            channel=booking.channel,
            instead_of=booking.id,
            now=now,
        )
    ):
        raise Conflict(TAKEN, field="slot")
    with session.begin_nested():  # what fails leaves the old time as it was
        booking.staff_member = officer
        booking.starts_at = slot.starts_at
        booking.ends_at = slot.starts_at + booking.type.duration
        booking.blocked_until = booking.ends_at + booking.type.buffer
        booking.agreed_at = now
        session.add(booking)
        session.flush()  # a booking that cannot be is found before its times are taken
        taking.give_back(session, taken_by=booking.id)
        take_time(session, booking, now=now)
    if booking.state == BookingState.BOOKED:
        open_file(session, booking, now=now)


def take_time(session: Session, booking: Booking, *, now: datetime) -> None:
    """Take the time of the officer with its buffer, and the citizen's own.

    Whoever was only invited, or offered a time, stays free to do something else then.
    """
    officer = Take(taking.of_staff(booking.staff_member), booking.starts_at, booking.blocked_until)
    citizen = Take(taking.of_citizen(booking.citizen), booking.starts_at, booking.ends_at)
    takes = [(officer, TAKEN)]
    if booking.held_for in {None, HeldFor.CHOICE}:
        takes.append((citizen, OWN_OVERLAP))
    for take, refusal in takes:
        taking.take(
            session,
            [take],
            taken_by=booking.id,
            now=now,
            held_until=booking.held_until,
            refusal=refusal,
        )


def open_file(session: Session, booking: Booking, *, now: datetime) -> None:
    """Let the officer open the file until a while after the talk, and no longer its old officer."""
    accesses.close_after_appointment(session, subject_id=booking.id, now=now)
    if booking.case_id is not None:
        accesses.open_for_appointment(
            session,
            case_id=booking.case_id,
            subject_id=booking.id,
            officer=booking.staff_member,
            ends_at=booking.ends_at,
            now=now,
        )


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
