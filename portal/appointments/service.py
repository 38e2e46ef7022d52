"""The deeds of booking. Each checks, changes, writes the trail and the messages; none commits.

Whoever gives away a time locks citizen and officer first, in this order, so that attempts on one
slot queue up instead of meeting in a deadlock. The exclusion constraints stay the last guard.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.appointments import ics, queries, rules, search
from portal.appointments.models import (
    Absence,
    AbsenceReason,
    AppointmentType,
    Availability,
    Booking,
    BookingState,
    Channel,
)
from portal.appointments.rules import Person
from portal.appointments.slots import Slot
from portal.appointments.standard import STANDARD_TYPES
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import accesses
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import lost_race
from portal.core.errors import Conflict
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.notifications.service import Enclosure
from portal.representation import letters

# Bookings


def book(
    session: Session,
    *,
    citizen: Citizen,
    type: AppointmentType,
    channel: Channel,
    slot: Slot,
    note: str | None,
    by: Person,
    now: datetime,
) -> Booking:
    """Book a free slot, for oneself or, as staff, on behalf of a citizen.

    A second click on the same slot finds the booking of the first.
    """
    rules.check_can_book(type, channel, slot.starts_at, by=by, now=now)
    _lock_citizen(session, citizen)
    twin = queries.same_booking(session, citizen=citizen, type=type, starts_at=slot.starts_at)
    if twin:
        return twin
    case = casefiles.case_of(session, asker=citizen)
    booking = Booking(
        type=type,
        citizen=citizen,
        citizen_number=citizen.number,
        case_id=case.id if case else None,
        channel=channel,
        note=note or None,
        chosen_by_citizen=isinstance(by, Citizen),
        booked_at=now,
        booked_by=by.actor.name,
    )
    _agree(session, booking, slot, by=by, now=now)
    _record(session, "appointments.booked", booking, by, now, starts_at=slot.starts_at.isoformat())
    _tell_citizen(session, booking, "booking_made", now)
    return booking


def move(session: Session, *, booking: Booking, slot: Slot, by: Person, now: datetime) -> None:
    """Give a booking another time; the old one is given back in the same statement."""
    _lock_booking(session, booking)
    rules.check_can_move(booking, by=by, now=now)
    rules.check_in_bookable_time(booking.type, slot.starts_at, by=by, now=now)
    _lock_citizen(session, booking.citizen)
    before = booking.starts_at
    _agree(session, booking, slot, by=by, now=now)
    booking.moved_from = before
    booking.sequence += 1
    booking.early_reminder_at = booking.late_reminder_at = None
    _record(
        session,
        "appointments.moved",
        booking,
        by,
        now,
        moved_from=before.isoformat(),
        starts_at=slot.starts_at.isoformat(),
    )
    _tell_citizen(session, booking, "booking_moved", now)


def cancel(session: Session, *, booking: Booking, by: Person, now: datetime) -> None:
    """Cancel a booking; when the citizen does, the officer finds it in the inbox."""
    _lock_booking(session, booking)
    rules.check_can_cancel(booking, by=by, now=now)
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = now
    booking.cancelled_by = by.actor.name
    booking.sequence += 1
    accesses.close_after_appointment(session, subject_id=booking.id, now=now)
    _record(session, "appointments.cancelled", booking, by, now)
    _tell_citizen(session, booking, "booking_cancelled", now)
    if isinstance(by, Citizen):
        _open_item(
            session,
            ItemKind.APPOINTMENT_CANCELLED,
            booking,
            now,
            reason=f"Abgesagt: {clock.local(booking.starts_at):%d.%m.%Y, %H:%M} Uhr.",
            next_step="Absage ansehen",
        )


def record_outcome(
    session: Session,
    *,
    booking: Booking,
    outcome: BookingState,
    reason: str | None,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down whether the citizen came; a later word corrects an earlier one."""
    _lock_booking(session, booking)
    rules.check_can_record_outcome(booking, outcome, reason, by=by, now=now)
    before = booking.state
    booking.state = outcome
    booking.recorded_at = now
    booking.recorded_by = by.actor.name
    booking.outcome_reason = reason or None
    _record(session, "appointments.outcome_recorded", booking, by, now, was=before, outcome=outcome)
    inbox.close_items(session, kind=ItemKind.OUTCOME_MISSING, subject_id=booking.id, by=by, now=now)


def remind(session: Session, *, booking: Booking, now: datetime) -> None:
    """Remind the citizen: the late reminder when the appointment is near, else the early one."""
    if rules.is_near(booking, now=now):
        booking.late_reminder_at = now
    else:
        booking.early_reminder_at = now
    _record(session, "appointments.reminded", booking, SYSTEM, now)
    _tell_citizen(session, booking, "booking_reminder", now)


def ask_for_outcome(session: Session, *, booking: Booking, now: datetime) -> None:
    """Put a past appointment without outcome before its officer."""
    _open_item(
        session,
        ItemKind.OUTCOME_MISSING,
        booking,
        now,
        reason="Der Termin ist vorbei, das Ergebnis fehlt noch.",
        next_step="Ergebnis eintragen",
    )


# Hours of the staff


