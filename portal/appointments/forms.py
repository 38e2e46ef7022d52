"""The shape of what people type about appointments, and the German words of the enums."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.models import StaffMember
from portal.appointments.cards import Needs
from portal.appointments.models import Arranged, BookingState
from portal.calendars import forms as calendars
from portal.calendars.forms import SlotField
from portal.calendars.kind_forms import FORMATS
from portal.core.fields import (
    ChoiceField,
    ChoicesField,
    HiddenField,
    SelectField,
    TextAreaField,
    TextField,
)

STATES = {
    BookingState.HELD: _("Vorgemerkt"),
    BookingState.BOOKED: _("Gebucht"),
    BookingState.CANCELLED: _("Abgesagt"),
    BookingState.CAME: _("Hat stattgefunden"),
    BookingState.CAME_LATER: _("Am selben Tag später gekommen"),
    BookingState.EXCUSED: _("Entschuldigt"),
    BookingState.OFFICE_FAULT: _("Ausgefallen durch das Jobcenter"),
    BookingState.TECHNICAL_FAILURE: _("Ausgefallen durch die Technik"),
    BookingState.MISSED: _("Nicht stattgefunden"),
}
TONES = {
    BookingState.HELD: "neutral",
    BookingState.BOOKED: "info",
    BookingState.CANCELLED: "neutral",
    BookingState.CAME: "success",
    BookingState.CAME_LATER: "success",
    BookingState.EXCUSED: "neutral",
    BookingState.OFFICE_FAULT: "neutral",
    BookingState.TECHNICAL_FAILURE: "neutral",
    BookingState.MISSED: "warning",
}

NEEDS = {
    "brings_somebody": (
        _("Ich bringe jemanden mit"),
        _("Sie dürfen immer eine Person dabeihaben, der Sie vertrauen."),
    ),
    "calm": (
        _("Bitte in Ruhe"),
        _("Kurze Pausen, ein Thema nach dem anderen."),
    ),
    "without_camera": (
        _("Ohne meine Kamera"),
        _("Bei Video: Sie sehen uns, wir sehen Sie nicht."),
    ),
    "rather_by_phone": (
        _("Bitte rufen Sie mich lieber an"),
        _("Unter der Nummer, die in Ihrem Konto steht."),
    ),
    "step_free": (_("Ohne Stufen"), _("Im Haus: ein Zimmer, das ohne Treppe erreichbar ist.")),
    "sign_language": (_("Gebärdensprache"), _("Jemand dolmetscht in Deutscher Gebärdensprache.")),
}
"""What somebody can tick, by the columns of `TalkCard`: the words and a hint."""

ARRANGED = {
    Arranged.ONLINE: _("Online ausgesucht"),
    Arranged.PHONE: _("Am Telefon gemeinsam ausgesucht"),
    Arranged.POST: _("Mit der Post zugesagt"),
    Arranged.DESK: _("Am Empfang gemeinsam ausgesucht"),
    Arranged.TALK: _("Im Gespräch gemeinsam ausgesucht"),
    Arranged.OFFICE: _("Vom Jobcenter festgelegt"),
}

WORDS: dict[str, Mapping[Any, Any]] = {
    **calendars.WORDS,
    "states": STATES,
    "tones": TONES,
    "needs": NEEDS,
    "arranged": ARRANGED,
    "formats": FORMATS,
}

MINE, TEAM = "ich", "team"
SHORT_ENOUGH = Length(max=500, message=_("Bitte schreiben Sie höchstens 500 Zeichen."))


class SlotForm(FlaskForm):
    """A time to move to."""

    slot = SlotField(_("Termin"))


class NeedsForm(FlaskForm):
    """The card „Was Sie brauchen“."""

    needs = ChoicesField(
        _("Was brauchen Sie für das Gespräch?"),
        [Optional()],
        choices=[(name, word, {"hint": hint}) for name, (word, hint) in NEEDS.items()],
    )
    interpreter_language = TextField(
        _("Ich brauche jemanden zum Dolmetschen. Sprache:"),
        [Optional(), Length(max=40, message=_("Bitte schreiben Sie nur die Sprache."))],
        description=_("Zum Beispiel: Arabisch. Ob es klappt, steht dann bei Ihrem Termin."),
    )

    @classmethod
    def of(cls, needs: Needs, **more: Any) -> Self:
        """Show what is needed as it was said."""
        ticked = [name for name in NEEDS if getattr(needs, name)]
        language = needs.interpreter_language
        data = {"needs": ticked, "interpreter_language": language, **more}
        return cls(formdata=None, data=data)

    @property
    def said(self) -> Needs:
        """Return what was ticked and typed."""
        ticked = dict.fromkeys(self.needs.data or (), True)
        return Needs(interpreter_language=self.interpreter_language.data or None, **ticked)


class ConfirmForm(NeedsForm):
    """What it is about and what is needed, said while the time is held."""

    note = TextAreaField(
        _("Worum geht es?"),
        [Optional(), SHORT_ENOUGH],
        description=_("Dann können wir uns vorbereiten. Schreiben Sie nur, was Sie möchten."),
    )


class ChooseForm(ConfirmForm, SlotForm):
    """A time; with it what was typed before an earlier choice ran out, so that nothing is lost."""

    typed = HiddenField()


class OnBehalfForm(SlotForm):
    """A time, what the office wants to talk about, and who had chosen it."""

    note = TextAreaField(
        _("Worum geht es?"),
        [Optional(), SHORT_ENOUGH],
        description=_("Die Bürgerin oder der Bürger liest das auch."),
    )
    arranged = ChoiceField(
        _("Wie ist der Termin zustande gekommen?"),
        choices=[(how.value, word) for how, word in ARRANGED.items() if how != Arranged.ONLINE],
        default=Arranged.PHONE.value,
    )

    video_reason = TextAreaField(
        _("Warum per Video und nicht persönlich?"),
        [Optional(), SHORT_ENOUGH],
        description=_("§ 15 Absatz 4 SGB II: nur ausnahmsweise. Der Grund steht beim Termin."),
    )


class PersonForm(FlaskForm):
    """Whom the office looks for; part of the address."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False

    suche = TextField(_("Name oder Aktenzeichen"), render_kw={"autocomplete": "off"})


