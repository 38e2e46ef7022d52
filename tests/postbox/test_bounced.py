"""From which day a letter counts whose notice came back: its opening, or the post (§ 37 SGB X)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.audit.queries import events_about
from portal.notifications.models import Message, MessageState
from portal.postbox import jobs, queries, rules, service, shown
from portal.postbox.models import Letter, LetterKind, PrintReason, Way
from tests.factories import accounts
from tests.factories import postbox as make

SENT = datetime(2026, 11, 23, 11, tzinfo=UTC)
DEEMED, UNTIL = date(2026, 11, 27), date(2026, 12, 28)
DAY = timedelta(days=1)


def written(session: Session) -> Letter:
    """Write a summons (it can be objected to) whose notice has left the house."""
    citizen = make.known(session)
    make.consent(session, citizen, now=SENT)
    letter = make.letter(session, citizen, now=SENT, kind=LetterKind.SUMMONS)
    make.sent(session, letter, at=SENT)
    jobs.follow(session, now=SENT + timedelta(minutes=10))
    return letter


def bounce(session: Session, letter: Letter, *, at: datetime) -> None:
    message = session.get_one(Message, letter.notification_id)
    message.state, message.bounced_at, message.failure = MessageState.FAILED, at, "5.1.1 no user"
    session.flush()
    jobs.follow(session, now=at)


def view(session: Session, letter: Letter, *, at: datetime) -> None:
    service.note_view(session, letter=letter, by=letter.citizen, now=at)
    session.flush()
    jobs.follow(session, now=at)


def post(session: Session, letter: Letter, *, at: datetime) -> None:
    clerk = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=letter.case.team)
    make.posted(session, letter, clerk, now=at, land="HE")


def kept(letter: Letter) -> tuple[date | None, date | None]:
    return letter.counts_from, letter.remedy_until


@pytest.mark.parametrize("after", [DAY, 6 * DAY], ids=["before", "after"])
def test_a_notice_that_came_back_announces_nothing(
    app: Flask, session: Session, after: timedelta
) -> None:
    """Before or after the day of the rule: the day that was shown is shown no more."""
    letter = written(session)
    assert kept(letter) == (DEEMED, UNTIL)
    bounce(session, letter, at=SENT + after)

    assert kept(letter) == (None, None)
    assert (letter.deadline_reason, letter.deadline_at) == (None, None)
    assert letter.notified_at == SENT  # the fact stays
    assert letter.print_reason is PrintReason.BOUNCED
    [old] = queries.deadlines_of(session, letter=letter)
    assert (old.counts_from, old.remedy_until) == (DEEMED, UNTIL)
    [event] = [
        one
        for one in events_about(session, kind="letter", id=letter.id)
        if one.deed == "postbox.deadline_taken_back"
    ]
    assert event.facts["counts_from"] == DEEMED.isoformat()
    [row] = shown.counting(letter, land="HE")
    assert row["value"] == "Noch nicht"
    assert "kam nicht an" in row["note"]


def test_bounce_then_view_counts_from_the_view(session: Session) -> None:
    letter = written(session)
    bounce(session, letter, at=SENT + DAY)
    view(session, letter, at=datetime(2026, 12, 4, 9, tzinfo=UTC))

    assert kept(letter) == (date(2026, 12, 4), date(2027, 1, 4))
    assert "kam nicht an" in (letter.deadline_reason or "")
    assert "Freitag, 4. Dezember 2026 (§ 37 Absatz 2a SGB X)" in (letter.deadline_reason or "")
    post(session, letter, at=datetime(2026, 12, 5, 9, tzinfo=UTC))
    assert kept(letter) == (date(2026, 12, 4), date(2027, 1, 4))  # it was open before the post


def test_bounce_then_view_before_the_day_of_the_rule(session: Session) -> None:
    """Nobody loses days because they opened it early."""
    letter = written(session)
    bounce(session, letter, at=SENT + timedelta(hours=1))
    view(session, letter, at=SENT + DAY)
    assert kept(letter) == (DEEMED, UNTIL)
    assert "Zu Gunsten der Person" in (letter.deadline_reason or "")


def test_bounce_then_post_counts_from_the_post(session: Session) -> None:
    letter = written(session)
    bounce(session, letter, at=SENT + DAY)
    post(session, letter, at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert kept(letter) == (date(2026, 12, 5), date(2027, 1, 5))
    assert "Deshalb zählt die Post" in (letter.deadline_reason or "")
    view(session, letter, at=datetime(2026, 12, 2, 9, tzinfo=UTC))
    assert kept(letter) == (date(2026, 12, 5), date(2027, 1, 5))


@pytest.mark.parametrize(
    ("opened", "counts", "until"),
    [
        (datetime(2026, 11, 24, 9, tzinfo=UTC), DEEMED, UNTIL),
        (datetime(2026, 11, 30, 9, tzinfo=UTC), date(2026, 11, 30), date(2026, 12, 30)),
    ],
)
def test_view_before_bounce(session: Session, opened: datetime, counts: date, until: date) -> None:
    """What came back later is heard of although the letter is open; no paper is needed then."""
    letter = written(session)
    view(session, letter, at=opened)
    assert kept(letter) == (DEEMED, UNTIL)
    bounce(session, letter, at=opened + DAY)
    assert letter.failure == "5.1.1 no user"
    assert letter.print_asked_at is None
    assert kept(letter) == (counts, until)
    assert "kam nicht an" in (letter.deadline_reason or "")
    numbers = len(queries.deadlines_of(session, letter=letter))
    jobs.follow(session, now=opened + 2 * DAY)
    assert len(queries.deadlines_of(session, letter=letter)) == numbers == 2


def test_a_notice_that_never_left_and_a_letter_that_was_read_all_the_same() -> None:
    found = Letter(
        kind=LetterKind.SUMMONS,
        way=Way.PORTAL,
        filed_at=SENT,
        failure="550 no such user",
        first_viewed_at=SENT,
    )
    counted = rules.delivery(found)
    assert counted is not None
    assert counted.day == date(2026, 11, 23)
