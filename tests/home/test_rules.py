"""What there is to do, in which order, and how far an application is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.applications.models import Application, ApplicationState, CorrectionRound, OwnPart
from portal.appointments.models import Booking
from portal.casefiles.models import Case, EvidenceRequest
from portal.home import rules
from portal.home.rules import StageState, TaskKind

TODAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)
IN_A_MONTH = TODAY + timedelta(days=30)


def tasks(**given) -> list[rules.Task]:
    known = {"requests": [], "bookings": [], "application": None, "case": None, "today": TODAY}
    return rules.tasks(**known | given)


def request(days: int | None) -> EvidenceRequest:
    return EvidenceRequest(due_on=None if days is None else TODAY + timedelta(days=days))


def application(state: ApplicationState, **fields) -> Application:
    sent = None if state == ApplicationState.DRAFT else NOON - timedelta(days=3)
    return Application(state=state, **{"submitted_at": sent, **fields})


def test_nothing_to_do():
    assert tasks() == []


def test_the_nearest_day_comes_first_and_no_day_last():
    booking = Booking(starts_at=NOON + timedelta(days=2))
    found = tasks(requests=[request(None), request(5), request(-1)], bookings=[booking])
    assert [task.days_left(TODAY) for task in found] == [-1, 2, 5, None]


def test_only_what_is_near_is_urgent():
    found = tasks(requests=[request(-1), request(3), request(4), request(None)])
    assert [task.is_urgent(TODAY) for task in found] == [True, True, False, False]


def test_an_appointment_is_never_late_work():
    found = tasks(bookings=[Booking(starts_at=NOON)])
    assert [task.is_urgent(TODAY) for task in found] == [False]


def test_a_round_of_questions_is_due_on_its_last_day():
    sent = application(ApplicationState.IN_REVIEW)
    round = CorrectionRound(due_on=TODAY + timedelta(days=2), extended_to=TODAY + timedelta(days=9))
    found = tasks(rounds=[(round, sent)], requests=[request(5)])
    assert [(task.kind, task.days_left(TODAY)) for task in found] == [
        (TaskKind.REQUEST, 5),
        (TaskKind.CORRECTION, 9),
    ]


def test_the_own_part_in_an_application_of_another_is_something_to_do():
    parts = [OwnPart(), OwnPart(confirmed_at=NOON)]
    assert [task.kind for task in tasks(parts=parts)] == [TaskKind.PART]


def test_an_unfinished_draft_is_due_when_the_benefit_ends():
    draft = application(ApplicationState.DRAFT)
    found = tasks(application=draft, case=Case(award_until=IN_A_MONTH))
    assert [(task.kind, task.due_on) for task in found] == [(TaskKind.DRAFT, IN_A_MONTH)]


@pytest.mark.parametrize(
    ("award_until", "sent", "needed"),
    [
        (None, None, False),
        (TODAY + timedelta(days=61), None, False),
        (TODAY + timedelta(days=60), None, True),
        (TODAY - timedelta(days=1), None, True),
        (IN_A_MONTH, application(ApplicationState.SUBMITTED), False),
        (IN_A_MONTH, application(ApplicationState.DECIDED), False),
        (IN_A_MONTH, application(ApplicationState.WITHDRAWN), True),
        (
            IN_A_MONTH,
            application(ApplicationState.DECIDED, submitted_at=NOON - timedelta(days=200)),
            True,
        ),
    ],
)
def test_the_renewal_is_asked_for_in_time(award_until, sent, needed):
    assert rules.needs_renewal(award_until, sent, TODAY) is needed


@pytest.mark.parametrize(
    ("state", "here"),
    [
        (ApplicationState.SUBMITTED, ["current", "open", "open"]),
        (ApplicationState.IN_REVIEW, ["done", "current", "open"]),
        (ApplicationState.DECIDED, ["done", "done", "current"]),
    ],
)
def test_an_application_stands_at_one_stage(state, here):
    found = rules.stages(application(state))
    assert [stage.state for stage in found] == [StageState(one) for one in here]
    assert found[0].day == TODAY - timedelta(days=3)


def test_an_answer_is_expected_until_there_is_one():
    assert rules.answer_by(application(ApplicationState.SUBMITTED)) == date(2026, 12, 11)
    assert rules.answer_by(application(ApplicationState.DECIDED)) is None
    assert rules.answer_by(application(ApplicationState.DRAFT)) is None
