"""Who gets what: the responsible person, else the one of the team with most room."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import assigning, rules, service, steps
from portal.inbox.models import Given, ItemKind, WorkItem
from portal.office import workload
from portal.office.workload import Away, Fullness
from tests.factories import accounts, casefiles, office
from tests.factories.inbox import work_item
from tests.queries import counted_queries

HE = "HE"
NOW = datetime(2026, 11, 10, 9, tzinfo=UTC)  # a Tuesday
TODAY = date(2026, 11, 10)


@pytest.fixture
def jana(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana")


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, first_name="Tobias")


def take_in(session: Session, now: datetime = NOW) -> int:
    session.flush()
    done = assigning.take_in(session, now=now, land=HE)
    session.flush()
    return done


def put(session: Session, team_of: StaffMember, **fields: object) -> WorkItem:
    return work_item(session, team_of=team_of, now=NOW, **fields)


def owners(session: Session, items: list[WorkItem]) -> list[object]:
    take_in(session)
    return [item.assignee_id for item in items]


def test_who_is_responsible_keeps_it(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = put(session, jana, assignee_id=tobias.id)
    assert owners(session, [item]) == [tobias.id]
    assert item.given is Given.RESPONSIBLE


def test_work_is_shared_by_what_lies_on_the_desk(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    heavy = put(session, jana, kind=ItemKind.APPLICATION, assignee_id=jana.id)
    papers = [put(session, jana) for _ in range(4)]
    assert owners(session, [heavy, *papers]) == [jana.id, *[tobias.id] * 4]
    last = put(session, jana)
    assert owners(session, [last]) == [jana.id]
    assert last.given is Given.DEALT


def test_a_full_set_of_cases_counts_against_part_of_a_job(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    lead = office.lead(session, of=jana)
    workload.note_caseloads(
        session, [Fullness(jana.id, 120, 0.8), Fullness(tobias.id, 60, 0.5)], now=NOW
    )
    assert owners(session, [put(session, jana)]) == [tobias.id]
    workload.set_work_share(session, member=tobias, percent=50, takes_items=True, by=lead, now=NOW)
    assert owners(session, [put(session, jana)]) == [jana.id]


def test_who_takes_no_items_gets_none(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    lead = office.lead(session, of=jana)
    workload.set_work_share(session, member=jana, percent=100, takes_items=False, by=lead, now=NOW)
    assert set(owners(session, [put(session, jana) for _ in range(3)])) == {tobias.id}


def test_who_is_away_gets_nothing_new(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    workload.note_away(session, [Away(jana.id, NOW - timedelta(days=1), NOW + timedelta(days=2))])
    assert set(owners(session, [put(session, jana) for _ in range(3)])) == {tobias.id}


def test_a_short_meeting_is_no_absence(session: Session, jana: StaffMember) -> None:
    workload.note_away(session, [Away(jana.id, NOW - timedelta(hours=1), NOW + timedelta(hours=1))])
    assert owners(session, [put(session, jana)]) == [jana.id]


def test_in_the_evening_the_next_morning_is_asked(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    tomorrow = datetime(2026, 11, 11, 0, tzinfo=UTC)
    workload.note_away(session, [Away(jana.id, tomorrow, tomorrow + timedelta(days=1))])
    item = put(session, jana)
    take_in(session, datetime(2026, 11, 10, 19, tzinfo=UTC))
    assert item.assignee_id == tobias.id


def test_check_17_nobody_gets_a_file_to_keep_out_of(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    case = casefiles.case(session)
    case.team_id = jana.team_id
    session.flush()
    office.conflict(session, case=case, member=jana)
    items = [put(session, jana, case_id=case.id) for _ in range(4)]
    assert set(owners(session, items)) == {tobias.id}


def test_work_needs_its_right(session: Session, jana: StaffMember) -> None:
    clerk = accounts.staff_member(session, Role.MAILROOM, team=jana.team)
    scan = put(session, jana, kind=ItemKind.SCAN)
    application = put(session, jana, kind=ItemKind.APPLICATION)
    assert owners(session, [scan, application]) == [clerk.id, jana.id]


def test_the_lead_gets_what_nobody_else_can_take(session: Session, jana: StaffMember) -> None:
    lead = office.lead(session, of=jana)
    assert owners(session, [put(session, jana)]) == [jana.id]
    workload.note_away(session, [Away(jana.id, NOW, NOW + timedelta(days=1))])
    item = put(session, jana)
    assert owners(session, [item]) == [lead.id]
    assert item.given is Given.LEAD


def test_a_team_without_anybody_is_no_hole(session: Session, jana: StaffMember) -> None:
    empty = accounts.team(session)
    elsewhere = office.lead(session)
    item = put(session, jana, team_id=empty.id)
    assert owners(session, [item]) == [elsewhere.id]


def test_who_has_left_is_no_owner(session: Session, jana: StaffMember, tobias: StaffMember) -> None:
    jana.is_active = False
    assert owners(session, [put(session, jana, assignee_id=jana.id)]) == [tobias.id]


def test_who_looks_at_what_was_dealt_has_it(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = put(session, jana)
    take_in(session)
    owner, other = (jana, tobias) if item.assignee_id == jana.id else (tobias, jana)
    assert rules.can_claim(item, other)
    service.look_at(session, item=item, by=other, now=NOW)
    assert rules.can_claim(item, other)
    service.look_at(session, item=item, by=owner, now=NOW)
    assert not rules.can_claim(item, other)


def test_the_step_stands_on_the_item_and_in_the_trail(session: Session, jana: StaffMember) -> None:
    item = put(session, jana)
    take_in(session)
    [step] = steps.steps_of(session, item)
    assert (step.to_id, step.why) == (jana.id, "Am meisten Luft im Team.")
    event = session.scalars(select(Event).where(Event.subject_id == str(item.id))).one()
    assert (event.deed, event.facts["to"]) == ("inbox.assigned", str(jana.id))


def test_every_item_gets_a_day_and_says_why_it_is_urgent(
    session: Session, jana: StaffMember
) -> None:
    usual = put(session, jana)
    named = put(
        session,
        jana,
        due_on=date(2026, 11, 11),
        urgency=1,
        urgency_reason="Das Jobcenter hat darauf gewartet.",
    )
    take_in(session)
    assert (usual.due_on, usual.clock_days) == (date(2026, 11, 17), 5)
    assert (usual.urgency, usual.urgency_reason) == (0, None)
    assert named.due_on == date(2026, 11, 11)
    assert (
        named.urgency_reason == "Das Jobcenter hat darauf gewartet, Frist am nächsten Arbeitstag."
    )


def test_an_update_by_the_feature_keeps_the_day_of_the_clock(
    session: Session, jana: StaffMember
) -> None:
    subject = new_id()
    item = put(session, jana, subject_id=subject)
    take_in(session)
    again = work_item(session, team_of=jana, subject_id=subject, now=NOW + timedelta(days=2))
    take_in(session, NOW + timedelta(days=2))
    assert again is item
    assert item.due_on == date(2026, 11, 17)


def test_a_flood_is_dealt_evenly_and_with_few_queries(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    items = [put(session, jana) for _ in range(assigning.BATCH + 40)]
    assert take_in(session) == assigning.BATCH
    assert take_in(session) == 40
    assert take_in(session) == 0
    shares = [sum(item.assignee_id == one.id for item in items) for one in (jana, tobias)]
    assert abs(shares[0] - shares[1]) <= 1
    with counted_queries() as nothing_new:
        take_in(session)
    assert len(nothing_new) == 1


def test_now_of_the_tests_is_a_working_day() -> None:
    assert clock.local(NOW).hour == 10
