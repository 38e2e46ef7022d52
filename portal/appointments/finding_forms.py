"""What staff type to find a time for several people, and what citizens wish of a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional

from portal.accounts.models import StaffMember
from portal.appointments.waiting_forms import WORKDAYS
from portal.calendars.forms import CHANNELS, within_reach
from portal.calendars.kind_forms import SPOKEN, TALK_ROLES
from portal.calendars.models import AppointmentType, Channel, Room, TalkRole
from portal.calendars.wishes import DayTime, Filter, Seat
from portal.core.fields import ChoiceField, ChoicesField, DateField, SelectField

MOST_SEATS = 5
"""People of the office in one talk: more of them would be a meeting about somebody."""

ANY = "egal"
DAY_TIMES = {"vormittag": DayTime.MORNING, "nachmittag": DayTime.AFTERNOON}
DAY_TIME_WORDS = [
    (ANY, _("Egal")),
    ("vormittag", _("Vormittag, bis 12 Uhr")),
    ("nachmittag", _("Nachmittag, ab 12 Uhr")),
]
ANYBODY, OWN, ANOTHER = "egal", "eigene", "andere"
_ANYONE, _PERSON = "alle", "person:"


class _Asked(FlaskForm):
    """A form that is part of the address; what it does not know is as if it were not there."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False

    zeit = SelectField(_("Wann am Tag?"), choices=DAY_TIME_WORDS, default=ANY)
    tag = ChoicesField(
        _("An welchen Tagen?"),
        [Optional()],
        choices=[(str(number), word) for number, word in WORKDAYS.items()],
        description=_("Ohne Auswahl passt jeder Tag."),
    )

    @property
    def weekdays(self) -> frozenset[int]:
        """Return the days that were ticked; Monday is 1."""
        return frozenset(int(one) for one in self.tag.data or () if one in map(str, WORKDAYS))

    @property
    def day_time(self) -> DayTime | None:
        """Return the part of the day, or nothing."""
        return DAY_TIMES.get(self.zeit.data or ANY)

    def known(self, field: SelectField) -> str:
        """Return what was chosen if it is on offer, else the first choice."""
        offered = [str(value) for value, *_ in field.iter_choices()]
        return field.data if field.data in offered else next(iter(offered), "")


def _only_with(officer: StaffMember) -> str:
    return str(gettext("Nur mit %(name)s", name=officer.name))


def _not_with(officer: StaffMember) -> str:
    return str(gettext("Nicht mit %(name)s", name=officer.name))


class WishForm(_Asked):
    """What a citizen wishes of a time, in plain words."""

    weg = SelectField(_("Wie möchten Sie sprechen?"))
    sprache = SelectField(_("In welcher Sprache?"))
    wer = SelectField(_("Mit wem?"))

    def offer(
        self,
        *,
        channels: Sequence[Channel],
        languages: Sequence[str],
        own: StaffMember | None,
    ) -> "WishForm":
        """Offer the ways of the kind, the languages of the office, and the own officer."""
        self.weg.choices = [(one.value, CHANNELS[one]) for one in channels]
        self.sprache.choices = [
            ("", _("Deutsch")),
            *((code, SPOKEN[code]) for code in languages if code in SPOKEN),
        ]
        self.wer.choices = [(ANYBODY, _("Egal"))]
        if own:
            self.wer.choices += [
                (OWN, _only_with(own)),
                (ANOTHER, _not_with(own)),
            ]
        self.own = own
        return self

    @property
    def language(self) -> str | None:
        """Return the language that was chosen, if it is not German."""
        return self.known(self.sprache) or None

    @property
    def officer(self) -> UUID | None:
        """Return with whom only."""
        return self.own.id if self.own and self.known(self.wer) == OWN else None

    @property
    def filter(self) -> Filter:
        """Return which times suit."""
        others_only = self.own and self.known(self.wer) == ANOTHER
        without = frozenset([self.own.id]) if self.own and others_only else frozenset()
        return Filter(self.day_time, self.weekdays, without)

    @property
    def words(self) -> str:
        """Say what was wished, in one line."""
        part = dict(DAY_TIME_WORDS)[self.zeit.data] if self.day_time else None
        wished = [str(part)] if part else []
        wished += [str(WORKDAYS[number]) for number in sorted(self.weekdays)]
        if self.language:
            wished.append(str(SPOKEN[self.language]))
        if self.own and self.officer:
            wished.append(_only_with(self.own))
        if self.own and self.filter.without:
            wished.append(_not_with(self.own))
        return ", ".join(wished)

    @property
    def kept(self) -> dict[str, Any]:
        """Return what was wished as it stands in addresses; the way is named beside it."""
        wished = {
            "zeit": self.zeit.data if self.day_time else None,
            "tag": sorted(map(str, self.weekdays)) or None,
            "sprache": self.language,
            "wer": self.known(self.wer) if self.known(self.wer) != ANYBODY else None,
        }
        return {name: value for name, value in wished.items() if value}


