"""What is typed about contacts and tracks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, InputRequired, Length

from portal.appointments.contacts_models import CareTrack, ContactWay
from portal.calendars.forms import TimeField
from portal.calendars.slots import at_wall
from portal.core.fields import ChoiceField, DateField, IntegerField, TextAreaField, TextField

WAYS = {
    ContactWay.PHONE: _("Telefon"),
    ContactWay.VISIT: _("Besuch"),
    ContactWay.OUTREACH: _("Unterwegs getroffen"),
}
_NEEDED = InputRequired(_("Bitte füllen Sie dieses Feld aus."))


class ContactForm(FlaskForm):
    """A contact without an appointment."""

    way = ChoiceField(
        _("Wie war der Kontakt?"), choices=[(way.value, word) for way, word in WAYS.items()]
    )
    day = DateField(_("Tag"), [_NEEDED])
    hour = TimeField(_("Uhrzeit"), [_NEEDED])
    text = TextAreaField(
        _("Worum ging es?"),
        [
            DataRequired(_("Schreiben Sie kurz, worum es ging.")),
            Length(max=1000, message=_("Bitte schreiben Sie höchstens 1000 Zeichen.")),
        ],
    )

    @property
    def at(self) -> datetime:
        """Return the moment of a valid form."""
        day: Any = self.day.data
        return at_wall(day, self.hour.data)


class CaseTrackForm(FlaskForm):
    """The track of a case."""

    track = ChoiceField(_("Welche?"), choices=[])

    def offer(self, tracks: Sequence[CareTrack]) -> Self:
        """Offer these tracks."""
        self.track.choices = [(track.key, track.name) for track in tracks]
        return self


class TrackForm(FlaskForm):
    """What a track asks."""

    name = TextField(
        _("Name"),
        [_NEEDED, Length(max=80, message=_("Der Name darf 80 Zeichen haben."))],
    )
    target_ratio = IntegerField(_("Fälle für eine volle Stelle"), [_NEEDED])
    contact_days = IntegerField(_("Kontakt alle … Tage"), [_NEEDED])
    valid_from = DateField(
        _("Gilt ab"),
        [_NEEDED],
        description=_("Bis zum Tag davor gelten die Zahlen von jetzt. Der Name gilt sofort."),
    )
