"""The one next step of a case, on which side an item stands, how old somebody is. No database."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from portal.accounts.models import StaffMember
from portal.casefiles.models import Case, EvidenceRequest, RequestState
from portal.casefiles.walls import Ground
from portal.casework import rules
from portal.casework.rules import NextStep, Side, StepKind
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput
from portal.inbox.models import ItemKind, WorkItem

TODAY = date(2026, 11, 27)
JANA, SELIN = new_id(), new_id()


@pytest.fixture(autouse=True)
def _words(rolled_back_app: Flask) -> object:
    with rolled_back_app.test_request_context():
        yield


def item(kind: ItemKind = ItemKind.DOCUMENT, **fields: object) -> WorkItem:
    given = {"title": "Mietvertrag", "reason": "Neu.", "next_step": "Prüfen", "urgency": 0}
    return WorkItem(kind=kind, subject_id=new_id(), **{**given, **fields})


def case(**fields: object) -> Case:
    return Case(benefit_officer_id=JANA, integration_officer_id=SELIN, **fields)


def step(items: list[WorkItem] | None = None, **given: object) -> NextStep | None:
    known = {"asker": StaffMember(id=JANA), "requests": [], "case": case(), "due": None}
    return rules.next_step(items or [], **{**known, **given}, today=TODAY)  # type: ignore[arg-type]


def test_without_anything_there_is_no_step() -> None:
    assert step() is None


def test_the_own_item_comes_before_those_of_others() -> None:
    others, mine = item(assignee_id=SELIN), item(assignee_id=JANA, title="Lohn")
    found = step([others, mine])
    assert found is not None
    assert found.item is mine
    found = step([others, item(assignee_id=SELIN)])
    assert found is not None
    assert found.item is others


def test_what_is_late_comes_before_an_award_that_ends_and_a_contact() -> None:
    def asked(on: date, state: RequestState = RequestState.OPEN) -> EvidenceRequest:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        return EvidenceRequest(title="Lohn", due_on=on, state=state, asked_at=at)

    ends = case(award_until=date(2026, 12, 31))
    late, later = asked(date(2026, 11, 20)), asked(date(2026, 11, 25))
    answered = asked(date(2026, 11, 1), RequestState.ANSWERED)
    found = step(requests=[answered, later, late], case=ends, due=TODAY)
    assert found is not None
    assert (found.kind, found.request) == (StepKind.REQUEST, late)
    found = step(requests=[asked(TODAY)], case=ends, due=TODAY)
    assert found is not None
    assert found.kind is StepKind.AWARD
    found = step(case=case(award_until=date(2027, 6, 30)), due=TODAY)
    assert found is not None
    assert found.kind is StepKind.CONTACT
    assert step(due=date(2026, 11, 28)) is None


@pytest.mark.parametrize(
    ("kind", "assignee", "side"),
    [
        (ItemKind.DOCUMENT, None, Side.BENEFIT),
        (ItemKind.OUTCOME_MISSING, None, Side.INTEGRATION),
        (ItemKind.OUTCOME_MISSING, JANA, Side.BENEFIT),
        (ItemKind.DOCUMENT, SELIN, Side.INTEGRATION),
        (ItemKind.CALLBACK_WANTED, new_id(), Side.INTEGRATION),
    ],
)
def test_an_item_stands_where_it_lies_else_where_it_belongs(
    kind: ItemKind, assignee: object, side: Side
) -> None:
    assert rules.side_of(item(kind, assignee_id=assignee), case()) is side


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2000, 11, 27), 26),
        (date(2000, 11, 28), 25),
        (date(2026, 11, 27), 0),
        (None, None),
    ],
)
def test_age_is_in_full_years(born: date | None, age: int | None) -> None:
    assert rules.age(born, today=TODAY) == age


def test_who_was_born_on_29_february_ages_on_1_march() -> None:
    assert rules.age(date(2008, 2, 29), today=date(2026, 2, 28)) == 17
    assert rules.age(date(2008, 2, 29), today=date(2026, 3, 1)) == 18


@pytest.mark.parametrize("days", [-1, 91])
def test_a_question_is_due_from_today_to_three_months(days: int) -> None:
    with pytest.raises(InvalidInput):
        rules.check_due(date.fromordinal(TODAY.toordinal() + days), today=TODAY)
    rules.check_due(TODAY, today=TODAY)
    rules.check_due(date.fromordinal(TODAY.toordinal() + 90), today=TODAY)


@pytest.mark.parametrize("ground", list(Ground))
def test_who_was_let_in_for_one_purpose_does_not_ask(ground: Ground) -> None:
    if ground in {Ground.QUESTION, Ground.BREAK_GLASS, Ground.INVITED}:
        with pytest.raises(Conflict):
            rules.check_can_ask(ground)
    else:
        rules.check_can_ask(ground)
