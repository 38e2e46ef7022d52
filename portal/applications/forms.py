"""Forms made at run time from the questions of a page, and the few small forms around them."""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from portal.applications.definitions import (
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    DeclarationQuestion,
    IbanQuestion,
    LongTextQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    Option,
    Simple,
    TextQuestion,
    YesNoQuestion,
)
from portal.applications.models import Outcome
from portal.applications.queries import Wanted
from portal.applications.sheet import Value
from portal.applications.wording import OUTCOME_WORDS, STATE_WORDS, Wording
from portal.core.db import new_id
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    HiddenField,
    IntegerField,
    MoneyField,
    SelectField,
    TextAreaField,
    TextField,
)

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
IBAN_LENGTHS = {"DE": 22, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "ES": 24, "FR": 27, "IE": 22}
IBAN_LENGTHS |= {"IT": 27, "LT": 20, "LU": 20, "NL": 18, "PL": 28, "RO": 24, "UA": 29}
MONTH = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{4})")
ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")


def _printable(value: Any) -> Any:
    return CONTROL.sub("", value).strip() if isinstance(value, str) else value


def is_iban(value: str) -> bool:
    """Tell whether the check digits and the length of the country fit (ISO 13616, mod 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", value):
        return False
    if len(value) != IBAN_LENGTHS.get(value[:2], len(value)):
        return False
    digits = "".join(str(int(sign, 36)) for sign in value[4:] + value[:4])
    return int(digits) % 97 == 1


class MonthField(TextField):
    """A month of a year: 3/2027 or 03.2027."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the month."""
        self.data = None
        typed = "".join(valuelist[:1]).strip()
        if not typed:
            return
        found = MONTH.fullmatch(typed)
        iso = ISO_MONTH.fullmatch(typed)
        month, year = (found[1], found[2]) if found else (iso[2], iso[1]) if iso else ("0", "0")
        if not (1 <= int(month) <= 12 and EARLIEST.year <= int(year) <= LATEST.year):
            raise ValueError(gettext("Geben Sie Monat und Jahr ein, zum Beispiel 3/2027."))
        self.data = f"{int(year):04}-{int(month):02}"

    def _value(self) -> str:
        year, _, month = str(self.data or "").partition("-")
        return f"{int(month)}/{year}" if month else ""


