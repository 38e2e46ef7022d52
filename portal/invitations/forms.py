"""What people type around invitations, summonses and hearings: the shape of input, not the law."""

import re
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import DataRequired, Length, Optional

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen
from portal.appointments.heard_page import WayForm
from portal.appointments.models import Booking
from portal.calendars.forms import CHANNELS, SlotField
from portal.calendars.models import AppointmentType, Channel
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    DateField,
    FileField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.templating import moment
from portal.invitations.models import HearingState, InvitationState, Purpose, SummonsState
from portal.papers.limits import ACCEPT, MAX_FILES, Fault
from portal.uploads import taking

MOST_AT_ONCE = 250
ANSWERS, MORE_TIME = "antwort", "zeit"
YES, NO = "ja", "nein"
_REFERENCE = re.compile(r"(?:JC-)?0*(\d{1,9})", re.IGNORECASE)
_LONG = Length(max=2000, message=_("Bitte schreiben Sie höchstens 2.000 Zeichen."))
_SHORT = Length(max=300, message=_("Bitte schreiben Sie höchstens 300 Zeichen."))

STATES = {
    InvitationState.INVITED: _("Eingeladen"),
    InvitationState.REMINDED: _("Erinnert"),
    InvitationState.BOOKED: _("Termin gewählt"),
    InvitationState.DECLINED: _("Abgelehnt"),
    InvitationState.EXPIRED: _("Keine Antwort"),
    InvitationState.WITHDRAWN: _("Zurückgenommen"),
}
STATE_TONES = {
    InvitationState.INVITED: "info",
    InvitationState.REMINDED: "info",
    InvitationState.BOOKED: "success",
    InvitationState.DECLINED: "neutral",
    InvitationState.EXPIRED: "warning",
    InvitationState.WITHDRAWN: "neutral",
}
SUMMONS_STATES = {
    SummonsState.ISSUED: _("Ausgestellt"),
    SummonsState.EXCUSED: _("Wichtiger Grund anerkannt"),
    SummonsState.WITHDRAWN: _("Zurückgenommen"),
}
HEARING_STATES = {
    HearingState.OPEN: _("Antwort offen"),
    HearingState.ANSWERED: _("Beantwortet"),
    HearingState.CLOSED: _("Beendet"),
}
PURPOSES = {
    Purpose.ADVICE: _("Berufsberatung"),
    Purpose.PLACEMENT: _("Vermittlung in Ausbildung oder Arbeit"),
    Purpose.MEASURES: _("Vorbereitung aktiver Arbeitsförderungsleistungen"),
    Purpose.DECISIONS: _("Vorbereitung von Entscheidungen im Leistungsverfahren"),
    Purpose.CONDITIONS: _("Prüfung der Voraussetzungen für den Leistungsanspruch"),
}


class FilterForm(FlaskForm):
    """What a list is narrowed to; a wrong value filters nothing."""

    class Meta:
        """A GET form changes nothing and needs no token."""

        csrf = False

    stand = SelectField(_("Stand"))

    def offer(self, words: dict[Any, Any]) -> Self:
        """Offer the states of one kind."""
        self.stand.choices = [("", _("Alle")), *((one.value, word) for one, word in words.items())]
        return self


