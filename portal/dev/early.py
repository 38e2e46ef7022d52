"""Bringing an appointment forward to this minute, so that a visitor of the demo need not wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.service.secrets import new_secret
from portal.appointments import service as appointments
from portal.appointments.models import Booking, BookingState
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.calendars.models import Channel
from portal.consultations import guests, service
from portal.consultations import queries as consultations
from portal.consultations.guest_models import GuestRole
from portal.consultations.guests import Wanted
from portal.consultations.models import TakingPart, WaitingTicket
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


def let_an_interpreter_wait(session: Session, *, booking: Booking, now: datetime) -> WaitingTicket:
    """Invite an interpreter to a talk that begins now, and let her wait already."""
    room = consultations.room_for(session, booking.id, asker=booking.staff_member)
    guest, _ = guests.invite(
        session,
        room=room,
        wanted=Wanted(GuestRole.INTERPRETER, "Samira Aziz"),
        link=lambda _guest, _code: "",
        by=booking.staff_member,
        now=now,
    )
    guest.booking = booking
    guests.agree(session, guest=guest, name=guest.called, device=new_secret(), now=now)
    return service.arrive(
        session, booking=booking, taking_part=TakingPart.WITHOUT_CAMERA, by=guest, now=now
    )
