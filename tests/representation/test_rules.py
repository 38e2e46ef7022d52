"""What each kind may have at most, how long, and who may end what: no database."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.models import (
    Citizen,
    HelperInvitation,
    Power,
    Representation,
    RepresentationKind,
)
from portal.core.db import new_id
from portal.core.errors import Expired, InvalidInput, NotAllowed, NotFound
from portal.representation import rules, words
from portal.representation.rules import Period, TaskArea

Kind = RepresentationKind
NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)


def person(name: str = "Oksana") -> Citizen:
    return Citizen(id=new_id(), first_name=name, last_name="Kovalenko")


def representation(kind: Kind = Kind.POWER_OF_ATTORNEY, **fields: object) -> Representation:
    principal, representative = person(), person("Farid")
    return Representation(
        **{
            "kind": kind,
            "principal_id": principal.id,
            "representative_id": representative.id,
            "powers": [power.value for power in Power],
            "consent_reserved": False,
            "starts_at": NOW - timedelta(days=1),
            "ends_at": NOW + timedelta(days=1),
            "revoked_at": None,
            **fields,
        }
    )


def invitation(**fields: object) -> HelperInvitation:
    return HelperInvitation(
        **{
            "kind": Kind.HELPER,
            "principal_id": new_id(),
            "created_at": NOW,
            "expires_at": NOW + timedelta(minutes=15),
            "help_ends_at": NOW + timedelta(days=1),
            **fields,
        }
    )


def test_every_kind_has_its_limits() -> None:
    for table in (rules.AT_MOST, rules.USUALLY, rules.LONGEST, rules.CODE_LASTS, words.KINDS):
        assert set(table) == set(Kind)
    for kind in Kind:
        assert rules.USUALLY[kind] <= rules.AT_MOST[kind]


def test_a_companion_is_listed_and_may_nothing() -> None:
    assert rules.powers_given(Kind.COMPANION, list(Power)) == frozenset()
    assert not rules.can_act(representation(Kind.COMPANION, powers=[]))


def test_a_member_of_the_household_sends_only_when_it_is_granted() -> None:
    assert Power.SEND not in rules.USUALLY[Kind.HOUSEHOLD_MEMBER]
    assert Power.SEND in rules.powers_given(Kind.HOUSEHOLD_MEMBER, [Power.SEND])


def test_who_does_anything_sees_the_file_too() -> None:
    assert rules.powers_given(Kind.HELPER, [Power.UPLOAD]) == {Power.SEE, Power.UPLOAD}


def test_a_helper_books_no_appointments() -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.powers_given(Kind.HELPER, [Power.BOOK])
    assert refused.value.field == "powers"


def test_somebody_who_may_nothing_is_no_helper() -> None:
    with pytest.raises(InvalidInput):
        rules.powers_given(Kind.HELPER, [])


@pytest.mark.parametrize(
    ("areas", "may_send"),
    [
        ([TaskArea.AUTHORITIES], True),
        ([TaskArea.HEALTH, TaskArea.ASSETS], True),
        ([TaskArea.HEALTH], False),
        ([TaskArea.POST, TaskArea.HOUSING], False),
    ],
)
def test_what_a_guardian_may_do_follows_from_the_areas(
    areas: list[TaskArea], may_send: bool
) -> None:
    assert (Power.SEND in rules.powers_of_areas(areas)) is may_send


def test_a_guardian_without_an_area_is_none() -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.powers_of_areas([])
    assert refused.value.field == "areas"


@pytest.mark.parametrize(
    ("kind", "period", "fits"),
    [
        (Kind.HELPER, Period.SITTING, True),
        (Kind.HELPER, Period.MONTH, True),
        (Kind.HELPER, Period.QUARTER, False),
        (Kind.HELPER_ORGANISATION, Period.DAY, False),
        (Kind.HOUSEHOLD_MEMBER, Period.YEAR, True),
        (Kind.HOUSEHOLD_MEMBER, Period.THREE_YEARS, False),
        (Kind.POWER_OF_ATTORNEY, Period.THREE_YEARS, True),
    ],
)
def test_nobody_is_trusted_longer_than_the_kind_allows(
    kind: Kind, period: Period, fits: bool
) -> None:
    if fits:
        assert rules.ends_at(kind, period, now=NOW) == NOW + rules.PERIODS[period]
        return
    with pytest.raises(InvalidInput) as refused:
        rules.ends_at(kind, period, now=NOW)
    assert refused.value.field == "period"


def test_only_a_guardian_has_no_end() -> None:
    rules.check_period(Kind.GUARDIAN, starts_at=NOW, ends_at=None, now=NOW)
    with pytest.raises(InvalidInput):
        rules.check_period(Kind.POWER_OF_ATTORNEY, starts_at=NOW, ends_at=None, now=NOW)


@pytest.mark.parametrize("days", [-1, 0, 4 * 365])
def test_an_end_lies_ahead_and_not_too_far(days: int) -> None:
    with pytest.raises(InvalidInput):
        rules.check_period(
            Kind.POWER_OF_ATTORNEY, starts_at=NOW, ends_at=NOW + timedelta(days=days), now=NOW
        )


def test_an_organisation_helps_and_holds_no_power_of_attorney() -> None:
    assert rules.kind_taken(invitation(), organisation="Caritas") is Kind.HELPER_ORGANISATION
    assert rules.kind_taken(invitation(), organisation=None) is Kind.HELPER
    with pytest.raises(InvalidInput):
        rules.kind_taken(invitation(kind=Kind.POWER_OF_ATTORNEY), organisation="Caritas")


@pytest.mark.parametrize(
    "gone",
    [
        {"expires_at": NOW},
        {"accepted_at": NOW - timedelta(minutes=1)},
        {"withdrawn_at": NOW - timedelta(minutes=1)},
    ],
)
def test_a_code_that_is_gone_opens_nothing(gone: dict[str, object]) -> None:
    with pytest.raises(Expired):
        rules.check_is_open(invitation(**gone), now=NOW)
    with pytest.raises(Expired):
        rules.check_is_open(None, now=NOW)


def test_nobody_helps_themselves() -> None:
    me = person()
    with pytest.raises(InvalidInput):
        rules.check_can_accept(invitation(principal_id=me.id), me, now=NOW)
    rules.check_can_accept(invitation(), me, now=NOW)


def test_a_reservation_of_consent_forbids_a_power_of_attorney_and_no_help() -> None:
    guardians = [representation(Kind.GUARDIAN, consent_reserved=True)]
    with pytest.raises(NotAllowed):
        rules.check_can_invite(Kind.POWER_OF_ATTORNEY, guardians, now=NOW)
    rules.check_can_invite(Kind.HELPER, guardians, now=NOW)
    guardians[0].revoked_at = NOW
    rules.check_can_invite(Kind.POWER_OF_ATTORNEY, guardians, now=NOW)


def test_either_side_ends_it_and_nobody_else() -> None:
    found = representation()
    for id in (found.principal_id, found.representative_id):
        rules.check_can_end(found, Citizen(id=id))
    with pytest.raises(NotFound):
        rules.check_can_end(found, person())


def test_a_guardianship_ends_at_court() -> None:
    found = representation(Kind.GUARDIAN)
    assert not rules.can_end(found, Citizen(id=found.principal_id))
    assert not rules.can_end(found, Citizen(id=found.representative_id))


@pytest.mark.parametrize(
    "gone",
    [{"ends_at": NOW}, {"revoked_at": NOW}, {"starts_at": NOW + timedelta(days=1)}, {"powers": []}],
)
def test_what_does_not_count_cannot_be_switched_to(gone: dict[str, object]) -> None:
    found = representation(**gone)
    with pytest.raises(NotFound):
        rules.check_can_switch(found, Citizen(id=found.representative_id), now=NOW)


def test_a_stranger_switches_to_nobody() -> None:
    found = representation()
    rules.check_can_switch(found, Citizen(id=found.representative_id), now=NOW)
    for id in (found.principal_id, new_id()):
        with pytest.raises(NotFound):
            rules.check_can_switch(found, Citizen(id=id), now=NOW)


def test_a_code_shows_little_of_a_name() -> None:
    assert words.shy_name(person()) == "Oksana K."