class InviteForm(PortalForm):
    """Whom to invite to what, by which channel, until when; people of one file or many files."""

    people = ChoicesField(
        _("Wen möchten Sie einladen?"),
        validators=[DataRequired(_("Wählen Sie mindestens eine Person aus."))],
    )
    references = TextAreaField(
        _("Aktenzeichen"),
        description=_(
            "Eins in jeder Zeile, höchstens 250. Eingeladen wird die Person, die zuerst in der "
            "Akte stand."
        ),
        validators=[DataRequired(_("Geben Sie mindestens ein Aktenzeichen ein."))],
    )
    type = ChoiceField(_("Zu welchem Gespräch?"))
    channel = ChoiceField(
        _("Wie?"), choices=lambda: [(one.value, word) for one, word in CHANNELS.items()]
    )
    answer_until = DateField(
        _("Bis wann kann die Person wählen?"),
        description=_("Für jede Person wird eine Zeit danach frei gehalten."),
        validators=[DataRequired(_("Geben Sie ein Datum an."))],
    )
    about = TextAreaField(
        _("Worum geht es?"),
        description=_("Das liest die Person. Das Gespräch ist freiwillig: keine Rechtsfolgen."),
        validators=[DataRequired(_("Sagen Sie in einem Satz, worum es geht.")), _LONG],
    )

    def offer(self, people: Sequence[Citizen], types: Sequence[AppointmentType]) -> Self:
        """Offer the people of a file, or ask for many files; and the kinds that can be chosen."""
        self.type.choices = [(one.key, one.name) for one in types]
        if people:
            self.people.choices = [(str(one.id), one.name) for one in people]
            del self.references
        else:
            del self.people
        return self

    def validate_references(self, field: TextAreaField) -> None:
        """Refuse what is no Aktenzeichen, and too many at once."""
        lines = _lines(field.data)
        wrong = [line for line in lines if not _REFERENCE.fullmatch(line)]
        if wrong:
            raise ValidationError(
                gettext("„%(line)s“ ist kein Aktenzeichen wie JC-0010042.", line=wrong[0][:40])
            )
        if len(lines) > MOST_AT_ONCE:
            raise ValidationError(gettext("Höchstens 250 auf einmal. Laden Sie in Gruppen ein."))

    @property
    def numbers(self) -> list[int]:
        """Return the numbers of the files, each once, in the order typed."""
        found = (_REFERENCE.fullmatch(line) for line in _lines(self.references.data))
        return list(dict.fromkeys(int(one[1]) for one in found if one))

    @property
    def chosen(self) -> list[UUID]:
        """Return the people who were ticked."""
        return [UUID(id) for id in self.people.data or ()]

    @property
    def chosen_channel(self) -> Channel:
        """Return the channel."""
        return Channel(self.channel.data)


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in re.split(r"[\n,;]", typed or "") if line.strip()]


class DeedForm(PortalForm):
    """One tap, with its token."""


class ChooseForm(PortalForm):
    """Another time than the one that is held."""

    slot = SlotField(_("Termin"))


class SummonForm(PortalForm):
    """For what, about what and when somebody has to come; where follows from when."""

    purpose = ChoiceField(
        _("Zweck (§ 309 Absatz 2 SGB III)"),
        choices=lambda: [(one.value, word) for one, word in PURPOSES.items()],
    )
    about = TextAreaField(
        _("Worum geht es?"),
        description=_("In einfachen Worten. Das steht im Brief."),
        validators=[DataRequired(_("Sagen Sie, worum es geht.")), _LONG],
    )
    is_first_talk = CheckboxField(
        _("Es ist das erste Gespräch zur Potenzialanalyse oder zum Kooperationsplan")
    )
    slot = SlotField(_("Termin"))


class DecideForm(PortalForm):
    """Whether a reason is an important one."""

    decision = ChoiceField(
        _("Ist das ein wichtiger Grund?"),
        choices=lambda: [
            ("ja", _("Ja, die Person muss nicht kommen")),
            ("nein", _("Nein, der Termin bleibt")),
        ],
    )


class FilesForm(PortalForm):
    """Files that may come with an answer."""

    files = FileField(_("Dateien auswählen"), description=taking.HINT, accept=ACCEPT, multiple=True)
    photos = FileField(
        _("Oder jetzt fotografieren"),
        accept="image/*",
        multiple=True,
        render_kw={"capture": "environment"},
    )
    together = CheckboxField(_("Mehrere Fotos sind die Seiten eines Dokuments"), default=True)

    @property
    def picked(self) -> list[Any]:
        """Return all files that come with the form, in the order in which they were picked."""
        return [*(self.files.data or ()), *(self.photos.data or ())]

    @property
    def upload_ids(self) -> list[UUID]:
        """Return the files that were sent before (field `upload`, repeated), in their order."""
        return request.form.getlist("upload", UUID)

    def validate_files(self, field: FileField) -> None:
        """Refuse more files than one hand-in may have."""
        if len(self.picked) + len(self.upload_ids) > MAX_FILES:
            raise ValidationError(str(taking.refusal(Fault.TOO_MANY_FILES)))


