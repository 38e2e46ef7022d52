"""How often something may be done: programs are stopped, people are not (check 42)."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import jobs, limits, slowdown
from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import Attempt, Citizen
from portal.core import clock, requests
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import TooMany
from tests.client import PortalClient
from tests.factories import applications
from tests.factories.accounts import citizen

SMALL = Limit(3, 7, timedelta(hours=1), "Das hilft.")
NOW = clock.now().replace(microsecond=0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """Let every action run three times for a person and seven times from a network."""
    for action in LIMITS:
        monkeypatch.setitem(LIMITS, action, SMALL)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def send(client: PortalClient, id: object, network: str = "198.51.100.7", **told: str) -> int:
    """Try to send an application from a network."""
    answer = client.post_form(
        f"/antraege/{id}/senden",
        environ_overrides={"REMOTE_ADDR": network},
        headers={name.replace("_", "-"): value for name, value in told.items()},
    )
    return answer.status_code


def signed_in(app: Flask, session: Session) -> tuple[PortalClient, object]:
    """Sign somebody in who has a draft."""
    person = citizen(session)
    draft = applications.draft(session, person)
    client = PortalClient(app, app.response_class, use_cookies=True)
    client.sign_in(person)
    session.commit()
    return client, draft.id


def test_check_42_the_table_stops_programs_and_no_library() -> None:
    for action, limit in LIMITS.items():
        assert limit.network >= 10 * limit.person, action
        assert limit.person >= 10, action
        assert limit.within <= jobs.ATTEMPTS_KEPT, action


def test_check_42_a_word_that_is_in_no_table_fails_at_the_start() -> None:
    with pytest.raises(KeyError):
        limits.limited("bookng")


def test_check_42_too_often_is_refused_until_the_wait_is_over(
    app: Flask, session: Session, small: time_machine.Traveller
) -> None:
    client, id = signed_in(app, session)
    assert [send(client, id) for _ in range(3)] == [422, 422, 422]
    small.shift(600)
    answer = client.post_form(
        f"/antraege/{id}/senden",
        data={"key": '"><b>typed'},
        environ_overrides={"REMOTE_ADDR": "198.51.100.7"},
    )
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3001"
    assert "Bitte warten Sie 51 Minuten. Das hilft." in answer.text
    small.shift(3001)
    client.sign_in(session.scalars(select(Citizen)).one())
    assert send(client, id) == 422


def test_check_42_the_page_offers_what_was_typed_once_more(
    app: Flask, session: Session, small: time_machine.Traveller
) -> None:
    client, id = signed_in(app, session)
    for _ in range(3):
        send(client, id)
    typed = {"key": '"><b>typed', "more": ["one", "two"], "password": "do-not-echo"}
    answer = client.post_form(
        f"/antraege/{id}/senden?nach=pruefen",
        data=typed,
        environ_overrides={"REMOTE_ADDR": "198.51.100.7"},
    )
    form = answer.text[answer.text.index('action="/antraege/') :]
    assert form.startswith(f'action="/antraege/{id}/senden?nach=pruefen"')
    assert 'name="key" value="&#34;&gt;&lt;b&gt;typed"' in form
    assert re.findall(r'name="more" value="(\w+)"', form) == ["one", "two"]
    assert form.count('name="csrf_token"') >= 1
    assert "do-not-echo" not in answer.text


def test_check_42_strangers_cannot_use_up_the_limit_of_somebody(
    app: Flask, session: Session, small: time_machine.Traveller
) -> None:
    client, id = signed_in(app, session)
    stranger, other = signed_in(app, session)
    for _ in range(5):
        send(stranger, id)
        send(stranger, other)
    assert send(client, id) == 422


def test_check_42_many_accounts_from_one_network_are_one_program(
    app: Flask, session: Session, small: time_machine.Traveller
) -> None:
    people = [signed_in(app, session) for _ in range(8)]
    assert [send(client, id) for client, id in people] == [422] * 7 + [429]
    client, id = people[-1]
    assert send(client, id, network="203.0.113.9") == 422


def test_check_42_sixty_people_behind_one_address_do_not_meet_the_limit(session: Session) -> None:
    """A library on the last day of the month: each books five times and hands twenty papers in."""
    usual = {"booking": 5, "upload": 20, "application": 3, "link": 3, "message": 15, "search": 20}
    usual |= {"export": 2, "verification": 5, "call": 10, "callback": 2, "letter_to_office": 10}
    usual |= {
        "invitation": 3,
        "key": 10,
        "upload_begun": 100,
        "instant": 2,
        "reading": 20,
        "hold": 8,
        "calendar": 60,
        "guest": 8,
        "rehearsal": 6,
        "guest_invited": 3,
        "push": 4,
    }
    assert usual.keys() == LIMITS.keys()
    for action, times in usual.items():
        limit = LIMITS[action]
        assert times <= limit.person
        assert times * limits.PEOPLE_BEHIND_ONE_ADDRESS <= limit.network, action


@pytest.mark.parametrize(("proxies", "fooled"), [(0, False), (1, False)])
def test_check_42_the_address_comes_from_trusted_proxies_only(
    app: Flask, session: Session, small: time_machine.Traveller, proxies: int, *, fooled: bool
) -> None:
    """Whoever invents addresses in X-Forwarded-For is counted as the one he has."""
    app.wsgi_app, kept = _behind(app, proxies), app.wsgi_app  # type: ignore[method-assign]
    try:
        people = [signed_in(app, session) for _ in range(8)]
        codes = [
            send(client, id, X_Forwarded_For=f"10.0.0.{number}, 203.0.113.9")
            for number, (client, id) in enumerate(people)
        ]
    finally:
        app.wsgi_app = kept  # type: ignore[method-assign]
    assert codes == [422] * 7 + [429]
    mine = "203.0.113.9" if proxies else "198.51.100.7"
    key = slowdown.key_of("limit", "application", "network", mine)
    assert session.scalar(select(func.count()).where(Attempt.key == key)) == 7


def _behind(app: Flask, proxies: int) -> object:
    other = Flask(__name__)
    other.config["SETTINGS"] = Settings(demo=True, trusted_proxies=proxies)
    other.wsgi_app = app.wsgi_app  # type: ignore[method-assign]
    requests.init_app(other)
    return other.wsgi_app


def test_check_42_what_was_refused_is_not_counted(session: Session) -> None:
    for _ in range(3):
        limits.take(session, {"key": 3}, SMALL, now=NOW)
    for _ in range(5):
        with pytest.raises(TooMany):
            limits.take(session, {"key": 3}, SMALL, now=NOW)
    assert session.scalar(select(func.count()).where(Attempt.key == "key")) == 3
    limits.take(session, {"key": 3}, SMALL, now=NOW + SMALL.within)


def test_check_42_many_at_once_are_counted_one_by_one(committed_app: Flask) -> None:
    def attempt(number: int) -> bool:
        with committed_app.app_context():
            try:
                limits.take(db.session, {f"person {number % 2}": 20, "net": 12}, SMALL, now=NOW)
                db.session.commit()
            except TooMany:
                db.session.rollback()
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(attempt, range(40)))
    assert passed.count(True) == 12
