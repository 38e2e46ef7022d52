"""Reading feeds: by their secret, and the appointments that stand in them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.accounts.service.secrets import hash_of
from portal.appointments.models import Booking, BookingState
from portal.appointments.queries import joined_by
from portal.core.errors import NotFound
from portal.feeds import rules
from portal.feeds.models import CalendarFeed


def feed_of(session: Session, member: StaffMember) -> CalendarFeed | None:
    """Return the address of a staff member, if there is one."""
    return session.scalar(select(CalendarFeed).where(CalendarFeed.staff_member_id == member.id))


def feed_at(session: Session, secret: str) -> CalendarFeed:
    """Return the feed of a secret address that counts, or raise `NotFound`."""
    found = session.scalar(select(CalendarFeed).where(CalendarFeed.secret_hash == hash_of(secret)))
    if found is None or not rules.is_open(found):
        raise NotFound
    return found


def ended_feeds(session: Session) -> Sequence[CalendarFeed]:
    """Return the addresses whose owner has left the office."""
    return session.scalars(
        select(CalendarFeed)
        .join(CalendarFeed.staff_member)
        .where(StaffMember.is_active.is_(False))
        .order_by(CalendarFeed.id)
    ).all()


def bookings_in(
    session: Session,
    feed: CalendarFeed,
    *,
    now: datetime,
    ids: Sequence[UUID] | None = None,
    between: tuple[datetime | None, datetime | None] = (None, None),
) -> Sequence[Booking]:
    """Return the appointments of the owner, the earliest first, with nobody's name.

    Four weeks back and half a year ahead, within `between` where it is given: one query.
    """
    found = select(Booking).where(_within(feed, now), _overlaps(*between))
    if ids is not None:
        found = found.where(Booking.id.in_(ids))
    found = found.order_by(Booking.starts_at, Booking.id).limit(rules.MOST_ENTRIES)
    return session.scalars(found).all()


def _within(feed: CalendarFeed, now: datetime) -> ColumnElement[bool]:
    return and_(
        joined_by([feed.staff_member_id]),
        Booking.state.not_in([BookingState.CANCELLED, BookingState.HELD]),
        Booking.ends_at > now - rules.BACK,
        Booking.starts_at < now + rules.AHEAD,
    )


def _overlaps(first: datetime | None, last: datetime | None) -> ColumnElement[bool]:
    """Return the condition of RFC 4791, 9.9: it begins before the end and ends after the begin."""
    wanted: list[ColumnElement[bool]] = [Booking.state.is_not(None)]
    if first is not None:
        wanted.append(Booking.ends_at > first)
    if last is not None:
        wanted.append(Booking.starts_at < last)
    return and_(*wanted)