def add_availability(
    session: Session,
    *,
    officer: StaffMember,
    weekday: int,
    starts: time,
    ends: time,
    channels: Sequence[Channel],
    types: Sequence[AppointmentType],
    valid_from: date,
    valid_until: date | None,
    by: StaffMember,
    now: datetime,
) -> Availability:
    """Add weekly hours; hours that overlap others of the same officer are refused."""
    hours = Availability(
        staff_member_id=officer.id,
        weekday=weekday,
        starts=starts,
        ends=ends,
        channels=list(channels),
        types=list(types),
        valid_from=valid_from,
        valid_until=valid_until,
    )
    rules.check_can_plan(officer, by=by)
    _lock_officer(session, officer.id)
    rules.check_hours(hours, others=queries.availabilities_of(session, officer=officer))
    session.add(hours)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="appointments.hours_added",
        subject=("availability", hours.id),
        by=by,
        now=now,
        officer=str(officer.id),
        weekday=weekday,
        hours=f"{starts:%H:%M}–{ends:%H:%M}",
    )
    return hours


def remove_availability(
    session: Session, *, hours: Availability, by: StaffMember, now: datetime
) -> None:
    """Take weekly hours away; what was booked in them stays booked."""
    rules.check_can_plan(hours.staff_member, by=by)
    audit.record(
        session,
        deed="appointments.hours_removed",
        subject=("availability", hours.id),
        by=by,
        now=now,
        officer=str(hours.staff_member_id),
    )
    session.delete(hours)


def add_absence(
    session: Session,
    *,
    officer: StaffMember,
    starts_at: datetime,
    ends_at: datetime,
    reason: AbsenceReason,
    by: StaffMember,
    now: datetime,
) -> Absence:
    """Add an absence; appointments in that time must be moved or cancelled first."""
    rules.check_can_plan(officer, by=by)
    rules.check_absence(starts_at, ends_at, now=now)
    _lock_officer(session, officer.id)
    rules.check_nothing_booked(
        queries.booked_within(session, starts_at, ends_at, officer=officer, asker=by)
    )
    absence = Absence(
        staff_member_id=officer.id, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    session.add(absence)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="appointments.absence_added",
        subject=("absence", absence.id),
        by=by,
        now=now,
        officer=str(officer.id),
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )
    return absence


def remove_absence(session: Session, *, absence: Absence, by: StaffMember, now: datetime) -> None:
    """Take an absence away; its time can be booked again."""
    rules.check_can_plan(absence.staff_member, by=by)
    audit.record(
        session,
        deed="appointments.absence_removed",
        subject=("absence", absence.id),
        by=by,
        now=now,
        officer=str(absence.staff_member_id),
    )
    session.delete(absence)


def ensure_standard_types(session: Session) -> dict[str, AppointmentType]:
    """Create the kinds of appointments that an office starts with, unless they are there."""
    kinds = {kind.key: kind for kind in session.scalars(select(AppointmentType))}
    for position, standard in enumerate(STANDARD_TYPES):
        if standard["key"] not in kinds:
            kinds[standard["key"]] = AppointmentType(position=position, **standard)
    session.add_all(kinds.values())
    session.flush()  # callers book with the ids
    return kinds


# Steps that the deeds share


def _lock_booking(session: Session, booking: Booking) -> None:
    """Read the booking again and keep others from changing it until the transaction ends."""
    session.execute(
        select(Booking)
        .where(Booking.id == booking.id)
        .options(*queries.PEOPLE)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    )


def _lock_citizen(session: Session, citizen: Citizen) -> None:
    session.execute(select(Citizen.id).where(Citizen.id == citizen.id).with_for_update())


def _lock_officer(session: Session, id: UUID) -> StaffMember | None:
    return session.scalar(
        select(StaffMember).where(StaffMember.id == id).with_for_update(of=StaffMember)
    )


def _agree(session: Session, booking: Booking, slot: Slot, *, by: Person, now: datetime) -> None:
    """Give the booking the time and officer of the slot, or raise `Conflict` when it is taken."""
    officer = _lock_officer(session, slot.officer)
    kept_apart = search.kept_from(session, booking.citizen)
    if (
        officer is None
        or officer.id in kept_apart
        or not search.is_free(
            session, slot, type=booking.type, channel=booking.channel, instead_of=booking
        )
    ):
        raise Conflict(rules.TAKEN, field="slot")
    with (
        lost_race(session, "ex_bookings_staff_member_overlap", rules.TAKEN),
        lost_race(session, "ex_bookings_citizen_overlap", rules.OWN_OVERLAP),
    ):
        booking.staff_member = officer
        booking.staff_number = officer.number
        booking.starts_at = slot.starts_at
        booking.ends_at = slot.starts_at + booking.type.duration
        booking.blocked_until = booking.ends_at + booking.type.buffer
        booking.agreed_at = now
        session.add(booking)
        session.flush()  # the constraints decide here
    _open_file(session, booking, now=now)


def _open_file(session: Session, booking: Booking, *, now: datetime) -> None:
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


def _record(
    session: Session, deed: str, booking: Booking, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("booking", booking.id),
        by=by,
        now=now,
        case_id=booking.case_id,
        **facts,
    )


def _tell_citizen(session: Session, booking: Booking, template: str, now: datetime) -> None:
    """Write the mail with the calendar entry that belongs to this change."""
    letters.send(
        session,
        citizen=booking.citizen,
        template=template,
        now=now,
        context={"booking": booking},
        enclosures=[Enclosure(ics.FILENAME, ics.CONTENT_TYPE, ics.entry_for(booking, now=now))],
    )


def _open_item(
    session: Session,
    kind: ItemKind,
    booking: Booking,
    now: datetime,
    *,
    reason: str,
    next_step: str,
) -> None:
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
