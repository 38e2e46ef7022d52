"""The day of a staff member in numbers, by mail in the morning, for those who want it.

A mail crosses many hands: it names nobody and nothing, only how much waits.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.message_wishes import DigestWish
from portal.accounts.models import Right, StaffMember
from portal.appointments.models import Booking, BookingState
from portal.core import clock, working_days
from portal.inbox.models import WorkItem
from portal.notifications import service as notifications
from portal.office.models import Substitution

LATEST = time(12)
"""What the worker could not send in the morning is of no use in the afternoon."""


@dataclass(frozen=True)
class Numbers:
    """How much waits for one staff member."""

    overdue: int
    due_today: int
    fresh: int
    unassigned: int
    talks: int


def send_due(session: Session, *, land: str, now: datetime) -> None:
    """Write to each who wants the numbers by this hour and has not got them today."""
    here = clock.local(now)
    if here.time() >= LATEST or not working_days.is_working_day(here.date(), land=land):
        return
    since = _last_working_day(here.date(), land=land)
    for wish, member in _due(session, day=here.date(), hour=here.hour):
        wish.sent_on = here.date()
        numbers = numbers_of(session, member, day=here.date(), since=since)
        if not any(asdict(numbers).values()):
            continue
        notifications.send(
            session,
            template="staff_digest",
            address=member.address,
            recipient_id=member.id,
            now=now,
            context={"reader": member, **asdict(numbers)},
            expires_at=_at(here.date(), LATEST),
        )


def numbers_of(session: Session, member: StaffMember, *, day: date, since: date) -> Numbers:
    """Count what waits; `fresh` came since the morning of the day `since`. One query."""
    mine = WorkItem.assignee_id == member.id
    came_in = _at(since, time.min)
    items = select(
        func.count().filter(mine, WorkItem.due_on < day),
        func.count().filter(mine, WorkItem.due_on == day),
        func.count().filter(mine, WorkItem.opened_at >= came_in),
        func.count().filter(WorkItem.assignee_id.is_(None)),
        select(func.count())
        .where(
            Booking.staff_member_id == member.id,
            Booking.state == BookingState.BOOKED,
            Booking.starts_at >= _at(day, time.min),
            Booking.starts_at < _at(day + timedelta(days=1), time.min),
        )
        .scalar_subquery(),
    ).where(
        WorkItem.closed_at.is_(None),
        mine | (WorkItem.assignee_id.is_(None) & (WorkItem.team_id == member.team_id)),
    )
    return Numbers(*session.execute(items).one())


def _due(session: Session, *, day: date, hour: int) -> Sequence[tuple[DigestWish, StaffMember]]:
    """Return whom to write to: at work, with an inbox; locked, so that two workers write once."""
    away = select(Substitution.id).where(
        Substitution.absent_id == StaffMember.id,
        Substitution.ended_at.is_(None),
        Substitution.first_day <= day,
        Substitution.last_day >= day,
    )
    rows = session.execute(
        select(DigestWish, StaffMember)
        .join(StaffMember, StaffMember.id == DigestWish.staff_member_id)
        .where(
            DigestWish.hour <= hour,
            DigestWish.sent_on.is_(None) | (DigestWish.sent_on < day),
            StaffMember.is_active,
            accounts.carries(Right.USE_INBOX),
            ~away.exists(),
        )
        .order_by(DigestWish.staff_member_id)
        .with_for_update(of=DigestWish, skip_locked=True)
    )
    return [(wish, member) for wish, member in rows]


def _last_working_day(day: date, *, land: str) -> date:
    day -= timedelta(days=1)
    while not working_days.is_working_day(day, land=land):
        day -= timedelta(days=1)
    return day


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.BERLIN).astimezone(UTC)
