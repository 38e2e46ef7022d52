"""The way of an item through the office in plain words."""

from collections.abc import Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.inbox.models import StepKind
from portal.inbox.steps import Shown

STEP_NAMES: dict[StepKind, LazyString] = {
    StepKind.GIVEN: _("Zugeteilt"),
    StepKind.REMINDED: _("Erinnert"),
    StepKind.MOVED_UP: _("Eskaliert"),
    StepKind.LIMIT_NEAR: _("Vor einer Untätigkeitsklage gewarnt"),
    StepKind.RESTED: _("Ruht"),
    StepKind.WOKE: _("Läuft wieder"),
}


def last_call(way: Sequence[Shown]) -> Shown | None:
    """Return the step with which an item last went up to somebody."""
    return next((one for one in reversed(way) if one.kind is StepKind.MOVED_UP), None)