@dataclass(frozen=True)
class AskedSeat:
    """One seat as it stands in an address, and in words."""

    who: str
    language: str
    words: str
    seat: Seat


class SeatForm(FlaskForm):
    """One seat: for what, or who, and in which language."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False

    wer = SelectField(_("Wer?"))
    sprache = SelectField(
        _("Sprache"),
        choices=[("", _("Deutsch")), *SPOKEN.items()],
    )

    def offer(self, colleagues: Sequence[StaffMember]) -> "SeatForm":
        """Offer the tasks, and these colleagues by name."""
        self.wer.choices = [
            *((role.value, word) for role, word in TALK_ROLES.items()),
            (_ANYONE, _("Irgendjemand mit Sprechzeit")),
            *((f"{_PERSON}{one.id}", one.name) for one in colleagues),
        ]
        self.people = {f"{_PERSON}{one.id}": one for one in colleagues}
        return self

    @property
    def asked(self) -> AskedSeat:
        """Return the seat; the form has been validated."""
        who, language = self.wer.data or _ANYONE, self.sprache.data or ""
        spoken = f", {SPOKEN[language]}" if language in SPOKEN else ""
        if person := self.people.get(who):
            return AskedSeat(
                who, language, person.name, Seat(person=person.id, language=language or None)
            )
        role = None if who == _ANYONE else TalkRole(who)
        words = str(TALK_ROLES[role]) if role else gettext("Irgendjemand")
        return AskedSeat(who, language, words + spoken, Seat(role, None, language or None))


def seat_words(seat: Seat) -> dict[str, str]:
    """Return a seat as the fields of `SeatForm`."""
    who = f"{_PERSON}{seat.person}" if seat.person else seat.task.value if seat.task else _ANYONE
    return {"wer": who, "sprache": seat.language or ""}


class FindForm(_Asked):
    """What staff look for: the kind, the way, and from when."""

    art = SelectField(_("Art von Termin"))
    weg = SelectField(_("Auf welchem Weg?"))
    ab = DateField(_("Ab welchem Tag?"), [Optional(), within_reach])

    def offer(self, kinds: Sequence[AppointmentType]) -> "FindForm":
        """Offer these kinds, and the ways of the one that was chosen."""
        self.kinds: Mapping[str, AppointmentType] = {one.key: one for one in kinds}
        self.art.choices = [(one.key, one.name) for one in kinds]
        self.weg.choices = [(one.value, CHANNELS[one]) for one in self.kind.channels]
        self.weg.data = self.known(self.weg)
        self.art.data = self.kind.key
        return self

    @property
    def kind(self) -> AppointmentType:
        """Return the kind that was chosen, else the first."""
        return self.kinds.get(self.art.data or "") or next(iter(self.kinds.values()))

    @property
    def channel(self) -> Channel:
        """Return the way that was chosen, else the first of the kind."""
        return Channel(self.known(self.weg))

    @property
    def start(self) -> date | None:
        """Return from when, if that makes sense."""
        return None if self.ab.errors else self.ab.data

    @property
    def filter(self) -> Filter:
        """Return which times suit."""
        return Filter(self.day_time, self.weekdays)


class RoomForm(FlaskForm):
    """Which room."""

    room = ChoiceField(_("Welcher Raum?"), [InputRequired(_("Wählen Sie einen Raum."))])

    def offer(self, rooms: Sequence[Room]) -> "RoomForm":
        """Offer these rooms."""
        self.rooms = {str(one.id): one for one in rooms}
        self.room.choices = [(id, one.name, {"hint": _hint(one)}) for id, one in self.rooms.items()]
        return self

    @property
    def chosen(self) -> Room:
        """Return what was chosen; the field has been validated."""
        return self.rooms[self.room.data]


def _hint(room: Room) -> str:
    seats = gettext("%(count)s Plätze", count=room.seats)
    return f"{seats}, {gettext('ohne Stufen')}" if room.is_step_free else str(seats)
