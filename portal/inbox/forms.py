"""The filters of the inbox, the name of a kept view and the choice of a colleague."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from portal.accounts.forms import PortalForm
from portal.accounts.models import StaffMember
from portal.core.fields import CheckboxField, SelectField, TextAreaField, TextField
from portal.core.validators import length, optional, required
from portal.inbox.filters import NOBODY, Age, Due, Filters, News, Sort, State, Urgency, View
from portal.inbox.links import NAMES
from portal.inbox.list_models import Deed
from portal.inbox.models import LONGEST_NOTE, ItemKind

VIEW_NAMES = {
    View.ALL: _("Alle"),
    View.MINE: _("Meine"),
    View.UNASSIGNED: _("Noch frei"),
    View.TEAM: _("Team"),
    View.ESCALATED: _("Eskaliert"),
}
DUE_NAMES = {
    Due.OVERDUE: _("überfällig"),
    Due.TODAY: _("heute"),
    Due.TOMORROW: _("morgen"),
    Due.WEEK: _("in sieben Tagen"),
    Due.LATER: _("später"),
    Due.NONE: _("ohne Frist"),
}
STATE_NAMES = {State.OPEN: _("offen"), State.DONE: _("erledigt")}
URGENCY_NAMES = {
    Urgency.YES: _("dringend"),
    Urgency.HIGHEST: _("sehr dringend"),
    Urgency.NO: _("nicht dringend"),
}
AGE_NAMES = {
    Age.TODAY: _("von heute"),
    Age.THREE_DAYS: _("seit drei Tagen"),
    Age.WEEK: _("seit einer Woche"),
    Age.TWO_WEEKS: _("seit zwei Wochen"),
}
NEWS_NAMES = {
    News.ANY: _("neu oder geändert"),
    News.NEW: _("noch nie angesehen"),
    News.CHANGED: _("seit dem letzten Blick geändert"),
}
SORT_NAMES = {
    Sort.RANK: _("das Dringendste zuerst"),
    Sort.DUE: _("was zuerst fällig ist"),
    Sort.OLDEST: _("was am längsten wartet"),
    Sort.NEWEST: _("das Neueste zuerst"),
    Sort.CHANGED: _("was sich zuletzt geändert hat"),
    Sort.PERSON: _("nach dem Namen der Person"),
}

DEED_NAMES = {
    Deed.TAKE: _("übernommen"),
    Deed.GIVE: _("weitergegeben"),
    Deed.DONE: _("erledigt"),
    Deed.SEEN: _("als gesehen gemerkt"),
    Deed.LATER: _("auf Wiedervorlage gelegt"),
}


def _choices(names: Mapping[Any, LazyString], all: LazyString | None = None) -> list[Any]:
    first = [("", all)] if all is not None else []
    return [*first, *((one.value, name) for one, name in names.items())]


_OWNERS = [("", _("Allen")), (NOBODY, _("noch frei"))]


class FilterForm(FlaskForm):
    """What the list is narrowed to; nothing is checked: a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    suche = TextField(_("Suche"))
    art = SelectField(_("Art"), choices=_choices(NAMES, _("Alle")))
    frist = SelectField(_("Frist"), choices=_choices(DUE_NAMES, _("Alle")))
    bei = SelectField(_("Bei"), choices=_OWNERS)
    team = SelectField(_("Team"), choices=())
    dringend = SelectField(_("Dringlichkeit"), choices=_choices(URGENCY_NAMES, _("Alle")))
    alter = SelectField(_("Wartet"), choices=_choices(AGE_NAMES, _("Alle")))
    neu = SelectField(_("Für mich"), choices=_choices(NEWS_NAMES, _("Alle")))
    person = TextField(_("Person"))
    akte = TextField(_("Aktenzeichen"))
    stand = SelectField(_("Stand"), choices=_choices(STATE_NAMES))
    ordnung = SelectField(_("Reihenfolge"), choices=_choices(SORT_NAMES))

    def offer(self, colleagues: Sequence[StaffMember], teams: Mapping[UUID, str]) -> None:
        """Let the owner be one of these, and the team."""
        self.team.choices = [("", _("Alle")), *((str(id), name) for id, name in teams.items())]
        self.bei.choices = [*_OWNERS, *((str(one.id), one.name) for one in colleagues)]


