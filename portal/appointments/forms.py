"""The shape of what people type about appointments, and the German words of the enums."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import Length, Optional

from portal.accounts.models import StaffMember
from portal.appointments.models import BookingState
from portal.calendars import forms as calendars
from portal.calendars.forms import SlotField
from portal.core.fields import (
    ChoiceField,
    HiddenField,
    SelectField,
    TextAreaField,
)

STATES = {
    BookingState.HELD: _("Vorgemerkt"),
    BookingState.BOOKED: _("Gebucht"),
    BookingState.CANCELLED: _("Abgesagt"),
    BookingState.CAME: _("Hat stattgefunden"),
    BookingState.CAME_LATER: _("Am selben Tag später gekommen"),
    BookingState.EXCUSED: _("Entschuldigt"),
    BookingState.OFFICE_FAULT: _("Ausgefallen durch das Jobcenter"),
    BookingState.TECHNICAL_FAILURE: _("Ausgefallen durch die Technik"),
    BookingState.MISSED: _("Nicht stattgefunden"),
}
TONES = {
    BookingState.HELD: "neutral",
    BookingState.BOOKED: "info",
    BookingState.CANCELLED: "neutral",
    BookingState.CAME: "success",
    BookingState.CAME_LATER: "success",
    BookingState.EXCUSED: "neutral",
    BookingState.OFFICE_FAULT: "neutral",
    BookingState.TECHNICAL_FAILURE: "neutral",
    BookingState.MISSED: "warning",
}
WORDS: dict[str, Mapping[Any, Any]] = {
    **calendars.WORDS,
    "states": STATES,
    "tones": TONES,
}

MINE, TEAM = "ich", "team"
SHORT_ENOUGH = Length(max=500, message=_("Bitte schreiben Sie höchstens 500 Zeichen."))


class SlotForm(FlaskForm):
    """A time to move to."""

    slot = SlotField(_("Termin"))


class BookingForm(SlotForm):
    """A time and, if one likes, what it is about."""

    note = TextAreaField(
        _("Worum geht es?"),
        [Optional(), SHORT_ENOUGH],
        description=_("Dann können wir uns vorbereiten. Schreiben Sie nur, was Sie möchten."),
    )


class OnBehalfForm(BookingForm):
    """A time and what the office wants to talk about."""

    note = TextAreaField(
        _("Worum geht es?"),
        [Optional(), SHORT_ENOUGH],
        description=_("Die Bürgerin oder der Bürger liest das auch."),
    )


class CancelForm(FlaskForm):
    """The yes to a cancellation."""


class CalendarForm(FlaskForm):
    """Whose calendar, and how much of it; part of the address."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False

    wer = SelectField(_("Kalender von"), default=MINE)
    ansicht = SelectField(
        _("Zeitraum"), choices=[("tag", _("Tag")), ("woche", _("Woche"))], default="woche"
    )
    ab = HiddenField()

    def offer(self, colleagues: Sequence[StaffMember]) -> "CalendarForm":
        """Offer one's own calendar, the team's and those of these colleagues."""
        self.wer.choices = [
            (MINE, _("Mir")),
            (TEAM, _("Meinem Team")),
            *((str(colleague.id), colleague.name) for colleague in colleagues),
        ]
        return self


class OutcomeForm(FlaskForm):
    """How an appointment ended."""

    outcome = ChoiceField(
        _("Hat das Gespräch stattgefunden?"),
        choices=[
            (BookingState.CAME.value, _("Ja")),
            (BookingState.CAME_LATER.value, _("Ja, später am selben Tag")),
            (BookingState.EXCUSED.value, _("Nein, entschuldigt")),
            (BookingState.OFFICE_FAULT.value, _("Nein, es lag an uns")),
            (BookingState.TECHNICAL_FAILURE.value, _("Nein, die Technik hat versagt")),
            (BookingState.MISSED.value, _("Nein, ohne Nachricht")),
        ],
    )
    reason = TextAreaField(
        _("Grund"),
        [Optional(), SHORT_ENOUGH],
        description=_("Nur wenn das Gespräch nicht stattgefunden hat: was Sie darüber wissen."),
    )
