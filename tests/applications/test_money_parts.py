"""Income, self-employment, assets and housing: which papers follow, written down from the law.

The lists of papers were written before the definitions: §§ 11 to 11b, 12, 21, 22, 41a SGB II.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import pytest

from portal.applications import lint, shelf, wording
from portal.applications.definitions import Form
from portal.applications.forms import months_of
from portal.applications.places import APPLICANT, Kept, Place, Value
from portal.applications.questions import TableQuestion
from portal.applications.sheet import Sheet
from tests.factories.applications import row

DAY = date(2026, 11, 27)

OKSANA: dict[str, Value] = {
    "first_name": "Oksana",
    "last_name": "Kovalenko",
    "birth_date": "1985-03-27",
    "truth": True,
}
ALONE = OKSANA | {"lives_alone": True}


def member(number: int, name: str, born: str, relationship: str, **more: Value) -> dict[str, Value]:
    """Return the answers about one more person of the household."""
    known = {"first_name": name, "last_name": "Kovalenko", "birth_date": born}
    own: dict[str, Value] = {f"member_{key}": value for key, value in known.items()}
    own |= {"member_relationship": relationship}
    if relationship == "child":
        own["member_school"] = True
    own |= more
    return {f"{key}@{number}": value for key, value in own.items()}


def fill(name: str, answers: Mapping[str, Value]) -> Sheet:
    """Fill a form in. `2:ek_job_employer@1` is job 1 of person 2, without number of who applies."""
    form = shelf.current(name, DAY)
    assert form is not None
    kept = {_place(form, key): Kept(value) for key, value in answers.items()}
    return Sheet(form, kept, day=DAY)


def _place(form: Form, key: str) -> Place:
    person, _, rest = key.rpartition(":")
    question, _, number = rest.partition("@")
    owner: UUID | None = row(int(person)) if person else None
    if owner is None and form.owners[question].per is not None:
        owner = APPLICANT
    return Place(question, row(int(number)) if number else None, owner)


def kinds(sheet: Sheet) -> list[str]:
    """Return the kinds of the papers that follow, in alphabetical order."""
    return sorted(need.requirement.kind.value for need in sheet.needs)


def papers(sheet: Sheet, app) -> set[str]:
    """Return the German names of the papers that follow."""
    with app.test_request_context():
        say = wording.german()
        return {say.need_title(sheet, need) for need in sheet.needs}


def pages_of(sheet: Sheet, prefix: str, owner: UUID | None = APPLICANT) -> list[str]:
    return [
        step.page.id for step in sheet.steps if step.owner == owner and step.page.id[:3] == prefix
    ]


def job(number: int = 1, person: str = "", **more: Value) -> dict[str, Value]:
    own: dict[str, Value] = {
        "employer": "Gärtnerei Grün",
        "kind": "main",
        "start": "2025-04-01",
        "hours": 20,
        "varies": False,
        "gross": "1200.00",
        "net": "950.00",
        "paid_in": "same",
        "meals": False,
    }
    return {f"{person}ek_job_{key}@{number}": value for key, value in (own | more).items()}


@pytest.mark.parametrize("name", ["ek", "eks", "vm", "kdu"])
def test_an_annex_stands_alone_without_contradictions(name):
    form = shelf.current(name, DAY)
    assert form is not None
    assert lint.faults(form) == []
    assert form.annexes[0].id == name


# EK: six situations


def test_wages_that_vary_want_six_payslips_and_the_costs_that_were_entered(app):
    sheet = fill(
        "ek",
        ALONE
        | {"ek_kinds": ["job"]}
        | job(varies=True)
        | {
            "ek_deduction_kinds": ["car_liability", "commute"],
            "ek_car_liability": "38.00",
            "ek_commute_days": 5,
            "ek_commute_km": 12,
            "ek_commute_mode": "public",
            "ek_commute_ticket": "63.00",
        },
    )
    assert sheet.gaps == ()
    assert papers(sheet, app) == {
        "Lohnabrechnungen von Gärtnerei Grün, letzte sechs Monate (Oksana Kovalenko)",
        "Arbeitsvertrag mit Gärtnerei Grün (Oksana Kovalenko)",
        "Versicherungsschein oder Rechnung der Kfz-Haftpflicht (Oksana Kovalenko)",
        "Fahrkarte für den Weg zur Arbeit (Oksana Kovalenko)",
    }


def test_even_wages_want_three_payslips_and_the_flat_amounts_no_paper():
    sheet = fill(
        "ek",
        ALONE
        | {"ek_kinds": ["job"]}
        | job()
        | {
            "ek_deduction_kinds": ["commute"],
            "ek_commute_days": 5,
            "ek_commute_km": 12,
            "ek_commute_mode": "car",
        },
    )
    assert sheet.gaps == ()
    assert kinds(sheet) == ["payslips", "work_contract"]
    assert [need.requirement.key for need in sheet.needs] == ["ek_payslips_3", "ek_work_contract"]


def test_a_pupil_with_a_mini_job_is_told_that_it_stays_free(app):
    household = OKSANA | {"lives_alone": False} | member(2, "Danylo", "2010-05-01", "child")
    sheet = fill(
        "ek",
        household
        | {
            "ek_kinds": ["none"],
            "2:ek_kinds": ["job", "benefits"],
            "2:ek_benefit_kind@1": "child_benefit",
            "2:ek_benefit_amount@1": "259.00",
            "2:ek_benefit_period@1": {"from": "2026-01-01"},
            "2:ek_deduction_kinds": ["none"],
        }
        | job(person="2:", employer="Bäckerei Korn", kind="mini", holiday=False),
    )
    assert sheet.gaps == ()
    assert papers(sheet, app) == {
        "Lohnabrechnungen von Bäckerei Korn, letzte drei Monate (Danylo Kovalenko)",
        "Arbeitsvertrag mit Bäckerei Korn (Danylo Kovalenko)",
        "Bescheid über Kindergeld (Danylo Kovalenko)",
    }
    step = sheet.step("ek-arbeit", row(2))
    assert step is not None
    with app.test_request_context():
        [(tone, words)] = wording.german().notes(sheet, step)
    assert tone == "success"
    assert "Ferienjobs bleibt ganz frei" in words


def test_a_holiday_job_is_asked_of_the_young_only():
    young = fill("ek", ALONE | {"birth_date": "2004-03-27", "ek_kinds": ["job"]} | job())
    older = fill("ek", ALONE | {"ek_kinds": ["job"]} | job())
    assert "ek_job_holiday" in {gap.question.id for gap in young.gaps}
    assert "ek_job_holiday" not in {gap.question.id for gap in older.gaps}


def test_each_benefit_wants_its_own_notice(app):
    wanted = ["unemployment_benefit", "housing_benefit", "parental_benefit", "maintenance_advance"]
    benefits: dict[str, Value] = {}
    for number, kind in enumerate(wanted, 1):
        benefits |= {
            f"ek_benefit_kind@{number}": kind,
            f"ek_benefit_amount@{number}": "300.00",
            f"ek_benefit_period@{number}": {"from": "2026-06-01", "to": "2027-05-31"},
        }
    sheet = fill(
        "ek", ALONE | {"ek_kinds": ["benefits"], "ek_deduction_kinds": ["none"]} | benefits
    )
    assert sheet.gaps == ()
    assert kinds(sheet) == [
        "benefit_notice",
        "benefit_notice",
        "parental_benefit_notice",
        "uvg_notice",
    ]
    assert "Bescheid: Wohngeld (Oksana Kovalenko)" in papers(sheet, app)


def test_a_pensioner_shows_the_pension_and_what_is_paid_for_others(app):
    household = OKSANA | {"lives_alone": False} | member(2, "Ivan", "1958-02-01", "partner")
    sheet = fill(
        "ek",
        household
        | {
            "ek_kinds": ["none"],
            "2:ek_kinds": ["benefits"],
            "2:ek_benefit_kind@1": "pension",
            "2:ek_benefit_pension_kind@1": "old_age",
            "2:ek_benefit_amount@1": "870.00",
            "2:ek_benefit_period@1": {"from": "2024-03-01"},
            "2:ek_deduction_kinds": ["maintenance_paid"],
            "2:ek_maintenance_paid": "150.00",
        },
    )
    assert sheet.gaps == ()
    assert papers(sheet, app) == {
        "Rentenbescheid (Ivan Kovalenko)",
        "Urteil, Urkunde oder Vereinbarung über den gezahlten Unterhalt (Ivan Kovalenko)",
    }


def test_who_has_no_income_is_done_with_one_answer():
    sheet = fill("ek", ALONE | {"ek_kinds": ["none"]})
    assert sheet.gaps == ()
    assert pages_of(sheet, "ek-") == ["ek-arten"]
    assert sheet.needs == ()


def test_income_that_only_comes_later_wants_no_paper_and_no_deductions():
    sheet = fill(
        "ek",
        ALONE
        | {
            "ek_kinds": ["expected"],
            "ek_expected_what@1": "Lohn",
            "ek_expected_month@1": "2027-01",
        },
    )
    assert sheet.gaps == ()
    assert pages_of(sheet, "ek-") == ["ek-arten", "ek-erwartet"]
    assert sheet.needs == ()


def test_income_is_asked_of_the_unit_from_fifteen_only():
    household = (
        OKSANA
        | {"lives_alone": False}
        | member(2, "Danylo", "2011-11-27", "child")
        | member(3, "Mila", "2011-11-28", "child")
        | member(4, "Petro", "1999-01-01", "child")
        | member(5, "Eva", "1990-01-01", "flatmate", member_shares_money=False)
        | member(6, "Ivan", "1984-01-01", "partner")
    )
    sheet = fill("ek", household)
    asked = [step.owner for step in sheet.steps if step.page.id == "ek-arten"]
    assert asked == [APPLICANT, row(2), row(6)]


# EKS


BUSINESS: dict[str, Value] = {
    "eks_period": {"from": "2026-07-01", "to": "2026-12-31"},
    "eks_activity": "Friseursalon",
    "eks_legal_form": "trade",
    "eks_start": "2024-02-01",
    "eks_premises": "rented",
    "eks_staff": False,
    "eks_grants": False,
    "eks_vat": False,
    "eks_receipts": {"2026-07": {"sales": "1500.00"}},
    "eks_cost_kinds": ["none"],
}
SELF_EMPLOYED = ALONE | BUSINESS | {"eks_self_employed": True}


def test_an_estimate_wants_registration_and_the_latest_figures(app):
    sheet = fill("eks", SELF_EMPLOYED | {"eks_mode": "provisional"})
    assert sheet.gaps == ()
    assert papers(sheet, app) == {
        "Gewerbeanmeldung (Oksana Kovalenko)",
        "Letzte Gewinnermittlung: EÜR oder BWA (Oksana Kovalenko)",
    }


def test_a_free_profession_has_no_trade_to_register(app):
    sheet = fill("eks", SELF_EMPLOYED | {"eks_mode": "provisional", "eks_legal_form": "freelance"})
    assert kinds(sheet) == ["business_registration", "eur_bwa"]
    assert "Schreiben des Finanzamts mit der Steuernummer (Oksana Kovalenko)" in papers(sheet, app)


def test_a_final_statement_wants_receipts_and_warns_of_months_without_proof(app):
    sheet = fill("eks", SELF_EMPLOYED | {"eks_mode": "final"})
    assert sheet.gaps == ()
    assert kinds(sheet) == ["eur_bwa", "receipts"]
    step = sheet.step("eks-zeitraum", APPLICANT)
    assert step is not None
    with app.test_request_context():
        [(tone, words)] = wording.german().notes(sheet, step)
    assert tone == "warning"
    assert "41a Absatz 3" in words
    assert {notice.key for notice in sheet.notices} == {"eks_final"}


def test_the_office_sees_that_the_figures_of_a_final_statement_are_missing():
    answers = SELF_EMPLOYED | {"eks_mode": "final"}
    del answers["eks_receipts"]
    sheet = fill("eks", answers)
    assert {notice.key for notice in sheet.notices} == {"eks_final", "eks_months_open"}


def test_only_costs_that_occur_have_a_table():
    small = fill("eks", SELF_EMPLOYED | {"eks_mode": "final"})
    assert {"eks-personal", "eks-fahrzeug", "eks-ausgaben-umsatzsteuer"}.isdisjoint(
        pages_of(small, "eks")
    )
    large = fill(
        "eks",
        SELF_EMPLOYED
        | {
            "eks_mode": "final",
            "eks_vat": True,
            "eks_cost_kinds": ["staff", "vehicle"],
            "eks_vehicle": "private",
        },
    )
    asked = pages_of(large, "eks")
    assert {"eks-personal", "eks-fahrten", "eks-einnahmen-umsatzsteuer"} <= set(asked)
    assert "eks-fahrzeug-kosten" not in asked


def test_the_tables_have_every_line_of_the_annex_and_the_months_of_the_period():
    form = shelf.current("eks", DAY)
    assert form is not None
    tables = [q for q in form.questions.values() if isinstance(q, TableQuestion)]
    lines = {
        letter: sum(len(one.lines) for one in tables if one.field_number == letter)
        for letter in "ABC"
    }
    # A 7, C 4; B: goods 1, staff 4, rooms 2, vehicle 4 + private + journeys, advertising and travel
    # 2, investments 2, office 2, advice 2, other 4, loans 2, VAT 2.
    assert lines == {"A": 7, "B": 29, "C": 4}
    assert {one.months_of for one in tables} == {"eks_period"}
    assert len(months_of(BUSINESS["eks_period"])) == 6


def test_self_employment_in_the_income_opens_the_annex_of_that_person():
    household = OKSANA | {"lives_alone": False} | member(2, "Ivan", "1984-01-01", "partner")
    sheet = fill("ek", household | {"ek_kinds": ["none"], "2:ek_kinds": ["self_employed"]})
    annexes = {annex.code: owners for annex, owners in sheet.annexes}
    assert annexes["EK"] == (APPLICANT, row(2))
    assert annexes["EKS"] == (row(2),)


# VM


MONEY = (
    *("vm_cash", "vm_current_accounts", "vm_online_accounts"),
    *("vm_savings", "vm_securities", "vm_building_savings"),
    *("vm_life_insurance", "vm_premium_refund"),
    *("vm_crypto", "vm_valuables", "vm_other"),
)
NOTHING: dict[str, Value] = {
    "vm_has_vehicle": False,
    "vm_other_property": False,
    "vm_gifts_10y": False,
    "vm_pension_exempt": False,
    "vm_was_self_employed": False,
}


def zeros(person: str = "") -> dict[str, Value]:
    return {f"{person}{id}": "0.00" for id in MONEY}


def test_nothing_at_all_wants_no_paper():
    sheet = fill("vm", ALONE | NOTHING | zeros())
    assert sheet.gaps == ()
    assert sheet.needs == ()
    assert sheet.notices == ()


@pytest.mark.parametrize("kind", MONEY)
def test_each_kind_of_money_above_nothing_wants_its_own_proof(kind):
    sheet = fill("vm", ALONE | NOTHING | zeros() | {kind: "0.01"})
    expected = {"vm_cash": [], "vm_current_accounts": ["bank_statements_3m"]}
    assert kinds(sheet) == expected.get(kind, ["asset_proof"])


def test_a_child_is_asked_only_whether_it_has_money(app):
    household = (
        OKSANA
        | {"lives_alone": False}
        | member(2, "Mila", "2018-06-01", "child")
        | member(3, "Eva", "1990-01-01", "flatmate", member_shares_money=False)
    )
    sheet = fill("vm", household | NOTHING | zeros() | {"2:vm_child_has_money": False})
    assert sheet.gaps == ()
    assert pages_of(sheet, "vm-", row(2)) == ["vm-kind"]
    assert pages_of(sheet, "vm-", row(3)) == []
    rich = fill(
        "vm",
        household
        | NOTHING
        | zeros()
        | zeros("2:")
        | {"2:vm_child_has_money": True, "2:vm_savings": "900.00"},
    )
    assert rich.gaps == ()
    assert papers(rich, app) == {"Sparbuch oder Kontoauszug über Ersparnisse (Mila Kovalenko)"}


def test_a_child_becomes_an_adult_of_the_annex_on_its_fifteenth_birthday():
    household = OKSANA | {"lives_alone": False} | member(2, "Mila", "2011-11-27", "child")
    assert "vm-kind" not in pages_of(fill("vm", household), "vm-", row(2))
    assert "vm-konten" in pages_of(fill("vm", household), "vm-", row(2))


def test_vehicles_and_property_are_proved_one_by_one(app):
    sheet = fill(
        "vm",
        ALONE
        | NOTHING
        | zeros()
        | {
            "vm_has_vehicle": True,
            "vm_vehicle_owner@1": "applicant",
            "vehicle_model@1": "Opel Corsa",
            "vehicle_year@1": 2014,
            "vehicle_value@1": "3500.00",
            "vm_vehicle_adequate@1": True,
            "vm_other_property": True,
            "vm_property_kind@2": "land",
            "vm_property_share@2": 50,
            "vm_property_value@2": "8000.00",
            "vm_property_rent@2": "0.00",
            "vm_pension_exempt": True,
            "vm_retirement_person@3": "applicant",
            "vm_retirement_what@3": "Depot",
            "vm_retirement_value@3": "12000.00",
        },
    )
    assert sheet.gaps == ()
    assert papers(sheet, app) == {
        "Fahrzeugschein für Opel Corsa (Oksana Kovalenko)",
        "Grundbuchauszug oder Kaufvertrag (Grundstück)",
        "Nachweis über die Vorsorge: Depot (Oksana Kovalenko)",
    }


def test_gifts_are_said_to_the_office():
    sheet = fill("vm", ALONE | NOTHING | zeros() | {"vm_gifts_10y": True})
    assert {notice.key for notice in sheet.notices} == {"vm_gifts_stated"}
    assert {gap.question.id for gap in sheet.gaps} == {"vm_gifts"}
