"""The shape of what people type about calendars and slots, and the German words of the enums."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, Self, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from portal.accounts.models import StaffMember
from portal.calendars.models import AbsenceReason, AppointmentType, Availability, Channel, Place
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.calendars.slots import Slot, at_wall
from portal.core.fields import (
    ChoiceField,
    ChoicesField,
    DateField,
    IntegerField,
    SelectField,
    TextField,
)

CHANNELS = {
    Channel.VIDEO: _("Per Video"),
    Channel.PHONE: _("Am Telefon"),
    Channel.OFFICE: _("Im Jobcenter"),
    Channel.OUTREACH: _("Vor Ort, außerhalb"),
}
ABSENCES = {
    AbsenceReason.AWAY: _("Abwesend"),
    AbsenceReason.VACATION: _("Urlaub"),
    AbsenceReason.TRAINING: _("Fortbildung"),
    AbsenceReason.MEETING: _("Besprechung"),
    AbsenceReason.BREAK: _("Pause"),
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
WEEKS = {"week1": 1, "week2": 2, "week3": 3, "week4": 4}
NTH_WEEKDAY, MONTH_DAY, EVERY_DAY, ONCE = "nth", "monthday", "daily", "once"
RHYTHMS = {
    "week1": _("Jede Woche"),
    "week2": _("Alle 2 Wochen"),
    "week3": _("Alle 3 Wochen"),
    "week4": _("Alle 4 Wochen"),
    NTH_WEEKDAY: _("Jeden Monat an einem Wochentag"),
    MONTH_DAY: _("Jeden Monat an einem Tag"),
    EVERY_DAY: _("Jeden Tag"),
    ONCE: _("Nur einmal"),
}
NTHS = {1: _("der erste"), 2: _("der zweite"), 3: _("der dritte"), 4: _("der vierte")}
NTHS |= {-1: _("der letzte")}
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


class NeededFor:
    """Ask for an answer when one of these rhythms was chosen; else the field may stay empty."""

    field_flags = {"optional": True}

    def __init__(self, rhythms: frozenset[str], message: Any) -> None:
        self.rhythms = rhythms
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        """Raise when the answer is missing."""
        if not field.data and form.rhythm.data in self.rhythms:
            field.errors = []
            raise StopValidation(str(self.message))


class RecurringForm(FlaskForm):
    """What comes again, asked in words; `rule` is what is stored."""

    rhythm = SelectField(_("Wie oft?"), choices=list(RHYTHMS.items()), default="week1")
    weekdays = ChoicesField(
        _("An welchen Wochentagen?"),
        [NeededFor(frozenset({*WEEKS, NTH_WEEKDAY}), _("Wählen Sie mindestens einen Wochentag."))],
        coerce=int,
        choices=list(WEEKDAYS.items()),
    )
    nth = SelectField(
        _("Der wievielte im Monat?"),
        [Optional()],
        coerce=int,
        choices=list(NTHS.items()),
        default=1,
        description=_("Nur bei „Jeden Monat an einem Wochentag“."),
    )
    month_day = IntegerField(
        _("An welchem Tag im Monat?"),
        [
            NeededFor(frozenset({MONTH_DAY}), _("Geben Sie einen Tag von 1 bis 31 ein.")),
        ],
        description=_(
            "Nur bei „Jeden Monat an einem Tag“. Monate, die den Tag nicht haben, fallen aus."
        ),
    )
    starts = TimeField(_("Von"), [InputRequired(_("Geben Sie den Beginn ein."))])
    ends = TimeField(_("Bis"), [InputRequired(_("Geben Sie das Ende ein."))])
    valid_from = DateField(
        _("Ab"), [InputRequired(_("Geben Sie den ersten Tag ein.")), within_reach]
    )
    valid_until = DateField(_("Bis einschließlich"), [Optional(), within_reach])

    def validate_month_day(self, field: IntegerField) -> None:
        """Refuse days that no month has."""
        wanted = self.rhythm.data == MONTH_DAY
        if wanted and field.data is not None and not 1 <= field.data <= 31:
            raise ValidationError(gettext("Geben Sie einen Tag von 1 bis 31 ein."))

    @property
    def rule(self) -> Rule:
        """Return the rule that the words mean."""
        rhythm, numbers = self.rhythm.data, self.weekdays.data or []
        if rhythm in WEEKS:
            return Rule.weekly(*numbers, interval=WEEKS[rhythm])
        if rhythm == NTH_WEEKDAY:
            days = tuple(Weekday(number, self.nth.data) for number in sorted(numbers))
            return Rule(Every.MONTH, weekdays=days)
        if rhythm == MONTH_DAY:
            return Rule(Every.MONTH, month_days=(cast(int, self.month_day.data),))
        return Rule(Every.DAY, count=1 if rhythm == ONCE else None)

    @property
    def recurring(self) -> dict[str, Any]:
        """Return the rule with its hours and its first and last day."""
        once = self.rhythm.data == ONCE
        return {
            "rule": self.rule,
            "starts": self.starts.data,
            "ends": self.ends.data,
            "valid_from": self.valid_from.data,
            "valid_until": None if once else self.valid_until.data,
        }


class HoursForm(RecurringForm):
    """Hours that come again, how and where somebody can be met in them, and for what."""

    channels = ChoicesField(
        _("Auf welchem Weg?"),
        [InputRequired(_("Wählen Sie mindestens einen Weg."))],
        choices=[(channel.value, word) for channel, word in CHANNELS.items()],
    )
    place = SelectField(
        _("An welchem Ort?"),
        [Optional()],
        description=_("Für Termine im Jobcenter oder außerhalb. Besuche haben keinen festen Ort."),
    )
    types = ChoicesField(
        _("Nur für diese Termine"),
        [Optional()],
        description=_("Ohne Auswahl gelten die Zeiten für alle."),
    )

    def offer(self, types: Sequence[AppointmentType], places: Sequence[Place] = ()) -> "HoursForm":
        """Offer these kinds of appointments and these places."""
        self.kinds = {type.key: type for type in types}
        self.types.choices = [(type.key, type.name) for type in types]
        self.places = {str(place.id): place for place in places}
        self.place.choices = [
            ("", _("Kein fester Ort")),
            *((str(place.id), place.name) for place in places),
        ]
        if self.place.data is None:
            self.place.data = next((str(one.id) for one in places if one.is_standard), "")
        return self

    def validate_place(self, field: SelectField) -> None:
        """Refuse to be outside the office in the office."""
        place = self.places.get(field.data or "")
        if place and place.is_standard and self.channels.data == [Channel.OUTREACH.value]:
            raise ValidationError(
                gettext("Das ist nicht außerhalb. Wählen Sie einen anderen oder keinen festen Ort.")
            )

    @property
    def hours(self) -> dict[str, Any]:
        """Return what was typed, as `service.add_availability` takes it."""
        channels = [Channel(value) for value in self.channels.data or ()]
        meets_somewhere = not {Channel.OFFICE, Channel.OUTREACH}.isdisjoint(channels)
        return {
            **self.recurring,
            "channels": channels,
            "types": [self.kinds[key] for key in self.types.data or ()],
            "place": self.places.get(self.place.data or "") if meets_somewhere else None,
        }


class ExceptionForm(FlaskForm):
    """One day that differs from the rule."""

    day = DateField(_("Tag"), [InputRequired(_("Geben Sie den Tag ein.")), within_reach])
    kind = ChoiceField(
        _("Was gilt an diesem Tag?"),
        choices=[
            ("aus", _("Die Sprechzeit fällt aus")),
            ("extra", _("Die Sprechzeit gilt zusätzlich")),
        ],
        default="aus",
    )


class _ForOthers(FlaskForm):
    """Whom else it is for; only a team lead is asked."""

    officers = ChoicesField(_("Auch für"), [Optional()])

    def offer_colleagues(self, officer: StaffMember, others: Sequence[StaffMember]) -> Self:
        """Offer these people beside the one whose page it is."""
        self.meant = officer
        self.others = {str(one.id): one for one in others if one.id != officer.id}
        self.officers.choices = [(id, one.name) for id, one in self.others.items()]
        return self

    @property
    def people(self) -> list[StaffMember]:
        """Return everybody whom it is for."""
        return [self.meant, *(self.others[id] for id in self.officers.data or ())]


WHOLE_DAY, MORNING, AFTERNOON = "tag", "vormittag", "nachmittag"
NOON = time(12)


class AbsenceForm(_ForOthers):
    """A time in which one is not there: whole days, half a day, or from one hour to another."""

    first_day = DateField(
        _("Erster Tag"), [InputRequired(_("Geben Sie den ersten Tag ein.")), within_reach]
    )
    last_day = DateField(
        _("Letzter Tag"),
        [Optional(), within_reach],
        description=_("Nur wenn es mehrere Tage sind."),
    )
    part = SelectField(
        _("Wie lange?"),
        [Optional()],
        choices=[
            (WHOLE_DAY, _("Ganze Tage")),
            (MORNING, _("Vormittag, bis 12 Uhr")),
            (AFTERNOON, _("Nachmittag, ab 12 Uhr")),
        ],
        default=WHOLE_DAY,
    )
    starts = TimeField(_("Von"), [Optional()], description=_("Nur wenn es andere Zeiten sind."))
    ends = TimeField(_("Bis"), [Optional()])
    reason = SelectField(
        _("Grund"), choices=[(reason.value, word) for reason, word in ABSENCES.items()]
    )

    @property
    def absence(self) -> dict[str, Any]:
        """Return what was typed, as `away.add_absences` takes it; typed hours come first."""
        first = cast(date, self.first_day.data)
        last = self.last_day.data or first
        starts = self.starts.data or (NOON if self.part.data == AFTERNOON else time())
        ends = self.ends.data or (NOON if self.part.data == MORNING else None)
        return {
            "starts_at": at_wall(first, starts),
            "ends_at": at_wall(last, ends) if ends else at_wall(last + timedelta(days=1), time()),
            "reason": AbsenceReason(self.reason.data),
        }


class RecurringAbsenceForm(RecurringForm, _ForOthers):
    """An absence that comes again: lunch, the team meeting."""

    reason = SelectField(
        _("Grund"),
        choices=[
            (reason.value, ABSENCES[reason])
            for reason in (AbsenceReason.BREAK, AbsenceReason.MEETING, AbsenceReason.AWAY)
        ],
    )

    @property
    def absence(self) -> dict[str, Any]:
        """Return what was typed, as `away.add_recurring_absences` takes it."""
        return {**self.recurring, "reason": AbsenceReason(self.reason.data)}


class CopyForm(FlaskForm):
    """Which hours, and for whom."""

    rows = ChoicesField(
        _("Welche Sprechzeiten?"), [InputRequired(_("Wählen Sie mindestens eine Sprechzeit."))]
    )
    officers = ChoicesField(_("Für wen?"), [InputRequired(_("Wählen Sie mindestens eine Person."))])

    def offer(
        self, rows: Sequence[tuple[Availability, str]], officers: Sequence[StaffMember]
    ) -> "CopyForm":
        """Offer these hours, each with its words, and these people."""
        self.found = {str(hours.id): hours for hours, _words in rows}
        self.people = {str(one.id): one for one in officers}
        self.rows.choices = [(str(hours.id), words) for hours, words in rows]
        self.officers.choices = [(id, one.name) for id, one in self.people.items()]
        return self

    @property
    def chosen(self) -> tuple[list[Availability], list[StaffMember]]:
        """Return the hours and the people that were chosen."""
        return (
            [self.found[id] for id in self.rows.data or ()],
            [self.people[id] for id in self.officers.data or ()],
        )
