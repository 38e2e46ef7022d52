"""How far the figures of a kind of appointment may go: one table, read by hint, check and tests.

The horizon is that of the search, which looks half a year ahead (26 weeks).
"""

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.core.errors import InvalidInput

MOST_DOCUMENTS = 12
LONGEST: dict[str, int] = {
    "name": 80,
    "purpose": 300,
    "names": 80,
    "purposes": 300,
    "text_before": 1_000,
    "text_after": 1_000,
    "documents": 120,
}
"""The most characters of a text; of documents, of one line."""


@dataclass(frozen=True)
class Bound:
    """The least and the most of a figure, the step between two, and its unit."""

    least: int
    most: int
    step: int
    unit: str

    @property
    def hint(self) -> str:
        """Say in one sentence what is possible."""
        said: str = gettext(
            "%(least)s bis %(most)s %(unit)s.", least=self.least, most=self.most, unit=self.unit
        )
        if self.step > 1:
            said = gettext(
                "%(least)s bis %(most)s %(unit)s, in Schritten von %(step)s.",
                least=self.least,
                most=self.most,
                unit=self.unit,
                step=self.step,
            )
        return said

    def admits(self, figure: int) -> bool:
        """Tell whether a figure is possible."""
        return self.least <= figure <= self.most and figure % self.step == 0


_MINUTES, _HOURS, _DAYS, _PEOPLE = _("Minuten"), _("Stunden"), _("Tage"), _("Personen")

LIMITS: dict[str, Bound] = {
    "duration_minutes": Bound(5, 480, 5, _MINUTES),
    "buffer_before_minutes": Bound(0, 120, 5, _MINUTES),
    "buffer_minutes": Bound(0, 120, 5, _MINUTES),
    "start_every_minutes": Bound(5, 480, 5, _MINUTES),
    "lead_hours": Bound(0, 720, 1, _HOURS),
    "horizon_days": Bound(1, 182, 1, _DAYS),
    "move_limit_hours": Bound(0, 336, 1, _HOURS),
    "cancel_limit_hours": Bound(0, 336, 1, _HOURS),
    "seats": Bound(1, 200, 1, _PEOPLE),
}


def check_figures(figures: dict[str, int]) -> None:
    """Raise `InvalidInput` at the first figure that the table does not admit."""
    for name, bound in LIMITS.items():
        if name in figures and not bound.admits(figures[name]):
            raise InvalidInput(gettext("Möglich sind: %(hint)s", hint=bound.hint), field=name)
