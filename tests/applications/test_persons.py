"""Parts that repeat for the persons of a household: who is asked what, and what follows."""

from datetime import date

import pytest
import yaml

from portal.applications import lint, shelf, wording
from portal.applications.definitions import Form
from portal.applications.places import APPLICANT, LATER, Kept, Place
from portal.applications.questions import PersonQuestion
from portal.applications.sheet import Sheet, Step
from portal.casefiles.models import DocumentKind
from tests.factories.applications import row

DAY = date(2026, 11, 27)

PART = """
part: work
code: EK
title: {de: "Einkommen", en: "Income"}
sections:
  - id: work
    title: {de: "Arbeit von {person}", en: "Work of {person}"}
    why: {de: "Darum", en: "Because"}
    pages:
      - id: arbeit
        title: {de: "Arbeitet {person}?", en: "Does {person} work?"}
        applicant_title: {de: "Arbeiten Sie?", en: "Do you work?"}
        questions:
          - {id: works, type: yes_no, label: {de: "Arbeit", en: "Work"}}
      - id: stellen
        title: {de: "Welche Stellen?", en: "Which jobs?"}
        when: {question: works, equals: true}
        questions:
          - id: jobs
            type: group
            label: {de: "Stellen", en: "Jobs"}
            one: {de: "Stelle", en: "Job"}
            add: {de: "Stelle hinzufügen", en: "Add a job"}
            row_title: {de: "{employer}", en: "{employer}"}
            questions:
              - {id: employer, type: text, label: {de: "Bei wem?", en: "Where?"}}
              - {id: pay, type: money, label: {de: "Lohn", en: "Pay"}, later: true}
  - id: pupil
    title: {de: "Schule", en: "School"}
    why: {de: "Darum", en: "Because"}
    when: {age_of: born, under: 18}
    pages:
      - id: schule
        title: {de: "Schule", en: "School"}
        questions:
          - {id: school, type: text, label: {de: "Welche Schule?", en: "Which school?"}}
      - id: krankheit
        title: {de: "Krankheit", en: "Illness"}
        questions:
          - {id: illness, type: text, label: {de: "Welche?", en: "Which?"}, private: health}
requirements:
  - key: payslips
    kind: payslips
    title: {de: "Lohn von {person} bei {employer}", en: "Pay of {person} at {employer}"}
    reason: {de: "Für den Lohn", en: "For the pay"}
    legal_basis: § 60 SGB I
    per: jobs
    when: {amount_of: pay, at_least: 0.01}
  - key: pupil_proof
    kind: school_certificate
    title: {de: "Schule von {person}", en: "School of {person}"}
    reason: {de: "Für die Schule", en: "For school"}
    legal_basis: § 60 SGB I
    when: {age_of: born, from: 15, under: 18}
"""

FORM = """
form: family
version: 1
valid_from: 2026-07-01
legal_basis: § 37 SGB II
minutes: 5
household: people
title: {de: "Familie", en: "Family"}
purpose: {de: "Familie", en: "Family"}
sections:
  - id: who
    title: {de: "Wer?", en: "Who?"}
    why: {de: "Darum", en: "Because"}
    pages:
      - id: name
        title: {de: "Wie heißen Sie?", en: "What is your name?"}
        questions:
          - {id: first_name, type: text, label: {de: "Vorname", en: "First name"}}
      - id: leute
        title: {de: "Wer lebt bei Ihnen?", en: "Who lives with you?"}
        questions:
          - id: people
            type: group
            optional: true
            label: {de: "Leute", en: "People"}
            one: {de: "Person", en: "Person"}
            add: {de: "Person hinzufügen", en: "Add a person"}
            row_title: {de: "{called}", en: "{called}"}
            questions:
              - {id: called, type: text, label: {de: "Name", en: "Name"}}
              - {id: born, type: date, label: {de: "Geboren", en: "Born"}}
      - id: vermieter
        title: {de: "Wer hat gemietet?", en: "Who rents?"}
        questions:
          - {id: tenant, type: person, label: {de: "Wer", en: "Who"},
             among: {age_of: born, from: 18}}
  - include: work
    per: people
    applicant: true
    when: {any: [{applicant: true}, {age_of: born, from: 15}]}
notices:
  - key: child_works
    when:
      any_row: people
      where: {all: [{age_of: born, under: 16}, {question: works, equals: true}]}
    text: Ein Kind unter 16 arbeitet.
"""

