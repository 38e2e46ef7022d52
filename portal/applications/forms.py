"""Forms made at run time from the questions of a page, and the few small forms around them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from portal.applications import check_digits, merging
from portal.applications.fields import (
    EARLIEST,
    LATEST,
    AddressField,
    CheckedNumberField,
    CountriesField,
    MonthField,
    PeriodField,
    TableField,
)
from portal.applications.models import Source
from portal.applications.places import APPLICANT, LATER, Place, Value
from portal.applications.questions import (
    AddressQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    CountryQuestion,
    DateQuestion,
    DeclarationQuestion,
    DocumentQuestion,
    GroupQuestion,
    IbanQuestion,
    LongTextQuestion,
    MoneyQuestion,
    MonthQuestion,
    NumberQuestion,
    Option,
    PensionNumberQuestion,
    PeriodQuestion,
    PersonQuestion,
    Question,
    TableQuestion,
    TaxIdQuestion,
    TextQuestion,
    YesNoQuestion,
)
from portal.applications.sheet import Sheet, Step
from portal.applications.wording import Wording
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

LATER_SUFFIX = "-spaeter"
CHOICE_SUFFIX = "-wahl"
MONTHS_OF_A_TABLE = 12


@dataclass(frozen=True)
class Setting:
    """Where questions are asked: on which sheet, page and row, in which words, on which day."""

    sheet: Sheet
    step: Step
    say: Wording
    today: date
    row: UUID | None = None

    def place(self, question: Question) -> Place:
        """Return the place of a question here."""
        return Place(question.id, self.row, self.step.owner)

    def answer(self, id: str) -> Value | None:
        """Return the answer to a question here."""
        return self.sheet.answer(id, self.row, self.step.owner)


class PageForm(FlaskForm):
    """The questions of one page. What is right is kept even if something else is wrong."""

    questions: Sequence[Question] = ()
    setting: Setting
    theirs: Mapping[str, str]
    seen = HiddenField()
    only = HiddenField()
    open = HiddenField()

    def field_of(self, question: Question) -> Field:
        """Return the field of a question."""
        found: Field = self._fields[question.id]
        return found

    def later_of(self, question: Question) -> Field | None:
        """Return the box “I do not know yet” of a question that may be left for later."""
        found: Field | None = self._fields.get(question.id + LATER_SUFFIX)
        return found

    def is_later(self, question: Question) -> bool:
        """Tell whether nothing was typed and the answer will follow."""
        later = self.later_of(question)
        return later is not None and bool(later.data) and self.is_empty(question)

    def is_empty(self, question: Question) -> bool:
        """Tell whether nothing was typed or chosen."""
        raw = self.field_of(question).raw_data or ()
        return not any(isinstance(part, str) and part.strip() for part in raw)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape of every answer; an optional one may be missing, another may follow."""
        super().validate(extra_validators)
        for question in self.questions:
            if self.takes_theirs(question):
                self.field_of(question).errors = []
            elif self.is_undecided(question):
                choose = gettext("Wählen Sie, welche Antwort stimmt.")
                self.field_of(question).errors = [choose]
            elif self.is_empty(question):
                may_lack = question.optional or self.is_later(question)
                missing = gettext("„%(question)s“ fehlt noch.", question=_label(self, question))
                self.field_of(question).errors = [] if may_lack else [missing]
        return not self.errors

    def has_mistakes(self) -> bool:
        """Tell whether something was typed that cannot be taken."""
        return any(self.field_of(q).errors and not self.is_empty(q) for q in self.questions)

    def choice_of(self, question: Question) -> Field | None:
        """Return the choice between two answers of a question on which two people differ."""
        found: Field | None = self._fields.get(question.id + CHOICE_SUFFIX)
        return found

    def takes_theirs(self, question: Question) -> bool:
        """Tell whether the answer of the other one was chosen."""
        choice = self.choice_of(question)
        return choice is not None and choice.data == "theirs"

    def is_undecided(self, question: Question) -> bool:
        """Tell whether two people differ and nothing was chosen."""
        choice = self.choice_of(question)
        return choice is not None and choice.data not in {"mine", "theirs"}

    @property
    def meant(self) -> Sequence[Question]:
        """Return the questions that this post is about: those it names, else all of the page."""
        named = {id for id in (self.only.data or "").split(",") if id}
        return [q for q in self.questions if not named or q.id in named]

    def shown(self) -> dict[Place, str]:
        """Return the marks of the values that the page was shown with, by place."""
        marks = merging.read_marks(self.seen.data or "")
        return {self.setting.place(q): marks[q.id] for q in self.questions if q.id in marks}

    def mark_anew(self, sheet: Sheet) -> None:
        """Mark every field with what is stored now: whoever sends the page again has seen it."""
        self.setting = replace(self.setting, sheet=sheet)
        self.seen.data = json.dumps(_marks(self.questions, self.setting))

    def answers(self) -> dict[Place, Value | None]:
        """Return what can be kept, by place; an emptied answer is none."""
        return {
            self.setting.place(question): self._answer(question)
            for question in self.meant
            if not self.takes_theirs(question) and not self.is_undecided(question)
            if self.is_empty(question) or not self.field_of(question).errors
        }

    def _answer(self, question: Question) -> Value | None:
        if self.is_later(question):
            return LATER
        if self.is_empty(question):
            return None
        return _to_value(question, self.field_of(question).data)


