"""The catalogue is sound, and each kind of defect would be found. No database."""

import copy
from datetime import date
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from portal.applications import lint, shelf
from portal.applications.definitions import Form
from portal.applications.shelf import read


@pytest.mark.parametrize("form", shelf.shipped().values(), ids=lambda f: f"{f.form}-{f.version}")
def test_the_catalogue_has_no_faults(form):
    assert lint.faults(form) == []


def test_every_form_is_found_by_the_day_it_is_valid_on():
    assert shelf.current("wba", date(2026, 6, 30)) is None
    assert shelf.current("wba", date(2026, 10, 31)).version == 1
    assert shelf.current("wba", date(2026, 11, 1)).version == 2
    assert shelf.current("nothing", date(2026, 7, 1)) is None


TEXT = {"de": "Text", "en": "Text"}
SMALL: dict[str, Any] = {
    "form": "small",
    "version": 1,
    "valid_from": "2026-07-01",
    "legal_basis": "§ 37 SGB II",
    "minutes": 1,
    "title": TEXT,
    "purpose": TEXT,
    "sections": [
        {
            "id": "first",
            "title": TEXT,
            "why": TEXT,
            "pages": [
                {
                    "id": "eins",
                    "title": TEXT,
                    "questions": [{"id": "alone", "type": "yes_no", "label": TEXT}],
                },
                {
                    "id": "zwei",
                    "title": TEXT,
                    "when": {"question": "alone", "equals": True},
                    "questions": [
                        {
                            "id": "kind",
                            "type": "choice",
                            "label": TEXT,
                            "options": [{"id": "one", "label": TEXT}, {"id": "two", "label": TEXT}],
                        }
                    ],
                },
                {
                    "id": "drei",
                    "title": TEXT,
                    "questions": [
                        {
                            "id": "people",
                            "type": "group",
                            "label": TEXT,
                            "one": TEXT,
                            "add": TEXT,
                            "row_title": {"de": "{name}", "en": "{name}"},
                            "questions": [{"id": "name", "type": "text", "label": TEXT}],
                        }
                    ],
                },
            ],
        }
    ],
    "requirements": [
        {
            "key": "paper",
            "kind": "other",
            "title": {"de": "Für {name}", "en": "For {name}"},
            "reason": TEXT,
            "legal_basis": "§ 60 SGB I",
            "per": "people",
            "when": {"question": "kind", "any_of": ["one"]},
        }
    ],
}


def small() -> dict[str, Any]:
    return copy.deepcopy(SMALL)


def faults_of(form: dict[str, Any]) -> list[str]:
    return lint.faults(read(yaml.safe_dump(form)))


def pages_of(form: dict[str, Any]) -> list[dict[str, Any]]:
    return form["sections"][0]["pages"]


def test_the_small_form_has_no_faults():
    assert faults_of(small()) == []


def double_question(form):
    pages_of(form)[1]["questions"][0]["id"] = "alone"
    pages_of(form)[1]["when"] = {"answered": "alone"}
    form["requirements"] = []


def double_page(form):
    pages_of(form)[1]["id"] = "eins"


def double_requirement(form):
    form["requirements"] *= 2


def unknown_in_condition(form):
    pages_of(form)[1]["when"] = {"question": "nobody", "equals": True}


def looks_ahead(form):
    pages_of(form)[0]["when"] = {"not": {"answered": "kind"}}


def looks_at_itself(form):
    pages_of(form)[0]["questions"][0]["when"] = {"question": "alone", "equals": True}


def never_true(form):
    form["requirements"][0]["when"] = {"question": "kind", "any_of": ["three"]}


def yes_no_by_word(form):
    pages_of(form)[1]["when"] = {"any": [{"question": "alone", "equals": "yes"}]}


def double_option(form):
    pages_of(form)[1]["questions"][0]["options"][1]["id"] = "one"


def taken_address(form):
    pages_of(form)[0]["id"] = "pruefen"


def list_with_company(form):
    pages_of(form)[2]["questions"].append({"id": "more", "type": "text", "label": TEXT})


def unknown_prefill(form):
    pages_of(form)[0]["questions"][0]["prefill"] = "profile.shoe_size"


