"""From which day an application counts, and what may follow on what. No database."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from portal.applications import rules, shelf
from portal.applications.models import Application, ApplicationState
from portal.applications.places import Kept, Place
from portal.applications.sheet import Sheet
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput
from tests.factories import applications as make

State = ApplicationState
FORM = make.form()


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=clock.BERLIN).astimezone(UTC)


def application(state: State = State.DRAFT) -> Application:
    return Application(state=state)


def whole(**given):
    places = make.places(make.NOTHING_CHANGED | given)
    return Sheet(
        FORM, {place: Kept(value) for place, value in places.items()}, day=date(2026, 11, 22)
    )


@pytest.mark.parametrize(
    ("arrived", "from_day"),
    [
        (berlin(2026, 11, 30, 23, 59, 59), date(2026, 11, 1)),
        (berlin(2026, 12, 1, 0, 0, 1), date(2026, 12, 1)),
        (berlin(2026, 7, 31, 23, 59, 59), date(2026, 7, 1)),
        (berlin(2026, 8, 1, 0, 0, 0), date(2026, 8, 1)),
        (berlin(2026, 12, 31, 23, 59, 59), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
        (berlin(2028, 2, 29, 12), date(2028, 2, 1)),
    ],
)
def test_an_application_counts_from_the_first_of_the_month_it_arrives_in(arrived, from_day):
    assert rules.effective_from(arrived) == from_day


def test_the_usual_answer_never_comes_at_a_weekend():
    for day in range(1, 29):
        assert rules.usual_answer_by(berlin(2026, 11, day, 12)).weekday() < 5
    assert rules.usual_answer_by(berlin(2026, 11, 22, 12)) == date(2026, 12, 21)


ALLOWED = {
    (State.DRAFT, State.SUBMITTED),
    (State.SUBMITTED, State.IN_REVIEW),
    (State.SUBMITTED, State.WITHDRAWN),
    (State.IN_REVIEW, State.DECIDED),
    (State.IN_REVIEW, State.WITHDRAWN),
}


@pytest.mark.parametrize(("one", "other"), list(product(State, State)))
def test_only_these_steps_are_possible(one, other):
    assert rules.can_go(application(one), other) is ((one, other) in ALLOWED)
    if (one, other) not in ALLOWED:
        with pytest.raises(Conflict):
            rules.check_transition(application(one), other)


def test_only_a_draft_can_be_changed():
    rules.check_can_edit(application())
    for state in set(State) - {State.DRAFT}:
        with pytest.raises(Conflict):
            rules.check_can_edit(application(state))


def test_papers_can_follow_until_there_is_a_decision():
    open_states = {state for state in State if rules.can_attach(application(state))}
    assert open_states == {State.DRAFT, State.SUBMITTED, State.IN_REVIEW}
    with pytest.raises(Conflict):
        rules.check_can_attach(application(State.DECIDED))


def test_missing_papers_do_not_hold_it_up_but_missing_answers_do():
    assert rules.can_submit(application(), whole())
    rules.check_can_submit(application(), whole())
    unfinished = whole(lives_alone=False)
    assert not rules.can_submit(application(), unfinished)
    with pytest.raises(InvalidInput):
        rules.check_can_submit(application(), unfinished)
    with pytest.raises(Conflict):
        rules.check_can_submit(application(State.SUBMITTED), whole())


def test_an_award_that_ends_soon_makes_it_urgent_and_says_so():
    today = date(2026, 11, 22)
    assert rules.urgency(whole(), None, today) == (0, None)
    assert rules.urgency(whole(), date(2027, 3, 31), today) == (0, None)
    assert rules.urgency(whole(), date(2026, 11, 30), today) == (
        1,
        "Bewilligung endet am 30.11.2026",
    )
    assert rules.urgency(whole(), date(2026, 10, 31), today) == (
        1,
        "Bewilligung endete am 31.10.2026",
    )


def test_reasons_stand_side_by_side_and_the_highest_level_counts():
    threatened = whole(
        arrears=True, arrears_kinds=["energy"], arrears_amount="80.00", arrears_threat="power_cut"
    )
    level, why = rules.urgency(threatened, date(2026, 11, 30), date(2026, 11, 22))
    assert level == 2
    assert why == (
        "Sperre von Strom oder Gas angekündigt · Energieschulden angegeben · "
        "Bewilligung endet am 30.11.2026"
    )


def test_what_is_urgent_is_due_the_next_day():
    sent = berlin(2026, 11, 22, 16)
    assert rules.due_on(sent, 2) == date(2026, 11, 23)
    assert rules.due_on(sent, 0) == date(2026, 12, 6)


# From when it counts


def main_application(**given):
    form = shelf.shipped()["ha", 1]
    kept = {Place(id): Kept(value) for id, value in given.items()}
    return Sheet(form, kept, day=date(2026, 12, 3))


ARRIVED = datetime(2026, 12, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lodged", "answers", "day"),
    [
        (None, {}, date(2026, 12, 1)),
        (date(2026, 11, 1), {}, date(2026, 11, 1)),
        (date(2027, 1, 1), {}, date(2026, 12, 1)),
        (None, {"benefit_start": "later", "start_date": "2027-01-15"}, date(2027, 1, 15)),
        (None, {"benefit_start": "now", "start_date": "2027-01-15"}, date(2026, 12, 1)),
    ],
    ids=["arrival", "lodged before", "lodged later", "wished later", "wish taken back"],
)
def test_the_day_of_what_was_lodged_without_a_form_stays(lodged, answers, day):
    assert rules.counts_from(main_application(**answers), ARRIVED, lodged) == day


def test_a_renewal_is_no_continuation_of_what_was_lodged():
    renewal = Sheet(shelf.shipped()["wba", 2], {}, day=date(2026, 12, 3))
    assert rules.counts_from(renewal, ARRIVED, date(2026, 11, 1)) == date(2026, 12, 1)
