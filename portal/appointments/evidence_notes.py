"""What the office notes about an appointment: a call, our own fault, an outage."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Right, StaffMember
from portal.appointments import evidence, queries, rules
from portal.appointments.models import (
    Booking,
    BookingFact,
    BookingState,
    Disturbance,
    FactKind,
)
from portal.appointments.steps import lock_booking, record
from portal.audit import service as audit
from portal.core.db import new_id
from portal.core.errors import InvalidInput

NEVER_TOOK_PLACE = (BookingState.HELD, BookingState.CANCELLED)


def note_contact(
    session: Session,
    *,
    booking: Booking,
    at: datetime,
    text: str,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down that the citizen got in touch, by whatever way and at whatever hour."""
    lock_booking(session, booking)
    rules.check_can_note(booking, by=by)
    if at > now:
        raise InvalidInput(gettext("Diese Zeit liegt noch vor uns."), field="at")
    if not text:
        raise InvalidInput(gettext("Schreiben Sie kurz, was gesagt wurde."), field="text")
    evidence.note_fact(
        session, booking=booking, kind=FactKind.CONTACT, text=text, at=at, said_by=by.name
    )
    record(session, "appointments.contact_noted", booking, by, now, at=at.isoformat())


def note_own_fault(
    session: Session, *, booking: Booking, text: str, by: StaffMember, now: datetime
) -> None:
    """Write down that the office was why the talk did not happen; it counts for its day."""
    lock_booking(session, booking)
    rules.check_can_note(booking, by=by)
    if not text:
        raise InvalidInput(gettext("Schreiben Sie kurz, woran es lag."), field="text")
    evidence.note_fact(
        session,
        booking=booking,
        kind=FactKind.OFFICE_AWAY,
        text=text,
        at=booking.starts_at,
        said_by=by.name,
    )
    record(session, "appointments.own_fault_noted", booking, by, now)


def record_disturbance(
    session: Session,
    *,
    starts_at: datetime,
    ends_at: datetime,
    text: str,
    by: StaffMember,
    now: datetime,
) -> Disturbance:
    """Write an outage down; it speaks for all who had an appointment in its time."""
    accounts_rules.check(by, Right.STEER_CARE)
    if ends_at <= starts_at:
        raise InvalidInput(gettext("Das Ende liegt vor dem Beginn."), field="ends")
    if ends_at > now:
        raise InvalidInput(
            gettext("Tragen Sie die Störung ein, wenn sie vorbei ist."), field="ends"
        )
    made = Disturbance(
        id=new_id(),
        starts_at=starts_at,
        ends_at=ends_at,
        text=text,
        recorded_at=now,
        recorded_by=by.name,
    )
    session.add(made)
    touched = (
        select(
            func.gen_random_uuid(),
            Booking.id,
            literal(FactKind.OUTAGE.value),
            func.greatest(Booking.starts_at, starts_at),
            literal(text),
            literal(by.name),
        )
        .where(
            Booking.state.not_in(NEVER_TOOK_PLACE),
            Booking.starts_at < ends_at,
            Booking.ends_at > starts_at,
        )
        .order_by(Booking.id)
    )
    noted = (
        session.execute(
            insert(BookingFact)
            .from_select(["id", "booking_id", "kind", "at", "text", "said_by"], touched)
            .on_conflict_do_nothing(index_elements=["booking_id", "kind", "at"])
            .returning(BookingFact.booking_id)
        )
        .scalars()
        .all()
    )
    for booking in queries.missed_among(session, ids=noted):
        evidence.doubt(session, booking=booking, now=now)
    audit.record(
        session,
        deed="appointments.disturbance_recorded",
        subject=("disturbance", made.id),
        by=by,
        now=now,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        appointments=len(noted),
    )
    return made