ADULT, TEEN, CHILD = row(1), row(2), row(3)
HOUSEHOLD = {
    Place("first_name"): "Oksana",
    Place("called", ADULT): "Petro",
    Place("born", ADULT): "1990-05-01",
    Place("called", TEEN): "Danylo",
    Place("born", TEEN): "2011-11-27",  # fifteen today
    Place("called", CHILD): "Mila",
    Place("born", CHILD): "2011-11-28",  # fifteen tomorrow
    Place("tenant"): "applicant",
}


@pytest.fixture(scope="module")
def form() -> Form:
    return shelf.read(FORM, {"work": shelf.read_part(PART)})


def filled(form: Form, *more: dict[Place, object], day: date = DAY) -> Sheet:
    places = {place: value for one in (HOUSEHOLD, *more) for place, value in one.items()}
    return Sheet(form, {place: Kept(value) for place, value in places.items()}, day=day)


def steps(sheet: Sheet) -> list[tuple[str, object]]:
    return [(step.page.id, step.owner) for step in sheet.steps if step.owner]


def test_the_small_form_is_sound(form):
    assert lint.faults(form) == []


def test_everybody_from_fifteen_is_asked_person_by_person(form):
    assert steps(filled(form)) == [
        ("arbeit", APPLICANT),
        ("arbeit", ADULT),
        ("arbeit", TEEN),
        ("schule", TEEN),
        ("krankheit", TEEN),
    ]


def test_the_birthday_decides_on_the_day_itself(form):
    assert ("arbeit", CHILD) not in steps(filled(form))
    assert ("arbeit", CHILD) in steps(filled(form, day=date(2026, 11, 28)))


def test_answers_of_one_person_open_nothing_for_another(form):
    sheet = filled(form, {Place("works", None, ADULT): True, Place("works", None, TEEN): False})
    assert ("stellen", ADULT) in steps(sheet)
    assert ("stellen", TEEN) not in steps(sheet)
    assert ("stellen", APPLICANT) not in steps(sheet)


def test_papers_name_the_person_and_the_row(form, app):
    first, second = row(11), row(12)
    sheet = filled(
        form,
        {
            Place("works", None, ADULT): True,
            Place("employer", first, ADULT): "Bäckerei",
            Place("pay", first, ADULT): "800.00",
            Place("employer", second, ADULT): "Ehrenamt",
            Place("pay", second, ADULT): "0.00",
        },
    )
    with app.test_request_context():
        say = wording.german()
        titles = [say.need_title(sheet, need) for need in sheet.needs]
    assert titles == ["Lohn von Petro bei Bäckerei", "Schule von Danylo"]
    assert len({need.key for need in sheet.needs}) == 2


def test_an_annex_is_there_for_exactly_who_needs_it(form):
    [(annex, owners)] = filled(form).annexes
    assert annex.code == "EK"
    assert owners == (APPLICANT, ADULT, TEEN)


def test_who_is_taken_out_of_the_household_is_set_aside_not_lost(form):
    sheet = filled(form, {Place("works", None, TEEN): True})
    gone = sheet.changed({Place("called", TEEN): None, Place("born", TEEN): None})
    assert Place("works", None, TEEN) in gone.aside
    back = gone.changed({Place("called", TEEN): "Danylo", Place("born", TEEN): "2011-11-27"})
    assert back.answer("works", None, TEEN) is True


def test_what_follows_later_is_no_gap_and_no_answer(form):
    job = row(11)
    sheet = filled(
        form,
        {
            Place("works", None, APPLICANT): True,
            Place("employer", job, APPLICANT): "Bäckerei",
            Place("pay", job, APPLICANT): LATER,
        },
    )
    assert sheet.left_for_later == (Place("pay", job, APPLICANT),)
    assert sheet.answer("pay", job, APPLICANT) is None
    assert not [gap for gap in sheet.gaps if gap.question.id == "pay"]
    assert not [need for need in sheet.needs if need.requirement.key == "payslips"]


