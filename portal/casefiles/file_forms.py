"""What staff type on the pages of a file as a whole: the search and its filters, a hold."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from portal.accounts.forms import PortalForm
from portal.casefiles import filing, kinds
from portal.casefiles.models import Case, DocumentKind, DocumentState
from portal.casefiles.search import Wanted
from portal.core.fields import HiddenField, SelectField, TextAreaField, TextField

_MONTH = re.compile(r"\s*(?:(\d{1,2})\s*[./]\s*)?(\d{4})\s*")


class SearchForm(FlaskForm):
    """What is looked for; nothing is checked: a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    suche = TextField(_("Wörter"), render_kw={"autocomplete": "off", "type": "search"})
    teil = SelectField(
        _("Abschnitt"),
        choices=lambda: [
            ("", _("Alle")),
            *((one.number, f"{one.number} {one.title}") for one in filing.plan().sections),
        ],
    )
    art = SelectField(
        _("Art"),
        choices=lambda: [
            ("", _("Alle")),
            *((kind.value, name) for kind, name in kinds.NAMES.items()),
        ],
    )
    stand = SelectField(
        _("Stand"),
        choices=lambda: [
            ("", _("Alle")),
            *((state.value, word) for state, word in kinds.STATE_WORDS.items()),
        ],
    )
    person = SelectField(_("Person"), choices=[("", _("Alle"))])
    monat = TextField(_("Für Monat"), render_kw={"autocomplete": "off", "placeholder": "10/2026"})

    def offer(self, case: Case | None) -> "SearchForm":
        """Offer the people of a case; without one, names are words like others."""
        if case is None:
            del self.person
        else:
            self.person.choices = [
                ("", _("Alle")),
                *((str(one.citizen_id), one.citizen.name) for one in case.members),
            ]
        return self


def wanted_from(arguments: Any, *, case: Case | None, words: Any) -> Wanted:
    """Read what an address asks for; what cannot be read does not filter."""

    def one_of(kind: Any, name: str) -> Any:
        value = arguments.get(name, "")
        return kind(value) if value in set(kind) else None

    return Wanted(
        words=words,
        kind=one_of(DocumentKind, "art"),
        state=one_of(DocumentState, "stand"),
        section=filing.plan().section(arguments.get("teil", "")),
        person=_person(arguments.get("person", ""), case),
        months=_months(arguments.get("monat", "")),
        case=case,
    )


def arguments_of(arguments: Any) -> dict[str, str]:
    """Return the filters as they stand in an address, without empty ones and without the page."""
    names = ("suche", "teil", "art", "stand", "person", "monat")
    return {name: arguments[name][:200] for name in names if arguments.get(name, "").strip()}


def _person(value: str, case: Case | None) -> UUID | None:
    members = case.members if case else []
    return next((one.citizen_id for one in members if str(one.citizen_id) == value), None)


def _months(typed: str) -> tuple[date, date] | None:
    """Return first and last day of the month or year that was typed: „10/2026“ or „2026“."""
    found = _MONTH.fullmatch(typed)
    if found is None or not 1900 <= int(found[2]) <= 2200:
        return None
    month, year = int(found[1] or 0), int(found[2])
    if month > 12:
        return None
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in {0, 12} else date(year, month + 1, 1)
    return first, after - timedelta(days=1)


class HoldForm(PortalForm):
    """Why a file, or one document of it, must stay."""

    document = HiddenField()
    reason = TextAreaField(
        _("Warum darf nichts gelöscht werden?"),
        [
            DataRequired(_("Nennen Sie den Grund, mindestens 10 Zeichen.")),
            Length(max=600, message=_("Der Text darf 600 Zeichen haben.")),
        ],
        description=_("Zum Beispiel: Klage beim Sozialgericht, Aktenzeichen S 12 AS 345/26"),
        render_kw={"rows": 3},
    )

    @property
    def document_id(self) -> UUID | None:
        """Return the one document that is meant; without one it is the whole file."""
        try:
            return UUID(self.document.data or "")
        except ValueError:
            return None
