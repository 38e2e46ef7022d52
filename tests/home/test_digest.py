"""The day in numbers: by mail, on the morning of a working day, to who wants it; without a name."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.message_wishes import DigestWish
from portal.accounts.models import Role, StaffMember
from portal.accounts.service import wishing
from portal.home import digest, jobs
from portal.notifications.models import Message
from portal.notifications.queries import latest_messages
from portal.office.models import Substitution
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories.inbox import work_item
from tests.queries import counted_queries

# Half past seven in Berlin, on a Monday.
NOW = datetime(2026, 11, 30, 6, 32, tzinfo=UTC)
DAY = date(2026, 11, 30)
FRIDAY = NOW - timedelta(days=3)
PAGE = "/amt/konto/zusammenfassung"


@pytest.fixture
def jana(session: Session) -> StaffMember:
    member = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    wishing.wish_digest(session, member=member, hour=7, by=member, now=FRIDAY)
    return member


def written(session: Session, member: StaffMember) -> list[Message]:
    session.flush()
    return list(latest_messages(session, address=member.address))


def waits(session: Session, member: StaffMember, **fields: object) -> None:
    work_item(session, team_of=member, **{"now": FRIDAY - timedelta(days=9), **fields})


def test_the_numbers_of_the_day_and_no_name(session: Session, jana: StaffMember) -> None:
    mine = {"assignee_id": jana.id}
    waits(session, jana, due_on=DAY - timedelta(days=1), **mine)
    waits(session, jana, due_on=DAY, **mine)
    waits(session, jana, due_on=DAY, now=FRIDAY, **mine)  # came since the last working day
    waits(session, jana)
    jobs.send_digests(session, now=NOW)
    [mail] = written(session, jana)
    for line in (
        "Über der Frist: 1",
        "Heute fällig: 2",
        "Neu seit dem letzten Arbeitstag: 1",
        "Im Team ohne Person: 1",
        "Termine heute: 0",
    ):
        assert line in mail.text
        assert line in mail.html
    assert "Oksana" not in mail.text + mail.html
    assert "Mietvertrag" not in mail.text + mail.html


def test_one_a_day_however_often_the_clock_strikes(session: Session, jana: StaffMember) -> None:
    waits(session, jana)
    for minutes in (0, 30, 60):
        jobs.send_digests(session, now=NOW + timedelta(minutes=minutes))
    assert len(written(session, jana)) == 1
    jobs.send_digests(session, now=NOW + timedelta(days=1))
    assert len(written(session, jana)) == 2


@pytest.mark.parametrize(
    "now",
    [
        NOW - timedelta(hours=1),  # too early
        NOW + timedelta(hours=5),  # the morning is over
        NOW - timedelta(days=1),  # Sunday
        datetime(2026, 12, 25, 7, tzinfo=UTC),
    ],
)
def test_not_before_the_hour_and_on_no_free_day(
    session: Session, jana: StaffMember, now: datetime
) -> None:
    waits(session, jana)
    jobs.send_digests(session, now=now)
    assert written(session, jana) == []


def test_a_worker_that_was_away_catches_up(session: Session, jana: StaffMember) -> None:
    waits(session, jana)
    jobs.send_digests(session, now=NOW + timedelta(hours=3))
    assert len(written(session, jana)) == 1


def test_nothing_is_no_mail(session: Session, jana: StaffMember) -> None:
    jobs.send_digests(session, now=NOW)
    assert written(session, jana) == []


def test_who_is_away_has_left_or_wants_none_gets_none(session: Session, jana: StaffMember) -> None:
    other = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team)
    waits(session, jana)
    session.add(
        Substitution(
            absent_id=jana.id,
            substitute_id=other.id,
            first_day=DAY,
            last_day=DAY,
            created_at=FRIDAY,
            created_by_name="Jana",
        )
    )
    session.flush()
    jobs.send_digests(session, now=NOW)
    assert written(session, jana) == []
    jobs.send_digests(session, now=NOW + timedelta(days=1))
    assert len(written(session, jana)) == 1
    assert written(session, other) == []
    jana.is_active = False
    session.flush()
    jobs.send_digests(session, now=NOW + timedelta(days=2))
    assert len(written(session, jana)) == 1


def test_one_query_however_much_waits(session: Session, jana: StaffMember) -> None:
    for _ in range(30):
        waits(session, jana)
    with counted_queries() as asked:
        digest.numbers_of(session, jana, day=DAY, since=DAY)
    assert len(asked) == 1


def test_choosing_the_hour(client: PortalClient, session: Session) -> None:
    me = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    session.commit()
    client.sign_in(me)
    assert "Ihr Tag in Zahlen" in client.get(PAGE).text
    assert client.post_form(PAGE, {"hour": "8"}).status_code == 302
    wish = queries.digest_wish_of(session, me)
    assert wish is not None
    assert wish.hour == 8
    assert client.post_form(PAGE, {"hour": "23"}).status_code == 422
    client.post_form(PAGE, {"hour": ""})
    session.expire_all()
    assert session.get(DigestWish, me.id) is None
