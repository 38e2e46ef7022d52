"""Bringing an appointment forward to this minute, so that a visitor of the demo need not wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.appointments import service as appointments
from portal.appointments.models import Booking, BookingState
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.calendars.models import Channel
from portal.core.errors import NotFound

_PEOPLE = (joinedload(Booking.citizen), joinedload(Booking.staff_member))


def coming_talks(session: Session, *, now: datetime, limit: int = 30) -> Sequence[Booking]:
    """Return the next video appointments of the office, whoever has them."""
    return session.scalars(
        select(Booking)
        .where(
            Booking.state == BookingState.BOOKED,
            Booking.channel == Channel.VIDEO,
            Booking.ends_at > now,
        )
        .options(*_PEOPLE)
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    ).all()


def begin_now(session: Session, *, id: UUID, now: datetime) -> Booking:
    """Let an appointment begin this minute; what both have at this time is cancelled."""
    booking = session.scalar(select(Booking).where(Booking.id == id).options(*_PEOPLE))
    if booking is None or booking.state != BookingState.BOOKED:
        raise NotFound("Diesen Termin gibt es nicht, oder er ist schon vorbei.")
    starts_at = now.replace(second=0, microsecond=0)
    shift = starts_at - booking.starts_at
    for other in _in_the_way(session, booking, shift):
        appointments.cancel(session, booking=other, by=other.staff_member, now=now)
    session.flush()  # their time is free before the constraint looks
    booking.moved_from = booking.starts_at
    booking.starts_at += shift
    booking.ends_at += shift
    booking.blocked_until += shift
    booking.sequence += 1
    audit.record(
        session,
        deed="dev.appointment_begun_early",
        subject=("booking", booking.id),
        by=SYSTEM,
        now=now,
        case_id=booking.case_id,
    )
    return booking


def _in_the_way(session: Session, booking: Booking, shift: timedelta) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .where(
            Booking.id != booking.id,
            Booking.state == BookingState.BOOKED,
            or_(
                Booking.staff_member_id == booking.staff_member_id,
                Booking.citizen_id == booking.citizen_id,
            ),
            and_(
                Booking.starts_at < booking.blocked_until + shift,
                Booking.blocked_until > booking.starts_at + shift,
            ),
        )
        .options(*_PEOPLE)
        .order_by(Booking.starts_at, Booking.id)
    ).all()
