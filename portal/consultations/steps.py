"""What the deeds around a talk share: lock its row, write the trail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.audit import service as audit
from portal.consultations.models import Consultation, ConsultationState
from portal.consultations.roles import Person


def locked(session: Session, booking: Booking) -> Consultation:
    """Return the row of the talk, made on the first deed, locked until the transaction ends."""
    session.execute(
        insert(Consultation)
        .values(booking_id=booking.id, state=ConsultationState.PLANNED, agenda="", note="")
        .on_conflict_do_nothing(index_elements=["booking_id"])
    )
    return session.execute(
        select(Consultation)
        .where(Consultation.booking_id == booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def record(session: Session, deed: str, booking: Booking, *, by: Person, now: datetime) -> None:
    """Write one deed into the trail of the appointment and its case."""
    audit.record(
        session, deed=deed, subject=("booking", booking.id), by=by, now=now, case_id=booking.case_id
    )