class PageForm(FlaskForm):
    """The questions of one page. What is right is kept even if something else is wrong."""

    questions: Sequence[Simple] = ()

    def field_of(self, question: Simple) -> Field:
        """Return the field of a question."""
        found: Field = self._fields[question.id]
        return found

    def is_empty(self, question: Simple) -> bool:
        """Tell whether nothing was typed or chosen."""
        raw = self.field_of(question).raw_data or ()
        return not any(isinstance(part, str) and part.strip() for part in raw)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape of every answer; an optional one may be missing."""
        super().validate(extra_validators)
        for question in self.questions:
            if self.is_empty(question):
                missing = gettext("„%(question)s“ fehlt noch.", question=_label(self, question))
                self.field_of(question).errors = [] if question.optional else [missing]
        return not self.errors

    def has_mistakes(self) -> bool:
        """Tell whether something was typed that cannot be taken."""
        return any(self.field_of(q).errors and not self.is_empty(q) for q in self.questions)

    def answers(self, row: UUID | None = None) -> dict[tuple[str, UUID | None], Value | None]:
        """Return what can be kept, by place; an emptied answer is none."""
        return {
            (question.id, row): None
            if self.is_empty(question)
            else _to_value(question, self.field_of(question).data)
            for question in self.questions
            if self.is_empty(question) or not self.field_of(question).errors
        }


def _label(form: PageForm, question: Simple) -> str:
    if isinstance(question, DeclarationQuestion):
        return str(gettext("Erklärung"))
    return str(form.field_of(question).label.text)


def page_form(
    questions: Sequence[Simple], kept: Mapping[str, Value | None], say: Wording, today: date
) -> PageForm:
    """Build the form of these questions with the answers kept so far."""
    fields: dict[str, Any] = {q.id: _field(q, say, today) for q in questions}
    made = type("QuestionsForm", (PageForm,), {"questions": tuple(questions), **fields})
    data = {q.id: _to_data(q, value) for q in questions if (value := kept.get(q.id)) is not None}
    form: PageForm = made(data=data)
    return form


def _field(question: Simple, say: Wording, today: date) -> Any:  # noqa: C901, PLR0911 (one a type)
    common: dict[str, Any] = {
        "label": say.text(question.label),
        "description": say.text(question.hint) if question.hint else "",
    }
    rules: list[Any] = [Optional()] if question.optional else []
    match question:
        case TextQuestion():
            rules.append(_length(question.max_length))
            attributes = {"autocomplete": question.autocomplete or "off"}
            return TextField(
                **common, validators=rules, filters=(_printable,), render_kw=attributes
            )
        case LongTextQuestion():
            rules.append(_length(question.max_length))
            return TextAreaField(**common, validators=rules, filters=(_printable,))
        case DateQuestion():
            rules.append(_between(EARLIEST, today if question.past else LATEST, past=question.past))
            return DateField(**common, validators=rules)
        case MonthQuestion():
            common["description"] = common["description"] or gettext("Zum Beispiel 3/2027")
            return MonthField(**common, validators=rules, render_kw={"width": "10"})
        case MoneyQuestion():
            return MoneyField(**common, validators=rules)
        case NumberQuestion():
            message = gettext(
                "Geben Sie eine Zahl zwischen %(low)s und %(high)s ein.",
                low=question.minimum,
                high=question.maximum,
            )
            rules.append(NumberRange(question.minimum, question.maximum, message=message))
            return IntegerField(**common, validators=rules)
        case YesNoQuestion():
            yes_no = [("yes", gettext("Ja")), ("no", gettext("Nein"))]
            return ChoiceField(**common, choices=yes_no, validators=rules)
        case ChoiceQuestion():
            return ChoiceField(**common, choices=_choices(question, say), validators=rules)
        case ChoicesQuestion():
            rules.append(_stands_alone([one for one in question.options if one.exclusive], say))
            return ChoicesField(**common, choices=_choices(question, say), validators=rules)
        case IbanQuestion():
            rules.append(_check_iban)
            attributes = {"autocomplete": "off", "autocapitalize": "characters"}
            return TextField(**common, validators=rules, filters=(_iban,), render_kw=attributes)
        case DeclarationQuestion():
            return CheckboxField(**common, validators=rules)


def _choices(question: ChoiceQuestion | ChoicesQuestion, say: Wording) -> list[tuple[Any, ...]]:
    return [
        (one.id, say.text(one.label), {"hint": say.text(one.hint)} if one.hint else {})
        for one in question.options
    ]


def _length(maximum: int) -> Length:
    message = gettext("Das ist zu lang. Möglich sind %(count)s Zeichen.", count=maximum)
    return Length(max=maximum, message=message)


def _between(first: date, last: date, *, past: bool) -> Any:
    def check(form: FlaskForm, field: Field) -> None:
        if field.data is not None and not first <= field.data <= last:
            raise ValidationError(
                gettext("Dieser Tag liegt in der Zukunft. Prüfen Sie das Datum.")
                if past and field.data > last
                else gettext("Prüfen Sie das Jahr.")
            )

    return check


def _stands_alone(exclusive: Sequence[Option], say: Wording) -> Any:
    def check(form: FlaskForm, field: Field) -> None:
        for option in exclusive:
            if option.id in (field.data or ()) and len(field.data) > 1:
                raise ValidationError(
                    gettext(
                        "„%(option)s“ passt nicht zu den anderen Antworten.",
                        option=say.text(option.label),
                    )
                )

    return check


def _iban(value: Any) -> Any:
    return re.sub(r"\s", "", CONTROL.sub("", value)).upper() if isinstance(value, str) else value


def _check_iban(form: FlaskForm, field: Field) -> None:
    if field.data and not is_iban(field.data):
        raise ValidationError(
            gettext("Diese IBAN stimmt nicht. Vergleichen Sie sie mit Ihrer Bankkarte.")
        )


def _to_value(question: Simple, data: Any) -> Value:
    match question:
        case YesNoQuestion():
            return bool(data == "yes")
        case DateQuestion():
            return str(data.isoformat())
        case _:
            return str(data) if isinstance(data, Decimal) else data


def _to_data(question: Simple, value: Value) -> Any:
    match question:
        case YesNoQuestion():
            return "yes" if value else "no"
        case DateQuestion():
            return date.fromisoformat(str(value))
        case MoneyQuestion():
            return Decimal(str(value))
        case _:
            return value


def new_row_id() -> UUID:
    """Draw the id of a new row (RFC 9562, version 7): it sorts by time.

    The page carries it, so that a second click on “save” is the same row.
    """
    head = time.time_ns() // 1_000_000
    return UUID(
        int=head << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )


class ButtonForm(FlaskForm):
    """A form that is one button."""


class SendForm(FlaskForm):
    """The button that sends; its key makes a second click the same deed."""

    key = HiddenField()

    @property
    def submit_key(self) -> UUID:
        """Return the key of this page; a forged one is replaced."""
        try:
            return UUID(str(self.key.data))
        except ValueError:
            return new_id()


class DecisionForm(FlaskForm):
    """How an application was decided."""

    outcome = ChoiceField(
        lazy_gettext("Ergebnis"),
        choices=[(one.value, words) for one, words in OUTCOME_WORDS.items()],
    )
    note = TextAreaField(
        lazy_gettext("Hinweis für die Person"),
        [Optional(), Length(max=2000)],
        filters=(_printable,),
        description=lazy_gettext("Steht auf der Statusseite. Der Bescheid kommt gesondert."),
    )

    @property
    def chosen(self) -> Outcome:
        """Return the chosen outcome."""
        return Outcome(self.outcome.data)


class FilterForm(FlaskForm):
    """What the staff list is filtered by."""

    stand = SelectField(
        lazy_gettext("Stand"),
        choices=[
            ("", lazy_gettext("Noch nicht entschieden")),
            *((state.value, words) for state, words in STATE_WORDS.items() if state != "draft"),
        ],
    )
    wessen = SelectField(
        lazy_gettext("Bei wem"),
        choices=[
            ("team", lazy_gettext("Mein Team")),
            ("mine", lazy_gettext("Bei mir")),
            ("all", lazy_gettext("Alle Teams")),
        ],
    )

    @property
    def wanted(self) -> Wanted:
        """Return the filter; an unknown word filters nothing."""
        states = {state.value: state for state in STATE_WORDS}
        whose = self.wessen.data if self.wessen.data in {"mine", "all"} else "team"
        return Wanted(states.get(self.stand.data or ""), whose)
