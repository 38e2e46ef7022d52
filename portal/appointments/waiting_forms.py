"""The shape of what people type about the waiting list."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional

from portal.appointments.models import Booking
from portal.calendars.forms import CHANNELS, WEEKDAYS, within_reach
from portal.calendars.models import AppointmentType, Channel
from portal.core.fields import ChoiceField, ChoicesField, DateField, TextAreaField
from portal.core.validators import length, required

ANY, MORNING, AFTERNOON = "any", "morning", "afternoon"
PARTS = {ANY: _("Egal"), MORNING: _("Vormittag, bis 12 Uhr"), AFTERNOON: _("Nachmittag, ab 12 Uhr")}
HOURS = {
    ANY: (time(0), time(23, 59)),
    MORNING: (time(0), time(12)),
    AFTERNOON: (time(12), time(23, 59)),
}
ANYBODY, OWN = "anybody", "own"
WORKDAYS = {number: word for number, word in WEEKDAYS.items() if number < 6}


class WaitForm(FlaskForm):
    """Which times somebody would take."""

    channels = ChoicesField(
        _("Auf welchem Weg?"), [InputRequired(_("Wählen Sie mindestens einen Weg."))]
    )
    first_day = DateField(_("Frühestens"), [required(_("Geben Sie einen Tag ein.")), within_reach])
    last_day = DateField(_("Spätestens"), [required(_("Geben Sie einen Tag ein.")), within_reach])
    weekdays = ChoicesField(
        _("An welchen Tagen?"),
        [Optional()],
        choices=[(str(number), word) for number, word in WORKDAYS.items()],
        description=_("Ohne Auswahl passt jeder Tag."),
    )
    part = ChoiceField(_("Wann am Tag?"), choices=list(PARTS.items()), default=ANY)
    deadline = DateField(
        _("Brauchen Sie den Termin bis zu einem bestimmten Tag?"),
        [Optional(), within_reach],
        description=_("Dann kommen Sie früher an die Reihe."),
    )
    who = ChoiceField(
        _("Bei wem?"),
        choices=[(ANYBODY, _("Egal")), (OWN, _("Nur bei meiner Ansprechperson"))],
        default=ANYBODY,
    )

    def offer(self, type: AppointmentType, *, has_own: bool) -> "WaitForm":
        """Offer the ways of this kind, and the own officer where there is one."""
        self.channels.choices = [(one.value, CHANNELS[one]) for one in type.channels]
        if not has_own:
            self.who.choices = [(ANYBODY, _("Egal"))]
        return self

    def wishes(self, booking: Booking | None) -> dict[str, Any]:
        """Return what was typed, as `waiting.join` takes it."""
        from_hour, until_hour = HOURS.get(self.part.data or ANY, HOURS[ANY])
        return {
            "channels": [Channel(one) for one in self.channels.data or ()],
            "first_day": self.first_day.data,
            "last_day": self.last_day.data,
            "weekdays": [int(one) for one in self.weekdays.data or ()],
            "from_hour": from_hour,
            "until_hour": until_hour,
            "deadline": self.deadline.data,
            "booking": booking,
        }


class AnswerForm(FlaskForm):
    """The answer to an offer."""

    answer = ChoiceField(
        _("Nehmen Sie den Termin?"), choices=[("take", _("Nehmen")), ("leave", _("Nicht nehmen"))]
    )


class UrgentForm(FlaskForm):
    """Why somebody goes first."""

    reason = TextAreaField(
        _("Warum eilt es?"),
        [required(_("Bitte nennen Sie den Grund.")), length(at_most=300)],
        description=_("Zum Beispiel: kein Geld, Strom abgestellt. Die Person liest das nicht."),
    )


def kinds_to_wait_for(types: Sequence[AppointmentType]) -> list[AppointmentType]:
    """Return the kinds for which somebody can wait: those with one officer."""
    return [type for type in types if not type.roles]
