"""What the administration types about a kind of appointment; the bounds stand in `limits`."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired, Optional

from portal.accounts.forms import PortalForm
from portal.calendars.forms import CHANNELS
from portal.calendars.limits import LIMITS, LONGEST, MOST_DOCUMENTS
from portal.calendars.models import AppointmentType, BookableBy, Channel, Format, TalkRole
from portal.core.fields import (
    CheckboxField,
    ChoiceField,
    ChoicesField,
    IntegerField,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.core.i18n import LANGUAGES

FORMATS = {
    Format.SINGLE: _("Einzelgespräch"),
    Format.JOINT: _("Gemeinsames Gespräch mit mehreren aus dem Amt"),
    Format.GROUP: _("Gruppengespräch"),
    Format.WORKSHOP: _("Workshop"),
    Format.OUTREACH: _("Besuch außerhalb des Jobcenters"),
    Format.EMPLOYER_EVENT: _("Veranstaltung mit Arbeitgebern"),
}
TALK_ROLES = {
    TalkRole.BENEFIT: _("Leistungssachbearbeitung"),
    TalkRole.INTEGRATION: _("Arbeitsvermittlung"),
    TalkRole.CASE_MANAGEMENT: _("Fallmanagement"),
    TalkRole.PLACEMENT: _("Stellenvermittlung"),
    TalkRole.INTERPRETER: _("Dolmetschen"),
}
BOOKABLE_BY = {
    BookableBy.CITIZENS: _("Bürgerinnen und Bürger, bei allen mit Sprechzeiten"),
    BookableBy.OWN_OFFICER: _("Bürgerinnen und Bürger, nur bei der eigenen Ansprechperson"),
    BookableBy.STAFF: _("Nur das Amt"),
    BookableBy.INVITATION: _("Nur wer eingeladen ist"),
}
SPOKEN = {
    "en": _("Englisch"),
    "uk": _("Ukrainisch"),
    "ru": _("Russisch"),
    "ar": _("Arabisch"),
    "tr": _("Türkisch"),
    "fa": _("Persisch (Farsi, Dari)"),
    "ku": _("Kurdisch"),
    "ro": _("Rumänisch"),
    "bg": _("Bulgarisch"),
    "pl": _("Polnisch"),
    "sq": _("Albanisch"),
    "fr": _("Französisch"),
    "es": _("Spanisch"),
    "gsg": _("Deutsche Gebärdensprache"),
}
"""Languages in which a talk may be offered besides German, by ISO 639."""


def spoken(kind: AppointmentType) -> str:
    """Write the languages of a kind as a list."""
    return ", ".join(str(SPOKEN[code]) for code in kind.languages if code in SPOKEN)


OTHERS = {code: language for code, language in LANGUAGES.items() if code != "de"}
"""What the German of a kind is translated into."""

TRANSLATED = ("names", "purposes")
TEXTS = ("text_before", "text_after")


def _number(label: Any, name: str) -> IntegerField:
    return IntegerField(label, [InputRequired(_("Geben Sie eine Zahl ein."))], name=name)


class KindForm(PortalForm):
    """One kind of appointment."""

    name = TextField(_("Name"), [InputRequired(_("Geben Sie einen Namen ein."))])
    purpose = TextField(
        _("Wofür ist dieser Termin?"),
        [InputRequired(_("Schreiben Sie einen Satz."))],
        description=_("Ein kurzer Satz, den alle lesen, die einen Termin aussuchen."),
    )
    format = SelectField(
        _("Form"), choices=[(one.value, word) for one, word in FORMATS.items()], default="single"
    )
    channels = ChoicesField(
        _("Auf welchem Weg?"),
        [InputRequired(_("Wählen Sie mindestens einen Weg."))],
        choices=[(one.value, word) for one, word in CHANNELS.items()],
    )
    starts_in_person = CheckboxField(
        _("Das erste Gespräch, persönlich"),
        description=_(
            "§ 15 Absatz 4 SGB II: Bürgerinnen und Bürgern wird es nie per Video gezeigt."
        ),
    )
    bookable_by = ChoiceField(
        _("Wer darf buchen?"),
        choices=[(one.value, word) for one, word in BOOKABLE_BY.items()],
        default="staff",
    )
    roles = ChoicesField(
        _("Wer aus dem Amt muss dabei sein?"),
        [Optional()],
        choices=[(role.value, word) for role, word in TALK_ROLES.items()],
        description=_("Ohne Auswahl: alle, die dafür Sprechzeiten haben."),
    )
    seats = IntegerField(_("Plätze"), [Optional()], default=1)
    needs_room = CheckboxField(_("Braucht einen Raum"))
    counts_as_contact = CheckboxField(
        _("Zählt als Kontakt"),
        default=True,
        description=_("Wer kommt, gilt für die Kontaktdichte als getroffen."),
    )
    languages = ChoicesField(
        _("Auch in diesen Sprachen"),
        [Optional()],
        choices=list(SPOKEN.items()),
    )
    duration_minutes = _number(_("Dauer"), "duration_minutes")
    buffer_before_minutes = _number(_("Ruhe davor"), "buffer_before_minutes")
    buffer_minutes = _number(_("Ruhe danach"), "buffer_minutes")
    start_every_minutes = _number(_("Beginn alle"), "start_every_minutes")
    lead_hours = _number(_("Vorlauf"), "lead_hours")
    horizon_days = _number(_("Wie weit im Voraus"), "horizon_days")
    move_limit_hours = _number(_("Verschieben bis vorher"), "move_limit_hours")
    cancel_limit_hours = _number(_("Absagen bis vorher"), "cancel_limit_hours")
    documents = TextAreaField(
        _("Mitzubringen"),
        [Optional()],
        description=_("Eine Unterlage je Zeile, höchstens %(count)s Zeilen.", count=MOST_DOCUMENTS),
    )
    text_before_de = TextAreaField(
        _("Vor dem Gespräch (Deutsch)"),
        [Optional()],
        description=_(
            "Steht beim Buchen, am Termin und auf dem Zettel, nie in einer Nachricht."
            " Höchstens %(count)s Zeichen.",
            count=LONGEST["text_before"],
        ),
    )
    text_after_de = TextAreaField(
        _("Nach dem Gespräch (Deutsch)"),
        [Optional()],
        description=_(
            "Steht am Termin, sobald er vorbei ist. Höchstens %(count)s Zeichen.",
            count=LONGEST["text_after"],
        ),
    )

    @classmethod
    def of(cls, kind: AppointmentType) -> "KindForm":
        """Show a kind as it is."""
        data = {name: getattr(kind, name) for name in cls._plain()}
        texts = {
            f"{name}_{language}": getattr(kind, name).get(language, "")
            for name in (*TRANSLATED, *TEXTS)
            for language in LANGUAGES
        }
        return cls(
            formdata=None, data={**data, **texts, "documents": "\n".join(kind.documents)}
        ).hinted()

    def hinted(self) -> "KindForm":
        """Say at each figure what is possible."""
        for name, bound in LIMITS.items():
            self[name].description = bound.hint
        return self

    @property
    def texts(self) -> dict[str, list[Any]]:
        """Return the fields of each text in other languages than German."""
        return {
            name: [self[f"{name}_{language}"] for language in OTHERS]
            for name in (*TRANSLATED, *TEXTS)
        }

    @property
    def facts(self) -> dict[str, Any]:
        """Return what was typed, as `kinds.add_kind` takes it."""
        lines = (line.strip() for line in (self.documents.data or "").splitlines())
        return {
            **{name: self[name].data for name in self._plain()},
            "seats": self.seats.data or 1,
            "format": Format(self.format.data),
            "bookable_by": BookableBy(self.bookable_by.data),
            "channels": [Channel(value) for value in self.channels.data or ()],
            "roles": [TalkRole(value) for value in self.roles.data or ()],
            "languages": list(self.languages.data or ()),
            "documents": [line for line in lines if line],
            **{name: self._text(name, OTHERS) for name in TRANSLATED},
            **{name: self._text(name, LANGUAGES) for name in TEXTS},
        }

    def _text(self, name: str, languages: Iterable[str]) -> dict[str, str]:
        typed = {language: self[f"{name}_{language}"].data for language in languages}
        return {language: text for language, text in typed.items() if text}

    @staticmethod
    def _plain() -> tuple[str, ...]:
        return (
            *("name", "purpose", "format", "channels", "starts_in_person", "bookable_by"),
            *("roles", "needs_room", "counts_as_contact", "languages", *LIMITS),
        )


for _language, _its_name in OTHERS.items():
    for _text, _kind, _label in (
        ("names", TextField, _("Name (%(language)s)", language=_its_name)),
        ("purposes", TextField, _("Wofür er ist (%(language)s)", language=_its_name)),
        ("text_before", TextAreaField, _("Vor dem Gespräch (%(language)s)", language=_its_name)),
        ("text_after", TextAreaField, _("Nach dem Gespräch (%(language)s)", language=_its_name)),
    ):
        setattr(KindForm, f"{_text}_{_language}", _kind(_label, [Optional()]))
