"""Where an application stands, and how long decisions usually take."""

import inspect
import math
import textwrap
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.models import Role
from portal.applications import (
    correction_queries,
    jobs,
    queries,
    rules,
    service,
    shelf,
    status,
    times,
)
from portal.applications.definitions import Form
from portal.applications.models import (
    Application,
    ApplicationState,
    CorrectionMark,
    CorrectionRound,
    Outcome,
    ProcessingTime,
)
from portal.applications.status import Phase, StationKind
from portal.casefiles.models import EvidenceRequest
from tests.factories import applications as make
from tests.factories.accounts import citizen, staff_member

State = ApplicationState
OTHER_FORM = """
form: rooms
version: 1
valid_from: 2026-07-01
legal_basis: § 22 SGB II
minutes: 1
title: {de: Miete, en: Rent}
purpose: {de: Für die Miete, en: For the rent}
sections:
  - id: rent
    title: {de: Miete, en: Rent}
    why: {de: Darum, en: Because}
    pages:
      - id: zimmer
        title: {de: Wie viele Zimmer?, en: How many rooms?}
        questions:
          - {id: rooms, type: number, label: {de: Zimmer, en: Rooms}, minimum: 1, maximum: 20}
"""
NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
DAY = date(2026, 11, 27)


def test_the_diagram_in_the_rules_is_the_table():
    assert textwrap.indent(rules.diagram(), "    ") in inspect.cleandoc(rules.__doc__ or "")


def test_every_state_has_its_row_and_is_reached():
    assert set(rules.TRANSITIONS) == set(State)
    reached = set().union(*rules.TRANSITIONS.values())
    assert reached == set(State) - {State.DRAFT}


# The line


def application(state: State, **fields) -> Application:
    known = {"submitted_at": NOW - timedelta(days=3)}
    if state in {State.IN_REVIEW, State.DECIDED}:
        known["review_started_at"] = NOW - timedelta(days=2)
    if state is State.DECIDED:
        known["decided_at"] = NOW
    return Application(state=state, **known | fields)


def asked(**fields) -> CorrectionRound:
    mark = CorrectionMark(question_id="moved")
    return CorrectionRound(due_on=DAY + timedelta(days=14), marks=[mark], **fields)


def line(found: Application, *, rounds=(), requests=()) -> list[tuple[StationKind, Phase]]:
    lacks = status.missing(found, rounds=rounds, requests=requests)
    return [(one.kind, one.phase) for one in status.stations(found, rounds=rounds, lacks=lacks)]


RECEIVED, REVIEW, MISSING, DECIDED = StationKind
DONE, CURRENT, OPEN = Phase


@pytest.mark.parametrize(
    ("found", "rounds", "requests", "expected"),
    [
        (
            application(State.SUBMITTED),
            [],
            [],
            [(RECEIVED, CURRENT), (REVIEW, OPEN), (DECIDED, OPEN)],
        ),
        (
            application(State.IN_REVIEW),
            [],
            [],
            [(RECEIVED, DONE), (REVIEW, CURRENT), (DECIDED, OPEN)],
        ),
        (
            application(State.IN_REVIEW),
            [asked()],
            [],
            [(RECEIVED, DONE), (REVIEW, DONE), (MISSING, CURRENT), (DECIDED, OPEN)],
        ),
        (
            application(State.SUBMITTED),
            [],
            [EvidenceRequest(due_on=DAY)],
            [(RECEIVED, DONE), (REVIEW, OPEN), (MISSING, CURRENT), (DECIDED, OPEN)],
        ),
        (
            application(State.IN_REVIEW),
            [asked(answered_at=NOW)],
            [],
            [(RECEIVED, DONE), (REVIEW, CURRENT), (MISSING, DONE), (DECIDED, OPEN)],
        ),
        (
            application(State.DECIDED),
            [asked()],
            [EvidenceRequest(due_on=DAY)],
            [(RECEIVED, DONE), (REVIEW, DONE), (DECIDED, DONE)],
        ),
    ],
)
def test_something_is_missing_follows_from_rounds_and_papers(found, rounds, requests, expected):
    assert line(found, rounds=rounds, requests=requests) == expected


def test_the_nearest_day_counts():
    rounds = [asked(), asked(extended_to=DAY + timedelta(days=28))]
    requests = [EvidenceRequest(due_on=DAY + timedelta(days=20)), EvidenceRequest(due_on=None)]
    lacks = status.missing(application(State.IN_REVIEW), rounds=rounds, requests=requests)
    assert lacks.due_on == DAY + timedelta(days=14)


