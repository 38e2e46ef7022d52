"""The shape of what people type about appointments, and the German words of the enums."""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.appointments.models import (
    AbsenceReason,
    AppointmentType,
    BookingState,
    Channel,
)
from portal.appointments.slots import Slot
from portal.core.fields import (
    ChoiceField,
    ChoicesField,
    DateField,
    SelectField,
    TextAreaField,
    TextField,
)

CHANNELS = {
    Channel.VIDEO: _("Per Video"),
    Channel.PHONE: _("Am Telefon"),
    Channel.OFFICE: _("Im Jobcenter"),
}
STATES = {
    BookingState.BOOKED: _("Gebucht"),
    BookingState.CANCELLED: _("Abgesagt"),
    BookingState.CAME: _("Hat stattgefunden"),
    BookingState.EXCUSED: _("Entschuldigt"),
    BookingState.MISSED: _("Nicht stattgefunden"),
}
TONES = {
    BookingState.BOOKED: "info",
    BookingState.CANCELLED: "neutral",
    BookingState.CAME: "success",
    BookingState.EXCUSED: "neutral",
    BookingState.MISSED: "warning",
}
ABSENCES = {
    AbsenceReason.AWAY: _("Abwesend"),
    AbsenceReason.VACATION: _("Urlaub"),
    AbsenceReason.TRAINING: _("Fortbildung"),
    AbsenceReason.MEETING: _("Besprechung"),
}
WEEKDAYS = {
    1: _("Montag"),
    2: _("Dienstag"),
    3: _("Mittwoch"),
    4: _("Donnerstag"),
    5: _("Freitag"),
    6: _("Samstag"),
    7: _("Sonntag"),
}
WORDS: dict[str, Mapping[Any, Any]] = {
    "channels": CHANNELS,
    "states": STATES,
    "tones": TONES,
    "absences": ABSENCES,
    "weekdays": WEEKDAYS,
}

LONGEST_NOTE = 500
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?:\s*Uhr)?", re.IGNORECASE)


class TimeField(TextField):
    """A time of day as people write it: 9:30, 9.30, 0930 or 9."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the time."""
        self.data = None
        typed = "".join(valuelist[:1]).strip()
        if not typed:
            return
        found = _TIME.fullmatch(typed)
        try:
            self.data = time(int(found[1]), int(found[2] or 0)) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(gettext("Geben Sie eine Uhrzeit ein, zum Beispiel 9:30."))

    def _value(self) -> str:
        return f"{self.data:%H:%M}" if self.data else ""


class SlotField(TextField):
    """One slot, shown by the slot picker or kept in a hidden input; `chosen` is what it names."""

    @property
    def chosen(self) -> Slot:
        """Return the slot; the field has been validated."""
        slot = Slot.read(self.data or "")
        if slot is None:
            raise ValueError(self.data)
        return slot

    def pre_validate(self, form: object) -> None:
        """Refuse a word that names no slot."""
        if Slot.read(self.data or "") is None:
            raise ValidationError(gettext("Wählen Sie einen Termin aus."))


class SlotForm(FlaskForm):
    """A time to move to."""

    slot = SlotField(_("Termin"))


class BookingForm(SlotForm):
    """A time and, if one likes, what it is about."""

    note = TextAreaField(
        _("Worum geht es?"),
        [
            Optional(),
            Length(max=LONGEST_NOTE, message=_("Bitte schreiben Sie höchstens 500 Zeichen.")),
        ],
        description=_("Dann können wir uns vorbereiten. Schreiben Sie nur, was Sie möchten."),
    )


class CancelForm(FlaskForm):
    """The yes to a cancellation."""


class OutcomeForm(FlaskForm):
    """How an appointment ended."""

    outcome = ChoiceField(
        _("Hat das Gespräch stattgefunden?"),
        choices=[
            (BookingState.CAME.value, _("Ja")),
            (BookingState.EXCUSED.value, _("Nein, entschuldigt")),
            (BookingState.MISSED.value, _("Nein, ohne Nachricht")),
        ],
    )
    reason = TextAreaField(
        _("Grund"),
        [Optional(), Length(max=LONGEST_NOTE, message=_("Bitte höchstens 500 Zeichen."))],
        description=_("Nur wenn das Gespräch nicht stattgefunden hat: was Sie darüber wissen."),
    )


class HoursForm(FlaskForm):
    """Weekly hours."""

    weekday = SelectField(_("Wochentag"), coerce=int, choices=list(WEEKDAYS.items()))
    starts = TimeField(_("Von"), [InputRequired(_("Geben Sie den Beginn ein."))])
    ends = TimeField(_("Bis"), [InputRequired(_("Geben Sie das Ende ein."))])
    channels = ChoicesField(
        _("Auf welchem Weg?"),
        [InputRequired(_("Wählen Sie mindestens einen Weg."))],
        choices=[(channel.value, word) for channel, word in CHANNELS.items()],
    )
    types = ChoicesField(
        _("Nur für diese Termine"),
        [Optional()],
        description=_("Ohne Auswahl gelten die Zeiten für alle."),
    )
    valid_from = DateField(_("Ab"), [InputRequired(_("Geben Sie den ersten Tag ein."))])
    valid_until = DateField(_("Bis einschließlich"), [Optional()])

    def offer(self, types: Sequence[AppointmentType]) -> "HoursForm":
        """Offer these kinds of appointments."""
        self.types.choices = [(type.key, type.name) for type in types]
        return self


class AbsenceForm(FlaskForm):
    """A time in which one is not there."""

    first_day = DateField(_("Erster Tag"), [InputRequired(_("Geben Sie den ersten Tag ein."))])
    starts = TimeField(_("Von"), [Optional()], description=_("Leer: ab Beginn des Tages."))
    last_day = DateField(_("Letzter Tag"), [Optional()], description=_("Leer: derselbe Tag."))
    ends = TimeField(_("Bis"), [Optional()], description=_("Leer: bis zum Ende des Tages."))
    reason = SelectField(
        _("Grund"), choices=[(reason.value, word) for reason, word in ABSENCES.items()]
    )
