"""The main application: every field of the paper, and what follows for ten households."""

import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from portal.applications import lint, shelf
from portal.applications.places import APPLICANT
from portal.applications.questions import GroupQuestion, PersonQuestion
from portal.applications.sheet import Need, Sheet
from tests.applications.household_answers import STORIES, Filled

HA = shelf.shipped()["ha", 1]


def numbers(written: str) -> list[int]:
    """Read “9–10” or “76, 78” as the numbers that it stands for."""
    found: list[int] = []
    for piece in written.split(", "):
        first, _, last = piece.partition("–")
        found += range(int(first), int(last or first) + 1)
    return found


def test_nothing_in_the_main_application_contradicts_itself():
    assert lint.faults(HA) == []


def test_every_field_of_the_paper_form_is_asked_exactly_once():
    """An annex is a paper of its own: what stands there (EKS has letters) is not counted."""
    annexes = {annex.id for annex in HA.annexes}
    own = [section for section in HA.sections if section.part not in annexes]
    questions = [q for section in own for page in section.pages for q in page.questions]
    columns = [c for q in questions if isinstance(q, GroupQuestion) for c in q.questions]
    written = [q.field_number for q in (*questions, *columns) if q.field_number]

    counted = Counter(number for one in written for number in numbers(one))

    assert sorted(counted) == list(range(1, 86))
    assert {number for number, count in counted.items() if count > 1} == set()


def test_everything_is_asked_in_german_and_english():
    assert lint.untranslated(HA, "de") == lint.untranslated(HA, "en") == []


def test_nothing_but_own_facts_is_asked_of_somebody_who_lives_alone():
    filled = Filled()
    filled.applies("Ada", "1990-05-01", lives_alone=True, housing_costs=False)

    sheet = filled.complete()

    assert {annex.code: owners for annex, owners in sheet.annexes} == {
        "EK": (APPLICANT,),
        "VM": (APPLICANT, None),
    }
    assert sheet.notices == ()
    assert sheet.urgency == (0, ())


def test_who_is_german_too_is_not_asked_about_a_residence_title():
    german = Filled()
    german.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["DE", "TR"])
    pole = Filled()
    pole.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["PL"])
    ukrainian = Filled()
    ukrainian.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["UA"])

    pages = [{s.page.id for s in one.complete().steps} for one in (german, pole, ukrainian)]

    assert ["auslaenderregister" in one for one in pages] == [False, True, True]
    assert ["aufenthaltstitel" in one for one in pages] == [False, False, True]


def test_page_addresses_are_german_words():
    assert all(re.fullmatch(r"[a-z0-9-]+", page.id) for page in HA.pages)


HOUSEHOLDS = Path(__file__).parent / "households"
OF_HOUSEHOLD = ("kdu", "kdu_move", "kdu_arrears", "vm")
"""Parts that are about the household, not about one person."""

# The lists were written before some kinds of document had a name of their own.
KINDS_BY_TITLE = {
    "Krankenkassenbescheinigung": "insurer_certificate",
    "Beitragsbescheid der Krankenkasse": "insurer_certificate",
    "Bescheinigung der privaten Versicherung": "pkv_certificate",
    "Scheidungsbeschluss": "divorce_or_separation",
    "Gewerbeanmeldung": "business_registration",
    "EÜR oder BWA": "eur_bwa",
    "Fahrzeugschein": "vehicle_paper",
    "Kosten des Eigenheims": "ownership_costs",
    "Bestätigung der Klassenfahrt": "trip_confirmation",
    "Bescheid Unterhaltsvorschuss": "uvg_notice",
    "Unterhaltsvorschuss": "uvg_notice",
}

# Named by no field of the main application; the list itself leaves it to the office ([C]).
LEFT_TO_THE_OFFICE = {("eu_citizen_own_house", "termination_letter", "Ioana")}

# What the office is told, sentence by sentence of the lists (their first words), as notices.
NOTICES: dict[str, dict[str, set[str]]] = {
    "single": {},
    "single_parent:with_uvg": {"§ 21 (3) no. 1": {"single_parent"}},
    "single_parent:without_uvg": {
        "§ 21 (3) no. 1": {"single_parent"},
        "DANGER": {"uh4_danger"},
        "§ 12a SGB II, § 1 UVG": {"maintenance_advance"},
    },
    "couple_two_children": {"§ 12a, § 7": {"prior_benefits"}},
    "self_employed": {"§ 41a, § 41 (3)": {"provisional"}},
    "under_25_moved_out": {
        "§ 22 (5)": {"kdu_u25", "kdu_no_assurance"},
        "§ 20 (3)": {"u25_level"},
        "§ 21 (7)": {"kdu_hot_water", "trainee_allowance", "other_benefits"},
    },
    "no_fixed_address": {
        "§ 44a": {"able_3h"},
        "No account": {"no_account"},
        "§ 36 s. 4": {"no_fixed_address"},
    },
    "pregnant_with_parents": {
        "§ 9 (3)": {"pregnant_with_parents"},
        "§ 21 (2)": {"pregnant"},
        "§ 33 (2)": {"pregnant_with_parents"},
    },
    "patchwork": {
        "§ 38 (2)": {"ki_shared_custody"},
        "Paul and Lia": {"ki_stepparent"},
        # No sentence for the office but a lock: see the test of private questions below.
        "Anna does not see": set(),
    },
    "eu_citizen_own_house": {"§ 7 (1)": {"eu_citizen"}, "§ 12a": {"unemployment_claim"}},
    "couple_64_private_insurance": {
        "Tim is 25": {"turns_25"},
        "§ 12a": {"early_pension"},
        "§ 12:": {"assets"},
    },
}

