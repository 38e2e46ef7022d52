"""What is typed when a talk ends: the note as it goes into the file, and how it goes on."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.calendars.forms import CHANNELS, SlotField
from portal.calendars.slots import Slot
from portal.consultations.next_ways import Wanted, Way
from portal.consultations.note_forms import NoteForm
from portal.core.fields import ChoiceField, SelectField

WEEKS = (0, 1, 2, 4, 8, 12)


class Next(StrEnum):
    """How it goes on after a talk."""

    NOTHING = "nothing"
    BOOK = "book"
    INVITE = "invite"


class NextSlotField(SlotField):
    """The time of the next talk; asked for only where one shall be given."""

    def pre_validate(self, form: Any) -> None:
        """Ask for a time when a time shall be given."""
        if form.next_step.data == Next.BOOK and Slot.read(self.data or "") is None:
            raise ValidationError(gettext("Wählen Sie eine Zeit für den nächsten Termin."))


class EndForm(NoteForm):
    """The note, and with it the next talk."""

    next_step = ChoiceField(
        _l("Wie geht es weiter?"),
        choices=[
            (Next.NOTHING.value, _l("Kein neuer Termin")),
            (Next.BOOK.value, _l("Jetzt zusammen eine Zeit aussuchen")),
            (
                Next.INVITE.value,
                _l("Freiwillig einladen"),
                {"hint": _l("Die Person nimmt die frei gehaltene Zeit oder sucht eine andere.")},
            ),
        ],
        default=Next.NOTHING.value,
    )
    next_kind = SelectField(_l("Was für ein Gespräch?"))
    next_after = SelectField(_l("Ab wann?"), coerce=int, default=0)
    next_slot = NextSlotField(_l("Zeit"))

    def offer(self, ways: Sequence[Way], usual: Way | None) -> Self:
        """Offer kinds of talks, the usual one first chosen; without any nothing is asked."""
        self._ways = {way.key: way for way in ways}
        if not ways:
            del self.next_step, self.next_kind, self.next_after, self.next_slot
            return self
        self.next_kind.choices = [(way.key, _name(way)) for way in ways]
        self.next_after.choices = [(weeks, _after(weeks)) for weeks in WEEKS]
        if usual is not None and not self.next_kind.raw_data:
            self.next_kind.data = usual.key
        return self

    @property
    def way(self) -> Way | None:
        """Return the kind that is chosen, if it is one of those that are offered."""
        return self._ways.get(self.next_kind.data) if self.next_kind else None

    def first_day(self, today: date) -> date:
        """Return from when on times are looked for."""
        weeks = self.next_after.data if self.next_after.data in WEEKS else 0
        return today + timedelta(weeks=weeks)

    @property
    def wanted(self) -> Wanted | None:
        """Return what shall come next; the form has been validated."""
        if not self.next_step or self.next_step.data == Next.NOTHING or self.way is None:
            return None
        books = self.next_step.data == Next.BOOK
        return Wanted(self.way, self.next_slot.chosen if books else None)


def _name(way: Way) -> str:
    if len(way.type.channels) == 1:
        return str(way.type.name)
    return f"{way.type.name}, {CHANNELS[way.channel]}"


def _after(weeks: int) -> str:
    if not weeks:
        return str(gettext("Sofort"))
    return str(ngettext("In einer Woche", "In %(num)d Wochen", weeks))