def test_what_was_sent_reads_as_it_was_for_every_person(form):
    sheet = filled(
        form,
        {
            Place("works", None, APPLICANT): False,
            Place("works", None, ADULT): True,
            Place("employer", row(11), ADULT): "Bäckerei",
            Place("pay", row(11), ADULT): "800.00",
            Place("works", None, TEEN): False,
            Place("school", None, TEEN): "Gesamtschule",
            Place("illness", None, TEEN): "Asthma",
        },
    )
    assert not sheet.gaps
    stored = Form.model_validate(form.model_dump(mode="json", by_alias=True, exclude_none=True))
    again = Sheet.of_sent(stored, sheet.sent, day=DAY)
    assert again.sent == sheet.sent
    assert dict(again.kept) == dict(sheet.kept)
    assert again.steps == sheet.steps


def test_only_fitting_persons_can_be_chosen(form):
    tenant = form.questions["tenant"]
    assert isinstance(tenant, PersonQuestion)
    assert filled(form).people(tenant) == (APPLICANT, ADULT)


def test_a_notice_looks_at_one_row_as_a_whole(form):
    grown = {Place("works", None, ADULT): True}
    young = {Place("works", None, TEEN): True}
    assert not filled(form, grown).notices
    assert [one.key for one in filled(form, young).notices] == ["child_works"]


def test_the_way_leads_through_the_parts_of_all_persons(form):
    sheet = filled(form)
    first = next(step for step in sheet.steps if step.owner == APPLICANT)
    assert sheet.after(first) == Step(first.page, ADULT)
    assert sheet.before(Step(first.page, ADULT)) == first
    assert [part.owner for part in sheet.parts if part.section.id == "work"] == [
        APPLICANT,
        ADULT,
        TEEN,
    ]


def test_the_applicant_is_addressed_and_others_are_named(form, app):
    sheet = filled(form)
    page = next(page for page in form.pages if page.id == "arbeit")
    with app.test_request_context():
        say = wording.german()
        assert say.title(sheet, Step(page, APPLICANT)) == "Arbeiten Sie?"
        assert say.title(sheet, Step(page, TEEN)) == "Arbeitet Danylo?"


def test_a_household_of_sixty_is_walked_in_one_go(form):
    many = {
        place: value
        for number in range(100, 160)
        for place, value in (
            (Place("called", row(number)), f"Person {number}"),
            (Place("born", row(number)), "1990-01-01"),
            (Place("works", None, row(number)), False),
        )
    }
    assert len(steps(filled(form, many))) == 65


def test_a_part_that_does_not_exist_is_named():
    with pytest.raises(KeyError, match="work"):
        shelf.read(FORM, {})


def test_the_definition_is_put_together_from_the_yaml_alone():
    part = shelf.read_part(yaml.safe_dump(yaml.safe_load(PART)))
    form = shelf.read(FORM, {"work": part})
    assert [section.part for section in form.sections] == [None, "work", "work"]
    assert form.sections[1].per == "people"


def test_who_lives_with_somebody_sees_nothing_of_health(form, app):
    """The same household acts for the person: health and safety stay with the office."""
    sheet = filled(form, {Place("illness", None, TEEN): "Asthma"})
    theirs = sheet.without(frozenset({DocumentKind.MEDICAL_CERTIFICATE}))
    assert ("krankheit", TEEN) not in steps(theirs)
    with app.test_request_context():
        words = str(wording.german().parts(theirs))
    assert "Asthma" not in words
    assert "Asthma" in str(sheet.sent)
    assert not [gap for gap in theirs.gaps if gap.question.id == "illness"]


def test_the_office_reads_which_annexes_are_for_whom(form, app):
    with app.test_request_context():
        assert wording.german().annexes(filled(form)) == ["EK (Oksana, Petro, Danylo)"]
