"""Somebody comes to the waiting room: the officer's browser says how many wait, and no name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.consultations import service
from portal.core import clock, jobs
from portal.core.config import Settings
from portal.notifications import limits, push_crypto, subscribing
from portal.notifications.queries import subscriptions_of
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory
from tests.notifications import push_service
from tests.notifications.push_service import Browser, Service

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PAGE = "/amt/konto/meldungen"


@pytest.fixture
def there() -> Iterator[Service]:
    with push_service.running() as running:
        yield running


@pytest.fixture
def ali(session: Session) -> StaffMember:
    return factory.officer(session)


def lets_tell(session: Session, officer: StaffMember, browser: Browser) -> None:
    subscribing.subscribe(
        session,
        recipient_id=officer.id,
        **browser.given,
        office_key=next(iter(push_crypto.office_keys())),
        device="Chrome auf Windows",
        settings=Settings(demo=True),
        now=NOW,
    )


def test_each_who_comes_rings_with_the_number_and_without_a_name(
    there: Service, session: Session, ali: StaffMember
) -> None:
    """Given a browser that tells, when two citizens come, then it says one and then two."""
    browser = there.browser()
    lets_tell(session, ali, browser)
    said = []
    for minute in (0, 3):
        now = NOW + timedelta(minutes=minute)
        booking = factory.booking(session, officer=ali, now=NOW, starts_in=timedelta(minutes=5))
        booking.starts_at += timedelta(minutes=minute)
        factory.waiting(session, booking, now=now)
        jobs.run_due(session, now)
        headers, body = there.taken[-1]
        said.append(browser.read(body))
        assert booking.citizen.last_name not in str(said[-1])
        assert (headers["topic"], headers["urgency"]) == ("waiting", "high")
        assert int(headers["ttl"]) == limits.RINGS_FOR.total_seconds()
    assert [one["text"] for one in said] == [
        "Im Warteraum wartet eine Person.",
        "Im Warteraum warten 2 Personen.",
    ]
    assert {one["path"] for one in said} == {"/amt/beratung"}


def test_who_is_there_already_rings_no_second_time_but_coming_back_does(
    there: Service, session: Session, ali: StaffMember
) -> None:
    lets_tell(session, ali, there.browser())
    booking = factory.booking(session, officer=ali, now=NOW)
    ticket = factory.waiting(session, booking, now=NOW)
    factory.waiting(session, booking, now=NOW + timedelta(minutes=1))
    jobs.run_due(session, NOW + timedelta(minutes=1))
    assert len(there.taken) == 1
    later = NOW + timedelta(minutes=2)
    service.leave(session, ticket=ticket, booking=booking, by=booking.citizen, now=later)
    factory.waiting(session, booking, now=NOW + timedelta(minutes=3))
    jobs.run_due(session, NOW + timedelta(minutes=3))
    assert len(there.taken) == 2


def test_a_guest_rings_nobody(there: Service, session: Session, ali: StaffMember) -> None:
    """Given an interpreter who comes early, then the citizen is the one to wait for."""
    lets_tell(session, ali, there.browser())
    booking = factory.booking(session, officer=ali)
    guest, _code = factory.guest(session, booking)
    factory.guest_waiting(session, factory.agreed(session, guest))
    jobs.run_due(session, clock.now())
    assert there.taken == []


def test_it_rings_at_night_too_and_not_when_it_is_old(
    there: Service, session: Session, ali: StaffMember
) -> None:
    lets_tell(session, ali, there.browser())
    night = NOW.replace(hour=22)
    factory.waiting(session, factory.booking(session, officer=ali, now=night), now=night)
    jobs.run_due(session, night)
    assert len(there.taken) == 1
    later = night + timedelta(hours=1)
    factory.waiting(session, factory.booking(session, officer=ali, now=later), now=later)
    jobs.run_due(session, later + limits.RINGS_FOR + timedelta(minutes=1))
    assert len(there.taken) == 1


def test_a_colleague_hears_nothing(there: Service, session: Session, ali: StaffMember) -> None:
    lets_tell(session, factory.officer(session), there.browser())
    factory.waiting(session, factory.booking(session, officer=ali, now=NOW), now=NOW)
    jobs.run_due(session, NOW)
    assert there.taken == []


def test_an_officer_switches_it_on_and_off(
    client: PortalClient, session: Session, ali: StaffMember, there: Service
) -> None:
    session.commit()
    client.sign_in(ali)
    assert PAGE in client.get("/amt/konto").text
    key = next(iter(push_crypto.office_keys()))
    page = client.get(PAGE).text
    assert f'data-key="{key}"' in page
    assert "Namen stehen nicht darin" in page
    client.post_form(f"{PAGE}/geraete", {**there.browser().given, "office_key": key})
    [kept] = subscriptions_of(session, ali.id)
    assert kept.endpoint not in client.get(PAGE).text
    client.post_form(f"{PAGE}/geraete/{kept.id}/ausschalten")
    session.expire_all()
    assert subscriptions_of(session, ali.id) == []


def test_who_holds_no_talks_has_no_such_page(client: PortalClient, session: Session) -> None:
    admin = accounts.staff_member(session, Role.ADMINISTRATOR)
    session.commit()
    client.sign_in(admin)
    assert client.get(PAGE).status_code == 404