class InterpreterForm(FlaskForm):
    """Whom the office has found."""

    interpreter = TextField(
        _("Wer dolmetscht?"),
        [InputRequired(_("Wer dolmetscht, und wie ist die Person erreichbar?")), Length(max=200)],
        description=_("Name und Telefonnummer. Auch die Bürgerin oder der Bürger liest das."),
    )


class CancelForm(FlaskForm):
    """The yes to a cancellation."""


class HandOverForm(FlaskForm):
    """Who takes an appointment over."""

    colleague = ChoiceField(
        _("Wer übernimmt?"), [InputRequired(_("Wählen Sie, wer den Termin übernimmt."))]
    )

    def offer(self, colleagues: Sequence[StaffMember]) -> "HandOverForm":
        """Offer these people."""
        self.people = {str(one.id): one for one in colleagues}
        self.colleague.choices = [
            (id, one.name, {"hint": one.team.name}) for id, one in self.people.items()
        ]
        return self

    @property
    def chosen(self) -> StaffMember:
        """Return who was chosen; the field has been validated."""
        return self.people[self.colleague.data]


class CalendarForm(FlaskForm):
    """Whose calendar, and how much of it; part of the address."""

    class Meta:
        """A form that only reads needs no token."""

        csrf = False

    wer = SelectField(_("Kalender von"), default=MINE)
    ansicht = SelectField(
        _("Zeitraum"), choices=[("tag", _("Tag")), ("woche", _("Woche"))], default="woche"
    )
    ab = HiddenField()

    def offer(self, colleagues: Sequence[StaffMember]) -> "CalendarForm":
        """Offer one's own calendar, the team's and those of these colleagues."""
        self.wer.choices = [
            (MINE, _("Mir")),
            (TEAM, _("Meinem Team")),
            *((str(colleague.id), colleague.name) for colleague in colleagues),
        ]
        return self


class OutcomeForm(FlaskForm):
    """How an appointment ended."""

    outcome = ChoiceField(
        _("Hat das Gespräch stattgefunden?"),
        choices=[
            (BookingState.CAME.value, _("Ja")),
            (BookingState.CAME_LATER.value, _("Ja, später am selben Tag")),
            (BookingState.EXCUSED.value, _("Nein, entschuldigt")),
            (BookingState.OFFICE_FAULT.value, _("Nein, es lag an uns")),
            (BookingState.TECHNICAL_FAILURE.value, _("Nein, die Technik hat versagt")),
            (BookingState.MISSED.value, _("Nein, ohne Nachricht")),
        ],
    )
    reason = TextAreaField(
        _("Grund"),
        [Optional(), SHORT_ENOUGH],
        description=_("Nur wenn das Gespräch nicht stattgefunden hat: was Sie darüber wissen."),
    )
