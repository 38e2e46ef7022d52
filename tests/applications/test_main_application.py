"""The main application: every field of the paper, and what follows for ten households."""

import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from portal.applications import lint, shelf
from portal.applications.places import APPLICANT, LATER
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


@pytest.mark.parametrize(
    ("emergency", "reason"),
    [
        ("no_money", "Kein Geld für Essen oder Medikamente"),
        ("home", "Miete nicht gezahlt oder Wohnung in Gefahr"),
        ("energy", "Strom oder Heizung gesperrt oder bald gesperrt"),
        ("health_cover", "Keine Krankenversicherung"),
    ],
)
def test_each_kind_of_distress_puts_an_application_on_top(emergency, reason):
    filled = Filled()
    filled.applies("Ada", "1990-05-01", lives_alone=True, emergency=[emergency])

    assert filled.complete().urgency == (2, (reason,))


@pytest.mark.parametrize(
    ("cover", "papers", "is_urgent"),
    [
        ("statutory", {"insurer_certificate"}, False),
        ("family", set(), False),
        ("voluntary", {"sv_contribution_notice"}, False),
        ("private", {"pkv_certificate"}, False),
        ("none", set(), True),
    ],
)
def test_the_paper_about_the_insurance_is_the_one_that_somebody_has(cover, papers, is_urgent):
    filled = Filled()
    filled.applies("Ada", "1990-05-01", lives_alone=True, health_cover=cover)

    sheet = filled.complete()

    about_insurance = {"insurer_certificate", "sv_contribution_notice", "pkv_certificate"}
    assert {need.requirement.key for need in sheet.needs} & about_insurance == papers
    assert bool(sheet.urgency[0]) == is_urgent
    annexes = {annex.code for annex, _ in sheet.annexes}
    assert ("SV" in annexes) == (cover in {"voluntary", "private", "none"})


def test_wishes_and_injuries_open_an_annex_for_the_person_that_they_are_about():
    filled = Filled()
    filled.applies("Ada", "1990-05-01", costly_diet=True, injured_by_third=True)
    filled.lives_here("Bo", "1991-01-01", "partner", wep_special_need=True)
    filled.lives_here("Cy", "2015-01-01", "child", ki_joint=True, ki_costly_diet=True)

    annexes = {annex.code: owners for annex, owners in filled.complete().annexes}

    assert annexes["MEB"] == (APPLICANT, filled.people["Cy"])
    assert annexes["BB"] == (filled.people["Bo"],)
    assert annexes["UF"] == (APPLICANT,)


def test_a_flatmate_opens_an_annex_only_where_responsibility_is_possible():
    """§ 7 (3a) SGB II; of a mere flat share nothing more is asked."""
    filled = Filled()
    filled.applies("Ada", "1990-05-01")
    filled.lives_here("Bo", "1991-01-01", "flatmate", member_shares_money=False)
    filled.lives_here("Cy", "1992-01-01", "flatmate", member_shares_money=True)

    sheet = filled.complete()

    annexes = {annex.code: owners for annex, owners in sheet.annexes}
    assert set(annexes) == {"EK", "VM", "KDU", "VE"}
    assert annexes["VE"] == (filled.people["Cy"],)
    assert annexes["EK"] == (APPLICANT,)
    assert filled.people["Bo"] not in annexes["VM"]


def test_brothers_and_sisters_belong_to_the_unit_only_together_with_a_parent():
    """§ 7 (3) no. 2 and 4 SGB II: of somebody under 25, and themselves under 25."""
    with_mother, alone = Filled(), Filled()
    for filled in (with_mother, alone):
        filled.applies("Ada", "2005-05-01")
        filled.lives_here("Bo", "2016-01-01", "sibling")
        filled.lives_here("Cy", "2009-01-01", "sibling")
        filled.lives_here("Di", "2000-01-01", "sibling")
    with_mother.lives_here("Eva", "1975-01-01", "parent", wep_marital_status="single")

    found = {annex.code: owners for annex, owners in with_mother.complete().annexes}
    found_alone = {annex.code: owners for annex, owners in alone.complete().annexes}

    bo, cy, di, eva = (with_mother.people[name] for name in ("Bo", "Cy", "Di", "Eva"))
    assert (found["KI"], found["WEP"], found["HG"]) == ((bo,), (cy, eva), (di,))
    assert found_alone["HG"] == (bo, cy, di)
    assert found_alone.keys() & {"KI", "WEP"} == set()


