"""Appointments on days closed after they were agreed: a works outing, a municipal holiday.

An absence or the closing of a room is refused while people are booked in its time. A closed day is
a setting and asks nobody, so its appointments come before their officers, who move them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.appointments import queries, steps
from portal.appointments.models import Booking, BookingState
from portal.audit.models import SYSTEM, Acting
from portal.calendars import lanes
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind, WorkItem

AHEAD = timedelta(days=366)
"""No kind can be booked further ahead."""
IN_ONE_RUN = 500
"""Appointments that one run of the job looks at; the next run takes the next."""


def days_ahead(now: datetime) -> Mapping[date, str]:
    """Return the closed days that are still to come, and why."""
    today = clock.local_date(now)
    return lanes.closed_days(today, today + AHEAD)


def falls_on(
    starts_at: InstrumentedAttribute[datetime], days: Collection[date]
) -> ColumnElement[bool]:
    """Return the condition that a time lies on one of these days of the office."""
    return or_(
        false(),
        *(
            and_(
                starts_at >= at_wall(day, time()),
                starts_at < at_wall(day + timedelta(days=1), time()),
            )
            for day in days
        ),
    )


def on_closed_days(session: Session, *, now: datetime) -> Sequence[Booking]:
    """Return talks ahead on closed days, the nearest first."""
    return session.scalars(_closed_out(now)).all()


def tell(session: Session, *, now: datetime) -> int:
    """Put talks on closed days before their officers; return how many are new.

    The inbox gives what lies with somebody who is away to who stands in, or to the lead.
    """
    asked = select(WorkItem.id).where(
        WorkItem.kind == ItemKind.DAY_CLOSED,
        WorkItem.subject_id == Booking.id,
        WorkItem.closed_at.is_(None),
    )
    found = session.scalars(_closed_out(now).where(~asked.exists())).all()
    names = days_ahead(now)
    for booking in found:
        steps.open_item(
            session,
            ItemKind.DAY_CLOSED,
            booking,
            now,
            reason=gettext(
                "Am %(day)s ist geschlossen (%(name)s). Der Termin um %(hour)s Uhr muss auf einen"
                " anderen Tag.",
                day=f"{booking.day:%d.%m.%Y}",
                name=names[booking.day],
                hour=f"{clock.local(booking.starts_at):%H:%M}",
            ),
            next_step=gettext("Termin verschieben"),
            due_on=booking.day,
        )
    return len(found)


def settled(session: Session, *, booking: Booking, by: Acting, now: datetime) -> None:
    """Close the item on a talk that was moved or cancelled."""
    inbox.close_items(session, kind=ItemKind.DAY_CLOSED, subject_id=booking.id, by=by, now=now)


def close_settled(session: Session, *, now: datetime) -> int:
    """Close items on talks whose day is open after all, or has passed; return how many."""
    stale = session.scalars(
        select(Booking)
        .join(WorkItem, WorkItem.subject_id == Booking.id)
        .where(
            WorkItem.kind == ItemKind.DAY_CLOSED,
            WorkItem.closed_at.is_(None),
            ~_is_closed_out(now),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(IN_ONE_RUN)
    ).all()
    for booking in stale:
        settled(session, booking=booking, by=SYSTEM, now=now)
    return len(stale)


def _closed_out(now: datetime) -> Select[Booking]:
    return (
        select(Booking)
        .where(_is_closed_out(now))
        .order_by(Booking.starts_at, Booking.id)
        .limit(IN_ONE_RUN)
        .options(*queries.PEOPLE)
    )


def _is_closed_out(now: datetime) -> ColumnElement[bool]:
    return and_(
        Booking.state == BookingState.BOOKED,
        Booking.group_event_id.is_(None),
        Booking.starts_at > now,
        falls_on(Booking.starts_at, days_ahead(now)),
    )
