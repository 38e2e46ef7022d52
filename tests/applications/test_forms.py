"""Every type of answer with right, wrong, extreme and hostile input."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from portal.applications import check_digits, forms, wording
from portal.applications.places import Kept, Place, new_row_id
from portal.applications.questions import GroupQuestion
from portal.applications.sheet import Sheet, Step
from tests.factories import applications as make

FORM = make.form()
TODAY = date(2026, 11, 22)


def question(id: str):
    column = FORM.columns.get(id)
    found = column[1] if column else FORM.questions[id]
    assert not isinstance(found, GroupQuestion)
    return found


def setting(**kept):
    answers = {Place(id): Kept(value) for id, value in kept.items()}
    sheet = Sheet(FORM, answers, day=TODAY)
    return forms.Setting(sheet, Step(FORM.pages[0]), wording.german(), TODAY)


@pytest.fixture
def ask(app):
    """Post one answer; give back what would be kept, or the error."""

    def post(id: str, *typed: str):
        asked = question(id)
        data = MultiDict([(id, part) for part in typed])
        with app.test_request_context(method="POST", data=data):
            form = forms.page_form([asked], setting())
            form.validate()
            errors = form.field_of(asked).errors
            return str(errors[0]) if errors else form.answers()[Place(id)]

    return post


@pytest.mark.parametrize(
    ("id", "typed", "kept"),
    [
        ("first_name", ["  Oksana "], "Oksana"),
        ("first_name", ["Zoë-Ґєї O’Neil"], "Zoë-Ґєї O’Neil"),
        ("first_name", ["Ok\x00sa\x1bna"], "Oksana"),
        ("first_name", ["<script>alert(1)</script>"], "<script>alert(1)</script>"),
        ("phone", [""], None),
        ("birth_date", ["27", "3", "1992"], "1992-03-27"),
        ("birth_date", ["27.3.1992", "", ""], "1992-03-27"),
        ("lives_alone", ["yes"], True),
        ("lives_alone", ["no"], False),
        ("household_changes", ["birth", "moved_in"], ["birth", "moved_in"]),
        ("household_changes", ["none"], ["none"]),
        ("tenure", ["rent"], "rent"),
        ("cold_rent", ["412,50"], "412.50"),
        ("cold_rent", ["1.250 €"], "1250.00"),
        ("cold_rent", ["0"], "0.00"),
        ("costs_valid_from", ["3/2027"], "2027-03"),
        ("costs_valid_from", ["11.2026"], "2026-11"),
        ("costs_valid_from", ["2026-11"], "2026-11"),
        ("vehicle_year", ["2009"], 2009),
        ("iban", ["de02 1203 0000 0000 2020 51"], "DE02120300000000202051"),
        ("truth", ["y"], True),
    ],
)
def test_what_is_right_is_kept(ask, id, typed, kept):
    assert ask(id, *typed) == kept


@pytest.mark.parametrize(
    ("id", "typed", "error"),
    [
        ("first_name", [""], "„Vorname“ fehlt noch."),
        ("first_name", ["   "], "„Vorname“ fehlt noch."),
        ("first_name", ["x" * 81], "zu lang"),
        ("birth_date", ["31", "2", "1990"], "gibt es nicht"),
        ("birth_date", ["27", "", "1990"], "den Monat"),
        ("birth_date", ["23", "11", "2026"], "in der Zukunft"),
        ("birth_date", ["1", "1", "1899"], "Prüfen Sie das Jahr"),
        ("award_until", ["1", "1", "9999"], "Prüfen Sie das Jahr"),
        ("lives_alone", [], "fehlt noch"),
        ("lives_alone", ["maybe"], "Wählen Sie"),
        ("household_changes", [], "fehlt noch"),
        ("household_changes", ["none", "birth"], "passt nicht zu den anderen"),
        ("household_changes", ["birth", "forged"], "Wählen Sie"),
        ("tenure", ["castle"], "Wählen Sie"),
        ("cold_rent", ["viel"], "Betrag in Euro"),
        ("cold_rent", ["-5"], "Betrag in Euro"),
        ("cold_rent", ["99999999999"], "Betrag in Euro"),
        ("cold_rent", ["1e5"], "Betrag in Euro"),
        ("costs_valid_from", ["13/2026"], "Monat und Jahr"),
        ("costs_valid_from", ["gestern"], "Monat und Jahr"),
        ("costs_valid_from", ["1/1"], "Monat und Jahr"),
        ("vehicle_year", ["1949"], "zwischen 1950 und 2100"),
        ("vehicle_year", ["9" * 14], "zwischen"),
        ("vehicle_year", ["neu"], "ganze Zahl"),
        ("iban", ["DE02 1203 0000 0000 2020 52"], "IBAN stimmt nicht"),
        ("iban", ["DE02 1203"], "IBAN stimmt nicht"),
        ("iban", ["ґ" * 22], "IBAN stimmt nicht"),
        ("truth", [], "„Erklärung“ fehlt noch."),
    ],
)
def test_what_is_wrong_says_what_to_do(ask, id, typed, error):
    answer = ask(id, *typed)
    assert isinstance(answer, str)
    assert error in answer


# Published examples of the IBAN registry and of banks; each also with its last digit changed.
IBANS = [
    "DE89370400440532013000",
    "DE02120300000000202051",
    "DE02500105170137075030",
    "AT611904300234573201",
    "CH9300762011623852957",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "NL91ABNA0417164300",
    "PL61109010140000071219812874",
]


@pytest.mark.parametrize("iban", IBANS)
def test_check_digits_of_an_iban(iban):
    assert check_digits.is_iban(iban)
    changed = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert not check_digits.is_iban(changed)
    assert not check_digits.is_iban(iban + "0")


def test_a_wrong_answer_does_not_take_a_right_one_with_it(app):
    asked = [question(id) for id in ("first_name", "last_name", "birth_date")]
    data = MultiDict([("first_name", "Oksana"), ("last_name", ""), ("birth_date", "x")])
    with app.test_request_context(method="POST", data=data):
        form = forms.page_form(asked, setting())
        assert not form.validate()
        assert form.has_mistakes()
        assert form.answers() == {Place("first_name"): "Oksana", Place("last_name"): None}


def test_what_was_kept_stands_in_the_fields(app):
    asked = [question(id) for id in ("birth_date", "cold_rent", "costs_valid_from", "lives_alone")]
    kept = {
        "birth_date": "1992-03-27",
        "cold_rent": "1250.50",
        "costs_valid_from": "2026-11",
        "lives_alone": False,
    }
    opened = {"housing_costs_changed": True, "moved": False, "tenure": "rent"}
    with app.test_request_context():
        form = forms.page_form(asked, setting(**kept, **opened))
        html = "".join(str(field()) for field in form if field.name in kept)
    assert 'value="1.250,50"' in html
    assert 'value="11/2026"' in html
    assert 'value="1992"' in html
    assert 'value="no" checked' in html


def test_rows_sort_by_the_time_they_were_made():
    ids = [new_row_id() for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(id.version == 7 for id in ids)
    assert ids[0].int >> 80 <= ids[-1].int >> 80