class SaveViewForm(FlaskForm):
    """Keep the filters of the list under a name."""

    name = TextField(
        _("Name der Ansicht"),
        validators=[required(_("Geben Sie der Ansicht einen Namen.")), length(at_most=60)],
    )
    fuer_team = CheckboxField(_("Für das ganze Team"))
    als_start = CheckboxField(_("Damit beginnt mein Eingang"))


class HandOverForm(PortalForm):
    """Give something to a colleague, with a word on it."""

    colleague = SelectField(_("An wen?"), [required(_("Wählen Sie, wer es übernimmt."))])
    note = TextAreaField(
        _("Was soll die Person wissen?"),
        [optional(), length(at_most=LONGEST_NOTE)],
        render_kw={"rows": 2},
    )

    def offer(self, colleagues: Iterable[StaffMember]) -> Self:
        """Offer these colleagues."""
        self._offered = {str(one.id): one for one in colleagues}
        names = ((id, one.name) for id, one in self._offered.items())
        self.colleague.choices = [("", gettext("Bitte wählen")), *names]
        return self

    @property
    def chosen(self) -> StaffMember:
        """Return who was chosen, after the form was checked."""
        return self._offered[self.colleague.data]


_CHOICES: dict[str, tuple[str, type[StrEnum]]] = {
    "ansicht": ("view", View),
    "art": ("kind", ItemKind),
    "frist": ("due", Due),
    "dringend": ("urgency", Urgency),
    "alter": ("age", Age),
    "neu": ("news", News),
    "stand": ("state", State),
    "ordnung": ("sort", Sort),
}
_WORDS = {"suche": "words", "person": "person", "akte": "reference"}
LONGEST = 100


def filters_from(arguments: Any) -> Filters:
    """Read the filters of an address; what cannot be read does not filter."""
    given: dict[str, Any] = {}
    for name, (field, kind) in _CHOICES.items():
        value = arguments.get(name, "")
        if value in set(kind):
            given[field] = kind(value)
    for name, field in _WORDS.items():
        given[field] = str(arguments.get(name, ""))[:LONGEST].strip()
    owner, team = arguments.get("bei", ""), arguments.get("team", "")
    return Filters(owner=NOBODY if owner == NOBODY else _id(owner), team=_id(team), **given)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def arguments_of(filters: Filters) -> dict[str, str]:
    """Write the filters as they stand in an address; the view stands in it always."""
    plain = Filters()
    given = {"ansicht": filters.view.value}
    for name, (field, _kind) in _CHOICES.items():
        value = getattr(filters, field)
        if value is not None and value != getattr(plain, field):
            given[name] = value.value
    for name, field in _WORDS.items():
        if words := getattr(filters, field):
            given[name] = words
    if filters.owner:
        given["bei"] = str(filters.owner)
    if filters.team:
        given["team"] = str(filters.team)
    return given


@dataclass(frozen=True)
class Active:
    """One filter that narrows the list: in words, and the address of the list without it."""

    label: str
    words: str
    without: Mapping[str, Any]


def active_of(form: FilterForm, filters: Filters) -> Sequence[Active]:
    """Return what narrows the list, in the order of the form; view and order do not."""
    arguments = arguments_of(filters)
    found = []
    for field in form:
        value = arguments.get(field.name)
        if value is None or field.name == "ordnung":
            continue
        choices = field.iter_choices() if isinstance(field, SelectField) else ()
        words = {str(value): label for value, label, *_rest in choices}
        without = {name: given for name, given in arguments.items() if name != field.name}
        found.append(Active(field.label.text, str(words.get(value, value)), without))
    return found
