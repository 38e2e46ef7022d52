"""Fields in the look of KERN: each renders label, hint, input and error from one template.

`{{ form.email() }}` is all a page writes. The rules behind the templates (WCAG 2.2): optional
fields are marked, required ones are not; what was typed comes back exactly as typed; the first
input of a group carries the id of the field, so that the error summary can link to it; hint and
error are tied to the input; no pop-ups of the browser.

`render_kw` takes any attribute (`autocomplete`, `inputmode`, `data-component`), and `width` (2, 4,
5, 10 or 20 characters) for inputs whose size shows how much is expected.
"""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from flask import Flask, current_app
from flask_babel import gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # (stubs of 3.2)
from wtforms.validators import StopValidation
from wtforms.widgets import html_params

from portal.core import cleaning
from portal.core.errors import PortalError

_DATE = re.compile(r"\s*(\d{1,2})[./\s-]+(\d{1,2})[./\s-]+(\d+)\s*")
_ISO_DATE = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*")
_MONEY = re.compile(r"(?P<euro>\d+|\d{1,3}(?:[. ]\d{3})+)(?:(?P<mark>[,.])(?P<cent>\d{1,2}))?")


class KernWidget:
    """Render a field by `templates/components/fields/<kind>.html`."""

    def __init__(self, kind: str, **attributes: str) -> None:
        self.kind = kind
        self.attributes = attributes

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        """Return the HTML of `field`; `attributes` go to its input."""
        given = {**self.attributes, **attributes}
        error = next(iter(field.errors), None)
        hint_id = f"{field.id}-hint" if field.description else None
        error_id = f"{field.id}-error" if error else None
        template = current_app.jinja_env.get_template(f"components/fields/{self.kind}.html")
        html = template.render(
            field=field,
            width=given.pop("width", None),
            attributes=html_params(**given),
            typed=_typed(field),
            error=error,
            hint_id=hint_id,
            error_id=error_id,
            described_by=" ".join(id for id in (hint_id, error_id) if id),
            is_optional=bool(field.flags.optional),
        )
        return Markup(html)  # noqa: S704 (the template escapes)


def _typed(field: Any) -> str:
    """Return what stands in the input: what was typed, else the value."""
    if field.raw_data and isinstance(field.raw_data[0], str):
        return str(field.raw_data[0])
    value = field._value() if hasattr(field, "_value") else field.data  # noqa: SLF001 (as WTForms)
    return "" if value is None else str(value)


class _Texts:
    """What was typed, without files that somebody sent under the name of a text."""

    def __init__(self, formdata: Any) -> None:
        self._formdata = formdata

    def __contains__(self, name: str) -> bool:
        return bool(self.getlist(name))

    def getlist(self, name: str) -> list[str]:
        """Return the texts of this name."""
        return [part for part in self._formdata.getlist(name) if isinstance(part, str)]


class _Typed:
    """Read texts only."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Hand over what was typed."""
        texts = None if formdata is None else _Texts(formdata)
        super().process(texts, *args, **kwargs)  # type: ignore[misc] # (a mixin)


class _Cleaned(_Typed):
    """Clean what was typed (`core.cleaning`), and bound it where the form sets no bound itself."""

    clean = staticmethod(cleaning.one_line)
    longest = 2_000
    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        filters = (self._cleaned, *kwargs.pop("filters", ()))
        super().__init__(label, validators, filters=filters, **kwargs)  # type: ignore[call-arg] # (a mixin)

    def _cleaned(self, value: Any) -> Any:
        return self.clean(value) if isinstance(value, str) else value

    def pre_validate(self, form: object) -> None:
        """Refuse what no answer is as long as."""
        if isinstance(self.data, str) and len(self.data) > self.longest:
            raise StopValidation(
                gettext("Das ist zu lang. Möglich sind %(count)s Zeichen.", count=self.longest)
            )


class TextField(_Cleaned, wtforms.StringField):
    """One line of text; spaces around it are dropped."""

    widget = KernWidget("text", type="text")


class EmailField(TextField):
    """An e-mail address; the keyboard of a phone shows the @."""

    widget = KernWidget(
        "text", type="email", autocomplete="email", autocapitalize="none", spellcheck="false"
    )


class PasswordField(_Typed, wtforms.PasswordField):
    """A password: never sent back to the page; a button can show it."""

    widget = KernWidget("password", autocomplete="current-password")


class TextAreaField(_Cleaned, wtforms.TextAreaField):
    """Several lines of text."""

    clean = staticmethod(cleaning.lines)
    longest = 20_000
    widget = KernWidget("textarea", rows="5")


class IntegerField(_Typed, wtforms.IntegerField):
    """A whole number. Never `type=number`: it loses what was typed and changes by scrolling."""

    widget = KernWidget("text", type="text", inputmode="numeric", width="5")

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number; spaces are allowed."""
        self.data = None
        typed = "".join(valuelist[:1]).replace(" ", "")
        if not typed:
            return
        if not re.fullmatch(r"-?\d{1,15}", typed):
            raise ValueError(gettext("Geben Sie eine ganze Zahl ein, zum Beispiel 3."))
        self.data = int(typed)


class MoneyField(_Typed, wtforms.Field):
    """An amount in euros as people write it: 412,50 or 1.250 or 412.50.

    With `zero` a button beside it writes 0.
    """

    data: Decimal | None
    widget = KernWidget("money", inputmode="decimal", width="10")

    def __init__(self, *args: Any, zero: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zero = zero

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the amount."""
        self.data = None
        typed = "".join(valuelist[:1]).replace("€", "").replace("\u00a0", " ").strip()
        if not typed:
            return
        found = _MONEY.fullmatch(typed)
        if found is None or len(re.sub(r"\D", "", found["euro"])) > 9:
            raise ValueError(gettext("Geben Sie einen Betrag in Euro ein, zum Beispiel 412,50."))
        euros = re.sub(r"\D", "", found["euro"])
        self.data = Decimal(f"{euros}.{found['cent'] or 0}").quantize(Decimal("0.01"))

    def _value(self) -> str:
        if self.data is None:
            return ""
        written = f"{self.data:,.2f}"
        return written.translate(str.maketrans(",.", ".,"))