def test_parents_of_somebody_from_25_or_with_a_partner_are_relatives():
    older, couple = Filled(), Filled()
    older.applies("Ada", "2001-11-27")
    couple.applies("Ada", "2005-05-01")
    couple.lives_here("Bo", "2004-05-01", "partner")
    for filled in (older, couple):
        filled.lives_here("Eva", "1975-01-01", "parent")

    for filled in (older, couple):
        found = {annex.code: owners for annex, owners in filled.complete().annexes}
        assert found["HG"] == (filled.people["Eva"],)
        assert filled.people["Eva"] not in (*found.get("WEP", ()), *found["EK"])


@pytest.mark.parametrize(
    ("status", "father_here", "opens"),
    [("single", False, True), ("single", True, False), ("separated", False, True)],
)
def test_maintenance_for_who_expects_a_child_only_if_its_father_is_elsewhere(
    status, father_here, opens
):
    """§ 1615l BGB: of parents who are not married to each other."""
    filled = Filled()
    filled.applies("Ada", "1995-05-01", marital_status=status, pregnant=True)
    filled.lives_here("Bo", "1994-01-01", "partner")
    filled.say(pregnant_father_here=father_here)

    annexes = {annex.code: owners for annex, owners in filled.complete().annexes}

    assert annexes.get("UH2") == ((APPLICANT,) if opens else None)


def test_maintenance_for_who_looks_after_a_small_child_of_unmarried_parents():
    """§ 1615l (2) BGB: until the child is three."""
    small, older = Filled(), Filled()
    small.applies("Ada", "1995-05-01", unmarried_child=True)
    small.lives_here("Bo", "2023-11-28", "child", ki_other_parent_outside=True)
    older.applies("Ada", "1995-05-01", unmarried_child=True)
    older.lives_here("Bo", "2023-11-27", "child", ki_other_parent_outside=True)

    found = [{annex.code for annex, _ in one.complete().annexes} for one in (small, older)]

    assert ["UH2" in codes for codes in found] == [True, False]
    assert all("UH4" in codes for codes in found)


@pytest.mark.parametrize(
    ("until", "is_told"), [("2026-11-26", False), ("2027-03-31", True), (LATER, True)]
)
def test_asylum_seekers_benefits_that_have_ended_exclude_nobody(until, is_told):
    """§ 7 (1) sentence 2 no. 3 SGB II."""
    filled = Filled()
    filled.applies("Ada", "1990-05-01", lives_alone=True, nationalities=["SY"], asylblg=True)
    filled.say(title_valid=True, asylblg_until=until)

    assert ("asylblg" in {notice.key for notice in filled.complete().notices}) == is_told


def test_a_young_person_with_an_account_shows_its_statements():
    """§ 65 (1) SGB I: nobody is asked for a paper that does not exist."""
    filled = Filled()
    filled.applies("Ada", "1985-05-01")
    filled.lives_here("Bo", "2010-01-01", "child", vm_current_accounts="12.50")
    filled.lives_here("Cy", "2010-06-01", "child")

    sheet = filled.complete()

    statements = {one.owner for one in sheet.needs if one.requirement.key == "bank_statements"}
    assert statements == {APPLICANT, filled.people["Bo"]}


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
    "no_fixed_address": "street postcode iban tenure cold_rent kdu_landlord_name",
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
