"""Nothing is late unseen: the absent are replaced, the silent reminded, then the lead knows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.audit.models import Event
from portal.inbox import assigning, escalating, service, steps, weighing
from portal.inbox.models import Alarm, Given, ItemKind, StepKind, WorkItem
from portal.office import service as office_service
from portal.office import workload
from portal.office.workload import Away
from tests.factories import accounts, office
from tests.factories.inbox import work_item

HE = "HE"
MORNING = datetime(2026, 11, 10, 8, tzinfo=UTC)  # a Tuesday, nine o'clock in Berlin
AFTERNOON = MORNING + timedelta(hours=5)
TODAY = date(2026, 11, 10)
DAY = timedelta(days=1)


@pytest.fixture
def jana(session: Session) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, first_name="Jana")


@pytest.fixture
def tobias(session: Session, jana: StaffMember) -> StaffMember:
    return accounts.staff_member(session, Role.BENEFIT_OFFICER, team=jana.team, first_name="Tobias")


@pytest.fixture
def lead(session: Session, jana: StaffMember) -> StaffMember:
    return office.lead(session, of=jana)


def given(session: Session, owner: StaffMember, *, due_on: date, **fields: object) -> WorkItem:
    """Put an item on the desk of somebody, as the job leaves it."""
    now = MORNING - 3 * DAY
    item = work_item(session, team_of=owner, assignee_id=owner.id, due_on=due_on, now=now, **fields)
    assigning.take_in(session, now=now, land=HE)
    session.flush()
    return item


def run(session: Session, now: datetime) -> int:
    made = escalating.escalate(session, now=now, land=HE)
    session.flush()
    return made


def away(session: Session, *people: StaffMember, days: int = 3) -> None:
    begins = MORNING - timedelta(hours=6)
    workload.note_away(session, [Away(one.id, begins, begins + days * DAY) for one in people])


def said(session: Session, item: WorkItem) -> list[tuple[StepKind, str]]:
    return [(step.kind, step.why) for step in steps.steps_of(session, item)]


def test_what_has_time_stays_on_the_desk_of_who_is_away(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY + 9 * DAY)
    away(session, jana)
    assert run(session, MORNING) == 0
    assert item.assignee_id == jana.id


def test_what_presses_goes_to_who_stands_in(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    elsewhere = accounts.staff_member(session, Role.BENEFIT_OFFICER)
    item = given(session, jana, due_on=TODAY + DAY)
    office_service.substitute(
        session,
        absent=jana,
        substitute=elsewhere,
        first_day=TODAY,
        last_day=TODAY + 4 * DAY,
        by=jana,
        now=MORNING,
    )
    session.flush()
    assert run(session, MORNING) == 1
    assert (item.assignee_id, item.given) == (elsewhere.id, Given.SUBSTITUTE)
    assert item.last_change == f"{jana.name} ist nicht da. Vertretung für {jana.name}."
    assert run(session, MORNING) == 0


def test_without_a_substitute_it_goes_to_the_freest_and_without_anybody_to_the_lead(
    session: Session, jana: StaffMember, tobias: StaffMember, lead: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY)
    away(session, jana)
    assert run(session, MORNING) == 1
    assert item.assignee_id == tobias.id
    away(session, jana, tobias)
    assert run(session, MORNING + timedelta(minutes=10)) == 1
    assert item.assignee_id == lead.id
    assert len(said(session, item)) == 2


def test_an_urgent_thing_does_not_wait_for_its_day(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY + 9 * DAY, urgency=2, urgency_reason="kein Geld")
    away(session, jana)
    run(session, MORNING)
    assert item.assignee_id == tobias.id


def test_who_has_left_is_replaced_at_once_even_on_a_sunday(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY + 20 * DAY)
    jana.is_active = False
    session.flush()
    assert run(session, MORNING - 2 * DAY) == 1
    assert item.assignee_id == tobias.id


def test_what_rests_goes_on_resting_with_somebody_who_works_here(
    session: Session, jana: StaffMember, tobias: StaffMember
) -> None:
    """Given a thing that waits for the citizen, when its owner leaves, it has another owner."""
    until = TODAY + 10 * DAY
    item = given(session, jana, due_on=until, rests_until=until, kind=ItemKind.APPLICATION)
    away(session, jana)
    assert run(session, MORNING) == 0, "it can wait for who comes back"
    jana.is_active = False
    session.flush()
    assert run(session, MORNING) == 1
    assert (item.assignee_id, item.is_resting, item.due_on) == (tobias.id, True, until)
    assert run(session, AFTERNOON) == 0


def test_the_silent_are_reminded_then_the_lead_gets_it(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY + DAY)
    assert run(session, MORNING) == 1
    assert (item.alarm, item.assignee_id) == (Alarm.REMINDED, jana.id)
    assert run(session, AFTERNOON) == 0
    assert run(session, MORNING + DAY) == 0
    assert run(session, AFTERNOON + DAY) == 1
    assert (item.alarm, item.assignee_id, item.alarmed_to_id) == (Alarm.LEAD, lead.id, lead.id)
    assert [kind for kind, _ in said(session, item)] == [
        StepKind.REMINDED,
        StepKind.MOVED_UP,
    ]
    deeds = session.scalars(
        select(Event.deed).where(Event.subject_id == str(item.id)).order_by(Event.id)
    ).all()
    assert deeds == ["inbox.reminded", "inbox.moved_up"]
    assert run(session, AFTERNOON + DAY + timedelta(minutes=10)) == 0


def test_who_has_looked_is_left_in_peace_until_the_day_is_over(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY)
    service.look_at(session, item=item, by=jana, now=MORNING)
    session.flush()
    assert run(session, AFTERNOON) == 0
    assert run(session, MORNING + DAY) == 1
    assert (item.assignee_id, item.alarmed_to_id) == (jana.id, lead.id)
    assert said(session, item)[-1] == (StepKind.MOVED_UP, "Die Frist ist vorbei.")
    assert run(session, AFTERNOON + DAY) == 0


def test_a_day_at_the_weekend_ends_on_friday(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = given(session, jana, due_on=date(2026, 11, 14))  # a Saturday
    assert run(session, AFTERNOON + 3 * DAY) == 1
    assert item.assignee_id == lead.id


def test_nobody_is_called_on_a_holiday(session: Session, jana: StaffMember) -> None:
    given(session, jana, due_on=date(2026, 11, 9))
    assert run(session, datetime(2026, 12, 25, 12, tzinfo=UTC)) == 0


def test_what_has_just_come_is_not_taken_away_again(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = work_item(session, team_of=jana, assignee_id=jana.id, due_on=TODAY, now=AFTERNOON)
    assigning.take_in(session, now=AFTERNOON, land=HE)
    session.flush()
    assert run(session, AFTERNOON + timedelta(minutes=10)) == 0
    assert (item.alarm, item.assignee_id) == (Alarm.NONE, jana.id)
    run(session, AFTERNOON + timedelta(minutes=70))
    assert item.assignee_id == lead.id


def test_a_lead_who_is_silent_is_reminded_but_has_nobody_above(
    session: Session, lead: StaffMember
) -> None:
    """Given one lead only, when it lies there, then everybody sees it, and it says so."""
    item = given(session, lead, due_on=TODAY + DAY)
    run(session, MORNING)
    assert item.alarm == Alarm.REMINDED
    run(session, AFTERNOON + DAY)
    assert (item.assignee_id, item.alarmed_to_id, item.alarm) == (lead.id, None, Alarm.ALL)
    _, (kind, why) = said(session, item)
    assert kind is StepKind.MOVED_UP
    assert why.endswith("Jetzt sehen es alle Leitungen und das Team.")
    assert run(session, AFTERNOON + 8 * DAY) == 0


def test_a_lead_who_is_silent_for_a_working_day_is_followed_by_the_next(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    """Given four leads who never look, when three had a day each, then it is open to all."""
    others = {office.lead(session).id for _ in range(3)}
    item = given(session, jana, due_on=TODAY)
    told = []
    for days in range(4):
        if days:
            assert run(session, AFTERNOON + days * DAY - timedelta(minutes=10)) == 0
        run(session, AFTERNOON + days * DAY)
        told.append(item.assignee_id)
    first, second, third, last = told
    assert first == lead.id
    assert {second, third} < others
    assert len({first, second, third}) == 3
    assert (last, item.alarmed_to_id, item.alarm) == (third, None, Alarm.ALL)


def test_the_weekend_is_no_day_on_which_a_lead_is_silent(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    other = office.lead(session)
    item = given(session, jana, due_on=date(2026, 11, 13))  # a Friday
    friday = AFTERNOON + 3 * DAY
    for now in (friday, friday + DAY, friday + 2 * DAY, MORNING + 6 * DAY):
        run(session, now)
        assert item.alarmed_to_id == lead.id
    run(session, friday + 3 * DAY)
    assert (item.assignee_id, item.alarmed_to_id) == (other.id, other.id)


@pytest.mark.parametrize("by_substitute", [False, True])
def test_a_lead_or_who_stands_in_has_looked_and_is_left_in_peace(
    session: Session, jana: StaffMember, tobias: StaffMember, lead: StaffMember, by_substitute: bool
) -> None:
    office.lead(session)
    item = given(session, jana, due_on=TODAY)
    run(session, AFTERNOON)
    if by_substitute:
        office_service.substitute(
            session,
            absent=lead,
            substitute=tobias,
            first_day=TODAY + DAY,
            last_day=TODAY + DAY,
            by=lead,
            now=AFTERNOON,
        )
    looks = tobias if by_substitute else lead
    service.look_at(session, item=item, by=looks, now=MORNING + DAY)
    assert run(session, AFTERNOON + DAY) == by_substitute, "the absent owner is replaced"
    assert item.assignee_id == looks.id


def test_what_the_owner_knows_stays_there_while_the_leads_are_told_in_turn(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    other = office.lead(session)
    item = given(session, jana, due_on=TODAY)
    service.look_at(session, item=item, by=jana, now=MORNING)
    for days, told in ((1, lead), (2, other)):
        run(session, MORNING + days * DAY)
        assert (item.assignee_id, item.alarmed_to_id) == (jana.id, told.id)
    run(session, MORNING + 3 * DAY)
    assert (item.assignee_id, item.alarm) == (jana.id, Alarm.ALL)


def test_taking_it_by_hand_settles_the_alarm(
    session: Session, jana: StaffMember, tobias: StaffMember, lead: StaffMember
) -> None:
    item = given(session, jana, due_on=TODAY)
    run(session, AFTERNOON)
    session.refresh(item, ["assignee"])
    service.hand_over(session, item=item, to=tobias, by=lead, now=AFTERNOON)
    assert item.alarm == Alarm.NONE


def test_the_limit_of_failure_to_act_is_said_to_the_lead_once(
    session: Session, jana: StaffMember, lead: StaffMember
) -> None:
    item = given(
        session,
        jana,
        kind=ItemKind.APPLICATION,
        due_on=TODAY + 40 * DAY,
        received_on=date(2026, 6, 5),
    )
    assert item.limit_on == date(2026, 12, 6)
    assert escalating.alarm_limits(session, now=MORNING - 4 * DAY - DAY, land=HE) == 0
    assert escalating.alarm_limits(session, now=MORNING, land=HE) == 1
    assert escalating.alarm_limits(session, now=MORNING, land=HE) == 0
    assert (item.alarmed_to_id, item.alarmed_at) == (lead.id, MORNING)
    assert item.last_change == "Untätigkeitsklage möglich ab 06.12.2026 (§ 88 SGG)."
    session.flush()
    assigning.take_in(session, now=MORNING, land=HE)
    assert item.urgency == 2
    assert "§ 88 SGG" in (item.urgency_reason or "")


def test_each_morning_the_days_are_said_anew(session: Session, jana: StaffMember) -> None:
    item = given(
        session,
        jana,
        due_on=date(2026, 11, 27),
        urgency=1,
        urgency_reason="kein Geld, Miete Freitag fällig",
    )
    plain = given(session, jana, due_on=date(2026, 11, 27))
    assert item.clock_days == 15
    for today, words in (
        (date(2026, 11, 19), None),
        (date(2026, 11, 24), "Frist 12 von 15 Tagen"),
        (date(2026, 11, 28), "Frist seit einem Arbeitstag vorbei"),
    ):
        assert weighing.weigh_all(session, today=today, land=HE) == (2 if words else 0)
        assert weighing.weigh_all(session, today=today, land=HE) == 0
        base = "kein Geld, Miete Freitag fällig"
        assert item.urgency_reason == (f"{base}, {words}." if words else f"{base}.")
        assert plain.urgency_reason == (f"{words}." if words else None)
    assert (item.urgency, plain.urgency) == (2, 2)
