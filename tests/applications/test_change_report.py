"""The change report: each kind asks its own questions and leads to its own papers and annexes.

The tables are written from the reference (domain, section b: Veränderungsmitteilung, and the fields
of the main application that it repeats), not from the form.
"""

from datetime import date

import pytest

from portal.applications import shelf
from portal.applications.places import APPLICANT, Kept, Place
from portal.applications.questions import ChoicesQuestion, PersonQuestion
from portal.applications.sheet import Sheet
from portal.casefiles.models import DocumentKind as Paper
from tests.factories.applications import row

DAY = date(2026, 11, 27)
FORM = shelf.shipped()["vaem", 1]
OKSANA, PARTNER, TEEN, BABY = APPLICANT, row(1), row(2), row(3)
WHO = {OKSANA: "applicant"} | {one: str(one) for one in (PARTNER, TEEN, BABY)}

HOUSEHOLD = {
    Place("first_name"): "Oksana",
    Place("last_name"): "Kovalenko",
    Place("birth_date"): "1992-03-27",
    Place("lives_alone"): False,
}
PEOPLE = {
    PARTNER: ("Petro", "1990-05-01", "partner"),
    TEEN: ("Danylo", "2010-02-03", "child"),
    BABY: ("Mila", "2026-11-20", "child"),
}
for one, (name, born, relationship) in PEOPLE.items():
    HOUSEHOLD |= {
        Place("member_first_name", one): name,
        Place("member_last_name", one): "Kovalenko",
        Place("member_birth_date", one): born,
        Place("member_relationship", one): relationship,
    }

# Answers to what a kind asks, as far as something follows from them.
TOLD = {
    "moved_in": {("newcomer", 9): WHO[TEEN]},
    "birth": {"birth_child": WHO[BABY]},
    "pregnancy": {"pregnancy_person": "applicant", "pregnancy_parent_here": True},
    "separation": {"separation_person": "applicant"},
    "death": {"deceased_person": WHO[PARTNER]},
    "job_start": {"job_start_person": WHO[PARTNER], "job_start_kind": "main"},
    "income": {"income_person": WHO[PARTNER], "income_what": "wages"},
    "benefit": {"new_benefit_person": "applicant", "new_benefit_state": "granted"},
    "rent": {"rent_changes": ["rent", "operating", "heating"]},
    "bill": {"utility_statement": "pay"},
    "arrears": {"arrears_kinds": ["rent"], "arrears_threat": "eviction"},
    "education": {"education_person": WHO[TEEN], "education_change": "start"},
    "stay": {"stay_person": WHO[PARTNER], "stay_where": "hospital"},
    "insurance": {"insured_person": "applicant", "insured_how": "statutory"},
}

OWN_QUESTIONS = {
    "move": {"moved_on", "moved_with_assurance", "move_everybody"},
    "moved_in": {"newcomers", "newcomer", "newcomer_on", "newcomer_stays", "newcomer_pays_rent"},
    "moved_out": {"moved_out_person", "moved_out_on", "moved_out_returns"},
    "birth": {"birth_child", "birth_child_benefit", "birth_equipment"},
    "pregnancy": {
        *("pregnancy_person", "pregnancy_due_date", "pregnancy_parent_here", "pregnancy_needs"),
    },
    "marriage": {"marriage_person", "married_on", "marriage_one_home", "marriage_new_name"},
    "separation": {
        *("separation_person", "separated_on", "separation_one_home", "separation_danger"),
    },
    "death": {"deceased_person", "deceased_on", "death_call"},
    "job_start": {
        *("job_start_person", "job_start_kind", "job_start_on"),
        *("job_start_employer", "job_start_net"),
    },
    "job_end": {
        *("job_end_person", "job_end_employer", "job_end_on", "job_end_last_pay"),
        "job_end_unemployment_benefit",
    },
    "income": {"income_person", "income_what", "income_amount", "income_from", "income_varies"},
    "one_off": {"payment_person", "payment_what", "payment_amount", "payment_on"},
    "benefit": {
        *("new_benefit_person", "new_benefit_kind", "new_benefit_state"),
        *("new_benefit_amount", "new_benefit_from"),
    },
    "assets": {"asset_person", "asset_what", "asset_value", "asset_on"},
    "rent": {
        *("rent_changes", "rent_changes_from"),
        *("rent_new_rent", "rent_new_operating", "rent_new_heating"),
    },
    "bill": {"utility_statement", "utility_amount", "utility_due_on"},
    "arrears": {"arrears_kinds", "arrears_amount", "arrears_threat", "arrears_deadline"},
    "bank": {"iban", "account_holder", "account_from"},
    "education": {
        *("education_person", "education_change", "education_new_kind", "education_on"),
        "education_grant",
    },
    "sickness": {"sick_person", "sick_from", "sick_until"},
    "stay": {"stay_person", "stay_where", "stay_from", "stay_until", "stay_keeps_home"},
    "residence": {"residence_person", "residence_state", "residence_title", "residence_until"},
    "insurance": {"insured_person", "insured_how", "insured_with", "insured_since"},
    "other": {"other_change", "other_change_from"},
}

