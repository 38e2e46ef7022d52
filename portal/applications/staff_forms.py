"""Forms of the staff pages of applications: the decision, and what a list is filtered by."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms.validators import Length, Optional

from portal.applications.models import Outcome
from portal.applications.queries import Wanted
from portal.applications.wording import OUTCOME_WORDS, STATE_WORDS
from portal.core.fields import ChoiceField, SelectField, TextAreaField

LACKING = "missing"
LACKING_WORDS = lazy_gettext("Es fehlt etwas")


class DecisionForm(FlaskForm):
    """How an application was decided."""

    outcome = ChoiceField(
        lazy_gettext("Ergebnis"),
        choices=[(one.value, words) for one, words in OUTCOME_WORDS.items()],
    )
    note = TextAreaField(
        lazy_gettext("Hinweis für die Person"),
        [Optional(), Length(max=2000)],
        description=lazy_gettext("Steht auf der Statusseite. Der Bescheid kommt gesondert."),
    )

    @property
    def chosen(self) -> Outcome:
        """Return the chosen outcome."""
        return Outcome(self.outcome.data)


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
