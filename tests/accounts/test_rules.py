"""Passwords, waits, links and sessions, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.accounts import passwords, rules
from portal.accounts.keys import LinkPurpose, Method, PortalSession, SecretLink
from portal.accounts.models import Citizen, Right, Role, StaffMember, StaffRole
from portal.core.errors import Expired, InvalidInput, NotFound, TooMany

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    ["kurz", "1234567", "Passwort", "PASSWORT123", "qwertzuiop", "Jobcenter2026!", "oksana1992"],
)
def test_passwords_that_others_would_try_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_password(password, about=("Oksana", "Kovalenko"))
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    ["grüner tee am morgen", "aB3$xY9!", "nur kleine buchstaben", "x" * 64, "🙂🙂🙂🙂🙂🙂🙂🙂"],
)
def test_length_is_all_that_is_asked(password: str) -> None:
    rules.check_password(password, about=("Oksana", "Kovalenko"))


def test_a_password_of_endless_length_is_refused() -> None:
    with pytest.raises(InvalidInput):
        rules.check_password("x" * 201)


def test_passwords_are_kept_as_argon2id() -> None:
    kept = passwords.hash_of("grüner tee am morgen")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits(kept, "grüner tee am morgen")
    assert not passwords.fits(kept, "grüner tee am abend")
    assert not passwords.fits(None, "nobody has this password")
    assert not passwords.fits("!", "!")


def failures(count: int, *, ago: timedelta = timedelta(0)) -> list[datetime]:
    return [NOW - ago] * count


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(0, 0), (4, 0), (5, 2), (6, 4), (8, 16), (12, 256), (13, 300), (200, 300)],
)
def test_the_wait_doubles_and_has_an_end(count: int, seconds: int) -> None:
    assert rules.wait(failures(count), rules.PERSON_FROM_NETWORK, now=NOW) == timedelta(
        seconds=seconds
    )


def test_the_wait_passes_and_old_failures_do_not_count() -> None:
    assert not rules.wait(failures(6, ago=timedelta(seconds=4)), rules.PERSON_FROM_NETWORK, now=NOW)
    assert not rules.wait(failures(50, ago=timedelta(hours=1)), rules.PERSON_FROM_NETWORK, now=NOW)


def test_too_many_says_how_long_to_wait() -> None:
    with pytest.raises(TooMany) as refused:
        rules.check_may_try(failures(8), rules.PERSON_FROM_NETWORK, now=NOW)
    assert refused.value.retry_after == 17
    assert "17 Sekunden" in refused.value.message


def test_strangers_from_anywhere_cost_the_owner_seconds_not_hours() -> None:
    assert rules.wait(failures(200), rules.PERSON_FROM_ANYWHERE, now=NOW) <= timedelta(seconds=15)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "unknown"),
        ("x; DROP", "unknown"),
    ],
)
def test_an_ipv6_household_counts_as_one(address: str, network: str) -> None:
    assert rules.network_of(address) == network


def link(**fields: object) -> SecretLink:
    return SecretLink(
        **{"purpose": LinkPurpose.CONFIRM_ADDRESS, "used_at": None, "expires_at": NOW, **fields}
    )


def test_a_link_is_good_until_its_last_second() -> None:
    rules.check_link(link(expires_at=NOW + timedelta(seconds=1)), now=NOW)


@pytest.mark.parametrize(
    "fields", [{"expires_at": NOW}, {"used_at": NOW, "expires_at": NOW.replace(year=2099)}]
)
def test_a_used_or_old_link_is_expired(fields: dict[str, object]) -> None:
    with pytest.raises(Expired):
        rules.check_link(link(**fields), now=NOW)


def opened(
    *, ago: timedelta, idle: timedelta, level: int = 1, office: bool = False
) -> PortalSession:
    return PortalSession(
        method=Method.PASSKEY,
        level=level,
        started_at=NOW - ago,
        seen_at=NOW - idle,
        staff_member_id=uuid4() if office else None,
    )


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("level", "office", "idle", "absolute"),
    [
        (1, False, 60 * MINUTE, 12 * HOUR),
        (2, False, 30 * MINUTE, 8 * HOUR),
        (3, False, 30 * MINUTE, 4 * HOUR),
        (1, True, 30 * MINUTE, 10 * HOUR),
    ],
)
def test_check_10_a_session_ends_when_idle_and_at_all(
    level: int, office: bool, idle: timedelta, absolute: timedelta
) -> None:
    def lives(ago: timedelta, idle: timedelta) -> bool:
        session = opened(ago=ago, idle=idle, level=level, office=office)
        return rules.is_live(session, now=NOW)

    assert lives(idle - MINUTE, idle - MINUTE)
    assert not lives(idle, idle)
    assert lives(absolute - MINUTE, MINUTE)
    assert not lives(absolute, MINUTE)


def test_check_01_every_way_to_sign_in_says_what_it_is_worth() -> None:
    assert set(rules.SIGN_IN_METHODS) == set(Method)


def test_check_02_one_factor_never_opens_the_office() -> None:
    opening = {way for way, worth in rules.SIGN_IN_METHODS.items() if worth.opens_office}
    assert opening == {
        Method.PASSWORD_AND_CODE, Method.PASSWORD_AND_PASSKEY, Method.PASSKEY, Method.DEMO
    }  # fmt: skip


def test_check_02_an_administrator_needs_a_key_that_cannot_be_phished() -> None:
    code = PortalSession(method=Method.PASSWORD_AND_CODE)
    assert rules.opens_office(code, member(Role.BENEFIT_OFFICER))
    assert not rules.opens_office(code, member(Role.ADMINISTRATOR))
    assert rules.opens_office(PortalSession(method=Method.PASSKEY), member(Role.ADMINISTRATOR))


def member(*roles: Role, is_active: bool = True) -> StaffMember:
    made = StaffMember(first_name="Jana", last_name="Keller", is_active=is_active)
    made.roles = [StaffRole(role=role) for role in roles]
    return made


def test_every_role_has_rights_and_every_right_has_a_role() -> None:
    assert set(rules.RIGHTS) == set(Role)
    assert set().union(*rules.RIGHTS.values()) == set(Right)


def test_rights_add_up_over_roles() -> None:
    assert rules.can(member(Role.MAILROOM, Role.MANAGEMENT), Right.SEE_FIGURES)
    assert not rules.can(member(Role.MAILROOM), Right.SEE_FIGURES)


def test_who_has_left_has_no_rights() -> None:
    with pytest.raises(NotFound):
        rules.check(member(*Role, is_active=False), Right.USE_INBOX)


def test_an_unconfirmed_citizen_cannot_sign_in() -> None:
    assert not rules.can_sign_in(Citizen(confirmed_at=None))
    assert rules.can_sign_in(Citizen(confirmed_at=NOW))
