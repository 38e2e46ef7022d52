"""Codes: once, in their half minute, by the clock of the server (check 3); reset (check 7)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords, rules
from portal.accounts.keys import LinkPurpose, Method, RecoveryCode, SecretLink, TotpFactor
from portal.accounts.models import Citizen
from portal.accounts.service import factors
from portal.core import clock
from portal.core.db import db
from portal.core.errors import TooMany
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
    opened,
    sign_in,
    with_app,
)
from tests.client import PortalClient
from tests.factories import accounts

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


def prove(session: Session, person: Citizen, code: str, now: datetime) -> bool:
    try:
        factors.prove_code(session, person=person, code=code, network="198.51.100.1", now=now)
    except factors.WrongCode:
        return False
    return True


@pytest.fixture
def oksana(session: Session) -> Citizen:
    person = citizen(session)
    with_app(session, person)
    return person


def test_the_codes_are_those_of_rfc_6238(session: Session, oksana: Citizen) -> None:
    """The apps of people must show the same: appendix B, SHA-1, six of its eight digits."""
    factor = session.scalars(select(TotpFactor)).one()
    factor.sealed_secret = factors.seal(factors._purpose(oksana), b"12345678901234567890")
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert factors.current_code(factor, person=oksana, now=at) == code


def test_check_03_the_same_code_twice_is_refused(session: Session, oksana: Citizen) -> None:
    code = code_of(session, oksana, NOON)
    assert prove(session, oksana, code, NOON)
    assert not prove(session, oksana, code, NOON + timedelta(seconds=1))


@pytest.mark.parametrize("off", [-2, -1, 1, 2])
def test_check_03_a_code_of_another_half_minute_is_refused(
    session: Session, oksana: Citizen, off: int
) -> None:
    code = code_of(session, oksana, NOON + off * HALF_A_MINUTE)
    assert not prove(session, oksana, code, NOON)


def test_check_03_a_code_lives_to_the_end_of_its_half_minute(
    session: Session, oksana: Citizen
) -> None:
    code = code_of(session, oksana, NOON)
    assert prove(session, oksana, code, NOON + timedelta(seconds=29))


def test_check_03_after_a_newer_code_the_older_one_is_dead(
    session: Session, oksana: Citizen
) -> None:
    """Even if the clock of the server is set back."""
    older, newer = (code_of(session, oksana, at) for at in (NOON, NOON + HALF_A_MINUTE))
    assert prove(session, oksana, newer, NOON + HALF_A_MINUTE)
    assert not prove(session, oksana, older, NOON)


def in_parallel(app: Flask, deed: Callable[[], bool], times: int) -> list[bool]:
    """Do the same in so many threads at once, each with a connection of its own."""
    done: list[bool] = []
    together = threading.Barrier(times)

    def run() -> None:
        with app.test_request_context():
            together.wait()
            done.append(deed())
            db.session.commit()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


@pytest.mark.parametrize("kind", ["app", "paper"])
def test_check_03_the_same_code_in_parallel_opens_once(committed_app: Flask, kind: str) -> None:
    """Given two browsers with the right password, when both send one code, then one gets in."""
    now = clock.now()
    with committed_app.test_request_context():
        person = citizen(db.session)
        with_app(db.session, person)
        paper = factors.new_paper(db.session, person=person, now=now)[0]
        code = code_of(db.session, person, now) if kind == "app" else paper
        id = person.id
        db.session.commit()

    def deed() -> bool:
        return prove(db.session, db.session.get_one(Citizen, id), code, now)

    assert sorted(in_parallel(committed_app, deed, 5)) == [False] * 4 + [True]


def test_check_03_guessing_codes_is_slow_after_few_tries(session: Session, oksana: Citizen) -> None:
    for number in range(rules.PERSON_FROM_NETWORK.free):
        assert not prove(session, oksana, f"{number:06}", NOON)
    with pytest.raises(TooMany):
        prove(session, oksana, code_of(session, oksana, NOON), NOON)
    later = NOON + timedelta(seconds=3)
    assert prove(session, oksana, code_of(session, oksana, later), later)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000", "\x00" * 6]
)
def test_what_is_no_code_opens_nothing(session: Session, oksana: Citizen, typed: str) -> None:
    assert not prove(session, oksana, typed, NOON)


def test_spaces_in_a_code_do_not_matter(session: Session, oksana: Citizen) -> None:
    code = code_of(session, oksana, NOON)
    assert prove(session, oksana, f" {code[:3]} {code[3:]}", NOON)


def test_a_code_of_another_person_opens_nothing(session: Session, oksana: Citizen) -> None:
    other = accounts.citizen(session)
    with_app(session, other)
    assert not prove(session, oksana, code_of(session, other, NOON), NOON)


def test_the_secret_is_sealed_for_its_owner(session: Session, oksana: Citizen) -> None:
    """Check 47: a row moved to somebody else, or read from a copy of the database, is no use."""
    other = accounts.citizen(session)
    factor = session.scalars(select(TotpFactor)).one()
    secret = factors.app_secret(factor, person=oksana)
    assert secret not in factor.sealed_secret
    with pytest.raises(Exception, match="totp"):
        factors.app_secret(factor, person=other)


def test_a_code_on_paper_works_once_and_its_owner_is_told(
    session: Session, oksana: Citizen
) -> None:
    codes = factors.new_paper(session, person=oksana, now=NOON)
    assert len(codes) == rules.RECOVERY_CODES
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not any(code in one or code.replace("-", "") in one for code in codes for one in kept)
    assert prove(session, oksana, codes[0].lower().replace("-", " "), NOON)
    assert not prove(session, oksana, codes[0], NOON)
    assert [mail.template for mail in mails(session)] == ["recovery_code_used"]


def test_new_codes_on_paper_make_the_old_ones_worthless(session: Session, oksana: Citizen) -> None:
    old = factors.new_paper(session, person=oksana, now=NOON)[0]
    factors.new_paper(session, person=oksana, now=NOON)
    assert not prove(session, oksana, old, NOON)


# The way through the pages


def test_check_02_the_password_alone_opens_nothing_once_an_app_is_on(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    assert sign_in(client).location == "/anmelden/bestaetigen"
    assert not is_signed_in(client)
    assert opened(session) == []
    code = code_of(session, oksana)
    assert client.post_form("/anmelden/bestaetigen", {"code": code}).location == "/"
    assert is_signed_in(client)
    assert opened(session)[0].method == Method.PASSWORD_AND_CODE


def test_a_step_opens_once_and_in_its_own_browser(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    stranger = browser(client)
    sign_in(client)
    code = code_of(session, oksana)
    assert stranger.post_form("/anmelden/bestaetigen", {"code": code}).status_code == 410
    client.post_form("/anmelden/bestaetigen", {"code": code})
    client.post_form("/abmelden")
    assert client.post_form("/anmelden/bestaetigen", {"code": code}).status_code == 410


def test_a_step_is_worth_nothing_after_ten_minutes(
    client: PortalClient, session: Session, oksana: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    later = clock.now() + rules.STEP_LASTS
    monkeypatch.setattr(clock, "now", lambda: later)
    code = code_of(session, oksana, later)
    assert client.post_form("/anmelden/bestaetigen", {"code": code}).status_code == 410


# Reset


def reset_link(client: PortalClient, session: Session) -> str:
    client.post_form("/passwort-vergessen", {"address": EMAIL})
    return link_in(mails(session, "reset_password")[-1])


def test_check_07_a_new_password_does_not_skip_the_second_factor(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    link = reset_link(client, session)
    assert client.post_form(link, {"password": OTHER}).location == "/anmelden"
    assert not is_signed_in(client)
    assert sign_in(client, OTHER).location == "/anmelden/bestaetigen"
    assert not is_signed_in(client)


def test_check_07_a_reset_link_works_once(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    link = reset_link(client, session)
    client.post_form(link, {"password": OTHER})
    again = client.post_form(link, {"password": "blauer tee um zwölf"})
    assert again.status_code == 410
    session.expire_all()
    assert passwords.fits(oksana.password_hash, OTHER)


def test_check_07_a_reset_link_works_for_ten_minutes(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    link = reset_link(client, session)
    row = session.scalars(select(SecretLink)).one()
    assert row.expires_at - row.created_at == timedelta(minutes=10)
    row.created_at -= timedelta(minutes=10)
    row.expires_at -= timedelta(minutes=10)
    session.commit()
    assert client.get(link).status_code == 410
    assert client.post_form(link, {"password": OTHER}).status_code == 410
    session.expire_all()
    assert passwords.fits(oksana.password_hash, PASSWORD)


def test_check_07_a_newer_link_makes_the_older_one_worthless(
    client: PortalClient, session: Session, oksana: Citizen
) -> None:
    older = reset_link(client, session)
    reset_link(client, session)
    assert client.post_form(older, {"password": OTHER}).status_code == 410


@pytest.mark.parametrize("change", ["truncated", "reversed", "other id", "other purpose"])
def test_check_07_a_guessed_link_opens_nothing(
    client: PortalClient, session: Session, oksana: Citizen, change: str
) -> None:
    link = reset_link(client, session)
    head, _, secret = link.rpartition("/")
    path = {
        "truncated": f"{head}/{secret[:-1]}",
        "reversed": f"{head}/{secret[::-1]}",
        "other id": link.replace(head.rpartition("/")[2], str(oksana.id)),
        "other purpose": link.replace("passwort-neu", "bestaetigen"),
    }[change]
    assert client.get(path).status_code == 404
    assert client.post_form(path, {"password": OTHER}).status_code == 404


def test_links_that_let_somebody_in_live_ten_minutes_at_most() -> None:
    assert rules.LINK_LASTS[LinkPurpose.RESET_PASSWORD] <= timedelta(minutes=10)
    assert set(rules.LINK_LASTS) == set(LinkPurpose)
