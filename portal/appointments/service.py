"""The deeds of booking. Each checks, changes, writes the trail and the messages; none commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Person, StaffMember
from portal.appointments import (
    cards,
    closing,
    covering,
    evidence,
    fairness,
    queries,
    reminders,
    rules,
    waiting,
)
from portal.appointments.models import (
    CHOSEN_BY_CITIZEN,
    Arranged,
    Booking,
    BookingState,
    FactKind,
)
from portal.appointments.steps import (
    agree,
    lock_booking,
    lock_citizen,
    open_item,
    record,
    tell_citizen,
)
from portal.calendars import taking
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.rules import check_in_bookable_time, needs_video_reason
from portal.calendars.slots import Slot
from portal.calendars.wishes import Seat
from portal.casefiles import accesses
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.notifications import service as notifications


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
    arranged: Arranged | None = None,
    seats: Sequence[Seat] | None = None,
    is_invited: bool = False,
    video_reason: str | None = None,
) -> Booking:
    """Book a free slot, for oneself or, as staff, on behalf of a citizen.

    A second click on the same slot finds the booking of the first. Staff say how it was `arranged`:
    who asks for a time on the phone or at the desk has chosen it as much as online. With several
    `seats` all of the slot are booked or nobody is. `is_invited` is said by who has looked at the
    invitation (`invitations.answering`). `video_reason` is why a first talk is not in person.
    """
    rules.check_can_book(
        type,
        channel,
        slot.starts_at,
        by=by,
        now=now,
        is_invited=is_invited,
        video_reason=video_reason,
    )
    rules.check_arranged(arranged, by=by)
    lock_citizen(session, citizen)
    twin = queries.same_booking(session, citizen=citizen, type=type, starts_at=slot.starts_at)
    if twin:
        return twin
    case = casefiles.case_of(session, asker=citizen)
    rules.check_officer(type, slot.officer, case, by=by)
    booking = Booking(
        id=new_id(),
        state=BookingState.BOOKED,
        type=type,
        citizen=citizen,
        case_id=case.id if case else None,
        channel=channel,
        note=note or None,
        chosen_by_citizen=isinstance(by, Citizen) or arranged in CHOSEN_BY_CITIZEN,
        arranged=arranged or (Arranged.ONLINE if isinstance(by, Citizen) else Arranged.OFFICE),
        booked_at=now,
        booked_by=by.actor.name,
    )
    agree(session, booking, slot, now=now, seats=seats)
    if video_reason and needs_video_reason(type, channel):
        evidence.note_fact(
            session,
            booking=booking,
            kind=FactKind.VIDEO_JUSTIFIED,
            text=video_reason.strip(),
            at=now,
            said_by=by.actor.name,
        )
    record(session, "appointments.booked", booking, by, now, starts_at=slot.starts_at.isoformat())
    tell_citizen(session, booking, "booking_made", now)
    return booking


def move(session: Session, *, booking: Booking, slot: Slot, by: Person, now: datetime) -> None:
    """Give a booking another time; the old one is given back in the same statement."""
    lock_booking(session, booking)
    rules.check_can_move(booking, by=by, now=now)
    check_in_bookable_time(booking.type, slot.starts_at, by=by, now=now)
    lock_citizen(session, booking.citizen)
    before, host = booking.starts_at, booking.staff_member
    agree(session, booking, slot, now=now)
    booking.moved_from = before
    booking.sequence += 1
    reminders.withdraw(session, booking=booking)
    record(
        session,
        "appointments.moved",
        booking,
        by,
        now,
        moved_from=before.isoformat(),
        starts_at=slot.starts_at.isoformat(),
    )
    covering.settled(session, booking=booking, by=by, now=now)
    closing.settled(session, booking=booking, by=by, now=now)
    _keep_back(session, booking, host, before, now=now)
    tell_citizen(session, booking, "booking_moved", now)
    cards.ask_interpreter_anew(session, booking=booking, by=by, now=now)


def cancel(session: Session, *, booking: Booking, by: Person, now: datetime) -> None:
    """Cancel a booking; when the citizen does, the officer finds it in the inbox."""
    lock_booking(session, booking)
    rules.check_can_cancel(booking, by=by, now=now)
    taking.give_back(session, taken_by=booking.id)
    booking.state = BookingState.CANCELLED
    booking.seat = None  # it is free for others
    booking.cancelled_at = now
    booking.cancelled_by = by.actor.name
    booking.sequence += 1
    reminders.withdraw(session, booking=booking)
    accesses.close_after_appointment(session, subject_id=booking.id, now=now)
    record(session, "appointments.cancelled", booking, by, now)
    covering.settled(session, booking=booking, by=by, now=now)
    closing.settled(session, booking=booking, by=by, now=now)
    _keep_back(session, booking, booking.staff_member, booking.starts_at, now=now)
    tell_citizen(session, booking, "booking_cancelled", now)
    cards.look_for_interpreter(session, booking=booking, by=by, now=now)
    if isinstance(by, Citizen) and booking.group_event_id is None:
        open_item(
            session,
            ItemKind.APPOINTMENT_CANCELLED,
            booking,
            now,
            reason=f"Abgesagt: {clock.local(booking.starts_at):%d.%m.%Y, %H:%M} Uhr.",
            next_step="Absage ansehen",
        )
        _tell_who_would_have_joined(session, booking, now=now)


def _tell_who_would_have_joined(session: Session, booking: Booking, *, now: datetime) -> None:
    """Write to the others of a joint talk: of an appointment there is one item, with who leads."""
    for one in queries.others_of(session, booking):
        notifications.send(
            session,
            template="joint_talk_cancelled",
            address=one.staff_member.address,
            recipient_id=one.staff_member_id,
            now=now,
            context={"reader": one.staff_member, "booking": booking},
            about=("booking", booking.id),
        )


def _keep_back(
    session: Session, booking: Booking, officer: StaffMember, starts_at: datetime, *, now: datetime
) -> None:
    """Keep a time that was given up for those who wait.

    One of several officers is no such time, and a seat in a group is none either.
    """
    if booking.group_event_id is None and not queries.others_of(session, booking):
        waiting.keep_back(
            session,
            type=booking.type,
            channel=booking.channel,
            officer=officer,
            starts_at=starts_at,
            now=now,
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
    """Write down whether the citizen came; a later word corrects an earlier one.

    Raises `fairness.SpeaksAgainst` when it shall be called missed and a known fact says otherwise.
    """
    lock_booking(session, booking)
    rules.check_can_record_outcome(booking, outcome, reason, by=by, now=now)
    if outcome == BookingState.MISSED:
        known = evidence.circumstances(session, booking=booking, now=now)
        fairness.check_may_be_missed(known)
    before = booking.state
    booking.state = outcome
    booking.recorded_at = now
    booking.recorded_by = by.actor.name
    booking.outcome_reason = reason or None
    record(session, "appointments.outcome_recorded", booking, by, now, was=before, outcome=outcome)
    for kind in (ItemKind.OUTCOME_MISSING, ItemKind.OUTCOME_DOUBTED):
        inbox.close_items(session, kind=kind, subject_id=booking.id, by=by, now=now)


def ask_for_outcome(session: Session, *, booking: Booking, now: datetime) -> None:
    """Put a past appointment without outcome before its officer."""
    open_item(
        session,
        ItemKind.OUTCOME_MISSING,
        booking,
        now,
        reason="Der Termin ist vorbei, das Ergebnis fehlt noch.",
        next_step="Ergebnis eintragen",
    )
