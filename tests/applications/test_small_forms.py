"""Small forms and the annexes about maintenance, needs, relatives and education.

The papers of each story were written down from the law before the form was filled in; what else
the form asks is answered as shortly as it lets somebody. Parts that only the main application takes
in are tried in a small form that takes in each of them.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from portal.applications import lint, shelf
from portal.applications.definitions import Form
from portal.applications.places import APPLICANT, LATER, Kept, Place, Where
from portal.applications.questions import (
    AddressQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    DeclarationQuestion,
    GroupQuestion,
    MoneyQuestion,
    NumberQuestion,
    PeriodQuestion,
    Question,
    YesNoQuestion,
)
from portal.applications.sheet import Sheet
from tests.factories.applications import row

DAY = date(2026, 11, 27)

SMALL = (
    *("krankmeldung", "ortsabwesenheit", "vorschuss", "umzug-zusicherung", "erstausstattung"),
    *("darlehen", "anhoerung", "mehr-zeit", "termin-verlegen", "akteneinsicht", "datenkopie"),
    *("einwilligungen", "wid", "ueb", "but", "meb", "bb"),
)
OF_ANYBODY = ("uh1", "uh2", "uh3", "uh4", "meb", "bb", "uf", "but")
OF_MEMBERS = ("hg", "ve")

SHORTEST: dict[str, Any] = {"lives_alone": True, "member_relationship": "child"}
"""What ends a form soonest, where that is neither “no” nor the first choice."""


def taking_in(*parts: str) -> Form:
    """Return a form that takes in these annexes, each for everybody whom it can be for."""
    places = (
        f"{{include: {part}, per: members, applicant: {str(part in OF_ANYBODY).lower()}}}"
        for part in parts
    )
    return shelf.read(
        "{form: probe, version: 1, valid_from: 2026-07-01, legal_basis: probe, minutes: 1, "
        "household: members, title: {de: P, en: P}, purpose: {de: P, en: P}, sections: "
        f"[{{include: annex_sender}}, {{include: household}}, {', '.join(places)}]}}",
        shelf.parts(),
    )


def small(name: str) -> Form:
    form = shelf.current(name, DAY)
    assert form is not None
    return form


def person(number: int, born: str, relationship: str, **more: Any) -> dict[str, Any]:
    """Return the answers about one more person of the household, named by a letter."""
    known = {
        "member_first_name": "ABCDEFGH"[number],
        "member_last_name": "Beispiel",
        "member_birth_date": born,
        "member_relationship": relationship,
    }
    return {f"{key}@{number}": value for key, value in (known | more).items()}


def fill(form: Form, **answers: Any) -> Sheet:
    """Answer this, then everything else as shortly as possible, until nothing is missing.

    `question@2` is a column of row 2, `2:question` the answer in the part of person 2.
    """
    if any(key.startswith("member_") for key in answers):
        answers["lives_alone"] = False
    kept = {_place(form, key): Kept(value) for key, value in answers.items()}
    for _ in range(60):
        sheet = Sheet(form, kept, day=DAY)
        if not sheet.gaps:
            return sheet
        for gap in sheet.gaps:
            question = gap.question
            if isinstance(question, GroupQuestion):
                for column in question.questions:
                    if column.when is None:
                        place = Place(column.id, row(90), gap.step.owner)
                        kept[place] = Kept(_shortest(column))
                continue
            kept[Place(question.id, gap.row, gap.step.owner)] = Kept(_shortest(question))
    raise AssertionError([gap.question.id for gap in Sheet(form, kept, day=DAY).gaps])


def _place(form: Form, key: str) -> Place:
    person_, _, rest = key.rpartition(":")
    question, _, number = rest.partition("@")
    owner: UUID | None = row(int(person_)) if person_ else None
    if owner is None and form.owners[question].per is not None:
        owner = APPLICANT
    return Place(question, row(int(number)) if number else None, owner)


def _shortest(question: Question) -> Any:  # noqa: C901 (one a type)
    if question.id in SHORTEST:
        return SHORTEST[question.id]
    if question.later:
        return LATER
    match question:
        case YesNoQuestion():
            return False
        case DeclarationQuestion():
            return True
        case ChoicesQuestion():
            alone = [option.id for option in question.options if option.exclusive]
            return alone or [question.options[-1].id]
        case ChoiceQuestion():
            return question.options[-1].id
        case DateQuestion():
            return "2027-01-15" if question.future else "1985-01-15"
        case PeriodQuestion():
            return {"from": "2026-12-21", "to": "2026-12-31"}
        case MoneyQuestion():
            return "50.00"
        case NumberQuestion():
            return question.minimum
        case AddressQuestion():
            return {"street": "Hauptstraße 1", "postcode": "12345", "city": "Musterstadt"}
        case _:
            return "Beispiel"


def papers(sheet: Sheet) -> list[str]:
    return sorted(need.requirement.key for need in sheet.needs)


def told(sheet: Sheet, owner: UUID | None = None) -> list[tuple[str, str]]:
    """Return what is said because of an answer: the page where it stands, and its first words."""
    return [
        (step.page.id, " ".join(note.text.de.split()[:3]))
        for step in sheet.steps
        for note in step.page.notes
        if step.owner == owner
        and sheet.holds(note.when, Where(per="members" if owner is not None else None, owner=owner))
    ]


def notices(sheet: Sheet) -> set[str]:
    return {notice.key for notice in sheet.notices}


def asked(sheet: Sheet, prefix: str, owner: UUID | None = APPLICANT) -> list[str]:
    """Return the questions with this prefix that are asked in the part of one person."""
    return [
        question.id
        for step in sheet.steps
        for question in sheet.asked_on(step)
        if step.owner == owner and question.id.startswith(prefix)
    ]


# Every form


@pytest.mark.parametrize("name", SMALL)
def test_a_form_is_free_of_contradictions(name):
    assert lint.faults(small(name)) == []


@pytest.mark.parametrize("part", [*OF_ANYBODY, *OF_MEMBERS])
def test_an_annex_is_free_of_contradictions_wherever_it_is_taken_in(part):
    form = taking_in(part)
    assert lint.faults(form) == []
    assert [annex.id for annex in form.annexes] == [part]


def test_all_annexes_stand_in_one_form_without_a_double_id():
    assert lint.faults(taking_in(*OF_ANYBODY, *OF_MEMBERS)) == []


SHORTEST_PAPERS = {
    "krankmeldung": ["sick_note"],
    "ortsabwesenheit": [],
    "vorschuss": [],
    "umzug-zusicherung": ["newhome_offer"],
    "erstausstattung": ["equip_prescription"],
    "darlehen": ["loan_estimate"],
    "anhoerung": [],
    "mehr-zeit": [],
    "termin-verlegen": [],
    "akteneinsicht": [],
    "datenkopie": [],
    "einwilligungen": [],
    "wid": [],
    "ueb": [],
    "but": [],
    "meb": [],
    "bb": ["bb_receipts"],
}
"""Who reports ill and knows nothing of a certificate yet, must bring one; and so on."""


@pytest.mark.parametrize("name", SMALL)
def test_a_form_is_filled_in_with_the_least_of_answers(name):
    sheet = fill(small(name))
    assert papers(sheet) == SHORTEST_PAPERS[name]
    own = [step for step in sheet.steps if step.page.id not in {"absender", "erklaerung"}]
    assert 1 <= len(own) <= 8


@pytest.mark.parametrize("name", SMALL)
def test_who_is_signed_in_is_not_asked_who_they_are(name):
    form = small(name)
    assert form.sections[0].card
    assert {q.prefill for q in form.pages[0].questions} == {
        "profile.first_name",
        "profile.last_name",
        "profile.birth_date",
    }


# Papers of the small forms


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("krankmeldung", {"sick_certified": "short"}, []),
        ("krankmeldung", {"sick_certified": "now"}, ["sick_note"]),
        ("ortsabwesenheit", {"absence_reason": "holiday"}, []),
        ("ortsabwesenheit", {"absence_reason": "cure"}, ["absence_proof"]),
        ("umzug-zusicherung", {"newhome_signed": True}, ["newhome_lease"]),
        (
            "umzug-zusicherung",
            {"newhome_signed": False, "newhome_reason": "notice", "newhome_extra": ["moving"]},
            ["newhome_estimate", "newhome_notice", "newhome_offer"],
        ),
        ("erstausstattung", {"equip_kinds": ["home"]}, []),
        ("erstausstattung", {"equip_kinds": ["baby"]}, ["equip_pregnancy"]),
        ("erstausstattung", {"equip_kinds": ["ortho"]}, ["equip_prescription"]),
        ("darlehen", {"loan_for": "energy"}, ["loan_cut"]),
        ("darlehen", {"loan_for": "stolen"}, ["loan_police"]),
        ("anhoerung", {"hearing_papers": True}, ["hearing_proof"]),
        ("termin-verlegen", {"appointment_reason": "work"}, ["appointment_proof"]),
        ("termin-verlegen", {"appointment_reason": "care"}, []),
        ("wid", {"wid_for_other": True}, ["wid_power_of_attorney"]),
        ("ueb", {"ueb_papers": True}, ["ueb_proof"]),
    ],
)
def test_exactly_these_papers_follow(name, answers, expected):
    assert papers(fill(small(name), **answers)) == expected


# Words that must stand on a page before it is too late


def test_whoever_objects_is_told_that_a_password_is_no_signature():
    form = small("wid")
    page = form.page_of["wid_sign"]
    assert page.lead is not None
    assert "mit Datum gespeichert" in page.lead.de
    assert "noch keine Unterschrift" in page.lead.de
    ways = form.questions["wid_sign"]
    assert isinstance(ways, ChoiceQuestion)
    assert {option.id for option in ways.options if option.hint} == {"eid", "print", "office"}
    for way in ("eid", "print", "office"):
        assert "wid_form" in notices(fill(form, wid_sign=way))


def test_an_objection_is_valid_without_reasons_and_urgent_in_hardship():
    form = small("wid")
    sheet = fill(form, wid_urgent_hardship=True)
    assert sheet.is_later("wid_reasons")
    assert sheet.urgency == (
        2, ("Widerspruch, Notlage angegeben", "Widerspruch, Form und Frist prüfen")
    )  # fmt: skip
    assert fill(form).urgency[0] == 1


def test_everybody_who_objects_reads_where_fast_help_is():
    lead = small("wid").page_of["wid_urgent_hardship"].lead
    assert lead is not None
    assert "§ 39 SGB II" in lead.de
    assert "§ 86b SGG" in lead.de


def test_assurance_is_explained_before_anything_else_is_asked():
    form = small("umzug-zusicherung")
    first = form.sections[1].pages[0]
    assert [question.id for question in first.questions] == ["newhome_signed"]
    assert first.lead is not None
    assert first.lead.de.startswith("Unterschreiben Sie bitte erst")


@pytest.mark.parametrize(
    ("born", "is_asked"),
    [("2001-11-28", True), ("2001-11-27", False), ("2001-11-26", False), ("1985-01-15", False)],
)
def test_moving_out_of_the_parents_home_is_asked_until_the_25th_birthday(born, is_asked):
    sheet = fill(small("umzug-zusicherung"), birth_date=born)
    assert sheet.is_asked(sheet.form.questions["newhome_u25"]) is is_asked


def test_who_cannot_live_at_home_any_more_is_protected():
    sheet = fill(
        small("umzug-zusicherung"),
        birth_date="2007-05-01",
        newhome_u25=True,
        newhome_u25_reason="family",
    )
    assert notices(sheet) == {"newhome_u25", "newhome_danger"}
    assert told(sheet) == [("umzug-gruende", "Bei Gefahr gehen")]
    assert not sheet.is_asked(sheet.form.questions["newhome_reason"])


def test_more_than_a_hundred_euro_is_no_early_payment():
    form = small("vorschuss")
    assert told(fill(form, early_amount="100.00")) == []
    assert told(fill(form, early_amount="100.01")) == [("vorschuss-not", "Auf diesem Weg")]


def test_more_time_for_an_objection_is_not_promised():
    form = small("mehr-zeit")
    sheet = fill(form, more_time_for="objection")
    assert told(sheet) == [("mehr-zeit-bis", "Diese Frist steht")]
    assert notices(sheet) == {"more_time_objection"}
    assert told(fill(form, more_time_for="reasons")) == []


def test_nothing_is_decided_before_who_wants_to_speak_has_spoken():
    sheet = fill(small("anhoerung"), hearing_in_person=True)
    assert told(sheet) == [("anhoerung-antwort", "Wir rufen Sie")]
    assert notices(sheet) == {"hearing_in_person"}
    assert notices(fill(small("anhoerung"))) == set()


def test_no_consent_is_taken_over_or_chosen_beforehand():
    consents = [q for q in small("einwilligungen").every_question if q.id.startswith("consent_")]
    assert len(consents) == 7
    assert not any(q.carry or q.prefill for q in consents)
    assert small("einwilligungen").requirements == ()
