"""Sessions: new secrets, dead secrets, limits, the list of one's own (checks 9 to 12, 16, 24)."""

import math
import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import rules
from portal.accounts.keys import Method, PortalSession
from portal.accounts.models import Citizen, Role
from portal.accounts.service import inviting, sessions
from portal.accounts.service.secrets import hash_of
from portal.audit.models import SYSTEM, Event
from portal.core import clock
from portal.core.browser import own_path
from portal.core.db import db, new_id
from tests.accounts.doing import (
    EMAIL,
    OTHER,
    PASSWORD,
    browser,
    citizen,
    code_of,
    is_signed_in,
    link_in,
    mails,
    member,
    opened,
    sign_in,
    with_app,
)
from tests.accounts.elsewhere import ELSEWHERE
from tests.client import PortalClient
from tests.factories import accounts


def secret_of(client: PortalClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie.get("secret", ""))


def cookie_of(client: PortalClient) -> str:
    found = client.get_cookie("portal")
    assert found
    return found.value


def with_cookie(client: PortalClient, value: str) -> PortalClient:
    """Open a browser that holds a stolen cookie."""
    thief = browser(client)
    thief.set_cookie("portal", value)
    return thief


@pytest.fixture
def oksana(client: PortalClient, session: Session) -> Citizen:
    person = citizen(session)
    sign_in(client)
    return person


# Check 9: new at sign-in and step-up, dead at the end


def test_check_09_a_new_secret_at_sign_in_and_the_old_one_is_dead(
    client: PortalClient, oksana: Citizen
) -> None:
    before, cookie = secret_of(client), cookie_of(client)
    sign_in(client)
    assert secret_of(client) != before
    assert is_signed_in(client)
    assert not is_signed_in(with_cookie(client, cookie))


def test_check_09_a_new_secret_at_step_up_and_the_old_one_is_dead(
    client: PortalClient, oksana: Citizen
) -> None:
    before, cookie = secret_of(client), cookie_of(client)
    answer = client.post_form("/anmelden/noch-einmal?next=/konto", {"password": PASSWORD})
    assert answer.location == "/konto"
    assert secret_of(client) != before
    assert is_signed_in(client)
    assert not is_signed_in(with_cookie(client, cookie))


def test_check_09_a_planted_cookie_gets_no_session(client: PortalClient, session: Session) -> None:
    """Given a cookie put into her browser by a stranger, when she signs in, then his is void."""
    citizen(session)
    attacker = browser(client)
    attacker.get("/anmelden")
    attacker.csrf_token()
    planted = cookie_of(attacker)
    victim = with_cookie(client, planted)
    sign_in(victim)
    assert is_signed_in(victim)
    assert not is_signed_in(attacker)
    with victim.session_transaction() as cookie:
        assert set(cookie) <= {"secret", "csrf_token", "_flashes", "language"}


def test_check_09_after_signing_out_the_cookie_opens_nothing(
    client: PortalClient, oksana: Citizen
) -> None:
    cookie = cookie_of(client)
    answer = client.post_form("/abmelden")
    assert (
        "cookie" in answer.headers["Clear-Site-Data"]
        or '"cache"' in answer.headers["Clear-Site-Data"]
    )
    assert not is_signed_in(with_cookie(client, cookie))


Killing = Callable[[PortalClient, Session, Citizen], None]


def _changes_password(client: PortalClient, session: Session, oksana: Citizen) -> None:
    client.post_form("/konto/passwort", {"current": PASSWORD, "password": OTHER})


def _resets_password(client: PortalClient, session: Session, oksana: Citizen) -> None:
    client.post_form("/passwort-vergessen", {"address": EMAIL})
    client.post_form(link_in(mails(session, "reset_password")[0]), {"password": OTHER})


def _signs_out_everywhere(client: PortalClient, session: Session, oksana: Citizen) -> None:
    client.post_form("/konto/ueberall-abmelden")


