"""What may be done to an account, with the reason when it may not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from portal.accounts import staffing, words
from portal.accounts.models import Right, Role, StaffMember, StaffRole
from portal.accounts.rules import RIGHTS
from portal.administration import rules
from portal.administration.forms import STATE_NAMES, sentence_of
from portal.administration.rules import State
from portal.audit.models import SYSTEM
from portal.core.errors import Conflict, InvalidInput, NotAllowed, PortalError

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _words(rolled_back_app: Flask):
    with rolled_back_app.test_request_context(headers={"Accept-Language": "de"}):
        yield


def somebody(*roles: Role, is_active: bool = True, has_come: bool = True) -> StaffMember:
    return StaffMember(
        id=uuid4(),
        first_name="Jana",
        last_name="Keller",
        is_active=is_active,
        password_hash="!" if has_come else None,
        roles=[StaffRole(role=role) for role in roles],
    )


def refused(check: Callable[[], None], kind: type[PortalError] = NotAllowed) -> str:
    with pytest.raises(kind) as caught:
        check()
    return caught.value.message


def test_nobody_changes_the_own_roles_or_leaves_by_the_own_hand():
    me = somebody(Role.ADMINISTRATOR)
    roles = [Role.ADMINISTRATOR, Role.TEAM_LEAD]
    assert "niemand selbst" in refused(
        lambda: staffing.check_can_give_roles(me, roles, by=me, has_others=True)
    )
    assert "niemand selbst" in refused(
        lambda: staffing.check_can_deactivate(me, by=me, has_others=True)
    )
    assert "Mein Konto" in refused(lambda: staffing.check_can_reset_keys(me, by=me))
    offers = rules.offers(me, by=me, has_others=True)
    assert not any([offers.place, offers.deactivate, offers.reset_keys, offers.invite])


def test_the_last_administrator_stays():
    last, other = somebody(Role.ADMINISTRATOR), somebody(Role.ADMINISTRATOR)
    for check in (
        lambda: staffing.check_can_deactivate(last, by=other, has_others=False),
        lambda: staffing.check_can_deactivate(last, by=SYSTEM, has_others=False),
        lambda: staffing.check_can_give_roles(last, [Role.MAILROOM], by=other, has_others=False),
    ):
        assert "die letzte Person" in refused(check)
    staffing.check_can_deactivate(last, by=other, has_others=True)
    staffing.check_can_give_roles(
        last, [Role.ADMINISTRATOR, Role.MAILROOM], by=other, has_others=False
    )


def test_a_closed_account_can_only_be_opened():
    gone, admin = somebody(Role.MAILROOM, is_active=False), somebody(Role.ADMINISTRATOR)
    assert rules.offers(gone, by=admin, has_others=True) == rules.Offers(
        place=False, invite=False, reset_keys=False, deactivate=False, reactivate=True
    )
    assert "deaktiviert" in refused(lambda: staffing.check_can_invite(gone), Conflict)


def test_who_has_come_is_not_invited_again_but_gets_new_keys():
    admin = somebody(Role.ADMINISTRATOR)
    here, waiting = somebody(Role.MAILROOM), somebody(Role.MAILROOM, has_come=False)
    assert "schon eingerichtet" in refused(lambda: staffing.check_can_invite(here), Conflict)
    assert rules.offers(here, by=admin, has_others=True).reset_keys
    assert not rules.offers(waiting, by=admin, has_others=True).reset_keys
    assert rules.offers(waiting, by=admin, has_others=True).invite


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("first_name", "x" * 10_000),
        ("last_name", "Kel\x00ler"),
        ("last_name", "Keller\r\nBcc: alle@example.org"),
        ("first_name", "\u202eanaJ"),
        ("first_name", "  "),
        ("email", "jana@jobcenter.example\r\nBcc: alle@example.org"),
        ("email", "jana"),
        ("email", ""),
        ("team", ""),
        ("room", "1" * 41),
    ],
)
def test_lines_that_cannot_be_taken(field: str, line: str):
    with pytest.raises(InvalidInput) as caught:
        staffing.check_details(**{field: line})
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["Łukasz", "Şahin-Öztürk", "O’Neill", "孟", "Zoë 🌻"])
def test_names_of_real_people_are_taken(name: str):
    staffing.check_details(first_name=name, last_name=name)


def test_every_role_right_and_state_has_words():
    assert set(words.ROLES) == set(Role)
    assert set(words.RIGHT_PHRASES) == set(Right)
    assert set(STATE_NAMES) == set(State)


@pytest.mark.parametrize("role", Role)
def test_the_sentence_of_a_role_names_each_of_its_rights_and_no_other(role: Role):
    sentence = words.what_role_allows(role)
    for right, phrase in words.RIGHT_PHRASES.items():
        assert (str(phrase) in sentence) == (right in RIGHTS[role])


def test_whoever_gives_rights_is_told_of_the_passkey():
    assert "Passkey" in sentence_of(Role.ADMINISTRATOR)
    assert "Passkey" not in sentence_of(Role.TEAM_LEAD)


def test_management_of_people_and_reading_of_cases_are_apart():
    """An administrator reads no files, opens no inbox, meets no citizen."""
    assert RIGHTS[Role.ADMINISTRATOR] == {Right.ADMINISTER, Right.APPROVE_ACCESS}
    assert [role for role in Role if Right.ADMINISTER in RIGHTS[role]] == [Role.ADMINISTRATOR]


def test_an_invitation_is_over_when_its_time_is_or_there_is_none():
    assert rules.is_over(None, now=NOW)
    assert rules.is_over(NOW, now=NOW)
    assert not rules.is_over(NOW + timedelta(seconds=1), now=NOW)
