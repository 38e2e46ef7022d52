"""Fields that only forms ask for: month, period, address, table, person, numbers to check.

Composite ones read several inputs whose names begin with that of the field, and give back exactly
what was typed. What a field holds is already the value that is kept (`places.Value`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import wtforms
from flask_babel import gettext, lazy_gettext
from wtforms.validators import StopValidation

from portal.core import cleaning
from portal.core.fields import ChoicesField, DateField, KernWidget, MoneyField, TextField

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
POSTCODE = re.compile(r"\d{5}", re.ASCII)
LONGEST_LINE = 200

_MONTH = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{4})", re.ASCII)
_ISO_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class MonthField(TextField):
    """A month of a year: 3/2027 or 03.2027."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the month."""
        self.data = None
        typed = "".join(valuelist[:1]).strip()
        if not typed:
            return
        found, iso = _MONTH.fullmatch(typed), _ISO_MONTH.fullmatch(typed)
        month, year = (found[1], found[2]) if found else (iso[2], iso[1]) if iso else ("0", "0")
        if not (1 <= int(month) <= 12 and EARLIEST.year <= int(year) <= LATEST.year):
            raise ValueError(gettext("Geben Sie Monat und Jahr ein, zum Beispiel 3/2027."))
        self.data = f"{int(year):04}-{int(month):02}"

    def _value(self) -> str:
        year, _, month = str(self.data or "").partition("-")
        return f"{int(month)}/{year}" if month else ""


