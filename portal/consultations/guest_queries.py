"""Reading guests: by their link, and those of a talk for who takes part in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.models import StaffMember
from portal.accounts.service.secrets import hash_of
from portal.appointments.models import Booking, BookingState
from portal.casefiles import walls
from portal.consultations import guest_codes
from portal.consultations.guest_models import Guest
from portal.consultations.rules import CLOSES_AFTER
from portal.core.errors import NotFound

_WITH_BOOKING = (
    joinedload(Guest.booking, innerjoin=True).options(
        joinedload(Booking.staff_member, innerjoin=True),
        joinedload(Booking.citizen, innerjoin=True),
    ),
)


def guest_by_code(session: Session, code: str) -> Guest:
    """Return whose link this is; forged and unknown links do not exist."""
    if not guest_codes.is_ours(code):
        raise NotFound
    found = session.scalar(
        select(Guest).where(Guest.secret_hash == hash_of(code)).options(*_WITH_BOOKING)
    )
    if found is None:
        raise NotFound
    return found


def guest_of_colleague(session: Session, id: UUID, *, asker: StaffMember) -> Guest:
    """Return the invitation of a colleague with an account; a conflict of interest closes it."""
    found = session.scalar(
        select(Guest)
        .join(Guest.booking)
        .where(Guest.id == id, _open_to(session, asker))
        .options(*_WITH_BOOKING)
    )
    if found is None:
        raise NotFound
    return found


def guests_of(session: Session, booking: Booking) -> Sequence[Guest]:
    """Return who was invited to a talk, in the order of inviting; who sees the talk sees them."""
    return session.scalars(
        select(Guest).where(Guest.booking_id == booking.id).order_by(Guest.invited_at, Guest.id)
    ).all()


def talk_ahead(session: Session, id: UUID | None, *, now: datetime) -> Booking | None:
    """Return a talk that is not over, with its officer."""
    return session.scalar(
        select(Booking)
        .where(Booking.id == id, Booking.ends_at > now)
        .options(joinedload(Booking.staff_member, innerjoin=True))
    )


def guests_of_bookings(session: Session, bookings: Sequence[Booking]) -> Sequence[Guest]:
    """Return the guests of several talks that the asker sees."""
    if not bookings:
        return []
    return session.scalars(
        select(Guest)
        .where(Guest.booking_id.in_([booking.id for booking in bookings]))
        .order_by(Guest.invited_at, Guest.id)
    ).all()


def guest_in(session: Session, id: UUID, *, booking: Booking) -> Guest:
    """Return one guest of a talk that the asker sees."""
    found = session.scalar(select(Guest).where(Guest.id == id, Guest.booking_id == booking.id))
    if found is None:
        raise NotFound
    return found


def invited_talks(session: Session, *, asker: StaffMember, now: datetime) -> Sequence[Guest]:
    """Return the talks to which colleagues have invited this one, the next first."""
    return session.scalars(
        select(Guest)
        .join(Guest.booking)
        .where(
            _open_to(session, asker),
            Guest.ended_at.is_(None),
            Booking.state == BookingState.BOOKED,
            Booking.ends_at >= now - CLOSES_AFTER,
            Booking.starts_at < now + timedelta(days=14),
        )
        .options(contains_eager(Guest.booking).joinedload(Booking.staff_member, innerjoin=True))
        .order_by(Booking.starts_at, Guest.id)
    ).all()


def guests_to_tell(session: Session, *, now: datetime, most: int = 200) -> Sequence[Guest]:
    """Return who was told another time than the one that counts now, or of a talk called off."""
    return session.scalars(
        select(Guest)
        .join(Guest.booking)
        .where(
            Guest.address.is_not(None),
            Guest.ended_at.is_(None),
            or_(
                Booking.state == BookingState.CANCELLED,
                and_(
                    Booking.state == BookingState.BOOKED,
                    Booking.starts_at > now,
                    Booking.starts_at != Guest.told_at,
                ),
            ),
        )
        .options(contains_eager(Guest.booking))
        .order_by(Guest.invited_at, Guest.id)
        .limit(most)
    ).all()


def guests_to_forget(session: Session, *, before: datetime, most: int = 500) -> Sequence[Guest]:
    """Return whose talk was over `before` and whose address or link is still kept."""
    return session.scalars(
        select(Guest)
        .join(Guest.booking)
        .where(
            Booking.ends_at < before,
            or_(Guest.address.is_not(None), Guest.device_hash.is_not(None)),
        )
        .order_by(Guest.invited_at, Guest.id)
        .limit(most)
    ).all()


def _open_to(session: Session, asker: StaffMember) -> ColumnElement[bool]:
    closed = walls.keeps_apart(walls.standing_of(session, asker), Booking.citizen_id.expression)
    return and_(Guest.staff_member_id == asker.id, ~closed)
