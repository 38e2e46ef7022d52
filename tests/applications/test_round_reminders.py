"""Reminders of open rounds of questions: 7 and 2 days before the last day, and of nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import Role
from portal.applications import corrections, round_reminders, service
from portal.applications.models import Outcome
from portal.core import clock
from portal.notifications.models import Message
from tests.factories import applications as make
from tests.factories.accounts import citizen, staff_member

NOW = clock.now()
TODAY = clock.local_date(NOW)


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana")


@pytest.fixture
def officer(session):
    return staff_member(session, Role.BENEFIT_OFFICER)


@pytest.fixture
def sent(session, me, officer):
    made = make.sent(session, me)
    made.case.team = officer.team
    session.flush()
    return made


@pytest.fixture
def asked(session, sent, officer):
    return make.asked(session, sent, officer, "assets_accounts", "moved", words="Zum Konto.")


def days_with_a_reminder(session, days=range(30)):
    return [day for day in days if round_reminders.remind(session, now=NOW + timedelta(days=day))]


def mails(session, me):
    found = select(Message).where(
        Message.recipient_id == me.id, Message.template == "correction_reminder"
    )
    return session.scalars(found.order_by(Message.id)).all()


def test_two_reminders_before_the_last_day_and_none_twice(session, me, asked):
    """Given 14 days, when the clock goes through them, then day 7 and day 12 bring a reminder."""
    assert asked.last_day == TODAY + timedelta(days=14)
    assert days_with_a_reminder(session) == [7, 12]
    assert days_with_a_reminder(session) == []
    assert len(mails(session, me)) == 2


def test_the_message_says_nothing_of_the_matter(session, me, asked):
    round_reminders.remind(session, now=NOW + timedelta(days=7))
    [mail] = mails(session, me)
    for word in ("Konto", "Zum Konto", "Bürgergeld", "Leistung", "Rückfrage"):
        assert word not in mail.subject + mail.text
    assert "/antraege/" in mail.text


def test_a_worker_that_slept_sends_the_latest_only(session, asked):
    assert days_with_a_reminder(session, [13, 13, 14]) == [13]


def test_after_the_last_day_nobody_is_reminded(session, asked):
    assert days_with_a_reminder(session, [15, 20]) == []


def test_more_time_moves_the_reminders(session, me, asked):
    """Given the first reminder, when she takes more time, then both come before the new day."""
    assert days_with_a_reminder(session, range(9)) == [7]
    corrections.extend(session, round=asked, land="HE", by=me, now=NOW + timedelta(days=8))
    last = (asked.last_day - TODAY).days
    assert days_with_a_reminder(session, range(8, last + 3)) == [last - 7, last - 2]


def test_who_was_asked_yesterday_is_not_reminded(session, sent, officer):
    """Given only 8 days, when the first reminder would come the next day, then it does not."""
    make.asked(session, sent, officer, "moved", due_on=TODAY + timedelta(days=8))
    assert days_with_a_reminder(session) == [6]


def test_who_has_answered_or_is_decided_hears_nothing(session, asked, sent, officer):
    asked.answered_at = NOW
    session.flush()
    assert days_with_a_reminder(session) == []
    asked.answered_at = None
    service.decide(
        session, application=sent, outcome=Outcome.GRANTED, note=None, by=officer, now=NOW
    )
    assert days_with_a_reminder(session) == []
