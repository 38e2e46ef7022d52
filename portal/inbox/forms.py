"""The filters of the inbox and the choice of a colleague."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from portal.core.fields import SelectField, TextField
from portal.inbox.links import NAMES
from portal.inbox.models import ItemKind
from portal.inbox.queries import Due, Filters, View

DUE_NAMES = {
    Due.OVERDUE: _("überfällig"),
    Due.TODAY: _("heute"),
    Due.WEEK: _("in sieben Tagen"),
    Due.NONE: _("ohne Frist"),
}

VIEW_NAMES = {
    View.ALL: _("Alle"),
    View.MINE: _("Meine"),
    View.UNASSIGNED: _("Noch frei"),
    View.TEAM: _("Team"),
}


class FilterForm(FlaskForm):
    """What the list is narrowed to; nothing is checked: a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    art = SelectField(
        _("Art"),
        choices=[("", _("Alle")), *((kind.value, name) for kind, name in NAMES.items())],
    )
    frist = SelectField(
        _("Frist"),
        choices=[("", _("Alle")), *((due.value, name) for due, name in DUE_NAMES.items())],
    )
    suche = TextField(_("Person oder Titel"))


def filters_from(arguments: Any) -> Filters:
    """Read the filters of an address; what cannot be read does not filter."""

    def one_of(kind: Any, name: str) -> Any:
        value = arguments.get(name, "")
        return kind(value) if value in set(kind) else None

    return Filters(
        view=one_of(View, "ansicht") or View.ALL,
        kind=one_of(ItemKind, "art"),
        due=one_of(Due, "frist"),
        words=arguments.get("suche", "")[:100].strip(),
    )


def arguments_of(filters: Filters) -> dict[str, str]:
    """Write the filters as they stand in an address."""
    given = {
        "ansicht": filters.view.value if filters.view is not View.ALL else "",
        "art": filters.kind.value if filters.kind else "",
        "frist": filters.due.value if filters.due else "",
        "suche": filters.words,
    }
    return {name: value for name, value in given.items() if value}
