"""Reminders of appointments: when each is due, which are due now, and sending one.

Nothing goes out from 20 to 8 o'clock (`notifications.quiet`). What falls into the night waits until
8; if that is too short before the appointment, it goes out on the evening before.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.message_wishes import AHEAD, Lead, MessageWish, leads_of
from portal.appointments import queries, rules, steps
from portal.appointments.models import Booking, BookingState
from portal.appointments.reminder_models import BookingReminder
from portal.audit.models import SYSTEM
from portal.core import clock
from portal.notifications import quiet
from portal.notifications import service as notifications

log = logging.getLogger(__name__)

TEMPLATE = "booking_reminder"
LEAST_NOTICE = timedelta(hours=1)
EVENING_BEFORE = time(19)
_NIGHT = timedelta(hours=14)  # a reminder is never shifted further: 13 hours, 14 with a clock
_FARTHEST_USUAL = AHEAD[Lead.TWO_DAYS] + _NIGHT
_FARTHEST = AHEAD[Lead.WEEK] + _NIGHT


@dataclass(frozen=True)
class Due:
    """A booking to remind of at the time it has, by the nearest lead; the others are overtaken."""

    booking_id: UUID
    starts_at: datetime
    lead: Lead
    overtaken: Sequence[Lead]


def due_at(starts_at: datetime, lead: Lead) -> datetime:
    """Return when to remind: days count on the wall clock, hours as they pass."""
    here = clock.local(starts_at)
    if AHEAD[lead] < timedelta(days=1):
        wanted = starts_at - AHEAD[lead]
    else:
        wanted = _at_wall(here - AHEAD[lead])
    morning = quiet.over_at(wanted)
    if starts_at - morning >= LEAST_NOTICE:
        return morning
    evening = clock.local(morning) - timedelta(days=1)
    return _at_wall(datetime.combine(evening.date(), EVENING_BEFORE))


def _at_wall(shown: datetime) -> datetime:
    return shown.replace(tzinfo=clock.BERLIN).astimezone(UTC)


def due_leads(
    starts_at: datetime,
    wished: Iterable[Lead],
    *,
    agreed_at: datetime,
    done: Iterable[Lead],
    now: datetime,
) -> list[Lead]:
    """Return the reminders that are due, the nearest to the appointment first.

    What was booked at shorter notice than a reminder would have come needs none.
    """
    moments = {lead: due_at(starts_at, lead) for lead in set(wished) - set(done)}
    due = [lead for lead, at in moments.items() if agreed_at < at <= now < starts_at]
    return sorted(due, key=lambda lead: AHEAD[lead])


def find_due(session: Session, *, now: datetime) -> list[Due]:
    """Return what to remind of now, the nearest appointment first; at night nothing."""
    if quiet.is_quiet(now):
        return []
    done = (
        select(BookingReminder.lead)
        .where(
            BookingReminder.booking_id == Booking.id,
            BookingReminder.starts_at == Booking.starts_at,
        )
        .correlate(Booking)
    )
    rows = session.execute(
        select(
            Booking.id,
            Booking.starts_at,
            Booking.agreed_at,
            MessageWish.leads,
            func.array(done.scalar_subquery()),
        )
        .outerjoin(MessageWish, MessageWish.citizen_id == Booking.citizen_id)
        .where(Booking.state == BookingState.BOOKED, Booking.starts_at > now, _in_reach(now))
        .order_by(Booking.starts_at, Booking.id)
    )
    found = []
    for id, starts_at, agreed_at, leads, sent in rows:
        wished = leads_of(leads)
        due = due_leads(starts_at, wished, agreed_at=agreed_at, done=sent, now=now)
        if due and not _is_overtaken(due[0], sent):
            found.append(Due(id, starts_at, due[0], due[1:]))
    return found


def _is_overtaken(lead: Lead, sent: Iterable[Lead]) -> bool:
    """Tell whether a nearer reminder has gone out: a changed wish asks for no older one."""
    return any(AHEAD[Lead(one)] < AHEAD[lead] for one in sent)


def _in_reach(now: datetime) -> ColumnElement[bool]:
    return or_(
        Booking.starts_at <= now + _FARTHEST_USUAL,
        and_(Booking.starts_at <= now + _FARTHEST, MessageWish.leads.contains([Lead.WEEK.value])),
    )


def send_due(session: Session, *, now: datetime) -> int:
    """Remind of all that is due and return how many; one that fails does not hold up the others."""
    count = 0
    for due in find_due(session, now=now):
        try:
            with session.begin_nested():
                count += _send(session, due, now=now)
        except Exception:
            log.exception("Die Erinnerung an den Termin %s schlug fehl.", due.booking_id)
    return count


def _send(session: Session, due: Due, *, now: datetime) -> bool:
    booking = session.scalar(
        select(Booking)
        .where(
            Booking.id == due.booking_id,
            Booking.starts_at == due.starts_at,
            Booking.state == BookingState.BOOKED,
        )
        .options(*queries.PEOPLE)
        .with_for_update(of=Booking, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return booking is not None and remind(
        session, booking=booking, lead=due.lead, overtaken=due.overtaken, now=now
    )


def remind(
    session: Session,
    *,
    booking: Booking,
    lead: Lead,
    now: datetime,
    overtaken: Sequence[Lead] = (),
) -> bool:
    """Remind the citizen, once for each time and lead; return whether it was done now."""
    written = session.scalars(
        insert(BookingReminder)
        .values(
            [
                {
                    "booking_id": booking.id,
                    "starts_at": booking.starts_at,
                    "lead": one,
                    "at": now,
                    "is_sent": one is lead,
                }
                for one in (lead, *overtaken)
            ]
        )
        .on_conflict_do_nothing()
        .returning(BookingReminder.lead)
    ).all()
    if lead not in written:
        return False
    steps.record(session, "appointments.reminded", booking, SYSTEM, now, lead=lead)
    steps.tell_citizen(
        session,
        booking,
        TEMPLATE,
        now,
        quiet_hours=True,
        expires_at=booking.starts_at,
        can_change=rules.can_cancel(booking, by=booking.citizen, now=now)
        or rules.can_move(booking, by=booking.citizen, now=now),
    )
    return True


def withdraw(session: Session, *, booking: Booking) -> None:
    """Keep back a reminder that still waits: its time does not hold any more."""
    notifications.withdraw(session, template=TEMPLATE, about=("booking", booking.id))
