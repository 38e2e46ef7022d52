"""The shape of what people type about events, and the German words of their enums."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from flask_babel import format_date, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional

from portal.accounts.models import StaffMember, Team
from portal.appointments.forms import ARRANGED
from portal.appointments.forms import WORDS as APPOINTMENTS
from portal.appointments.group_models import Audience, EventState, GroupEvent
from portal.appointments.groups.limits import LIMITS, LONGEST
from portal.appointments.groups.plans import Plan
from portal.appointments.groups.rules import IN_PERSON
from portal.appointments.models import Arranged, BookingState
from portal.calendars.forms import CHANNELS, TimeField, within_reach
from portal.calendars.kind_forms import SPOKEN
from portal.calendars.models import AppointmentType, Channel, Place, Room
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    IntegerField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.validators import length, required

STATES = {
    EventState.PLANNED: _("Geplant"),
    EventState.CANCELLED: _("Abgesagt"),
    EventState.TOOK_PLACE: _("Hat stattgefunden"),
}
TONES = {
    EventState.PLANNED: "info",
    EventState.CANCELLED: "neutral",
    EventState.TOOK_PLACE: "success",
}
AUDIENCES = {
    Audience.EVERYBODY: _("Alle"),
    Audience.INVITED: _("Nur Eingeladene"),
    Audience.TEAM: _("Nur Menschen, die mein Team betreut"),
}
LANGUAGES = {"de": _("Deutsch"), **SPOKEN}
ONCE, WEEKLY, BIWEEKLY, MONTHLY = "once", "weekly", "biweekly", "monthly"
REPEATS = {
    ONCE: _("Nur einmal"),
    WEEKLY: _("Jede Woche"),
    BIWEEKLY: _("Alle zwei Wochen"),
    MONTHLY: _("Jeden Monat am selben Wochentag"),
}
ATTENDANCE = {
    BookingState.CAME: _("War da"),
    BookingState.CAME_LATER: _("Kam später"),
    BookingState.EXCUSED: _("Entschuldigt"),
    BookingState.MISSED: _("Nicht da"),
}
WORDS = {
    **APPOINTMENTS,
    "events": STATES,
    "event_tones": TONES,
    "audiences": AUDIENCES,
    "languages": LANGUAGES,
    "attendance": ATTENDANCE,
}
MONTHS_AHEAD = 6


class _Reading(FlaskForm):
    """A form that is part of the address."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False


class EventsForm(_Reading):
    """What a citizen looks for."""

    monat = SelectField(_("Wann"), default="")
    sprache = SelectField(_("Sprache"), default="")
    ort = SelectField(_("Wo"), default="")

    def offer(self, places: Sequence[Place], *, today: date) -> Self:
        """Offer the months to come, the languages and these places."""
        months = [_month(today, number) for number in range(MONTHS_AHEAD)]
        self.monat.choices = [
            ("", _("Alle Tage")),
            *((f"{one:%Y-%m}", format_date(one, "LLLL yyyy")) for one in months),
        ]
        self.sprache.choices = [("", _("Alle Sprachen")), *LANGUAGES.items()]
        self.ort.choices = [("", _("Alle Orte")), *((str(one.id), one.name) for one in places)]
        return self

    @property
    def days(self) -> tuple[date, date] | None:
        """Return the first day of the month and that of the next, if one is chosen."""
        if not self.monat.data:
            return None
        year, month = map(int, self.monat.data.split("-"))
        first = date(year, month, 1)
        return first, _month(first, 1)


class StaffEventsForm(_Reading):
    """What somebody of the office looks for."""

    zeit = SelectField(
        _("Zeitraum"), choices=[("", _("Kommende")), ("past", _("Vergangene"))], default=""
    )
    wer = SelectField(_("Von"), choices=[("", _("Allen")), ("mine", _("Mir"))], default="")
    art = SelectField(_("Art"), default="")
    ort = SelectField(_("Ort"), default="")
    stand = SelectField(
        _("Stand"),
        choices=[("", _("Ohne abgesagte")), ("all", _("Mit abgesagten"))],
        default="",
    )

    def offer(self, types: Sequence[AppointmentType], places: Sequence[Place]) -> Self:
        """Offer these kinds and places."""
        self.art.choices = [("", _("Alle")), *((str(one.id), one.name) for one in types)]
        self.ort.choices = [("", _("Alle")), *((str(one.id), one.name) for one in places)]
        return self


