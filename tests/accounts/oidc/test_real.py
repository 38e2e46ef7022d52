"""Signing in with a real, certified OpenID provider, which runs as a process on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.accounts.oidc.errors import (
    LevelTooLow,
    ProviderUnavailable,
    SignInCancelled,
    SignInRefused,
    StartExpired,
)
from portal.accounts.oidc.signin import begin, finish, keep, take
from portal.accounts.oidc.signout import read_logout_token, sign_out_address
from tests.accounts.oidc.real import BASE_URL, RealProvider, Visitor, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with running() as provider:
        yield provider


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("client_id", ["portal", "portal-post"])
def test_check_08_somebody_is_recognised_by_issuer_and_subject(
    real: RealProvider, client_id: str
) -> None:
    """RS256 and a secret shown by Basic, then ES256."""
    # Given a citizen who has chosen the provider on the sign-in page
    provider = real.seen_by_portal(client_id)
    session: dict[str, object] = {}
    start = begin(provider, next_page="/termine", wanted=2, now=now())
    keep(session, start.kept)
    # When she signs in there and comes back
    query = Visitor().signs_in(start.address, who="oksana", acr="substantial")
    kept = take(session, query)
    found = finish(provider, kept, query, now=now())
    # Then the portal knows who she is and how surely, and where she wanted to go
    assert (found.issuer, found.subject, found.level) == (real.issuer, "oksana", 2)
    assert (found.given_name, found.family_name) == ("Oksana", "Kovalenko")
    assert (found.birth_date, found.email) == (date(1992, 3, 4), "oksana@example.org")
    assert found.sid
    assert kept.next_page == "/termine"
    assert session == {}


def test_the_request_is_a_code_flow_with_everything_that_guards_it(real: RealProvider) -> None:
    start = begin(real.seen_by_portal(), next_page="/", wanted=2, language="en", now=now())
    asked = {name: values[0] for name, values in parse_qs(urlsplit(start.address).query).items()}
    assert asked.pop("code_challenge") != start.kept.verifier
    assert asked == {
        "response_type": "code",
        "client_id": "portal",
        "redirect_uri": f"{BASE_URL}/anmelden/bundid/zurueck",
        "scope": "openid profile email",
        "state": start.kept.state,
        "nonce": start.kept.nonce,
        "code_challenge_method": "S256",
        "acr_values": "substantial high low",
        "ui_locales": "en",
    }


def test_an_address_that_nobody_has_confirmed_is_left_out(real: RealProvider) -> None:
    provider = real.seen_by_portal()
    start = begin(provider, next_page="/", now=now())
    query = Visitor().signs_in(start.address, who="jonas", acr="low")
    found = finish(provider, start.kept, query, now=now())
    assert (found.given_name, found.email, found.birth_date) == ("Jonas", None, None)


def test_check_08_the_same_answer_twice_is_refused(real: RealProvider) -> None:
    # Given an answer that has signed somebody in
    provider = real.seen_by_portal()
    session: dict[str, object] = {}
    start = begin(provider, next_page="/", now=now())
    keep(session, start.kept)
    query = Visitor().signs_in(start.address, acr="low")
    kept = take(session, query)
    finish(provider, kept, query, now=now())
    # When it is sent again, then the session knows of no start
    with pytest.raises(StartExpired):
        take(session, query)
    # And even who has stolen what was kept gets nothing for the code
    with pytest.raises(SignInRefused) as refused:
        finish(provider, kept, query, now=now())
    assert "used before" in refused.value.reason


def test_check_08_the_answer_to_another_browser_is_refused(real: RealProvider) -> None:
    """An attacker's own answer, slipped under somebody else's sign-in (login CSRF)."""
    provider = real.seen_by_portal()
    session: dict[str, object] = {}
    keep(session, begin(provider, next_page="/", now=now()).kept)
    attacker = begin(provider, next_page="/", now=now())
    query = Visitor().signs_in(attacker.address, who="jonas", acr="low")
    with pytest.raises(StartExpired):
        take(session, query)


def test_check_08_a_stolen_code_is_worth_nothing_in_another_sign_in(real: RealProvider) -> None:
    """PKCE: the code belongs to the verifier of the browser that asked for it."""
    provider = real.seen_by_portal()
    victim = begin(provider, next_page="/", now=now())
    stolen = Visitor().signs_in(victim.address, acr="low")
    attacker = begin(provider, next_page="/", now=now())
    with pytest.raises(SignInRefused) as refused:
        finish(provider, attacker.kept, {**stolen, "state": attacker.kept.state}, now=now())
    assert "code" in refused.value.reason


@pytest.mark.parametrize("acr", ["", "low", "substantial"])
def test_check_08_a_level_that_is_too_low_is_refused(real: RealProvider, acr: str) -> None:
    provider = real.seen_by_portal()
    start = begin(provider, next_page="/", at_least=3, now=now())
    query = Visitor().signs_in(start.address, acr=acr)
    with pytest.raises(LevelTooLow, match="stärkere Anmeldung"):
        finish(provider, start.kept, query, now=now())


def test_who_stops_at_the_provider_is_told_so(real: RealProvider) -> None:
    provider = real.seen_by_portal()
    start = begin(provider, next_page="/", now=now())
    query = Visitor().signs_in(start.address, who="nobody")
    assert query["error"] == "access_denied"
    with pytest.raises(SignInCancelled, match="Sie haben die Anmeldung abgebrochen"):
        finish(provider, start.kept, query, now=now())


def test_a_step_up_asks_the_person_again(real: RealProvider) -> None:
    # Given somebody who has a session with the provider
    provider = real.seen_by_portal()
    visitor = Visitor()
    first = begin(provider, next_page="/", now=now())
    finish(provider, first.kept, visitor.signs_in(first.address, acr="low"), now=now())
    # When a step needs more, then it is asked for there, the old session is not enough
    step = begin(
        provider, next_page="/konto/bank", purpose="step_up", at_least=3, max_age=0,
        subject="oksana", now=now(),
    )  # fmt: skip
    query = visitor.signs_in(step.address, who="oksana", acr="high")
    found = finish(provider, step.kept, query, now=now())
    assert found.level == 3
    assert found.auth_time is not None
    assert now() - found.auth_time < timedelta(minutes=1)


def test_check_08_a_step_up_by_somebody_else_is_refused(real: RealProvider) -> None:
    provider = real.seen_by_portal()
    step = begin(provider, next_page="/", at_least=3, max_age=0, subject="oksana", now=now())
    query = Visitor().signs_in(step.address, who="jonas", acr="high")
    with pytest.raises(SignInRefused, match="mit einem anderen Konto"):
        finish(provider, step.kept, query, now=now())


def test_a_wrong_secret_of_the_portal_is_no_fault_of_the_person(real: RealProvider) -> None:
    provider = real.seen_by_portal("portal-post")
    start = begin(provider, next_page="/", now=now())
    query = Visitor().signs_in(start.address, acr="low")
    wrong = real.seen_by_portal("portal-post")
    wrong.registration = replace(wrong.registration, client_secret="another")
    with pytest.raises(ProviderUnavailable, match="mit E-Mail und Passwort"):
        finish(wrong, start.kept, query, now=now())


def test_signing_out_there_is_heard_here(real: RealProvider) -> None:
    # Given somebody who is signed in, with the portal and with the provider
    provider, visitor = real.seen_by_portal(), Visitor()
    start = begin(provider, next_page="/", now=now())
    found = finish(provider, start.kept, visitor.signs_in(start.address, acr="low"), now=now())
    # When she signs out there too
    address = sign_out_address(provider, back_to=f"{BASE_URL}/", now=now())
    assert address
    assert visitor.signs_out(address) == f"{BASE_URL}/"
    # Then the provider tells the portal whose session has ended
    ended = read_logout_token(provider, real.logout_tokens.get(timeout=10), now=now())
    assert (ended.issuer, ended.sid) == (real.issuer, found.sid)
    assert ended.subject in {None, "oksana"}
