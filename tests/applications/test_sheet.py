"""A form filled in: what is asked, missing, needed and set aside. No database."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.applications.definitions import Form
from portal.applications.models import Source
from portal.applications.places import Kept, Place
from portal.applications.sheet import Progress, Sheet, Step
from tests.applications.answers import answers
from tests.factories import applications as make

FORM = make.form()
DAY = date(2026, 11, 22)
some_answers = answers(FORM)
properties = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sheet(**given):
    places = make.places(make.NOTHING_CHANGED | given)
    kept = {place: Kept(value) for place, value in places.items() if value is not None}
    return Sheet(FORM, kept, day=DAY)


def page_ids(filled):
    return [step.page.id for step in filled.steps]


def keys(filled):
    return {need.key.partition("-")[0] for need in filled.needs}


# What is asked


def test_a_household_without_changes_sees_eighteen_pages():
    assert len(sheet().steps) == 18
    assert not sheet().gaps


def test_a_page_appears_with_the_answer_that_asks_for_it():
    assert "miete" not in page_ids(sheet())
    filled = sheet(housing_costs_changed=True, tenure="rent")
    assert "miete" in page_ids(filled)
    assert {gap.question.id for gap in filled.gaps} == {
        "cold_rent",
        "operating_costs",
        "heating_costs",
        "costs_valid_from",
        "heat_source",
        "hot_water",
    }


def test_an_answer_that_is_not_asked_any_more_decides_nothing():
    filled = sheet(housing_costs_changed=True, moved=True, tenure="rent", moved_on="2026-10-01")
    assert "wohnkosten-aenderung" not in page_ids(filled)
    moved_back = sheet(moved=False, housing_costs_changed=False, tenure="rent")
    assert "miete" not in page_ids(moved_back)


def test_several_choices_open_several_pages():
    filled = sheet(household_changes=["moved_in", "birth"])
    assert {"einzug", "geburt"} <= set(page_ids(filled))
    assert "auszug" not in page_ids(filled)


def test_a_list_asks_each_row_by_its_own_answers():
    filled = sheet(
        **{
            "lives_alone": False,
            "member_first_name@1": "Danylo",
            "member_relationship@1": "child",
            "member_first_name@2": "Ivan",
            "member_relationship@2": "partner",
        }
    )
    group = FORM.questions["members"]
    first = [column.id for column in filled.asked_in(group, make.row(1))]
    second = [column.id for column in filled.asked_in(group, make.row(2))]
    assert "member_school" in first
    assert "member_school" not in second
    assert {gap.row for gap in filled.gaps} == {make.row(1), make.row(2)}


def test_a_list_that_is_asked_wants_one_row():
    filled = sheet(lives_alone=False)
    assert [gap.question.id for gap in filled.gaps] == ["members"]


# What follows


def test_a_household_without_changes_needs_bank_statements_only():
    assert keys(sheet()) == {"bank_statements"}


def test_papers_follow_from_the_answers():
    filled = sheet(
        utility_statement="pay",
        arrears=True,
        arrears_kinds=["rent"],
        household_changes=["birth"],
        income_kinds=["self_employed"],
        asset_kinds=["securities"],
    )
    assert keys(filled) == {
        "bank_statements",
        "utility_bill",
        "arrears_proof",
        "birth_certificate",
        "business_figures",
        "asset_proof",
    }


def test_pay_that_varies_asks_for_six_months_of_one_job_only():
    filled = sheet(
        **{
            "income_kinds": ["job"],
            "job_employer@1": "Bäckerei",
            "job_varies@1": True,
            "job_employer@2": "Reinigung",
            "job_varies@2": False,
        }
    )
    assert [(n.requirement.key, n.row) for n in filled.needs if "payslips" in n.key] == [
        ("payslips_3", make.row(2)),
        ("payslips_6", make.row(1)),
    ]


def test_a_threatened_home_is_urgent_and_says_why():
    filled = sheet(arrears=True, arrears_kinds=["rent"], arrears_threat="eviction")
    level, why = filled.urgency
    assert level == 2
    assert why == ("Kündigung oder Räumung der Wohnung angekündigt", "Mietrückstand angegeben")
    assert sheet().urgency == (0, ())


# What is set aside


def test_what_is_hidden_is_set_aside_and_comes_back():
    full = sheet(bank_changed=True, iban="DE02120300000000202051", account_holder="Oksana")
    assert full.sent["iban"]
    hidden = sheet(bank_changed=False, iban="DE02120300000000202051", account_holder="Oksana")
    assert hidden.aside == (Place("iban"), Place("account_holder"))
    assert "iban" not in hidden.sent
    assert not hidden.gaps


def test_what_was_only_filled_in_beforehand_is_not_called_set_aside():
    kept = {Place("tenure"): Kept("rent", Source.EARLIER)}
    assert Sheet(FORM, kept, day=DAY).aside == ()


# How far it is


def test_progress_says_what_is_left_to_do():
    empty = Sheet(FORM, {}, day=DAY)
    person = Step(FORM.pages[0])
    assert empty.progress_of(person) is Progress.OPEN
    begun = Sheet(FORM, {Place("first_name"): Kept("Oksana")}, day=DAY)
    assert begun.progress_of(person) is Progress.STARTED
    known = {
        Place(id): Kept(value, Source.PROFILE)
        for id, value in make.NOTHING_CHANGED.items()
        if id in {"first_name", "last_name", "birth_date"}
    }
    assert Sheet(FORM, known, day=DAY).progress_of(person) is Progress.PREFILLED
    assert sheet().progress_in(sheet().parts[0]) is Progress.DONE
    assert sheet().done == 18


def test_the_way_leads_from_page_to_page():
    filled = sheet()
    visited, step = [], filled.steps[0]
    while step is not None:
        visited.append(step.page.id)
        step = filled.after(step)
    assert visited == page_ids(filled)
    assert filled.before(filled.steps[1]) == filled.steps[0]
    assert filled.before(filled.steps[0]) is None
    assert filled.number_of(filled.steps[2]) == 3


# Properties


@properties
@given(some_answers)
def test_no_answer_is_lost(kept):
    filled = Sheet(FORM, kept, day=DAY)
    sent = set(Sheet.of_sent(FORM, filled.sent, day=DAY).kept)
    assert sent | set(filled.aside) == set(kept)
    assert not sent & set(filled.aside)


@properties
@given(some_answers)
def test_what_is_hidden_is_never_required(kept):
    filled = Sheet(FORM, kept, day=DAY)
    for gap in filled.gaps:
        assert filled.is_asked(gap.question, gap.row)
        assert not gap.question.optional


@properties
@given(some_answers, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_decides_nothing(kept, random):
    shuffled = list(kept.items())
    random.shuffle(shuffled)
    one, other = Sheet(FORM, kept, day=DAY), Sheet(FORM, dict(shuffled), day=DAY)
    assert one.steps == other.steps
    assert one.sent == other.sent
    assert one.needs == other.needs


@properties
@given(some_answers)
def test_what_was_sent_reads_as_it_was(kept):
    filled = Sheet(FORM, kept, day=DAY)
    stored = FORM.model_dump(mode="json", by_alias=True, exclude_none=True)
    again = Sheet.of_sent(Form.model_validate(stored), filled.sent, day=DAY)
    assert again.sent == filled.sent
    assert page_ids(again) == page_ids(filled)
    assert [need.key for need in again.needs] == [need.key for need in filled.needs]
    assert again.urgency == filled.urgency
