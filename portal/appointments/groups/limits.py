"""How far the figures and texts of an event may go: one table, read by hints, checks and tests."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.calendars.limits import LIMITS as LIMITS_OF_KINDS
from portal.calendars.limits import Bound
from portal.core.errors import InvalidInput

LIMITS: dict[str, Bound] = {
    "seats": LIMITS_OF_KINDS["seats"],
    "minutes": Bound(15, 600, 5, _("Minuten")),
    "closes_hours": Bound(0, 720, 1, _("Stunden")),
    "times": Bound(1, 26, 1, _("Termine")),
    "officers": Bound(0, 9, 1, _("Personen")),
}
LONGEST: dict[str, int] = {"title": 120, "description": 2_000, "bring": 500, "where_else": 200}
"""The most characters of a text."""


def check(name: str, figure: int, *, field: str | None = None) -> None:
    """Raise `InvalidInput` at the field unless the table admits the figure."""
    bound = LIMITS[name]
    if not bound.admits(figure):
        raise InvalidInput(gettext("Möglich sind: %(hint)s", hint=bound.hint), field=field or name)


def check_text(name: str, text: str | None) -> None:
    """Raise `InvalidInput` at the field when a text is too long."""
    if len(text or "") > LONGEST[name]:
        raise InvalidInput(gettext("Höchstens %(count)s Zeichen.", count=LONGEST[name]), field=name)