class ReasonForm(FilesForm):
    """Why somebody cannot come, with what proves it, in one screen."""

    words = TextAreaField(
        _("Warum können Sie nicht kommen?"),
        description=_("Ein paar Worte genügen. Zum Beispiel: Ich bin krank."),
        validators=[DataRequired(_("Schreiben Sie bitte kurz den Grund.")), _LONG],
    )


class AnswerForm(FilesForm):
    """What somebody says in a hearing."""

    words = TextAreaField(
        _("Ihre Antwort"),
        description=_("Schreiben Sie, was aus Ihrer Sicht wichtig ist."),
        validators=[DataRequired(_("Schreiben Sie bitte Ihre Antwort.")), _LONG],
    )


class HeardAnswerForm(WayForm):
    """What somebody says in a hearing to the office: an answer, or that more time is needed."""

    answer = ChoiceField(_("Worum geht es?"))
    words = TextAreaField(
        _("Was hat die Person gesagt oder geschrieben?"),
        description=_(
            "In ihren eigenen Worten. Die Person liest das im Portal. Braucht sie nur mehr Zeit, "
            "bleibt es leer."
        ),
        validators=[_LONG],
    )

    def offer(self, *, more_time: bool) -> Self:
        """Offer what can still be said."""
        self.answer.choices = [(ANSWERS, _("Eine Antwort auf die Anhörung"))]
        if more_time:
            self.answer.choices.append((MORE_TIME, _("Die Person braucht mehr Zeit")))
        return self

    def validate_words(self, field: TextAreaField) -> None:
        """Ask for the words of an answer; words with nowhere to stay are not taken."""
        said = (field.data or "").strip()
        if self.answer.data == ANSWERS and not said:
            raise ValidationError(gettext("Schreiben Sie auf, was gesagt wurde."))
        if self.answer.data == MORE_TIME and said:
            raise ValidationError(
                gettext("Das wäre verloren: Wählen Sie „Eine Antwort“, oder lassen Sie es leer.")
            )


class HeardYesNoForm(WayForm):
    """What somebody says to the office about an invitation; it needs no reason."""

    answer = ChoiceField(_("Was hat die Person gesagt?"))

    def offer(self, held: Booking | None) -> Self:
        """Offer the time that is held, if there is one, and the no."""
        self.answer.choices = [(NO, _("Nein, sie möchte kein Gespräch"))]
        if held is not None:
            yes = gettext("Ja, sie nimmt den Termin: %(when)s", when=moment(held.starts_at))
            self.answer.choices.insert(0, (YES, yes))
        return self


class HearForm(PortalForm):
    """What is planned, by which facts and which paragraph."""

    planned = TextAreaField(
        _("Was ist geplant?"),
        validators=[DataRequired(_("Sagen Sie, was geplant ist.")), _LONG],
    )
    facts = TextAreaField(
        _("Auf welche Tatsachen stützen Sie sich?"),
        description=_("Eine in jeder Zeile."),
        validators=[DataRequired(_("Nennen Sie die Tatsachen.")), _LONG],
    )
    basis = TextField(
        _("Rechtsgrundlage"),
        description=_("Zum Beispiel: § 32 SGB II"),
        validators=[DataRequired(_("Nennen Sie den Paragrafen.")), _SHORT],
    )
    type = ChoiceField(_("Welches Gespräch kann die Person statt des Schreibens wählen?"))
    is_personal = CheckboxField(
        _("Persönliche Anhörung zuerst anbieten (§ 31a Absatz 2 SGB II)"),
        validators=[Optional()],
    )

    def offer(self, types: Sequence[AppointmentType]) -> Self:
        """Offer the kinds of talks that citizens can book."""
        self.type.choices = [(one.key, one.name) for one in types]
        return self