# Papers that the kind itself asks for; those of an annex are tested with the annex.
PAPERS = {
    "birth": {Paper.BIRTH_CERTIFICATE},
    "pregnancy": {Paper.MATERNITY_RECORD},
    "separation": {Paper.SEPARATION},
    "death": {Paper.DEATH_CERTIFICATE},
    "job_start": {Paper.WORK_CONTRACT},
    "job_end": {Paper.TERMINATION_LETTER},
    "income": {Paper.PAYSLIPS},
    "benefit": {Paper.BENEFIT_NOTICE},
    "assets": {Paper.ASSET_PROOF},
    "rent": {Paper.LANDLORD_CERTIFICATE},
    "bill": {Paper.UTILITY_BILL},
    "arrears": {Paper.OTHER},
    "education": {Paper.ENROLMENT},
    "sickness": {Paper.SICK_NOTE},
    "residence": {Paper.RESIDENCE_PERMIT},
    "insurance": {Paper.INSURER_CERTIFICATE},
}

# Annexes and for whom: of the persons only those whom the change is about.
ANNEXES = {
    "move": {"kdu": {None}},
    "moved_in": {"wep": {TEEN}, "ek": {TEEN}, "vm": {TEEN}},
    "birth": {"ki": {BABY}},
    "separation": {"uh1": {OKSANA}},
}

URGENT = {
    "birth": 1,
    "pregnancy": 1,
    "death": 1,
    "job_end": 1,
    "arrears": 2,
    "stay": 1,
}


def sheet_of(*kinds: str, **told) -> Sheet:
    answers = HOUSEHOLD | {Place("change_kinds"): list(kinds)}
    for kind in kinds:
        answers |= {
            Place(key) if isinstance(key, str) else Place(key[0], row(key[1])): value
            for key, value in TOLD.get(kind, {}).items()
        }
    answers |= {Place(id): value for id, value in told.items()}
    return Sheet(FORM, {place: Kept(value) for place, value in answers.items()}, day=DAY)


def asked_in_changes(sheet: Sheet) -> set[str]:
    asked = set()
    for step in sheet.steps:
        if FORM.section_of[step.page.id].id.startswith("change_") and step.page.group is None:
            asked |= {question.id for question in sheet.asked_on(step)}
        elif step.page.group is not None and step.page.group.id == "newcomers":
            asked |= {"newcomers", *(q.id for q in step.page.group.questions)}
    return asked - {"change_details"}


def annexes_of(sheet: Sheet) -> dict[str, set]:
    return {annex.id: set(owners) for annex, owners in sheet.annexes}


def own_papers(sheet: Sheet) -> set[Paper]:
    return {n.requirement.kind for n in sheet.needs if n.requirement.key.startswith("vaem_")}


def test_the_tables_name_every_kind():
    kinds = FORM.questions["change_kinds"]
    assert isinstance(kinds, ChoicesQuestion)
    assert [option.id for option in kinds.options] == [*OWN_QUESTIONS]


@pytest.mark.parametrize("kind", OWN_QUESTIONS)
def test_a_kind_asks_its_own_two_to_five_questions_and_none_of_the_others(kind):
    own = asked_in_changes(sheet_of(kind))
    assert own == OWN_QUESTIONS[kind]
    lists = {group.id for group in FORM.groups}
    assert 2 <= len(own - lists) <= 5


@pytest.mark.parametrize("kind", OWN_QUESTIONS)
def test_a_kind_says_what_it_leads_to(kind):
    pages = [p for s in FORM.sections if s.id == f"change_{kind}" for p in s.pages]
    assert any(page.notes for page in pages)


@pytest.mark.parametrize("kind", OWN_QUESTIONS)
def test_the_papers_of_a_kind_are_those_of_the_reference(kind):
    assert own_papers(sheet_of(kind)) == PAPERS.get(kind, set())


@pytest.mark.parametrize("kind", OWN_QUESTIONS)
def test_a_kind_opens_its_annexes_for_the_person_whom_it_is_about(kind):
    assert annexes_of(sheet_of(kind)) == ANNEXES.get(kind, {})


@pytest.mark.parametrize("kind", OWN_QUESTIONS)
def test_what_cannot_wait_goes_to_the_top(kind):
    assert sheet_of(kind).urgency[0] == URGENT.get(kind, 0)


def test_several_changes_are_told_at_once_and_each_asks_its_own():
    sheet = sheet_of("birth", "bank", "rent")
    wanted = OWN_QUESTIONS["birth"] | OWN_QUESTIONS["bank"] | OWN_QUESTIONS["rent"]
    assert asked_in_changes(sheet) == wanted
    assert own_papers(sheet) == {Paper.BIRTH_CERTIFICATE, Paper.LANDLORD_CERTIFICATE}