class RegisterForm(FlaskForm):
    """Taking a seat."""


class WaitForm(FlaskForm):
    """Going on the list."""

    takes_others = CheckboxField(_("Ein anderer Tag dieser Reihe passt mir auch"))


class TakeInForm(FlaskForm):
    """Taking somebody in on their behalf."""

    arranged = ChoiceField(
        _("Wie ist es zustande gekommen?"),
        choices=[(how.value, word) for how, word in ARRANGED.items() if how != Arranged.ONLINE],
        default=Arranged.PHONE.value,
    )


class AskForm(FlaskForm):
    """A question that is answered with yes."""


class PlanForm(FlaskForm):
    """An event."""

    kind = SelectField(_("Art der Veranstaltung"))
    title = TextField(
        _("Titel"),
        [required(_("Geben Sie einen Titel ein.")), length(at_most=LONGEST["title"])],
        description=_("So steht es in der Liste, die alle lesen. Keine Namen."),
    )
    description = TextAreaField(
        _("Worum geht es?"), [Optional(), length(at_most=LONGEST["description"])]
    )
    bring = TextAreaField(
        _("Was bringen die Menschen mit?"), [Optional(), length(at_most=LONGEST["bring"])]
    )
    language = SelectField(_("Sprache"), choices=list(LANGUAGES.items()), default="de")
    day = DateField(_("Tag"), [required(_("Geben Sie einen Tag ein.")), within_reach])
    starts = TimeField(_("Beginn"), [required(_("Geben Sie eine Uhrzeit ein."))])
    ends = TimeField(_("Ende"), [required(_("Geben Sie eine Uhrzeit ein."))])
    channel = ChoiceField(
        _("Wo findet es statt?"),
        choices=[(one.value, CHANNELS[one]) for one in IN_PERSON],
        default=Channel.OFFICE.value,
    )
    room = SelectField(_("Raum oder Haus"))
    where_else = TextField(
        _("Oder an einem anderen Ort"),
        [Optional(), length(at_most=LONGEST["where_else"])],
        description=_("Name und Adresse, zum Beispiel: Stadtbücherei, Marktplatz 3."),
    )
    seats = IntegerField(_("Plätze"), [InputRequired(_("Geben Sie eine Zahl ein."))])
    lead = SelectField(_("Leitung"))
    others = ChoicesField(_("Wer leitet mit?"), [Optional()])
    opens_day = DateField(
        _("Anmeldung ab"), [Optional(), within_reach], description=_("Leer heißt: ab sofort.")
    )
    closes_hours = IntegerField(
        _("Anmeldung bis wie viele Stunden vorher?"),
        [InputRequired(_("Geben Sie eine Zahl ein."))],
        default=2,
    )
    audience = ChoiceField(
        _("Wer findet es im Portal?"),
        choices=[(one.value, word) for one, word in AUDIENCES.items()],
        default=Audience.EVERYBODY.value,
    )
    repeat = SelectField(_("Wiederholen"), choices=list(REPEATS.items()), default=ONCE)
    times = IntegerField(
        _("Wie oft insgesamt?"), [Optional()], default=1, description=LIMITS["times"].hint
    )

    def offer(
        self,
        *,
        types: Sequence[AppointmentType],
        rooms: Sequence[Room],
        places: Sequence[Place],
        leaders: Sequence[StaffMember],
    ) -> Self:
        """Offer what there is to choose from."""
        self._types = {str(one.id): one for one in types}
        self._rooms = {f"r.{one.id}": one for one in rooms}
        self._places = {f"p.{one.id}": one for one in places}
        self._leaders = {str(one.id): one for one in leaders}
        self.kind.choices = [(id, one.name) for id, one in self._types.items()]
        self.room.choices = [
            ("", _("Keiner: Ort steht unten")),
            *((id, _room(one)) for id, one in self._rooms.items()),
            *(
                (id, gettext("%(place)s, ohne festen Raum", place=one.name))
                for id, one in self._places.items()
            ),
        ]
        people = [(id, one.name) for id, one in self._leaders.items()]
        self.lead.choices = people
        self.others.choices = people
        return self

    @classmethod
    def of(cls, event: GroupEvent, *, copy: bool) -> Self:
        """Show an event, to change it or to plan another like it."""
        starts, ends = clock.local(event.starts_at), clock.local(event.ends_at)
        data: dict[str, Any] = {
            "kind": str(event.type_id),
            "title": event.title,
            "description": event.description,
            "bring": event.bring,
            "language": event.language,
            "starts": starts.time(),
            "ends": ends.time(),
            "channel": event.channel.value,
            "room": _choice_of(event),
            "where_else": event.where_else,
            "seats": event.seats,
            "lead": str(event.lead_id),
            "others": [str(one.staff_member_id) for one in event.others],
            "closes_hours": (event.starts_at - event.closes_at) // timedelta(hours=1),
            "audience": event.audience.value,
        }
        if not copy:
            data |= {"day": starts.date(), "opens_day": clock.local_date(event.opens_at)}
        return cls(formdata=None, data=data)

    def plan(self, *, team: Team, now: datetime, opens_at: datetime | None = None) -> Plan:
        """Return what was typed; `opens_at` is when registration opens unless a day is given."""
        day: Any = self.day.data
        starts_at = at_wall(day, self.starts.data)
        opens_day = self.opens_day.data
        own = opens_at is not None and opens_day == clock.local_date(opens_at)
        audience = Audience(self.audience.data)
        return Plan(
            type=self._types[self.kind.data],
            title=(self.title.data or "").strip(),
            description=(self.description.data or "").strip() or None,
            bring=(self.bring.data or "").strip() or None,
            language=self.language.data,
            channel=Channel(self.channel.data),
            starts_at=starts_at,
            ends_at=at_wall(day, self.ends.data),
            room=self._rooms.get(self.room.data),
            place=self._places.get(self.room.data),
            where_else=(self.where_else.data or "").strip() or None,
            seats=self.seats.data or 0,
            lead=self._leaders[self.lead.data],
            others=tuple(self._leaders[id] for id in self.others.data or ()),
            opens_at=at_wall(opens_day, time()) if opens_day and not own else (opens_at or now),
            closes_at=starts_at - timedelta(hours=self.closes_hours.data or 0),
            audience=audience,
            team=team if audience == Audience.TEAM else None,
        )

    @property
    def rule(self) -> Rule | None:
        """Return how it comes again, or nothing."""
        day: Any = self.day.data
        count = self.times.data or 1
        weekday = day.isoweekday()
        if self.repeat.data == MONTHLY:
            nth = (day.day - 1) // 7 + 1
            nth = nth if nth < 5 else -1
            return Rule(Every.MONTH, weekdays=(Weekday(weekday, nth),), count=count)
        if self.repeat.data in {WEEKLY, BIWEEKLY}:
            interval = 1 if self.repeat.data == WEEKLY else 2
            return Rule(Every.WEEK, interval=interval, weekdays=(Weekday(weekday),), count=count)
        return None


def _choice_of(event: GroupEvent) -> str:
    if event.room_id:
        return f"r.{event.room_id}"
    return f"p.{event.place_id}" if event.place_id else ""


def _room(room: Room) -> str:
    return str(
        gettext(
            "%(place)s, %(room)s, %(seats)s Plätze",
            place=room.place.name,
            room=room.name,
            seats=room.seats,
        )
    )


def _month(first: date, more: int) -> date:
    months = first.year * 12 + first.month - 1 + more
    return date(months // 12, months % 12 + 1, 1)
