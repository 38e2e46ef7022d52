"""The shape of what people type about calendars and slots, and the German words of the enums."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.calendars.models import AbsenceReason, AppointmentType, Channel
from portal.calendars.slots import Slot, at_wall
from portal.core.fields import ChoicesField, DateField, SelectField, TextField

CHANNELS = {
    Channel.VIDEO: _("Per Video"),
    Channel.PHONE: _("Am Telefon"),
    Channel.OFFICE: _("Im Jobcenter"),
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
    "absences": ABSENCES,
    "weekdays": WEEKDAYS,
}

YEARS = range(2020, 2100)
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?:\s*Uhr)?", re.IGNORECASE)


def day_in_address(text: str | None) -> date | None:
    """Return the day that a page was asked for, or nothing when it makes no sense."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def within_reach(form: FlaskForm, field: DateField) -> None:
    """Refuse years that only a slip of the finger can mean."""
    if field.data and field.data.year not in YEARS:
        raise ValidationError(gettext("Prüfen Sie das Jahr."))


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
    valid_from = DateField(
        _("Ab"), [InputRequired(_("Geben Sie den ersten Tag ein.")), within_reach]
    )
    valid_until = DateField(_("Bis einschließlich"), [Optional(), within_reach])

    def offer(self, types: Sequence[AppointmentType]) -> "HoursForm":
        """Offer these kinds of appointments."""
        self.kinds = {type.key: type for type in types}
        self.types.choices = [(type.key, type.name) for type in types]
        return self

    @property
    def hours(self) -> dict[str, Any]:
        """Return what was typed, as `service.add_availability` takes it."""
        return {
            "weekday": self.weekday.data,
            "starts": self.starts.data,
            "ends": self.ends.data,
            "channels": [Channel(value) for value in self.channels.data or ()],
            "types": [self.kinds[key] for key in self.types.data or ()],
            "valid_from": self.valid_from.data,
            "valid_until": self.valid_until.data,
        }


class AbsenceForm(FlaskForm):
    """A time in which one is not there: whole days, or from one hour to another."""

    first_day = DateField(
        _("Erster Tag"), [InputRequired(_("Geben Sie den ersten Tag ein.")), within_reach]
    )
    last_day = DateField(
        _("Letzter Tag"),
        [Optional(), within_reach],
        description=_("Nur wenn es mehrere Tage sind."),
    )
    starts = TimeField(_("Von"), [Optional()], description=_("Ohne Uhrzeit gilt der ganze Tag."))
    ends = TimeField(_("Bis"), [Optional()])
    reason = SelectField(
        _("Grund"), choices=[(reason.value, word) for reason, word in ABSENCES.items()]
    )

    @property
    def absence(self) -> dict[str, Any]:
        """Return what was typed, as `service.add_absence` takes it."""
        first = cast(date, self.first_day.data)
        last = self.last_day.data or first
        midnight = at_wall(last + timedelta(days=1), time())
        return {
            "starts_at": at_wall(first, self.starts.data or time()),
            "ends_at": at_wall(last, self.ends.data) if self.ends.data else midnight,
            "reason": AbsenceReason(self.reason.data),
        }