# Real times


def by_hand(days: list[int], share: float) -> int:
    """Return the first value that at least this share of the sorted values does not exceed."""
    return sorted(days)[math.ceil(share * len(days)) - 1]


@pytest.fixture
def decide(session):
    """Give back a deed that decides applications of a form which took certain days."""
    officer = staff_member(session, Role.BENEFIT_OFFICER)

    def decide_one(definition: Form, sent_at: datetime, decided_at: datetime) -> None:
        me = citizen(session)
        made = service.begin(session, definition=definition, by=me, now=sent_at)
        filled = queries.filled_for(session, made.id, asker=me)
        answers = make.places(make.NOTHING_CHANGED if made.form == "probe" else {"rooms": 2})
        service.save_answers(session, filled=filled, answers=answers, by=me, now=sent_at)
        service.submit(session, application=made, key=uuid.uuid4(), by=me, now=sent_at)
        service.take_into_review(session, application=made, by=officer, now=sent_at)
        service.decide(
            session,
            application=made,
            outcome=Outcome.GRANTED,
            note=None,
            by=officer,
            now=decided_at,
        )
        session.flush()

    return decide_one


def test_median_and_nine_in_ten_are_those_computed_by_hand(session, decide):
    took = [1, 2, 2, 3, 5, 8, 9, 9, 10, 11, 12, 14, 15, 15, 18, 20, 25, 30, 44, 60]
    assert (by_hand(took, 0.5), by_hand(took, 0.9)) == (11, 30)
    other = shelf.read(OTHER_FORM, {})
    yesterday = NOW - timedelta(days=1)
    for days in took:
        decide(make.form(), yesterday - timedelta(days=days), yesterday)
    for days in (100, 3):
        decide(other, yesterday - timedelta(days=days), yesterday)
    long_ago = NOW - timedelta(days=366)
    decide(make.form(), long_ago - timedelta(days=700), long_ago)
    jobs.measure_times(session, now=NOW)
    jobs.measure_times(session, now=NOW)
    found = {one.form: one for one in correction_queries.processing_times(session)}
    assert {name: one.decided for name, one in found.items()} == {"*": 22, "rooms": 2, "probe": 20}
    assert (found["probe"].half_days, found["probe"].most_days) == (11, 30)
    every = [*took, 100, 3]
    of_all = found["*"].half_days, found["*"].most_days
    assert of_all == (by_hand(every, 0.5), by_hand(every, 0.9))


def test_days_are_those_of_the_calendar_in_berlin(session, decide):
    """From 23:30 on the 9th in Berlin to 00:30 on the 11th: two days, though 25 hours."""
    sent_at = datetime(2026, 11, 9, 22, 30, tzinfo=UTC)
    decide(make.form(), sent_at, sent_at + timedelta(hours=25))
    times.measure(session, now=NOW)
    assert [one.half_days for one in correction_queries.processing_times(session)] == [2, 2]


def test_nothing_decided_leaves_the_table_empty(session):
    times.measure(session, now=NOW)
    assert correction_queries.processing_times(session) == []


def time_of(form: str, decided: int) -> ProcessingTime:
    return ProcessingTime(form=form, decided=decided, half_days=7, most_days=20)


def test_few_decisions_of_a_form_count_with_all_then_with_the_rule():
    known = [time_of("*", 25), time_of("wba", 20), time_of("haupt", 19)]
    assert rules.usual_time(known, "wba").form == "wba"
    assert rules.usual_time(known, "haupt").form == "*"
    assert rules.usual_time([time_of("*", 19)], "wba") is None


def test_status_and_sent_page_tell_real_times(session, client):
    me = citizen(session)
    made = make.sent(session, me)
    client.sign_in(me)
    session.commit()
    pages = [f"/antraege/{made.id}", f"/antraege/{made.id}/gesendet"]
    for page in pages:
        assert "Die Entscheidung dauert in der Regel bis" in client.get(page).text
    session.add(
        ProcessingTime(form="probe", decided=20, half_days=1, most_days=20, computed_at=NOW)
    )
    session.commit()
    words = "Die Hälfte der Anträge war nach einem Tag entschieden, neun von zehn nach 20 Tagen."
    for page in pages:
        assert words in client.get(page).text
