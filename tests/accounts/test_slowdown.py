"""Check 5: guessing is slow, and what strangers do is no weapon against the owner. Check 42."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import rules
from portal.accounts.models import Attempt
from portal.accounts.service import signing_in
from portal.core import clock
from portal.core.errors import TooMany
from tests.accounts.doing import EMAIL, PASSWORD, browser, citizen, sign_in
from tests.client import PortalClient


def guess(session: Session, number: int, *, network: str, address: str = EMAIL) -> None:
    with pytest.raises((signing_in.WrongCredentials, TooMany)):
        signing_in.sign_in(
            session,
            address=address,
            password=f"geraten {number}",
            network=network,
            now=clock.now(),
        )
    session.commit()


def test_check_05_ten_wrong_passwords_slow_the_attacker(
    client: PortalClient, session: Session
) -> None:
    citizen(session)
    statuses = [sign_in(client, f"geraten {number}").status_code for number in range(10)]
    assert statuses == [422] * 5 + [429] * 5
    slowed = sign_in(client)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0


def test_check_05_the_owner_gets_in_with_a_known_browser_from_the_same_router(
    client: PortalClient, session: Session
) -> None:
    """Given a browser of hers, when somebody in the same network guesses, then she gets in."""
    citizen(session)
    assert sign_in(client).status_code == 302
    client.post_form("/abmelden")
    attacker = browser(client)
    for number in range(12):
        sign_in(attacker, f"geraten {number}")
    for number in range(60):  # and the whole network is slowed
        guess(session, number, network="127.0.0.1", address=f"somebody{number}@example.org")
    assert sign_in(browser(client)).status_code == 429
    assert sign_in(client).status_code == 302


def test_check_05_a_known_browser_is_slowed_by_its_own_mistakes_only(
    client: PortalClient, session: Session
) -> None:
    citizen(session)
    sign_in(client)
    client.post_form("/abmelden")
    statuses = [sign_in(client, f"vertippt {number}").status_code for number in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert sign_in(browser(client)).status_code == 302


def test_check_05_a_forged_known_browser_counts_as_a_stranger(
    client: PortalClient, session: Session
) -> None:
    person = citizen(session)
    for number in range(5):
        sign_in(client, f"geraten {number}")
    forged = browser(client)
    forged.set_cookie("bekannt", f'["{person.id}"].AAAA')
    assert sign_in(forged).status_code == 429


def test_check_05_many_networks_cost_the_owner_seconds_only(session: Session) -> None:
    person = citizen(session)
    for number in range(40):
        guess(session, number, network=f"198.51.100.{number}")
    with pytest.raises(TooMany) as slowed:
        signing_in.sign_in(
            session, address=EMAIL, password=PASSWORD, network="203.0.113.1", now=clock.now()
        )
    assert slowed.value.retry_after <= 16
    found = signing_in.sign_in(
        session,
        address=EMAIL,
        password=PASSWORD,
        network="203.0.113.1",
        now=clock.now() + timedelta(seconds=16),
    )
    assert found is person


def test_check_42_one_network_that_tries_many_accounts_is_slowed(session: Session) -> None:
    citizen(session)
    for number in range(rules.NETWORK.free):
        guess(session, number, network="198.51.100.7", address=f"a{number}@example.org")
    with pytest.raises(TooMany):
        signing_in.sign_in(
            session, address=EMAIL, password=PASSWORD, network="198.51.100.7", now=clock.now()
        )


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/passwort-vergessen", {"address": "a{n}@example.org"}),
        (
            "/registrieren",
            {
                "first_name": "Ada",
                "last_name": "L",
                "address": "a{n}@example.org",
                "password": PASSWORD,
            },
        ),
    ],
)
def test_check_42_who_makes_the_portal_write_many_messages_is_slowed(
    client: PortalClient,
    session: Session,
    path: str,
    fields: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "NETWORK", rules.Slowdown(free=4, longest=timedelta(minutes=1)))
    statuses = []
    for number in range(6):
        form = {name: value.replace("{n}", str(number)) for name, value in fields.items()}
        answer = client.post_form(path, form)
        statuses.append(answer.status_code)
    assert statuses == [302] * 4 + [429] * 2
    assert int(answer.headers["Retry-After"]) > 0


def test_tries_are_kept_without_names(client: PortalClient, session: Session) -> None:
    citizen(session)
    sign_in(client, "geraten")
    keys = session.scalars(select(Attempt.key)).all()
    assert keys
    assert all(len(key) == 64 and EMAIL not in key for key in keys)
