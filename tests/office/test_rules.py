"""Who may say that somebody is away, and who may open again what a conflict closed; no database."""

from datetime import date, timedelta

import pytest

from portal.accounts.models import Role, StaffMember, StaffRole
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.office import rules
from portal.office.models import ConflictOfInterest, Substitution

TODAY = date(2026, 11, 23)
TEAM = new_id()


def member(*roles: Role, team: object = TEAM) -> StaffMember:
    return StaffMember(
        id=new_id(),
        first_name="Jana",
        last_name="Keller",
        is_active=True,
        team_id=team,
        roles=[StaffRole(role=role) for role in roles],
    )


JANA, TOBIAS = member(Role.BENEFIT_OFFICER), member(Role.BENEFIT_OFFICER)
LEAD, OTHER_LEAD = member(Role.TEAM_LEAD), member(Role.TEAM_LEAD, team=new_id())


def check(absent: StaffMember, substitute: StaffMember, *, by: StaffMember, **days: int) -> None:
    first = TODAY + timedelta(days=days.get("starts_in", 0))
    rules.check_can_substitute(
        absent,
        substitute,
        first,
        first + timedelta(days=days.get("lasts", 3)),
        by=by,
        today=TODAY,
    )


def test_one_plans_the_own_absence_and_a_lead_that_of_the_team() -> None:
    check(JANA, TOBIAS, by=JANA)
    check(JANA, TOBIAS, by=LEAD)
    for stranger in (TOBIAS, OTHER_LEAD):
        with pytest.raises(NotFound):
            check(JANA, TOBIAS, by=stranger)


@pytest.mark.parametrize(
    ("substitute", "days", "field"),
    [
        (JANA, {}, "substitute"),
        (member(Role.MANAGEMENT), {}, "substitute"),
        (TOBIAS, {"lasts": -1}, "last_day"),
        (TOBIAS, {"starts_in": -1}, "first_day"),
        (TOBIAS, {"lasts": 400}, "last_day"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    substitute: StaffMember, days: dict[str, int], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(JANA, substitute, by=JANA, **days)
    assert refused.value.field == field


def test_only_who_may_plan_it_ends_a_substitution() -> None:
    running = Substitution(absent=JANA, substitute=TOBIAS, first_day=TODAY, last_day=TODAY)
    assert rules.can_end(running, by=JANA, today=TODAY)
    assert rules.can_end(running, by=LEAD, today=TODAY)
    with pytest.raises(NotFound):
        rules.check_can_end(running, by=TOBIAS, today=TODAY)
    with pytest.raises(Conflict):
        rules.check_can_end(running, by=JANA, today=TODAY + timedelta(days=1))


def test_check_17_nobody_lifts_the_own_conflict_of_interest() -> None:
    administrator = member(Role.ADMINISTRATOR, team=new_id())
    of_jana = ConflictOfInterest(staff_member_id=JANA.id, staff_member=JANA)
    of_lead = ConflictOfInterest(staff_member_id=LEAD.id, staff_member=LEAD)
    assert rules.can_lift(of_jana, by=LEAD)
    assert rules.can_lift(of_jana, by=administrator)
    assert not rules.can_lift(of_lead, by=LEAD)
    for nobody in (JANA, TOBIAS, OTHER_LEAD):
        with pytest.raises(NotFound):
            rules.check_can_lift(of_jana, by=nobody)