def unknown_in_row_title(form):
    row_title = {"de": "{nobody}", "en": "{nobody}"}
    pages_of(form)[2]["questions"][0]["row_title"] = row_title


def unknown_in_requirement(form):
    form["requirements"][0]["title"] = {"de": "{nobody}", "en": "{nobody}"}


def requirement_per_nothing(form):
    form["requirements"][0]["per"] = "kind"


def blank_text(form):
    pages_of(form)[0]["title"] = {"de": "Text", "en": "  "}


def straight_quotes(form):
    pages_of(form)[0]["title"] = {"de": 'Ein "Wort"', "en": "A word"}


def different_placeholders(form):
    form["requirements"][0]["reason"] = {"de": "{name}", "en": "them"}


def silent_section(form):
    del form["sections"][0]["why"]


def per_no_list(form):
    form["sections"].append({**small()["sections"][0], "id": "again", "per": "kind", "pages": []})
    form["sections"][1]["pages"] = [
        {"id": "vier", "title": TEXT, "questions": [{"id": "last", "type": "text", "label": TEXT}]}
    ]


def age_of_no_day(form):
    pages_of(form)[1]["when"] = {"age_of": "alone", "from": 15}


def applicant_outside(form):
    pages_of(form)[1]["when"] = {"applicant": True}


DEFECTS = [
    (silent_section, "page eins: does not say why it asks"),
    (per_no_list, "section again: kind is no earlier list outside of persons"),
    (age_of_no_day, "page zwei: alone is no day, so nobody has an age by it"),
    (applicant_outside, "page zwei: nobody is the applicant outside the part of a person"),
    (double_question, "question alone: the id is used 2 times"),
    (double_page, "page eins: the id is used 2 times"),
    (double_requirement, "requirement paper: the id is used 2 times"),
    (unknown_in_condition, "page zwei: its condition names nobody, which does not exist"),
    (looks_ahead, "page eins: its condition looks ahead at kind, so it can never be reached"),
    (looks_at_itself, "question alone: its condition looks ahead at alone"),
    (never_true, "requirement paper: kind does not offer three, so this never holds"),
    (yes_no_by_word, "page zwei: alone is answered by yes or no, not by yes"),
    (double_option, "question kind: offers one 2 times"),
    (taken_address, "page pruefen: this address is taken"),
    (list_with_company, "page drei: a list stands alone on its page"),
    (unknown_prefill, "question alone: nothing is known under profile.shoe_size"),
    (unknown_in_row_title, "question people: cannot fill in {nobody}"),
    (unknown_in_requirement, "requirement paper: cannot fill in {nobody}"),
    (requirement_per_nothing, "requirement paper: kind is no list"),
    (blank_text, "the text in en is missing"),
    (straight_quotes, "straight quotes in de"),
    (different_placeholders, "the placeholders differ between the languages"),
]


@pytest.mark.parametrize(
    ("plant", "found"), DEFECTS, ids=lambda part: getattr(part, "__name__", "")
)
def test_a_planted_defect_is_found(plant, found):
    form = small()
    plant(form)
    assert any(found in fault for fault in faults_of(form)), faults_of(form)


WRONG_SHAPES = [
    lambda form: form.pop("title"),
    lambda form: form.update(title={"de": "Nur deutsch"}),
    lambda form: form.update(colour="red"),
    lambda form: pages_of(form)[0].update(id="Eins Zwei"),
    lambda form: pages_of(form)[0].update(questions=[]),
    lambda form: pages_of(form)[0]["questions"][0].update(type="guess"),
    lambda form: pages_of(form)[1].update(when={"question": "alone"}),
    lambda form: form["requirements"][0].update(kind="shoe"),
]


@pytest.mark.parametrize("spoil", WRONG_SHAPES)
def test_a_wrong_shape_is_refused(spoil):
    form = small()
    spoil(form)
    with pytest.raises(ValidationError):
        read(yaml.safe_dump(form))


def test_a_definition_once_sent_can_be_read_for_ever():
    """Stored definitions have the shape of the day they were sent on: the shape may only grow."""
    assert Form.model_validate(SMALL).groups[0].id == "people"
