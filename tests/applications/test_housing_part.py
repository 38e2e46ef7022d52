"""Housing, what is carried over, and how the parts about money read."""

import pytest

from portal.applications import shelf, wording
from portal.applications.places import Value
from portal.applications.sheet import Step
from tests.applications.test_money_parts import DAY, OKSANA, fill, kinds, member

# KDU


HOME: dict[str, Value] = OKSANA | {
    "moved": False,
    "arrears": False,
    "kdu_same_address": True,
    "kdu_persons": 2,
    "kdu_area_total": 61,
    "kdu_area_parts": ["none"],
    "kdu_rooms": 2,
    "kdu_kitchens": 1,
    "kdu_baths": 1,
    "heat_source": "district",
    "kdu_heating_type": "central",
    "hot_water": "central",
    "kdu_cooking": "electric",
}
RENT: dict[str, Value] = {
    "tenure": "rent",
    "kdu_rent_kind": "split",
    "cold_rent": "420.00",
    "operating_costs": "110.00",
    "heating_costs": "80.00",
    "costs_valid_from": "2026-02",
    "kdu_pay_landlord": False,
}
OWN: dict[str, Value] = {
    "tenure": "own",
    "loan_interest": "210.00",
    "own_heating_costs": "95.00",
    "kdu_units": 1,
    "kdu_property_tax": "380.00",
    "kdu_insurance": "260.00",
    "kdu_water": "410.00",
    "kdu_waste": "190.00",
    "kdu_chimney": "60.00",
    "kdu_street": "0.00",
    "kdu_maintenance": "0.00",
}


def test_who_rents_shows_contract_and_bills():
    sheet = fill("kdu", HOME | RENT)
    assert sheet.gaps == ()
    assert kinds(sheet) == ["heating_bill", "rental_contract", "utility_bill"]
    assert sheet.urgency == (0, ())


def test_a_fixed_rent_or_costs_of_nothing_have_no_bill():
    fixed = fill("kdu", HOME | RENT | {"kdu_rent_kind": "all_in", "kdu_all_in": "500.00"})
    nothing = fill("kdu", HOME | RENT | {"operating_costs": "0.00", "heating_costs": "0.00"})
    assert fixed.gaps == nothing.gaps == ()
    assert kinds(fixed) == kinds(nothing) == ["rental_contract"]


def test_who_lives_in_an_own_home_shows_its_costs():
    sheet = fill("kdu", HOME | OWN)
    assert sheet.gaps == ()
    assert kinds(sheet) == ["heating_bill", "ownership_costs"]
    assert sheet.step("kdu-zahlung") is None


def test_who_buys_oil_shows_the_last_bill_for_it():
    oil = {"heat_source": "oil", "buys_fuel": True, "own_heating_costs": "0.00"}
    sheet = fill("kdu", HOME | OWN | oil)
    assert sheet.gaps == ()
    assert kinds(sheet) == ["heating_bill", "ownership_costs"]
    assert {notice.key for notice in sheet.notices} == {"kdu_fuel"}


def test_who_lives_free_of_charge_shows_nothing_and_still_gets_hot_water():
    sheet = fill("kdu", HOME | {"tenure": "free", "hot_water": "decentral"})
    assert sheet.gaps == ()
    assert sheet.needs == ()
    assert {notice.key for notice in sheet.notices} == {"kdu_hot_water"}


def test_parts_of_the_home_that_are_used_otherwise_are_asked_one_by_one():
    sheet = fill("kdu", HOME | RENT | {"kdu_area_parts": ["let", "business"]})
    asked = {gap.question.id for gap in sheet.gaps}
    assert asked == {"kdu_area_own", "kdu_area_let", "kdu_area_business"}


@pytest.mark.parametrize(
    ("threat", "level"), [("nothing", 1), ("reminder", 1), ("eviction", 2), ("power_cut", 2)]
)
def test_arrears_lead_into_the_urgent_lane(threat, level):
    sheet = fill(
        "kdu",
        HOME
        | RENT
        | {
            "arrears": True,
            "arrears_kinds": ["rent"],
            "arrears_amount": "1240.00",
            "arrears_threat": threat,
        },
    )
    assert sheet.gaps == ()
    assert sheet.urgency[0] == level
    assert "other" in kinds(sheet)
    assert "kdu_debts" in {notice.key for notice in sheet.notices}