def _label(form: PageForm, question: Question) -> str:
    if isinstance(question, DeclarationQuestion):
        return str(gettext("Erklärung"))
    return str(form.field_of(question).label.text)


class Undecided(Optional):
    """Let a choice be empty without calling it voluntary: `PageForm.validate` asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {}


def page_form(
    questions: Sequence[Question],
    setting: Setting,
    *,
    undecided: Sequence[str] = (),
    prefix: str = "",
) -> PageForm:
    """Build the form of these questions with the answers kept so far.

    For each `undecided` question there is a choice between the own answer and that of somebody
    else, which stands in the draft now. `prefix` keeps the names apart where one page shows the
    same questions twice.
    """
    asked = [q for q in questions if not isinstance(q, GroupQuestion | DocumentQuestion)]
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for question in asked:
        fields[question.id] = _field(question, setting)
        if (value := setting.answer(question.id)) is not None:
            data[question.id] = _to_data(question, value)
        if question.later:
            later = question.id + LATER_SUFFIX
            fields[later] = CheckboxField(lazy_gettext("Weiß ich gerade nicht, reiche ich nach"))
            data[later] = setting.sheet.is_later(*setting.place(question))
        if question.id in undecided:
            mine_or_theirs = [
                ("mine", gettext("Meine Eingabe von hier")),
                ("theirs", gettext("Die andere Antwort")),
            ]
            fields[question.id + CHOICE_SUFFIX] = ChoiceField(
                lazy_gettext("Welche Antwort stimmt?"), [Undecided()], choices=mine_or_theirs
            )
    open_ids = [question.id for question in asked if question.id in undecided]
    data |= {"seen": json.dumps(_marks(asked, setting)), "open": ",".join(open_ids)}
    made = type("QuestionsForm", (PageForm,), {"questions": tuple(asked), **fields})
    form: PageForm = made(data=data, prefix=prefix)
    form.setting = setting
    for question in asked:
        if _is_title(question, setting):
            named: Any = form.field_of(question)
            named.is_named_above = True
    form.theirs = {q.id: _stored_words(q, setting) for q in asked if q.id in undecided}
    return form


def _is_title(question: Question, setting: Setting) -> bool:
    """Tell whether a yes-no question says what the title of its page says already."""
    page = setting.step.page
    is_first = setting.row is None and page.questions[0].id == question.id
    return isinstance(question, YesNoQuestion) and is_first and question.label == page.title


def _stored_words(question: Question, setting: Setting) -> str:
    """Say what stands in the draft now, and by whom."""
    kept = setting.sheet.kept.get(setting.place(question))
    if kept is None:
        return str(gettext("Auf einem anderen Gerät wurde diese Antwort gelöscht."))
    words = str(gettext("Reiche ich nach"))
    if not kept.is_later:
        words = setting.say.value(setting.sheet, question, kept.value)
    if kept.by and kept.source is not Source.PROPOSED:
        said = gettext("%(name)s hat inzwischen geantwortet: %(words)s", name=kept.by, words=words)
        return str(said)
    return str(gettext("Auf einem anderen Gerät steht jetzt: %(words)s", words=words))


def _marks(questions: Sequence[Question], setting: Setting) -> dict[str, str]:
    kept = {q.id: setting.sheet.kept.get(setting.place(q)) for q in questions}
    return {id: merging.mark(one.value if one else None) for id, one in kept.items()}


def _field(question: Question, setting: Setting) -> Any:  # noqa: C901, PLR0911, PLR0912 (one a type)
    say, today = setting.say, setting.today
    names = say.person_names(setting.sheet, setting.step.owner)
    label = say.text(question.label, **names)
    common: dict[str, Any] = {
        "label": say.title(setting.sheet, setting.step) if _is_title(question, setting) else label,
        "description": say.text(question.hint, **names) if question.hint else "",
    }
    rules: list[Any] = [Optional()] if question.optional else []
    match question:
        case TextQuestion():
            rules.append(_length(question.max_length))
            attributes = {"autocomplete": question.autocomplete or "off"}
            return TextField(**common, validators=rules, render_kw=attributes)
        case LongTextQuestion():
            rules.append(_length(question.max_length))
            return TextAreaField(**common, validators=rules)
        case DateQuestion():
            rules.append(_between(question, today))
            birthday = (question.autocomplete or "").startswith("bday")
            return DateField(**common, validators=rules, birthday=birthday)
        case MonthQuestion():
            common["description"] = common["description"] or gettext("Zum Beispiel 3/2027")
            return MonthField(**common, validators=rules, render_kw={"width": "10"})
        case PeriodQuestion():
            latest = today if question.past else LATEST
            return PeriodField(
                **common, validators=rules, latest=latest, open_end=question.open_end
            )
        case MoneyQuestion():
            return MoneyField(**common, validators=rules, zero=question.zero)
        case NumberQuestion():
            rules.append(_number(question))
            return IntegerField(**common, validators=rules)
        case YesNoQuestion():
            yes_no = [("yes", gettext("Ja")), ("no", gettext("Nein"))]
            return ChoiceField(**common, choices=yes_no, validators=rules)
        case ChoiceQuestion():
            if question.long:
                choices = [("", gettext("Bitte wählen")), *_choices(question, say)]
                return SelectField(**common, choices=choices, validators=rules)
            return ChoiceField(**common, choices=_choices(question, say), validators=rules)
        case ChoicesQuestion():
            rules.append(_stands_alone([one for one in question.options if one.exclusive], say))
            return ChoicesField(**common, choices=_choices(question, say), validators=rules)
        case CountryQuestion():
            return _country(question, common, rules)
        case AddressQuestion():
            return AddressField(**common, validators=rules, abroad=question.abroad)
        case IbanQuestion():
            otherwise = gettext("Diese IBAN stimmt nicht. Vergleichen Sie sie mit Ihrer Bankkarte.")
            return _checked(check_digits.is_iban, otherwise, common, rules)
        case PensionNumberQuestion():
            otherwise = gettext(
                "Diese Rentenversicherungsnummer stimmt nicht. Sie steht auf Ihrem "
                "Sozialversicherungsausweis und beginnt mit zwei Ziffern."
            )
            return _checked(check_digits.is_pension_number, otherwise, common, rules)
        case TaxIdQuestion():
            otherwise = gettext(
                "Diese Steuer-ID stimmt nicht. Sie hat elf Ziffern und steht zum Beispiel auf "
                "Ihrem Steuerbescheid."
            )
            return _checked(check_digits.is_tax_id, otherwise, common, rules)
        case PersonQuestion():
            people = setting.sheet.people(question)
            choices = [
                ("applicant" if one == APPLICANT else str(one), say.person(setting.sheet, one))
                for one in people
            ]
            return ChoiceField(**common, choices=choices, validators=rules)
        case TableQuestion():
            return TableField(
                **common,
                validators=rules,
                columns=_columns(question, setting),
                lines=[
                    (e.id, say.text(e.label), say.text(e.hint) if e.hint else "")
                    for e in question.lines
                ],
                sums=question.sums,
            )
        case DeclarationQuestion():
            return CheckboxField(**common, validators=rules)
    raise TypeError(question.type)


def _checked(fits: Any, otherwise: str, common: dict[str, Any], rules: list[Any]) -> Any:
    attributes = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    return CheckedNumberField(
        **common, validators=rules, fits=fits, otherwise=otherwise, render_kw=attributes
    )


def _country(question: CountryQuestion, common: dict[str, Any], rules: list[Any]) -> Any:
    names = get_locale().territories
    known = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    first = [("DE", names["DE"])]
    others = sorted((one for one in known if one[0] != "DE"), key=lambda one: one[1])
    if question.several:
        return CountriesField(**common, choices=[*first, *others], validators=rules)
    choices = [("", gettext("Bitte wählen")), *first, *others]
    return SelectField(**common, choices=choices, validators=rules)


def _columns(question: TableQuestion, setting: Setting) -> list[tuple[str, str]]:
    if question.months_of is None:
        return [(column.id, setting.say.text(column.label)) for column in question.columns]
    period = setting.answer(question.months_of)
    return [(month, setting.say.month(month)) for month in months_of(period)]


def _lines(question: TableQuestion, say: Wording) -> list[tuple[str, str, str]]:
    return [
        (one.id, say.text(one.label), say.text(one.hint) if one.hint else "")
        for one in question.lines
    ]


def months_of(period: Value | None) -> list[str]:
    """Return the months of a period such as `2026-08`, at most twelve."""
    if not isinstance(period, dict) or "from" not in period:
        return []
    day = date.fromisoformat(period["from"]).replace(day=1)
    ends = date.fromisoformat(period.get("to") or period["from"])
    months: list[str] = []
    while day <= ends and len(months) < MONTHS_OF_A_TABLE:
        months.append(f"{day:%Y-%m}")
        day = (day + timedelta(days=32)).replace(day=1)
    return months


def _choices(question: ChoiceQuestion | ChoicesQuestion, say: Wording) -> list[tuple[Any, ...]]:
    return [
        (one.id, say.text(one.label), {"hint": say.text(one.hint)} if one.hint else {})
        for one in question.options
    ]


def _length(maximum: int) -> Length:
    message = gettext("Das ist zu lang. Möglich sind %(count)s Zeichen.", count=maximum)
    return Length(max=maximum, message=message)


def _number(question: NumberQuestion) -> NumberRange:
    message = gettext(
        "Geben Sie eine Zahl zwischen %(low)s und %(high)s ein.",
        low=question.minimum,
        high=question.maximum,
    )
    return NumberRange(question.minimum, question.maximum, message=message)


def _between(question: DateQuestion, today: date) -> Any:
    def check(form: FlaskForm, field: Field) -> None:
        if field.data is None:
            return
        if question.past and field.data > today:
            raise ValidationError(gettext("Dieser Tag liegt in der Zukunft. Prüfen Sie das Datum."))
        if question.future and field.data < today:
            raise ValidationError(gettext("Dieser Tag ist schon vorbei. Prüfen Sie das Datum."))
        if not EARLIEST <= field.data <= LATEST:
            raise ValidationError(gettext("Prüfen Sie das Jahr."))

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


def _to_value(question: Question, data: Any) -> Value:
    match question:
        case YesNoQuestion():
            return bool(data == "yes")
        case DateQuestion():
            return str(data.isoformat())
        case _:
            return str(data) if isinstance(data, Decimal) else data


def _to_data(question: Question, value: Value) -> Any:
    match question:
        case YesNoQuestion():
            return "yes" if value else "no"
        case DateQuestion():
            return date.fromisoformat(str(value))
        case MoneyQuestion():
            return Decimal(str(value))
        case _:
            return value


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
