"""Reading feeds: by their secret, and the appointments that stand in them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.accounts.service.secrets import hash_of
from portal.appointments.group_models import EventState, GroupEvent, GroupOfficer
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


def meetings_in(
    session: Session,
    feed: CalendarFeed,
    *,
    now: datetime,
    ids: Sequence[UUID] | None = None,
    between: tuple[datetime | None, datetime | None] = (None, None),
) -> Sequence[Booking | GroupEvent]:
    """Return the appointments and events of the owner, the earliest first, with nobody's name.

    Four weeks back and half a year ahead, within `between` where it is given: two queries. An event
    stands there once, whoever has a seat in it.
    """
    talks = select(Booking).where(
        joined_by([feed.staff_member_id]),
        Booking.group_event_id.is_(None),
        Booking.state.not_in([BookingState.CANCELLED, BookingState.HELD]),
        _lies_within(Booking, now, between, ids),
    )
    led = select(GroupOfficer.event_id).where(GroupOfficer.staff_member_id == feed.staff_member_id)
    events = select(GroupEvent).where(
        or_(GroupEvent.lead_id == feed.staff_member_id, GroupEvent.id.in_(led)),
        GroupEvent.state != EventState.CANCELLED,
        _lies_within(GroupEvent, now, between, ids),
    )
    found: list[Booking | GroupEvent] = [
        *session.scalars(talks.order_by(Booking.starts_at, Booking.id).limit(rules.MOST_ENTRIES)),
        *session.scalars(
            events.order_by(GroupEvent.starts_at, GroupEvent.id).limit(rules.MOST_ENTRIES)
        ),
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.id))[: rules.MOST_ENTRIES]


def _lies_within(
    kind: type[Booking | GroupEvent],
    now: datetime,
    between: tuple[datetime | None, datetime | None],
    ids: Sequence[UUID] | None,
) -> ColumnElement[bool]:
    """Return the condition of RFC 4791, 9.9: it begins before the end and ends after the begin."""
    first, last = between
    wanted = [kind.ends_at > now - rules.BACK, kind.starts_at < now + rules.AHEAD]
    if first is not None:
        wanted.append(kind.ends_at > first)
    if last is not None:
        wanted.append(kind.starts_at < last)
    if ids is not None:
        wanted.append(kind.id.in_(ids))
    return and_(*wanted)