@pytest.mark.parametrize("kind", ["move", "rent", "bill", "arrears", "bank", "other"])
def test_a_change_that_belongs_to_nobody_does_not_ask_for_the_household(kind):
    assert sheet_of(kind).step("haushalt") is None


def test_a_partner_who_moves_in_brings_the_annexes_of_an_adult():
    sheet = sheet_of("moved_in")
    kept = dict(sheet.kept) | {Place("newcomer", row(9)): Kept(WHO[PARTNER])}
    sheet = Sheet(FORM, kept, day=DAY)
    assert annexes_of(sheet) == {"wep": {PARTNER}, "ek": {PARTNER}, "vm": {PARTNER}}
    assert sheet.is_asked(FORM.questions["marital_status"])


def test_two_who_move_in_are_each_asked_what_fits_their_age():
    sheet = sheet_of("moved_in")
    kept = dict(sheet.kept) | {Place("newcomer", row(10)): Kept(WHO[BABY])}
    assert annexes_of(Sheet(FORM, kept, day=DAY)) == {
        "wep": {TEEN},
        "ek": {TEEN},
        "vm": {TEEN},
        "ki": {BABY},
    }


def test_a_flatmate_who_moves_in_is_no_part_of_the_unit():
    kept = dict(sheet_of("moved_in").kept)
    kept[Place("member_relationship", TEEN)] = Kept("flatmate")
    kept[Place("member_shares_money", TEEN)] = Kept(value=False)
    assert annexes_of(Sheet(FORM, kept, day=DAY)) == {}


def test_self_employment_opens_eks_for_who_begins_it_and_no_work_contract():
    sheet = sheet_of("job_start", job_start_kind="self_employed")
    assert annexes_of(sheet) == {"eks": {PARTNER}}
    assert Paper.WORK_CONTRACT not in own_papers(sheet)


def test_maintenance_is_asked_for_when_the_other_parent_of_a_child_to_come_lives_elsewhere():
    sheet = sheet_of("pregnancy", pregnancy_parent_here=False)
    assert annexes_of(sheet) == {"uh2": {OKSANA}}


def test_who_is_under_25_is_asked_about_leaving_home():
    sheet = sheet_of("move", birth_date="2003-01-01")
    assert asked_in_changes(sheet) == OWN_QUESTIONS["move"] | {"kdu_u25_moved"}


@pytest.mark.parametrize(
    ("kind", "told", "level"),
    [
        ("arrears", {"arrears_threat": "power_cut"}, 2),
        ("arrears", {"arrears_threat": "nothing"}, 1),
        ("insurance", {"insured_how": "none"}, 2),
        ("stay", {"stay_where": "prison"}, 1),
        ("residence", {"residence_state": "expired"}, 1),
        ("separation", {"separation_danger": True}, 1),
    ],
)
def test_how_urgent_a_change_is_depends_on_what_is_told(kind, told, level):
    assert sheet_of(kind, **told).urgency[0] == level


def test_danger_is_told_to_the_office_and_private():
    sheet = sheet_of("separation", separation_danger=True)
    told = {notice.key: notice for notice in sheet.notices}
    assert told["vaem_separation_danger"].private == "safety"


@pytest.mark.parametrize(
    ("told", "papers"),
    [
        ({"insured_how": "private"}, {Paper.PKV_CERTIFICATE}),
        ({"insured_how": "none"}, set()),
        ({"insured_how": "voluntary"}, {Paper.INSURER_CERTIFICATE}),
    ],
)
def test_the_certificate_comes_from_an_insurer_who_writes_one(told, papers):
    assert own_papers(sheet_of("insurance", **told)) == papers


def test_a_benefit_that_is_only_applied_for_has_no_notice_yet():
    assert own_papers(sheet_of("benefit", new_benefit_state="applied")) == set()


def test_papers_about_health_are_private():
    private = {r.key: r.private for r in FORM.requirements if r.key.startswith("vaem_")}
    assert private["vaem_sick_note"] == private["vaem_maternity_record"] == "health"


def test_a_new_home_and_a_new_account_start_empty():
    fresh = {section.id for section in FORM.sections if section.fresh}
    assert fresh == {s.id for s in FORM.sections if s.part == "kdu"} | {"change_bank"}


@pytest.mark.parametrize("kind", ["moved_in", "moved_out", "birth", "death"])
def test_who_has_nobody_on_the_list_is_not_stuck_at_a_question_nobody_can_answer(kind):
    told = {place: kept for place, kept in sheet_of(kind).kept.items() if place.row is None}
    alone = Sheet(FORM, told | {Place("lives_alone"): Kept(value=True)}, day=DAY)
    asked = [q for step in alone.steps for q in alone.asked_on(step)]
    people = [q for q in asked if isinstance(q, PersonQuestion) and not alone.people(q)]
    assert people == []
    assert all(step.page.group is None for step in alone.steps)
    assert any(f"change_{kind}" == FORM.section_of[step.page.id].id for step in alone.steps)