class DateField(_Typed, wtforms.Field):
    """A day in three inputs of the same name; one input with a whole date is read as well."""

    data: datetime.date | None
    widget = KernWidget("date", inputmode="numeric")

    def __init__(self, *args: Any, birthday: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tokens = ("bday-day", "bday-month", "bday-year") if birthday else (None, None, None)

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return what stands in the three inputs."""
        if self.raw_data:
            day, month, year, *_ = (*_split(self.raw_data), "", "", "")
            return day, month, year
        if self.data is None:
            return "", "", ""
        return str(self.data.day), str(self.data.month), str(self.data.year)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the day; say exactly which part is missing or wrong."""
        self.data = None
        parts = [part.strip() for part in (*_split(valuelist), "", "", "")][:3]
        if not any(parts):
            return
        names = (gettext("den Tag"), gettext("den Monat"), gettext("das Jahr"))
        missing = [name for part, name in zip(parts, names, strict=True) if not part]
        if missing:
            what = gettext(" und ").join(missing)
            raise ValueError(gettext("Geben Sie auch %(what)s ein.", what=what))
        if not all(re.fullmatch(r"[0-9]+", part) for part in parts):
            raise ValueError(gettext("Geben Sie das Datum in Zahlen ein, zum Beispiel 27 3 1990."))
        day, month, year = (int(part[:6]) for part in parts)
        if len(parts[2]) != 4:
            raise ValueError(gettext("Geben Sie das Jahr mit vier Ziffern ein, zum Beispiel 1990."))
        try:
            self.data = datetime.date(year, month, day)
        except ValueError as error:
            raise ValueError(
                gettext("Dieses Datum gibt es nicht. Prüfen Sie Tag und Monat.")
            ) from error


def _split(typed: Sequence[str]) -> tuple[str, ...]:
    """Split a whole date that was typed or pasted into the first input."""
    if typed and not any(part.strip() for part in typed[1:]):
        if found := _DATE.fullmatch(typed[0]):
            return found.groups()
        if found := _ISO_DATE.fullmatch(typed[0]):
            return found[3], found[2], found[1]
    return tuple(typed)


class _Offers(_Typed):
    """Take choices as `(value, label)` or `(value, label, {"hint": …})`; refuse all others."""

    def __init__(self, *args: Any, choices: Any = None, **kwargs: Any) -> None:
        if choices is not None and not callable(choices):
            choices = [SelectChoice(*choice) for choice in choices]
        kwargs.setdefault("invalid_value_message", gettext("Wählen Sie eine Antwort aus."))
        kwargs.setdefault("invalid_choice_message", gettext("Wählen Sie eine Antwort aus."))
        super().__init__(*args, choices=choices, **kwargs)  # type: ignore[call-arg] # (a mixin)


class ChoiceField(_Offers, wtforms.RadioField):
    """One of several answers, all visible.

    Where the heading of the page asks the same in the same words, `is_named_above` hides the label
    from those who see the heading.
    """

    is_named_above = False
    widget = KernWidget("choice")


class ChoicesField(_Offers, wtforms.SelectMultipleField):
    """Any number of several answers, all visible."""

    widget = KernWidget("choices")


class SelectField(_Offers, wtforms.SelectField):
    """One of many answers in a list that opens; prefer `ChoiceField` up to seven."""

    widget = KernWidget("select")


class CheckboxField(_Typed, wtforms.BooleanField):
    """One box to tick."""

    widget = KernWidget("checkbox")


class FileField(wtforms.Field):
    """One file, or a list of files with `multiple=True`."""

    data: Any
    widget = KernWidget("file")

    def __init__(self, *args: Any, accept: str = "", multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accept = accept
        self.multiple = multiple

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep what has a name; an empty input sends a file without one."""
        files = [part for part in valuelist if isinstance(part, FileStorage) and part.filename]
        self.raw_data = list(files)
        self.data = files if self.multiple else next(iter(files), None)


class HiddenField(_Cleaned, wtforms.HiddenField):
    """A value the person does not see."""


class SubmitField(wtforms.SubmitField):
    """The button that sends the form."""

    widget = KernWidget("submit")


def form_errors(form: Any) -> list[tuple[str | None, str]]:
    """List each first error of a form with the id of its input, in the order of the page."""
    found = [(None, str(error)) for error in form.form_errors]
    return [*found, *_errors_of(form)]


def _errors_of(form: Any) -> Iterator[tuple[str | None, str]]:
    for field in form:
        if isinstance(field, wtforms.FormField):
            yield from _errors_of(field.form)
        elif isinstance(field, wtforms.FieldList):
            yield from _errors_of(field)
        elif field.errors:
            first = field.errors[0]
            if not isinstance(first, Mapping):
                yield field.id, str(first)


def init_app(app: Flask) -> None:
    """Give templates `form_errors`."""
    app.jinja_env.globals["form_errors"] = form_errors


def blame(form: FlaskForm, error: PortalError) -> None:
    """Show what a rule has said at the field it spoke of, else at the top of the form."""
    if error.field in form:
        form[error.field].errors = [error.message]
    else:
        form.form_errors.append(error.message)
