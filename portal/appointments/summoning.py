"""The time in the calendar of a summons (§ 59 SGB II with § 309 SGB III): taken, called off.

The office sets it, in person, for whoever is summoned. No mail is sent from here: the letter of the
room above says when, where and why. A booking that a citizen has chosen can never become one: the
database refuses it (`ck_bookings_chosen_is_no_summons`), and no verb tries.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import covering, queries, reminders, rules, waiting
from portal.appointments.models import Arranged, Booking, BookingState
from portal.appointments.steps import agree, lock_booking, lock_citizen, record
from portal.calendars import taking
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot
from portal.casefiles import accesses
from portal.casefiles.models import Case
from portal.core.db import new_id
from portal.core.errors import Conflict


def take(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    type: AppointmentType,
    slot: Slot,
    by: StaffMember,
    now: datetime,
) -> Booking:
    """Take the time for a summons, in person; raise `Conflict` when it is not free any more."""
    rules.check_can_book(type, Channel.OFFICE, slot.starts_at, by=by, now=now)
    lock_citizen(session, citizen)
    booking = Booking(
        id=new_id(),
        state=BookingState.BOOKED,
        type=type,
        citizen=citizen,
        case_id=case.id,
        channel=Channel.OFFICE,
        chosen_by_citizen=False,
        is_summons=True,
        arranged=Arranged.OFFICE,
        booked_at=now,
        booked_by=by.actor.name,
    )
    agree(session, booking, slot, now=now)
    record(session, "appointments.booked", booking, by, now, starts_at=slot.starts_at.isoformat())
    return booking


def call_off(session: Session, *, booking: Booking, by: StaffMember, now: datetime) -> None:
    """Give the time of a summons back: it was taken back, or there is a reason not to come."""
    lock_booking(session, booking)
    if not booking.is_summons:
        raise Conflict("Dieser Termin ist keine Meldeaufforderung.")
    if booking.state != BookingState.BOOKED:
        return
    taking.give_back(session, taken_by=booking.id)
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = now
    booking.cancelled_by = by.actor.name
    booking.sequence += 1
    reminders.withdraw(session, booking=booking)
    accesses.close_after_appointment(session, subject_id=booking.id, now=now)
    record(session, "appointments.cancelled", booking, by, now)
    covering.settled(session, booking=booking, by=by, now=now)
    if not queries.others_of(session, booking):
        waiting.keep_back(
            session,
            type=booking.type,
            channel=booking.channel,
            officer=booking.staff_member,
            starts_at=booking.starts_at,
            now=now,
        )
