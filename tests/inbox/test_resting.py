"""The clock stands still while the citizen is asked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import SYSTEM
from portal.casefiles import asking
from portal.casefiles.models import Case, DocumentKind, EvidenceAnswer, EvidenceRequest
from portal.core.db import new_id
from portal.inbox import assigning, escalating, resting, steps
from portal.inbox.models import ItemKind, RestsFor, WorkItem
from tests.factories import accounts, casefiles, office
from tests.factories.inbox import work_item

HE = "HE"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


@pytest.fixture
def case(session: Session) -> Case:
    return casefiles.case(session, now=NOW)


@pytest.fixture
def jana(session: Session, case: Case) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=case.team)


@pytest.fixture
def item(session: Session, case: Case, jana: StaffMember) -> WorkItem:
    made = work_item(
        session,
        team_of=jana,
        assignee_id=jana.id,
        kind=ItemKind.APPLICATION,
        case_id=case.id,
        now=NOW,
    )
    look(session, NOW)
    assert made.due_on == date(2026, 11, 23)
    return made


def look(session: Session, now: datetime) -> None:
    session.flush()
    resting.wake_overdue(session, by=SYSTEM, now=now)
    session.flush()
    assigning.take_in(session, now=now, land=HE)
    escalating.escalate(session, now=now, land=HE)
    session.flush()


def asked(
    session: Session, case: Case, jana: StaffMember, *, on: datetime, until: date
) -> EvidenceRequest:
    return asking.ask(
        session,
        case=case,
        owner=case.members[0].citizen,
        kind=DocumentKind.PAYSLIPS,
        why="Wir brauchen sie.",
        due_on=until,
        by=jana,
        now=on,
    )


def answered(session: Session, request: EvidenceRequest, case: Case, on: datetime) -> None:
    asking.answer(
        session,
        request=request,
        answer=EvidenceAnswer.DO_NOT_HAVE,
        words="Ich habe sie nicht.",
        by=case.members[0].citizen,
        now=on,
    )


def test_asking_for_papers_stops_the_clock_and_the_answer_starts_it(
    session: Session, case: Case, jana: StaffMember, item: WorkItem
) -> None:
    request = asked(session, case, jana, on=NOW + 4 * DAY, until=date(2026, 11, 20))
    look(session, NOW + 4 * DAY)
    assert item.is_resting
    assert item.due_on == date(2026, 11, 20)
    assert item.rests_for is RestsFor.EVIDENCE
    answered(session, request, case, NOW + 16 * DAY)  # on a Wednesday, eleven were left
    look(session, NOW + 16 * DAY)
    assert not item.is_resting
    assert item.due_on == date(2026, 12, 3)
    assert item.clock_days == 15
    whys = [step.why for step in steps.steps_of(session, item)]
    assert whys == [
        "Ruht: Die Person ist gefragt, bis 20.11.2026.",
        "Geht weiter: Die Person hat geantwortet.",
    ]


def test_it_rests_until_the_last_request_is_answered(
    session: Session, case: Case, jana: StaffMember, item: WorkItem
) -> None:
    first = asked(session, case, jana, on=NOW + DAY, until=date(2026, 11, 20))
    second = asked(session, case, jana, on=NOW + DAY, until=date(2026, 11, 13))
    assert item.due_on == date(2026, 11, 20)
    session.flush()
    answered(session, second, case, NOW + 2 * DAY)
    session.flush()
    assert item.is_resting
    answered(session, first, case, NOW + 3 * DAY)
    assert not item.is_resting


def test_nobody_is_called_while_it_rests_and_it_comes_back_without_an_answer(
    session: Session, case: Case, jana: StaffMember, item: WorkItem
) -> None:
    lead = office.lead(session, of=jana)
    asked(session, case, jana, on=NOW + DAY, until=date(2026, 11, 20))
    look(session, datetime(2026, 11, 20, 14, tzinfo=UTC))
    assert (item.assignee_id, item.alarm) == (jana.id, 0)
    look(session, datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert not item.is_resting
    assert item.last_change == "Geht weiter: Die Zeit der Person ist vorbei."
    assert item.due_on == date(2026, 12, 11)
    assert item.assignee_id != lead.id


def test_an_objection_rests_too_and_its_three_months_do_not(
    session: Session, case: Case, jana: StaffMember
) -> None:
    """§ 88 (2) SGG: three months after an objection, whatever the office has asked."""
    item = work_item(
        session,
        team_of=jana,
        assignee_id=jana.id,
        kind=ItemKind.OBJECTION,
        case_id=case.id,
        now=NOW,
    )
    look(session, NOW)
    assert item.due_on == date(2026, 11, 30)  # twenty working days
    request = asked(session, case, jana, on=NOW + 4 * DAY, until=date(2026, 11, 20))
    look(session, NOW + 4 * DAY)
    assert item.is_resting
    answered(session, request, case, NOW + 16 * DAY)  # on a Wednesday, sixteen were left
    look(session, NOW + 16 * DAY)
    assert not item.is_resting
    assert item.due_on == date(2026, 12, 10)

    asked(session, case, jana, on=NOW + 17 * DAY, until=date(2027, 3, 20))
    assert item.limit_on == date(2027, 2, 3)
    late = datetime(2027, 1, 5, 9, tzinfo=UTC)
    assert escalating.alarm_limits(session, now=late, land=HE) == 1
    look(session, late)
    assert item.is_resting
    assert "§ 88 SGG" in str(item.urgency_reason)


def test_the_limit_of_failure_to_act_does_not_rest(
    session: Session, case: Case, jana: StaffMember, item: WorkItem
) -> None:
    asked(session, case, jana, on=NOW + DAY, until=date(2027, 4, 20))
    look(session, NOW + DAY)
    assert item.limit_on == date(2027, 5, 3)
    late = datetime(2027, 4, 5, 9, tzinfo=UTC)
    assert escalating.alarm_limits(session, now=late, land=HE) == 1
    look(session, late)
    assert item.is_resting
    assert item.urgency == 2


def test_a_feature_can_let_its_item_rest_and_names_the_same_day_after(
    session: Session, jana: StaffMember
) -> None:
    subject, last = new_id(), date(2026, 11, 16)

    def put(now: datetime, rests_until: date | None = None) -> WorkItem:
        made = work_item(
            session,
            team_of=jana,
            subject_id=subject,
            assignee_id=jana.id,
            due_on=last,
            rests_until=rests_until,
            now=now,
        )
        look(session, now)
        return made

    item = put(NOW)
    assert put(NOW + DAY, rests_until=date(2026, 11, 30)) is item
    assert (item.is_resting, item.due_on) == (True, date(2026, 11, 30))
    put(NOW + 15 * DAY)
    assert (item.is_resting, item.due_on) == (False, date(2026, 11, 30))  # nine days were left
    put(NOW + 16 * DAY)
    assert item.due_on == date(2026, 11, 30)
