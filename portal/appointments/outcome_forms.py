"""What is typed about the end of an appointment: notes, reasons, disturbances, travel costs."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.appointments.models import FactKind, Way
from portal.calendars.forms import TimeField
from portal.calendars.slots import at_wall
from portal.casefiles.forms import AnswerForm
from portal.core.fields import ChoiceField, DateField, IntegerField, MoneyField, TextAreaField
from portal.papers.limits import MAX_FILES, Fault
from portal.uploads import taking

SHORT_ENOUGH = Length(max=1000, message=_("Bitte schreiben Sie höchstens 1000 Zeichen."))
_WHEN = InputRequired(_("Bitte geben Sie Tag und Uhrzeit an."))


def _moment(day: Any, hour: Any) -> datetime:
    return at_wall(day, hour)


class NoteForm(FlaskForm):
    """What the office knows about an appointment."""

    what = ChoiceField(
        _("Was ist bekannt?"),
        choices=[
            (FactKind.CONTACT.value, _("Hat sich gemeldet")),
            (FactKind.OFFICE_AWAY.value, _("Es lag an uns")),
        ],
    )
    day = DateField(_("Tag"), [_WHEN])
    hour = TimeField(_("Uhrzeit"), [_WHEN])
    text = TextAreaField(
        _("Was war?"), [DataRequired(_("Schreiben Sie kurz, was war.")), SHORT_ENOUGH]
    )

    @property
    def at(self) -> datetime:
        """Return the moment of a valid form."""
        return _moment(self.day.data, self.hour.data)


class AnswerReasonForm(FlaskForm):
    """The answer to a reason."""

    accepted = ChoiceField(
        _("Ist das ein wichtiger Grund?"), choices=[("ja", _("Ja")), ("nein", _("Nein"))]
    )
    answer = TextAreaField(
        _("Begründung"),
        [DataRequired(_("Begründen Sie Ihre Entscheidung.")), SHORT_ENOUGH],
        description=_("Die Bürgerin oder der Bürger liest das."),
    )


class DecideTravelForm(FlaskForm):
    """The decision on travel costs."""

    granted = ChoiceField(
        _("Werden die Fahrkosten übernommen?"), choices=[("ja", _("Ja")), ("nein", _("Nein"))]
    )
    granted_amount = MoneyField(
        _("Betrag"), [Optional()], description=_("Nur wenn es weniger ist als beantragt.")
    )
    decision = TextAreaField(
        _("Grund der Entscheidung"),
        [Optional(), SHORT_ENOUGH],
        description=_("Nötig, wenn Sie weniger oder nichts bewilligen."),
    )


class DisturbanceForm(FlaskForm):
    """When what did not work."""

    day = DateField(_("Tag"), [_WHEN])
    starts = TimeField(_("Von"), [_WHEN])
    ends = TimeField(_("Bis"), [_WHEN])
    text = TextAreaField(
        _("Was war gestört?"),
        [DataRequired(_("Schreiben Sie kurz, was gestört war.")), SHORT_ENOUGH],
    )

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return from when until when, of a valid form."""
        day = self.day.data
        return _moment(day, self.starts.data), _moment(day, self.ends.data)


class _WithPapers(AnswerForm):
    """Papers may come along."""

    def validate_files(self, field: object) -> None:
        """Take no file, or as many as one hand-in may have."""
        if len(self.picked) + len(self.upload_ids) > MAX_FILES:
            raise ValidationError(str(taking.refusal(Fault.TOO_MANY_FILES)))


class ReasonForm(_WithPapers):
    """Why somebody cannot come, or could not."""

    text = TextAreaField(
        _("Was ist passiert?"),
        [DataRequired(_("Schreiben Sie kurz, warum Sie nicht kommen.")), SHORT_ENOUGH],
        description=_("Zum Beispiel: Ich war krank. Mein Kind war krank. Der Bus kam nicht."),
    )


class TravelForm(_WithPapers):
    """How somebody came, and what it cost."""

    way = ChoiceField(
        _("Wie sind Sie gekommen?"),
        choices=[
            (Way.TICKET.value, _("Mit Bus oder Bahn")),
            (Way.CAR.value, _("Mit dem Auto")),
            (Way.TAXI.value, _("Mit dem Taxi")),
        ],
    )
    kilometres = IntegerField(
        _("Kilometer"), [Optional()], description=_("Nur beim Auto: hin und zurück.")
    )
    amount = MoneyField(
        _("Was haben Sie bezahlt?"),
        [Optional()],
        description=_("Nur bei Bus, Bahn oder Taxi: hin und zurück."),
    )
    reason = TextAreaField(
        _("Warum ein Taxi?"), [Optional(), SHORT_ENOUGH], description=_("Nur beim Taxi.")
    )