class CheckedNumberField(TextField):
    """A number that carries a check digit; spaces, dashes and small letters are put right."""

    def __init__(
        self, *args: Any, fits: Callable[[str], bool], otherwise: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fits = fits
        self.otherwise = otherwise

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number."""
        self.data = self.plain("".join(valuelist[:1])) or None

    @staticmethod
    def plain(typed: str) -> str:
        """Return what was typed as the number is written without spaces."""
        return re.sub(r"[\s./-]", "", cleaning.one_line(typed)).upper()

    def pre_validate(self, form: Any) -> None:
        """Refuse a number whose check digit does not fit."""
        if self.data and not self.fits(self.data):
            raise StopValidation(self.otherwise)


class CountriesField(ChoicesField):
    """A few countries, each picked from a list that opens; the first is needed, others may be."""

    widget = KernWidget("countries")
    places = 3

    @property
    def picked(self) -> list[str]:
        """Return what stands in each list."""
        chosen = list(self.raw_data or self.data or ())
        return [*chosen, *[""] * self.places][: max(self.places, len(chosen))]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the lists; empty ones and doubles are left out."""
        super().process_formdata(list(dict.fromkeys(one for one in valuelist if one)))


class _Composite(wtforms.Field):
    """Several inputs; `inner` makes their fields, named after the part."""

    errors: Sequence[str]

    def __init__(self, *args: Any, inner: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unbound = inner
        self.inner: dict[str, wtforms.Field] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read every input, or show what is kept."""
        self.process_errors = []
        kept = data if isinstance(data, dict) else {}
        maker = wtforms.Form()
        self.inner = {}
        for part, unbound in self.unbound.items():
            field = unbound.bind(form=maker, name=f"{self.name}-{part}", prefix="")
            field.process(formdata, self.to_data(part, kept.get(part)))
            self.inner[part] = field
        typed = [text for field in self.inner.values() for text in field.raw_data or ()]
        self.raw_data = typed if formdata is not None else []
        self.data = self.gathered()

    def to_data(self, part: str, value: Any) -> Any:
        """Return what a part of a kept value is in its input."""
        return value

    def gathered(self) -> Any:
        """Return the value of all inputs together, None if nothing was typed."""
        found = {part: field.data for part, field in self.inner.items() if field.data}
        return found or None

    def pre_validate(self, form: Any) -> None:
        """Check every input; the first fault is the fault of the whole."""
        wrong = [field for field in self.inner.values() if not field.validate(form)]
        if wrong:
            raise StopValidation(str(wrong[0].errors[0]))


class AddressField(_Composite):
    """Street with number, postcode, place, and a country where one may live abroad."""

    widget = KernWidget("address")

    def __init__(self, *args: Any, abroad: bool = False, **kwargs: Any) -> None:
        inner = {
            "street": TextField(lazy_gettext("Straße und Hausnummer"), [_length]),
            "postcode": TextField(lazy_gettext("Postleitzahl"), [_length]),
            "city": TextField(lazy_gettext("Ort"), [_length]),
        }
        if abroad:
            inner["country"] = TextField(lazy_gettext("Land, wenn nicht Deutschland"), [_length])
        super().__init__(*args, inner=inner, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Say which part is missing or cannot be."""
        super().pre_validate(form)
        if not self.data:
            return
        for part in ("street", "postcode", "city"):
            if not self.data.get(part):
                what = str(self.inner[part].label.text)
                fault = gettext("„%(what)s“ fehlt noch.", what=what)
                self.inner[part].errors = [fault]
                raise StopValidation(fault)
        if not self.data.get("country") and not POSTCODE.fullmatch(self.data["postcode"]):
            fault = gettext("Eine Postleitzahl in Deutschland hat fünf Ziffern.")
            self.inner["postcode"].errors = [fault]
            raise StopValidation(fault)


class PeriodField(_Composite):
    """From one day to another; with `open_end` the second may be missing."""

    widget = KernWidget("period")

    def __init__(
        self, *args: Any, latest: date = LATEST, open_end: bool = False, **kwargs: Any
    ) -> None:
        inner = {
            "from": DateField(lazy_gettext("Von")),
            "to": DateField(
                lazy_gettext("Bis, wenn schon vorbei") if open_end else lazy_gettext("Bis")
            ),
        }
        self.latest = latest
        self.open_end = open_end
        super().__init__(*args, inner=inner, **kwargs)

    def to_data(self, part: str, value: Any) -> Any:
        """Return the day."""
        return date.fromisoformat(value) if value else None

    def gathered(self) -> Any:
        """Return both days as text."""
        return {part: f.data.isoformat() for part, f in self.inner.items() if f.data} or None

    def pre_validate(self, form: Any) -> None:
        """Say which day is missing or cannot be."""
        super().pre_validate(form)
        if not self.data:
            return
        begins, ends = self.inner["from"].data, self.inner["to"].data
        if begins is None:
            raise StopValidation(gettext("Geben Sie ein, ab wann."))
        if ends is None and not self.open_end:
            raise StopValidation(gettext("Geben Sie ein, bis wann."))
        for day in (begins, ends):
            if day is not None and not EARLIEST <= day <= self.latest:
                raise StopValidation(gettext("Prüfen Sie das Jahr."))
        if ends is not None and ends < begins:
            raise StopValidation(gettext("Das Ende liegt vor dem Anfang. Prüfen Sie die Daten."))


class TableField(_Composite):
    """Amounts in lines and columns; `columns` and `lines` are (id, label, hint)."""

    widget = KernWidget("table")

    def __init__(
        self,
        *args: Any,
        columns: Sequence[tuple[str, str]],
        lines: Sequence[tuple[str, str, str]],
        sums: bool = True,
        **kwargs: Any,
    ) -> None:
        self.columns = columns
        self.lines = lines
        self.sums = sums
        inner = {
            f"{column}.{line}": MoneyField(f"{label}, {title}")
            for line, label, _ in lines
            for column, title in columns
        }
        super().__init__(*args, inner=inner, **kwargs)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read every cell."""
        cells = {
            f"{column}.{line}": amount
            for column, own in (data or {}).items()
            for line, amount in own.items()
        } if isinstance(data, dict) else {}  # fmt: skip
        super().process(formdata, cells, extra_filters)

    def to_data(self, part: str, value: Any) -> Any:
        """Return the amount."""
        return Decimal(str(value)) if value is not None else None

    def gathered(self) -> Any:
        """Return the amounts by column and line; a cell left empty is not there."""
        found: dict[str, dict[str, str]] = {}
        for column, _ in self.columns:
            for line, _, _ in self.lines:
                amount = self.inner[f"{column}.{line}"].data
                if amount is not None:
                    found.setdefault(column, {})[line] = str(amount)
        return found or None

    def cell(self, column: str, line: str) -> wtforms.Field:
        """Return the input of one cell."""
        return self.inner[f"{column}.{line}"]


def _length(form: object, field: wtforms.Field) -> None:
    if field.data and len(field.data) > LONGEST_LINE:
        raise StopValidation(
            gettext("Das ist zu lang. Möglich sind %(count)s Zeichen.", count=LONGEST_LINE)
        )