# True and useful to the office, but in no list: what an annex says about its own facts.
SAID_BY_ANNEXES = {
    "eu_citizen_own_house": {"kdu_fuel"},
    "couple_64_private_insurance": {"hg_contributes"},
}

# Traps: questions that this household must not be asked.
NEVER_ASKED = {
    "single": "title_valid asylblg asylblg_until azr_no sponsor foreign_id_no due_date "
    "u25_parent_outside boards_away facility_stay kdu_landlord_iban kdu_u25_moved",
    "single_parent:with_uvg": "u25_parent_outside",
    "single_parent:without_uvg": "u25_parent_outside uh4_address uh4_employer",
    "couple_two_children": "single_parent wep_bond wep_marital_status but_tutoring_subjects",
    "self_employed": "wep_bond vm_retirement_assets ki_birth_place",
    "under_25_moved_out": "single_parent",
    "no_fixed_address": "street iban tenure cold_rent kdu_landlord_name",
    "pregnant_with_parents": "ki_birth_place pregnant_father_here",
    "patchwork": "single_parent pregnant_father_here",
    "eu_citizen_own_house": "title_valid kdu_landlord_name cold_rent vm_properties sponsor",
    "couple_64_private_insurance": "eks_mode ki_birth_place",
}


def told(name: str) -> dict[str, Any]:
    """Read what was written about a household beforehand, with its variant."""
    file, _, variant = name.partition(":")
    written = yaml.safe_load((HOUSEHOLDS / f"{file}.yaml").read_text("utf-8"))
    for key, more in (written.get("variants", {}).get(variant) or {}).items():
        written[key] = [*written.get(key, []), *more] if isinstance(more, list) else more
    return written


def kind_of(document: dict[str, Any]) -> str:
    return KINDS_BY_TITLE.get(document.get("title", ""), document["kind"])


def person_of(need: Need, sheet: Sheet, names: dict[Any, str]) -> str:
    """Say whom a paper is for."""
    if need.owner in names:
        return names[need.owner]
    if need.row in names:
        return names[need.row]
    if need.requirement.per is not None:
        group = sheet.form.questions[need.requirement.per]
        assert isinstance(group, GroupQuestion)
        owner = next(c for c in group.questions if isinstance(c, PersonQuestion))
        chosen = sheet.answer(owner.id, need.row)
        return names[APPLICANT if chosen == "applicant" else UUID(str(chosen))]
    parts = shelf.parts()
    keys = {one.key for part in OF_HOUSEHOLD for one in parts[part].requirements}
    return "household" if need.requirement.key in keys else names[APPLICANT]


def months_of(need: Need) -> int | None:
    return {"ek_payslips_3": 3, "ek_payslips_6": 6}.get(need.requirement.key)


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> tuple[str, Filled, Sheet, dict[Any, str]]:
    filled = STORIES[request.param]()
    sheet = filled.complete()
    return request.param, filled, sheet, {id: name for name, id in filled.people.items()}


def test_the_annexes_of_a_household_are_those_of_the_law(story):
    name, _, sheet, names = story
    wanted = {one["code"]: set(one["for"]) for one in told(name)["annexes"]}

    found = {
        annex.code: {"household"} if annex.id in OF_HOUSEHOLD else {names[one] for one in owners}
        for annex, owners in sheet.annexes
    }

    assert found == wanted


def test_the_papers_of_a_household_are_those_of_the_law(story):
    name, _, sheet, names = story
    listed = {(kind_of(one), one["for"], one.get("months")) for one in told(name)["documents"]}
    wanted = {one for one in listed if (name, *one[:2]) not in LEFT_TO_THE_OFFICE}

    found = {
        (need.requirement.kind.value, person_of(need, sheet, names), months_of(need))
        for need in sheet.needs
    }

    assert found == wanted


def test_no_paper_is_asked_for_that_the_law_does_not_ask_for(story):
    name, _, sheet, names = story
    unwanted = {(kind_of(one), one["for"]) for one in told(name)["not_documents"]}

    found = {(need.requirement.kind.value, person_of(need, sheet, names)) for need in sheet.needs}

    assert found & unwanted == set()


def test_the_office_is_told_what_follows_from_the_law(story):
    name, _, sheet, _ = story
    said = NOTICES[name]

    for sentence in told(name)["staff_notices"]:
        assert any(sentence.startswith(beginning) for beginning in said), sentence
    wanted = set().union(*said.values()) | SAID_BY_ANNEXES.get(name, set())
    assert {notice.key for notice in sheet.notices} == wanted


def test_who_is_in_distress_is_urgent_and_nobody_else(story):
    name, _, sheet, _ = story

    assert bool(sheet.urgency[0]) == told(name)["urgent"]["is"]


def test_no_household_is_asked_what_does_not_concern_it(story):
    name, _, sheet, _ = story
    asked = {question.id for step in sheet.steps for question in sheet.asked_on(step)}

    assert asked & set(NEVER_ASKED[name].split()) == set()


def test_every_question_about_who_owes_maintenance_is_private():
    """Neither of a couple sees what the other says about an earlier one (§ 35 SGB I)."""
    for section in HA.sections:
        if section.part in {"uh1", "uh2", "uh3", "uh4"}:
            asked = [q for page in section.pages for q in page.questions]
            open_ones = {q.id for q in asked if q.private is None}
            assert open_ones <= {"uh3_training"}, "a training says nothing about anybody else"
