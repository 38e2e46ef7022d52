"""What staff type while they check papers: what it is, into which file it belongs, which lists."""

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length, Optional

from portal.casefiles import kinds
from portal.casefiles.models import DocumentKind
from portal.casefiles.suggesting import Suggestion, months_in_words, period_in_words
from portal.core import clock
from portal.core.fields import ChoiceField, SelectField, TextAreaField, TextField


class DetailsForm(FlaskForm):
    """What a paper is, whom it concerns, for which months, and its title."""

    kind = SelectField(
        lazy_gettext("Art"),
        choices=lambda: [(kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN],
        render_kw={"data-key": "a"},
    )
    person = SelectField(lazy_gettext("Person"), choices=(), render_kw={"data-key": "p"})
    months = TextField(
        lazy_gettext("Monate"),
        validators=[Optional(), Length(max=60)],
        render_kw={"data-key": "m", "placeholder": "07/2026"},
    )
    title = TextField(
        lazy_gettext("Titel"),
        validators=[
            DataRequired(lazy_gettext("Geben Sie dem Dokument einen Titel.")),
            Length(max=120, message=lazy_gettext("Der Titel darf 120 Zeichen haben.")),
        ],
        render_kw={"data-key": "t"},
    )

    @classmethod
    def prefilled(cls, suggestion: Suggestion) -> "DetailsForm":
        """Show what is suggested."""
        months = months_in_words(*suggestion.months.value) if suggestion.months else ""
        form = cls(
            formdata=None,
            kind=suggestion.kind.value.value,
            person=str(suggestion.person.value),
            months=months,
            title=suggestion.title.value,
        )
        form.explain(suggestion)
        return form

    def offer(self, people: list[tuple[str, str]]) -> "DetailsForm":
        """Let one of these people be chosen."""
        self.person.choices = people
        return self

    def explain(self, suggestion: Suggestion) -> None:
        """Say below each field where its suggestion comes from."""
        self.kind.description = suggestion.kind.reason
        self.person.description = suggestion.person.reason
        self.title.description = suggestion.title.reason
        if suggestion.months:
            self.months.description = suggestion.months.reason

    def validate_months(self, field: TextField) -> None:
        """Read the months in any usual way of writing them."""
        if field.data and self.period is None:
            raise ValidationError(
                gettext("Schreiben Sie zum Beispiel 07/2026 oder Juli bis September 2026.")
            )

    @property
    def period(self) -> tuple[date, date] | None:
        """Return the months as first days."""
        return period_in_words(self.months.data or "", today=clock.local_date(clock.now()))

    @property
    def document_kind(self) -> DocumentKind:
        """Return the chosen kind."""
        return DocumentKind(self.kind.data)


class MoveForm(FlaskForm):
    """To whom of another case a paper belongs, and why."""

    reference = TextField(
        lazy_gettext("Aktenzeichen"),
        description=lazy_gettext("Zum Beispiel JC-0010042"),
        validators=[DataRequired(lazy_gettext("Geben Sie das Aktenzeichen an."))],
        render_kw={"width": "10"},
    )
    owner = ChoiceField(lazy_gettext("Wem gehört es?"), choices=())
    reason = TextAreaField(
        lazy_gettext("Warum gehört es dorthin?"),
        description=lazy_gettext("Der Satz steht im Verlauf beider Akten. Nennen Sie keine Namen."),
        validators=[
            DataRequired(lazy_gettext("Schreiben Sie einen Satz.")),
            Length(max=300, message=lazy_gettext("Der Text darf 300 Zeichen haben.")),
        ],
        render_kw={"rows": 2},
    )


class WaitingForm(FlaskForm):
    """Which waiting papers are listed; the names stand in the address."""

    class Meta:
        """It only asks."""

        csrf = False

    art = SelectField(
        lazy_gettext("Art"),
        choices=lambda: [
            ("", lazy_gettext("Alle")),
            *((kind.value, kinds.NAMES[kind]) for kind in kinds.HANDED_IN),
        ],
    )

    def __init__(self, given: Any) -> None:
        super().__init__(formdata=given)