@pytest.mark.parametrize("deed", [_changes_password, _resets_password, _signs_out_everywhere])
def test_check_09_every_other_session_ends_at_once(
    client: PortalClient, session: Session, oksana: Citizen, deed: Killing
) -> None:
    others = [browser(client) for _ in range(3)]
    for other in others:
        sign_in(other)
        assert is_signed_in(other)
    deed(client, session, oksana)
    assert [is_signed_in(other) for other in others] == [False] * 3
    assert is_signed_in(client) == (deed is _changes_password)


def test_check_09_a_new_password_gives_this_browser_a_new_secret(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    cookie = cookie_of(client)
    _changes_password(client, session, oksana)
    assert is_signed_in(client)
    assert not is_signed_in(with_cookie(client, cookie))


@pytest.mark.parametrize("deed", ["deactivated", "other roles", "keys taken"])
def test_check_09_staff_are_out_at_once(client: PortalClient, session: Session, deed: str) -> None:
    person, now = member(session), clock.now()
    client.sign_in(person)
    assert client.get("/amt/eingang").status_code == 200
    if deed == "deactivated":
        inviting.deactivate(session, member=person, by=SYSTEM, now=now)
    elif deed == "keys taken":
        inviting.reset_keys(session, member=person, by=SYSTEM, now=now)
    else:
        inviting.change_roles(
            session, member=person, roles=[Role.MAILROOM], team=person.team, by=SYSTEM, now=now
        )
    session.commit()
    assert client.get("/amt/eingang").location.startswith("/amt/anmelden")


def test_check_09_the_row_of_a_deactivated_person_opens_nothing_even_if_it_lives(
    client: PortalClient, session: Session
) -> None:
    person = member(session)
    client.sign_in(person)
    person.is_active = False
    session.commit()
    assert client.get("/amt").location.startswith("/amt/anmelden")


# Check 10: limits


@pytest.mark.parametrize("level", [1, 2, 3])
def test_check_10_idle_and_absolute_limits_by_level(
    client: PortalClient, session: Session, level: int
) -> None:
    client.sign_in(citizen(session))
    row = opened(session)[0]
    lasts, start = rules.LIFETIMES[level], row.started_at
    row.level = level
    assert rules.is_live(row, now=start + lasts.idle - timedelta(seconds=1))
    assert not rules.is_live(row, now=start + lasts.idle)
    row.seen_at = start + lasts.absolute - timedelta(seconds=1)
    assert not rules.is_live(row, now=start + lasts.absolute)


def test_check_10_the_more_is_trusted_the_shorter_it_lives() -> None:
    idle = [rules.LIFETIMES[level].idle for level in (1, 2, 3)]
    absolute = [rules.LIFETIMES[level].absolute for level in (1, 2, 3)]
    assert idle == sorted(idle, reverse=True)
    assert absolute == sorted(absolute, reverse=True)
    assert max(absolute) <= timedelta(hours=12)


def test_check_10_use_keeps_a_session_alive_but_not_past_its_end(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs of life are written aside of the request, so the transactions must be real here."""
    client = PortalClient(committed_app, committed_app.response_class, use_cookies=True)
    with committed_app.test_request_context():
        citizen(db.session)
    sign_in(client)
    begun = clock.now()
    for minutes in range(50, 12 * 60, 50):
        later = begun + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        assert is_signed_in(client), minutes
    end = begun + timedelta(hours=12, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: end)
    assert not is_signed_in(client)


def test_check_10_asking_how_long_is_left_is_no_sign_of_life(
    client: PortalClient, session: Session, oksana: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clock.now()
    for minutes in (20, 40, 59):
        later = begun + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        assert client.get("/sitzung").get_json()["seconds"] > 0
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(minutes=61))
    assert client.get("/sitzung").get_json() == {"seconds": 0, "atMost": 0}
    assert not is_signed_in(client)


def test_check_10_the_owner_can_extend_it(
    client: PortalClient, session: Session, oksana: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WCAG 2.2.1."""
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(minutes=58))
    left = client.get("/sitzung").get_json()["seconds"]
    assert 0 < left <= 120
    assert client.post_form("/sitzung").get_json()["seconds"] > left
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(minutes=100))
    assert is_signed_in(client)


