"""Forms of the staff pages of applications: what a list is filtered by."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm

from portal.applications.queries import Wanted
from portal.applications.wording import STATE_WORDS
from portal.core.fields import SelectField

LACKING = "missing"
LACKING_WORDS = lazy_gettext("Es fehlt etwas")


class FilterForm(FlaskForm):
    """What the staff list is filtered by."""

    stand = SelectField(
        lazy_gettext("Stand"),
        choices=[
            ("", lazy_gettext("Noch nicht entschieden")),
            (LACKING, LACKING_WORDS),
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
        return Wanted(states.get(self.stand.data or ""), whose, self.stand.data == LACKING)