def test_only_the_young_are_asked_whether_they_have_left_their_parents(app):
    move = {"moved": True, "moved_on": "2026-10-15", "moved_with_assurance": False}
    older = fill("kdu", HOME | RENT | move)
    assert older.step("kdu-umzug-unter-25") is None
    assert {notice.key for notice in older.notices} == {"kdu_no_assurance"}
    young = fill("kdu", HOME | RENT | move | {"birth_date": "2007-04-02", "kdu_u25_moved": True})
    assert young.gaps == ()
    assert {notice.key for notice in young.notices} == {"kdu_no_assurance", "kdu_u25"}
    step = young.step("kdu-umzug-unter-25-grund")
    assert step is not None
    with app.test_request_context():
        [(tone, _)] = wording.german().notes(young, step)
    assert tone == "warning"


def test_paying_the_landlord_asks_whom():
    sheet = fill("kdu", HOME | RENT | {"kdu_pay_landlord": True})
    assert {gap.question.id for gap in sheet.gaps} == {"kdu_landlord_name", "kdu_landlord_iban"}
    assert {notice.key for notice in sheet.notices} == {"kdu_direct_payment"}


# What is carried over


KEPT_BY_THE_RENEWAL = (
    *("tenure", "cold_rent", "operating_costs", "heating_costs", "costs_valid_from"),
    *("loan_interest", "own_heating_costs", "heat_source", "hot_water", "buys_fuel"),
    *("moved", "moved_on", "moved_with_assurance"),
    *("arrears", "arrears_kinds", "arrears_amount", "arrears_threat"),
)


def test_the_same_fact_has_the_id_that_the_renewal_has_used():
    renewal = shelf.shipped()["wba", 1]
    kdu = shelf.current("kdu", DAY)
    assert kdu is not None
    for id in KEPT_BY_THE_RENEWAL:
        before, now = renewal.find(id), kdu.find(id)
        assert before is not None, id
        assert now is not None, id
        assert before.type == now.type, id
        assert renewal.owners[id] == kdu.owners[id], id


def test_vehicles_of_an_earlier_renewal_are_the_same_list():
    renewal, vm = shelf.shipped()["wba", 1], shelf.current("vm", DAY)
    assert vm is not None
    for id in ("vehicles", "vehicle_model", "vehicle_year", "vehicle_value"):
        assert renewal.owners[id] == vm.owners[id], id


ASKED_ANEW = {
    *("ek_job_holiday", "ek_one_offs", "ek_one_off_kind", "ek_one_off_amount", "ek_one_off_on"),
    *("ek_expected", "ek_expected_what", "ek_expected_month"),
}


@pytest.mark.parametrize("part", ["ek", "vm", "kdu"])
def test_what_stays_true_is_known_the_next_time_so_that_one_card_is_enough(part):
    form = shelf.current(part, DAY)
    assert form is not None
    asked = {
        question.id: question
        for question in form.every_question
        if form.section_of[form.page_of[question.id].id].part == part
    }
    anew = {id for id, question in asked.items() if not question.carry}
    assert anew == ASKED_ANEW & set(asked)


# How it reads


@pytest.mark.parametrize("name", ["ek", "eks", "vm", "kdu"])
def test_who_applies_is_addressed_and_no_placeholder_is_left(name, app):
    household = OKSANA | {"lives_alone": False} | member(2, "Ivan", "1984-01-01", "partner")
    answers = household if name != "kdu" else HOME | RENT
    sheet = fill(name, answers)
    with app.test_request_context():
        say = wording.german()
        titles = [say.title(sheet, step) for step in sheet.steps]
        parts = [say.part_title(sheet, part) for part in sheet.parts]
        reasons = [
            reason
            for step in sheet.steps
            for reason in say.reasons(sheet, Step(step.page, step.owner), sheet.asked_on(step))
        ]
    assert not any("{" in words for words in (*titles, *parts, *reasons))