# Check 11: one's own sessions


def test_check_11_own_sessions_are_seen_and_ended(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    other = browser(client)
    sign_in(other, headers={"User-Agent": "Mozilla/5.0 (Android 15) Firefox/140.0"})
    assert "Firefox, Android" in client.get("/konto/geraete").text
    row = next(one for one in opened(session) if one.device == "Firefox, Android")
    assert client.post_form(f"/konto/geraete/{row.id}/abmelden").location == "/konto/geraete"
    assert not is_signed_in(other)
    assert is_signed_in(client)
    assert "Firefox, Android" not in client.get("/konto/geraete").text
    assert "accounts.signed_out" in session.scalars(select(Event.deed)).all()


def test_check_11_a_foreign_session_is_not_there(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    other = browser(client)
    other.sign_in(accounts.citizen(session))
    row = next(one for one in opened(session) if one.citizen_id != oksana.id)
    assert client.post_form(f"/konto/geraete/{row.id}/abmelden").status_code == 404
    assert is_signed_in(other)


PROVED_FIRST = (
    "/konto/adresse",
    "/konto/passwort",
    "/konto/schluessel",
    "/konto/schluessel/app",
)


@pytest.mark.parametrize("path", PROVED_FIRST)
def test_check_11_keys_address_and_password_ask_for_a_new_proof(
    client: PortalClient, session: Session, oksana: Citizen, path: str
) -> None:
    opened(session)[0].stepped_up_at -= rules.PROVED_LATELY
    session.commit()
    assert client.get(path).location == f"/anmelden/noch-einmal?next={path}"
    assert client.get(f"/anmelden/noch-einmal?next={path}").status_code == 200
    wrong = client.post_form("/anmelden/noch-einmal", {"password": "geraten"})
    assert wrong.status_code == 422
    assert client.get(path).location == f"/anmelden/noch-einmal?next={path}"
    client.post_form("/anmelden/noch-einmal", {"password": PASSWORD})
    assert "/anmelden" not in (client.get(path).location or "")


def test_check_11_with_an_app_the_password_is_no_new_proof(
    client: PortalClient, session: Session
) -> None:
    person = citizen(session)
    with_app(session, person)
    client.sign_in(person)
    answer = client.post_form("/anmelden/noch-einmal", {"password": PASSWORD})
    assert answer.status_code == 422
    code = code_of(session, person)
    assert client.post_form("/anmelden/noch-einmal", {"code": code}).status_code == 302


# Check 12: cookies


def test_check_12_cookies_are_closed_to_scripts_and_other_sites(
    client: PortalClient, session: Session
) -> None:
    citizen(session)
    answer = sign_in(client)
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_check_12_behind_tls_cookies_carry_the_host_prefix(
    client: PortalClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = client.application.config
    monkeypatch.setitem(config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(config, "SESSION_COOKIE_NAME", "__Host-portal")
    citizen(session)
    safe = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/anmelden"}}
    page = client.get("/dev/csrf", **safe).text
    form = {"csrf_token": page, "address": EMAIL, "password": PASSWORD}
    cookies = client.post("/anmelden", data=form, **safe).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-portal", "__Host-bekannt"}
    assert all("Secure" in cookie for cookie in cookies)


def test_check_12_the_database_holds_no_secret_of_a_cookie(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    secret = secret_of(client)
    row = opened(session)[0]
    assert row.secret_hash == hash_of(secret)
    assert secret not in str({c.name: getattr(row, c.name) for c in row.__table__.columns})


# Check 16: ids


def test_check_16_ids_and_secrets_are_random(session: Session) -> None:
    ids = [new_id() for _ in range(2000)]
    assert {id.version for id in ids} == {4}
    assert len(set(ids)) == 2000
    bits = Counter(bit for id in ids for bit in range(128) if id.int >> bit & 1)
    free = [bits[bit] / 2000 for bit in range(128) if bit not in {62, 63, 76, 77, 78, 79}]
    assert min(free) > 0.4
    assert max(free) < 0.6
    person, found = citizen(session), set()
    for _ in range(50):
        _, secret = sessions.open_session(
            session,
            person=person,
            method=Method.PASSWORD,
            device="",
            network="",
            now=clock.now(),
        )
        found.add(secret)
    assert len(found) == 50
    assert all(len(secret) * math.log2(64) >= 256 for secret in found)


def test_check_16_knowing_an_id_opens_nothing(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    """Access rests on who asks: ids stand in addresses, letters and logs (see tests/access)."""
    row = opened(session)[0]
    stranger = browser(client)
    for value in (str(row.id), row.secret_hash, str(uuid.UUID(int=0))):
        with stranger.session_transaction() as cookie:
            cookie["secret"] = value
        assert not is_signed_in(stranger)


# Check 24: where a sign-in leads


@pytest.mark.parametrize("target", ELSEWHERE)
def test_check_24_next_never_leads_out_of_the_house(target: str) -> None:
    assert own_path(target, "/") == "/"


@pytest.mark.parametrize("target", ["/", "/konto", "/antraege?seite=2", "/weiter/1#unten"])
def test_check_24_own_paths_are_kept(target: str) -> None:
    assert own_path(target, "/sonst") == target


@pytest.mark.parametrize("page", ["/anmelden", "/amt/anmelden"])
def test_check_24_a_page_of_sign_in_never_redirects_away(
    client: PortalClient, session: Session, page: str
) -> None:
    client.sign_in(member(session) if page.startswith("/amt") else citizen(session))
    for target in ELSEWHERE:
        answer = client.get(page, query_string={"next": target})
        assert answer.status_code == 400 or answer.location in {"/", "/amt"}, target


# Check 18, and new devices


def test_check_18_extra_fields_change_nothing_of_the_account(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    more = {
        "email": "x@evil.example",
        "level": "3",
        "identified_at": "2026-01-01",
        "customer_number": "1",
        "confirmed_at": "",
        "password_hash": "x",
        "id": str(new_id()),
        "number": "1",
        "citizen": "x",
        "by": "x",
        "now": "x",
        "session": "x",
        "first_name": "Erika",
    }
    before = (oksana.email, oksana.level, oksana.id, oksana.first_name, oksana.number)
    assert client.post_form("/konto/kontakt", {"city": "Lindenau", **more}).location == "/konto"
    client.post_form("/konto/passwort", {"current": PASSWORD, "password": OTHER, **more})
    client.post_form("/anmelden/noch-einmal", {"password": OTHER, **more})
    session.expire_all()
    assert (oksana.email, oksana.level, oksana.id, oksana.first_name, oksana.number) == before
    assert oksana.city == "Lindenau"


def test_a_sign_in_from_a_new_device_is_told(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    assert mails(session, "new_device") == []
    client.post_form("/abmelden")
    sign_in(client)
    assert mails(session, "new_device") == []
    sign_in(browser(client), headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Edg/140.0"})
    [told] = mails(session, "new_device")
    assert "Edge, Windows" in told.text


# Check 4: nobody learns who has an account


def _seen(text: str) -> str:
    return re.sub(r'value="[^"]{20,}"|nonce="[^"]+"|[\w.]+@example\.org', "", text)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/anmelden", {"password": "geraten"}),
        ("/amt/anmelden", {"password": "geraten"}),
        ("/passwort-vergessen", {}),
        ("/registrieren", {"password": PASSWORD, "first_name": "Ada", "last_name": "Lo"}),
    ],
)
def test_check_04_known_and_unknown_get_the_same_answer(
    client: PortalClient, session: Session, path: str, more: dict[str, str]
) -> None:
    citizen(session)
    member(session, email="jana@example.org")
    known = "jana@example.org" if path.startswith("/amt") else EMAIL
    answers = []
    for address in (known, "nobody@example.org"):
        answer = browser(client).post_form(path, {"address": address, **more})
        answers.append((answer.status_code, answer.location, _seen(answer.text)))
    assert answers[0] == answers[1]


def test_there_is_one_row_for_each_sign_in(session: Session, oksana: Citizen) -> None:
    assert len(session.scalars(select(PortalSession)).all()) == 1
