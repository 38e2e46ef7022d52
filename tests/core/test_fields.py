"""Fields: what a page shows before and after a failed try, what is read from what people type."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import tinyhtml5
from flask import Flask, render_template_string
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict

from portal.core import fields
from portal.core.validators import email, length, optional, pattern, required
from tests.client import check_html

COLOURS = [("red", "Rot"), ("green", "Grün", {"hint": "Wie Gras"}), ("blue", "Blau")]


class Everything(FlaskForm):
    name = fields.TextField("Nachname", [required("Geben Sie Ihren Nachnamen ein.")])
    nickname = fields.TextField("Rufname", [optional(), length(at_most=5)])
    address = fields.EmailField("E-Mail", [required(), email()], description="Für die Quittung")
    secret = fields.PasswordField("Passwort", [optional()])
    story = fields.TextAreaField("Was ist geschehen?", [optional()])
    born = fields.DateField(
        "Geburtsdatum", [required("Geben Sie Ihr Geburtsdatum ein.")], birthday=True
    )
    rent = fields.MoneyField("Miete", [optional()])
    rooms = fields.IntegerField("Zimmer", [optional()])
    colour = fields.ChoiceField("Farbe", [required("Wählen Sie eine Farbe.")], choices=COLOURS)
    colours = fields.ChoicesField("Farben", [optional()], choices=COLOURS)
    country = fields.SelectField("Land", [optional()], choices=[("", ""), ("de", "Deutschland")])
    sure = fields.CheckboxField("Ich bin sicher", [optional()])
    papers = fields.FileField("Unterlagen", [optional()], multiple=True, accept="application/pdf")
    postcode = fields.TextField("PLZ", [optional(), pattern(r"\d{5}", "Fünf Ziffern.")])
    send = fields.SubmitField("Absenden")


@pytest.fixture
def context(app: Flask):
    with app.test_request_context(base_url="http://localhost", headers={"Accept-Language": "de"}):
        yield


def typed(**values) -> Everything:
    return Everything(formdata=MultiDict(values), meta={"csrf": False})


def rendered(form) -> str:
    return render_template_string(
        "{% from 'components/error_summary.html' import error_summary %}"
        "<!doctype html><html lang='de'><title>Formular</title><h1>Formular</h1>"
        "{{ error_summary(form) }}<form>{% for field in form %}{{ field() }}{% endfor %}</form>",
        form=form,
    )


def elements(html: str):
    return list(tinyhtml5.parse(html, namespace_html_elements=False).iter())


def by_id(html: str, id: str):
    return next(element for element in elements(html) if element.get("id") == id)


def test_an_empty_form_is_a_valid_page(context):
    check_html(rendered(Everything(meta={"csrf": False})))


def test_a_failed_form_is_a_valid_page(context):
    form = typed(name="")
    assert not form.validate()
    check_html(rendered(form))


def test_every_error_in_the_summary_leads_to_an_input(context):
    form = typed(born=["31", "2", "1990"], rent="viel", rooms="drei", colours="pink")
    form.validate()
    html = rendered(form)
    ids = {element.get("id"): element.tag for element in elements(html) if element.get("id")}
    targets = [e.get("href")[1:] for e in elements(html) if e.tag == "a"]
    assert {"name", "address", "born", "rent", "rooms", "colour", "colours"} <= set(targets)
    assert {ids[target] for target in targets} <= {"input", "select", "textarea"}


def test_hint_and_error_are_tied_to_the_input(context):
    form = typed(address="oksana")
    form.validate()
    address = by_id(rendered(form), "address")
    assert address.get("aria-describedby") == "address-hint address-error"
    assert address.get("aria-invalid") == "true"
    assert address.get("autocomplete") == "email"
    assert address.get("required") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "  Müller <b> "),
        ("rent", "4oo,50"),
        ("rooms", "drei"),
        ("story", "\nZeile 1\nZeile 2 "),
    ],
)
def test_what_was_typed_comes_back_exactly(context, name, value):
    form = typed(**{name: value})
    form.validate()
    again = by_id(rendered(form), name)
    assert (again.get("value") or again.text) == value


def test_a_wrong_date_comes_back_in_its_three_parts(context):
    form = typed(born=["31", "02", "1990"])
    form.validate()
    html = rendered(form)
    assert [by_id(html, id).get("value") for id in ("born", "born-monat", "born-jahr")] == [
        "31",
        "02",
        "1990",
    ]
    assert form.born.errors == ["Dieses Datum gibt es nicht. Prüfen Sie Tag und Monat."]


def test_a_password_never_comes_back(context):
    form = typed(secret="geheim")
    form.validate()
    assert "geheim" not in rendered(form)


@pytest.mark.parametrize(
    "parts",
    [
        ["27", "3", "1990"],
        ["27", "03", "1990"],
        ["27.3.1990", "", ""],
        ["27.03.1990"],
        ["1990-03-27"],
        ["27/3/1990"],
        [" 27 ", " 3", "1990 "],
    ],
)
def test_a_date_is_read_as_people_write_it(context, parts):
    form = typed(born=parts)
    form.validate()
    assert form.born.data == date(1990, 3, 27)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["", "", ""], "Geben Sie Ihr Geburtsdatum ein."),
        (["27", "", "1990"], "Geben Sie auch den Monat ein."),
        (["", "", "1990"], "Geben Sie auch den Tag und den Monat ein."),
        (["27", "März", "1990"], "Geben Sie das Datum in Zahlen ein, zum Beispiel 27 3 1990."),
        (["27", "3", "90"], "Geben Sie das Jahr mit vier Ziffern ein, zum Beispiel 1990."),
        (["27", "13", "1990"], "Dieses Datum gibt es nicht. Prüfen Sie Tag und Monat."),
        (["27", "3", "0000"], "Dieses Datum gibt es nicht. Prüfen Sie Tag und Monat."),
        (["²", "3", "1990"], "Geben Sie das Datum in Zahlen ein, zum Beispiel 27 3 1990."),
        (["9" * 5000, "3", "1990"], "Dieses Datum gibt es nicht. Prüfen Sie Tag und Monat."),
    ],
)
def test_a_date_says_what_is_wrong(context, parts, message):
    form = typed(born=parts)
    form.validate()
    assert form.born.errors[0] == message


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("412,50", "412.50"),
        ("412.5", "412.50"),
        ("1.250", "1250"),
        ("1.250,99 €", "1250.99"),
        ("0", "0"),
        ("1 250", "1250"),
        ("12", "12"),
    ],
)
def test_money_is_read_as_people_write_it(context, value, amount):
    form = typed(rent=value)
    form.validate()
    assert not form.rent.errors
    assert form.rent.data == Decimal(amount)


@pytest.mark.parametrize(
    "value", ["-5", "viel", "1,2,3", "12.3456", "1e5", "9" * 30, "NaN", "4,999"]
)
def test_money_that_cannot_be_read_is_refused(context, value):
    form = typed(rent=value)
    form.validate()
    assert form.rent.errors == ["Geben Sie einen Betrag in Euro ein, zum Beispiel 412,50."]


def test_money_is_shown_with_comma(context):
    form = Everything(formdata=None, data={"rent": Decimal("1250.5")}, meta={"csrf": False})
    assert by_id(rendered(form), "rent").get("value") == "1.250,50"


def test_a_number_that_cannot_be_read_is_refused(context):
    for value in ("drei", "3,5", "9" * 40, "²"):
        form = typed(rooms=value)
        form.validate()
        assert form.rooms.errors == ["Geben Sie eine ganze Zahl ein, zum Beispiel 3."]


def test_a_choice_that_is_not_offered_is_refused(context):
    form = typed(colour="pink", colours=["red", "pink"], country="atlantis")
    form.validate()
    assert all(field.errors for field in (form.colour, form.colours, form.country))


def test_the_first_answer_carries_the_id_of_the_field(context):
    form = typed(colour="green")
    form.validate()
    html = rendered(form)
    assert by_id(html, "colour").get("value") == "red"
    assert by_id(html, "colour-1").get("checked") is not None
    assert by_id(html, "colour-1-more").text == "Wie Gras"


def test_only_optional_fields_are_marked(context):
    labels = {
        e.get("for"): "".join(e.itertext()) for e in elements(rendered(typed())) if e.tag == "label"
    }
    assert labels["nickname"].endswith("(freiwillig)")
    assert labels["name"].strip() == "Nachname"


def test_files_without_a_name_are_no_files(context):
    form = Everything(
        formdata=MultiDict(
            [
                ("papers", FileStorage(BytesIO(b""), filename="")),
                ("papers", FileStorage(BytesIO(b"x"), filename="a.pdf")),
            ]
        ),
        meta={"csrf": False},
    )
    form.validate()
    assert [file.filename for file in form.papers.data] == ["a.pdf"]


def test_length_and_pattern_speak_german(context):
    form = typed(nickname="Maximilian", postcode="123")
    form.validate()
    assert form.nickname.errors == ["Höchstens 5 Zeichen."]
    assert form.postcode.errors == ["Fünf Ziffern."]


def test_pasted_signs_that_nobody_sees_are_dropped(context):
    form = typed(name=" \u202aKovalenko\u202c\r\nBcc: x@y.z\0", story="eins\r\nzwei\u202e\t")
    form.validate()
    assert form.name.data == "Kovalenko Bcc: x@y.z"
    assert form.story.data == "eins\nzwei"


@pytest.mark.parametrize(("name", "longest"), [("name", 2_000), ("story", 20_000)])
def test_a_field_without_a_bound_of_its_own_has_one(context, name: str, longest: int):
    for count in (longest, longest + 1):
        form = typed(**{name: "x" * count})
        form.validate()
        assert bool(form[name].errors) is (count > longest)
    assert str(form[name].errors[0]).startswith("Das ist zu lang. Möglich sind")


@pytest.mark.parametrize(
    "name",
    ["name", "secret", "story", "born", "rent", "rooms", "colour", "colours", "country", "sure"],
)
def test_a_file_is_no_text(context, name: str):
    sent = MultiDict({name: FileStorage(BytesIO(b"x"), filename="x.txt")})
    form = Everything(formdata=sent, meta={"csrf": False})
    form.validate()
    assert not form[name].data
    assert rendered(form)
