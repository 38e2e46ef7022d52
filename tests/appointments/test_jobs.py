"""What the clock does: each reminder once, each missing outcome once."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments import jobs, service
from portal.appointments.models import Booking, BookingState
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from tests.factories import appointments as make
from tests.factories.appointments import NOW

LONG_BEFORE = NOW - timedelta(days=20)


def reminders(session: Session, booking: Booking) -> int:
    found = select(Message).where(
        Message.template == "booking_reminder", Message.recipient_id == booking.citizen_id
    )
    return len(session.scalars(found).all())


def run_between(session: Session, first: datetime, last: datetime) -> None:
    """Let the clock run every half hour."""
    while first <= last:
        jobs.remind(session, now=first)
        session.flush()
        first += timedelta(minutes=30)


def test_two_reminders_however_often_the_clock_asks(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    start = booking.starts_at
    run_between(session, start - timedelta(hours=50), start - timedelta(hours=49))
    assert reminders(session, booking) == 0
    run_between(session, start - timedelta(hours=48), start - timedelta(hours=3))
    assert reminders(session, booking) == 1
    run_between(session, start - timedelta(hours=2), start + timedelta(hours=1))
    assert reminders(session, booking) == 2


def test_none_for_what_was_cancelled(session: Session) -> None:
    booking = make.booking(session, now=LONG_BEFORE)
    service.cancel(session, booking=booking, by=booking.citizen, now=LONG_BEFORE)
    run_between(session, booking.starts_at - timedelta(hours=48), booking.starts_at)
    assert reminders(session, booking) == 0


def test_a_missing_outcome_comes_before_the_officer_once(session: Session) -> None:
    booking = make.booking(session)
    asked = select(WorkItem).where(WorkItem.kind == ItemKind.OUTCOME_MISSING)

    jobs.ask_for_outcomes(session, now=booking.ends_at + timedelta(minutes=59))
    assert session.scalars(asked).all() == []
    for hours in (1, 2):
        jobs.ask_for_outcomes(session, now=booking.ends_at + timedelta(hours=hours))
        session.flush()

    [item] = session.scalars(asked)
    assert item.subject_id == booking.id
    assert item.assignee_id == booking.staff_member_id
    assert item.changed_at == booking.ends_at + timedelta(hours=1)


def test_nobody_is_asked_about_a_talk_with_an_outcome(session: Session) -> None:
    booking = make.booking(session)
    service.record_outcome(
        session,
        booking=booking,
        outcome=BookingState.CAME,
        reason=None,
        by=booking.staff_member,
        now=booking.ends_at,
    )
    jobs.ask_for_outcomes(session, now=booking.ends_at + timedelta(hours=5))
    assert session.scalars(select(WorkItem)).all() == []
