"""From when § 88 SGG counts for an application in the inbox."""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role
from portal.applications import queries, service
from portal.applications.definitions import Form
from portal.applications.models import Application
from portal.applications.sheet import Sheet
from portal.inbox.models import WorkItem
from portal.instant.service import applying
from tests.factories import accounts, instant
from tests.factories import applications as make

LODGED = datetime(2026, 11, 3, 9, tzinfo=UTC)
SENT = datetime(2026, 12, 20, 9, tzinfo=UTC)
FROM_LODGING, FROM_SENDING = date(2027, 5, 4), date(2027, 6, 21)


def limit_of(session: Session, sent: Application) -> date | None:
    return session.scalars(
        select(WorkItem.limit_on).where(
            WorkItem.subject_id == sent.id, WorkItem.closed_at.is_(None)
        )
    ).one()


def main_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the form of the tests begin an award, as the main application does."""
    main = make.form().model_copy(update={"begins_award": True})
    monkeypatch.setattr(make, "form", lambda: main)
    for name in ("sheet_of", "sheet_now"):
        read = getattr(queries, name)
        monkeypatch.setattr(queries, name, functools.partial(_with_form, read, main))


def _with_form(
    read: Callable[..., Sheet], main: Form, *args: Session, application: Application
) -> Sheet:
    kept = read(*args, application=application)
    return Sheet(main, kept.kept, day=kept.day)


def review(session: Session, sent: Application) -> None:
    assert sent.case
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=sent.case.team)
    seen = queries.application_for(session, sent.id, asker=officer)
    service.take_into_review(session, application=seen, by=officer, now=SENT + timedelta(days=1))


@pytest.fixture
def me(session: Session) -> Citizen:
    return accounts.citizen(session)


def test_the_main_application_counts_from_what_was_lodged(
    session: Session, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant.sent(session, me, now=LODGED)
    main_form(monkeypatch)
    sent = make.sent(session, me, now=SENT)
    assert sent.effective_from == date(2026, 11, 1)
    assert limit_of(session, sent) == FROM_LODGING
    session.scalars(select(WorkItem).where(WorkItem.subject_id == sent.id)).one().limit_on = None
    review(session, sent)
    assert limit_of(session, sent) == FROM_LODGING  # a new item says the same


def test_what_was_taken_back_does_not_count(
    session: Session, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = instant.sent(session, me, now=LODGED)
    applying.withdraw(session, application=made, by=me, now=LODGED + timedelta(days=1))
    main_form(monkeypatch)
    assert limit_of(session, make.sent(session, me, now=SENT)) == FROM_SENDING


def test_a_later_main_application_starts_anew(
    session: Session, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was lodged is used up by the first that comes: years later it says nothing."""
    instant.sent(session, me, now=LODGED)
    main_form(monkeypatch)
    first = make.sent(session, me, now=SENT)
    years = timedelta(days=800)
    second = make.sent(session, me, now=SENT + years)
    assert second.effective_from == date(2029, 2, 1)
    assert limit_of(session, second) == date(2029, 8, 28)
    service.withdraw(session, application=second, by=me, now=SENT + years)
    assert limit_of(session, first) == FROM_LODGING


def test_who_takes_the_form_back_keeps_the_day(
    session: Session, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant.sent(session, me, now=LODGED)
    main_form(monkeypatch)
    first = make.sent(session, me, now=SENT)
    service.withdraw(session, application=first, by=me, now=SENT)
    again = make.sent(session, me, now=SENT + timedelta(days=20))
    assert again.effective_from == date(2026, 11, 1)
    assert limit_of(session, again) == FROM_LODGING


def test_another_form_counts_from_its_sending(session: Session, me: Citizen) -> None:
    instant.sent(session, me, now=LODGED)
    assert limit_of(session, make.sent(session, me, now=SENT)) == FROM_SENDING
