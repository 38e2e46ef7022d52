"""Who of the office sees which file, on what ground, and what stays closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles import accesses, queries, walls
from portal.casefiles.models import Case
from portal.casefiles.walls import Ground, Why
from portal.core import clock
from portal.core.db import new_id
from portal.core.errors import NotFound
from portal.office import service as office_service
from tests.factories import accounts, casefiles, inbox, office
from tests.queries import counted_queries


@pytest.fixture
def case(session: Session) -> Case:
    """Open a case of a team that nobody of these tests belongs to."""
    accounts.staff_member(session, Role.BENEFIT_OFFICER)
    made = casefiles.case(session)
    session.flush()
    return made


@pytest.fixture
def murat(session: Session, case: Case) -> StaffMember:
    """Employ an officer of another team, who has nothing to do with the case."""
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, last_name="Aydin")


def sees(session: Session, case: Case, asker: StaffMember) -> bool:
    """Ask list and single file; they must agree."""
    found, count = queries.cases_for_staff(session, asker=asker, search=case.file_reference)
    in_list = case in found
    assert count == len(found)
    for single in (
        lambda: queries.case_for_staff(session, case.id, asker=asker),
        lambda: walls.why(session, case_id=case.id, asker=asker),
    ):
        try:
            single()
        except NotFound:
            assert not in_list
        else:
            assert in_list
    return in_list


def named(session: Session, case: Case, member: StaffMember) -> Why:
    case.integration_officer_id = member.id
    return Why(Ground.NAMED_OFFICER)


def in_team(session: Session, case: Case, member: StaffMember) -> Why:
    case.team_id = member.team_id
    return Why(Ground.CASE_TEAM)


def colleague_of_officer(session: Session, case: Case, member: StaffMember) -> Why:
    officer = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=member.team)
    case.benefit_officer_id = officer.id
    return Why(Ground.OFFICERS_TEAM)


def has_item(session: Session, case: Case, member: StaffMember) -> Why:
    elsewhere = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    inbox.work_item(session, team_of=elsewhere, case_id=case.id, assignee_id=member.id)
    return Why(Ground.WORK_ITEM)


def team_has_item(session: Session, case: Case, member: StaffMember) -> Why:
    inbox.work_item(session, team_of=member, case_id=case.id)
    return Why(Ground.WORK_ITEM)


def has_appointment(session: Session, case: Case, member: StaffMember) -> Why:
    accesses.open_for_appointment(
        session,
        case_id=case.id,
        subject_id=new_id(),
        officer=member,
        ends_at=clock.now(),
        now=clock.now(),
    )
    return Why(Ground.APPOINTMENT)


def stands_in(session: Session, case: Case, member: StaffMember) -> Why:
    absent = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case.team)
    office.substitution(session, absent=absent, substitute=member)
    return Why(Ground.SUBSTITUTE, absent.name)


def has_emergency(session: Session, case: Case, member: StaffMember) -> Why:
    office.emergency(session, case=case, member=member, granted_by=office.lead(session))
    return Why(Ground.BREAK_GLASS, office.REASON)


GROUNDS = [
    named,
    in_team,
    colleague_of_officer,
    has_item,
    team_has_item,
    has_appointment,
    stands_in,
    has_emergency,
]


@pytest.mark.parametrize("ground", GROUNDS)
def test_check_13_a_file_opens_on_a_ground_and_not_without(
    session: Session,
    case: Case,
    murat: StaffMember,
    ground: Callable[[Session, Case, StaffMember], Why],
) -> None:
    assert not sees(session, case, murat)
    expected = ground(session, case, murat)
    session.flush()
    assert sees(session, case, murat)
    assert walls.why(session, case_id=case.id, asker=murat) == expected
    other = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    assert not sees(session, case, other)


@pytest.mark.parametrize(
    "role", [Role.FRONT_DESK, Role.MAILROOM, Role.DATA_QUALITY_OFFICER], ids=str
)
def test_some_work_is_for_the_whole_house(session: Session, case: Case, role: Role) -> None:
    desk = accounts.staff_member(session, role)
    assert sees(session, case, desk)
    assert walls.why(session, case_id=case.id, asker=desk) == Why(Ground.OFFICE_WIDE)


@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.ADMINISTRATOR], ids=str)
def test_check_13_no_ground_helps_without_the_right(
    session: Session, case: Case, role: Role
) -> None:
    member = accounts.staff_member(session, role, team=case.team)
    with pytest.raises(NotFound):
        walls.why(session, case_id=case.id, asker=member)
    with pytest.raises(NotFound):
        queries.cases_for_staff(session, asker=member)


def test_a_substitution_opens_only_on_its_days(
    session: Session, case: Case, murat: StaffMember
) -> None:
    absent = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case.team)
    made = office.substitution(session, absent=absent, substitute=murat, starts_in=1)
    assert not sees(session, case, murat)
    made.first_day -= timedelta(days=1)
    session.flush()
    assert sees(session, case, murat)
    office_service.end_substitution(session, substitution=made, by=absent, now=clock.now())
    session.flush()
    assert not sees(session, case, murat)


def test_a_substitute_of_a_substitute_sees_nothing(
    session: Session, case: Case, murat: StaffMember
) -> None:
    absent = accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case.team)
    between = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    office.substitution(session, absent=absent, substitute=between)
    office.substitution(session, absent=between, substitute=murat)
    assert sees(session, case, between)
    assert not sees(session, case, murat)


@pytest.mark.parametrize("ground", GROUNDS[:-1])
def test_check_17_a_conflict_of_interest_closes_the_file_whatever_the_ground(
    session: Session,
    case: Case,
    murat: StaffMember,
    ground: Callable[[Session, Case, StaffMember], Why],
) -> None:
    ground(session, case, murat)
    session.flush()
    office.conflict(session, case=case, member=murat)
    assert not sees(session, case, murat)


def test_check_17_it_closes_to_the_whole_house_roles_too_and_to_nobody_else(
    session: Session, case: Case
) -> None:
    desk, other = (accounts.staff_member(session, Role.FRONT_DESK) for _ in range(2))
    office.conflict(session, case=case, member=desk)
    assert not sees(session, case, desk)
    assert sees(session, case, other)


def test_check_17_an_emergency_opens_it_with_a_second_person_for_eight_hours(
    session: Session, case: Case, murat: StaffMember
) -> None:
    office.conflict(session, case=case, member=murat)
    asked = office.emergency(session, case=case, member=murat)
    assert not sees(session, case, murat)
    access = office.emergency(
        session, case=case, member=murat, granted_by=office.lead(session, of=murat)
    )
    assert access.id == asked.id
    assert sees(session, case, murat)
    assert walls.why(session, case_id=case.id, asker=murat).ground is Ground.BREAK_GLASS
    assert access.ends_at == access.decided_at + timedelta(hours=8)
    access.starts_at = clock.now() - timedelta(hours=9)
    access.ends_at = clock.now() - timedelta(seconds=1)
    session.flush()
    assert not sees(session, case, murat)


def test_the_wall_asks_a_fixed_number_of_times(session: Session, murat: StaffMember) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            office.conflict(session, case=casefiles.case(session), member=murat)
            office.substitution(
                session,
                absent=accounts.staff_member(session, Role.BENEFIT_OFFICER),
                substitute=murat,
            )
        session.flush()
        with counted_queries() as statements:
            queries.cases_for_staff(session, asker=murat, limit=1)
        counts.append(len([one for one in statements if "case_members" not in one[:400]]))
    assert counts[0] == counts[1] <= 3
