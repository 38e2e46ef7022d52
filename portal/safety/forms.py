"""What is told about an incident, and what was done about it."""

from datetime import UTC, datetime, time

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import ValidationError

from portal.calendars.forms import TimeField
from portal.core import clock
from portal.core.fields import CheckboxField, ChoicesField, DateField, TextAreaField, TextField
from portal.core.validators import length, optional, required
from portal.safety.models import TEXT_LIMIT, IncidentKind
from portal.safety.rules import Told

KINDS = {
    IncidentKind.INSULT: _l("Beleidigung"),
    IncidentKind.THREAT: _l("Drohung"),
    IncidentKind.VIOLENCE: _l("Gewalt"),
    IncidentKind.HARASSMENT: _l("Belästigung"),
    IncidentKind.SELF_HARM: _l("Sorge, dass sich jemand etwas antut"),
    IncidentKind.DAMAGE: _l("Etwas wurde beschädigt"),
    IncidentKind.OTHER: _l("Etwas anderes"),
}
_LONG = _l("Bitte schreiben Sie höchstens 4.000 Zeichen.")


class IncidentForm(FlaskForm):
    """What happened, when, and what was done."""

    kinds = ChoicesField(
        _l("Was ist passiert?"),
        choices=[(kind.value, name) for kind, name in KINDS.items()],
        validators=[required(_l("Wählen Sie, was passiert ist."))],
    )
    what = TextAreaField(
        _l("Erzählen Sie es mit Ihren Worten"),
        description=_l("Es reicht, was Sie wissen."),
        validators=[
            required(_l("Schreiben Sie kurz auf, was passiert ist.")),
            length(at_most=TEXT_LIMIT, message=_LONG),
        ],
    )
    day = DateField(_l("An welchem Tag?"), validators=[required(_l("Nennen Sie den Tag."))])
    time = TimeField(_l("Um wie viel Uhr ungefähr?"), validators=[optional()])
    witnesses = TextField(_l("Wer war dabei?"), validators=[optional(), length(at_most=300)])
    done = TextAreaField(
        _l("Was wurde schon getan?"),
        validators=[optional(), length(at_most=TEXT_LIMIT, message=_LONG)],
    )
    police = CheckboxField(_l("Die Polizei wurde gerufen"))
    wants_talk = CheckboxField(_l("Ich möchte mit meiner Leitung darüber sprechen"))

    def validate_day(self, field: DateField) -> None:
        """Refuse days that have not come."""
        if field.data and field.data > clock.local_date(clock.now()):
            raise ValidationError(gettext("Dieser Tag liegt in der Zukunft."))

    @property
    def told(self) -> Told:
        """Return what was told; without an hour it is noon of the day, or now if that is sooner."""
        now = clock.now()
        day, hour = self.day.data or clock.local_date(now), self.time.data or time(12)
        at = datetime.combine(day, hour, clock.BERLIN).astimezone(UTC)
        at = at if self.time.data else min(at, now)
        return Told(
            happened_at=at,
            kinds=[IncidentKind(kind) for kind in self.kinds.data or ()],
            what=self.what.data or "",
            witnesses=self.witnesses.data or "",
            done=self.done.data or "",
            wants_talk=bool(self.wants_talk.data),
            police=bool(self.police.data),
        )


class ReplyForm(FlaskForm):
    """What the lead has done about it."""

    answer = TextAreaField(
        _l("Was haben Sie veranlasst?"),
        description=_l("Wer den Vorfall gemeldet hat, kann das lesen."),
        validators=[
            required(_l("Schreiben Sie, was Sie veranlasst haben.")),
            length(at_most=TEXT_LIMIT, message=_LONG),
        ],
    )
