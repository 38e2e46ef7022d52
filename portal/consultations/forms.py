"""What people type around a talk: how they take part, a telephone number, the note."""

from typing import TypedDict

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.consultations.models import NOTE_LIMIT, TakingPart
from portal.core.fields import ChoiceField, TextAreaField, TextField
from portal.core.validators import length, optional, pattern, required

WAYS = (
    (TakingPart.VIDEO, _l("Mit Bild und Ton")),
    (TakingPart.WITHOUT_CAMERA, _l("Ohne Kamera")),
    (TakingPart.AUDIO_ONLY, _l("Nur Ton")),
)


class TakingPartForm(FlaskForm):
    """How somebody takes part in the talk."""

    taking_part = ChoiceField(_l("Wie möchten Sie teilnehmen?"), choices=WAYS)

    @property
    def choice(self) -> TakingPart:
        """Return the chosen way."""
        return TakingPart(self.taking_part.data)


class CallbackForm(FlaskForm):
    """Where to call instead of the video."""

    phone = TextField(
        _l("Unter welcher Nummer erreichen wir Sie?"),
        validators=[
            required(_l("Geben Sie eine Telefonnummer an.")),
            length(at_most=40, message=_l("Die Nummer ist zu lang.")),
            pattern(
                r"\+?[\d\s()/.\-]{5,}",
                _l("Geben Sie eine Telefonnummer aus Ziffern an, zum Beispiel 0171 2345678."),
            ),
        ],
    )


class Words(TypedDict):
    """The two texts of a note."""

    note: str
    agreed: str


class DraftForm(FlaskForm):
    """The note while it is written."""

    note = TextAreaField(
        _l("Worüber haben wir gesprochen?"),
        description=_l("Die Bürgerin oder der Bürger kann diesen Text lesen."),
        validators=[optional(), length(at_most=NOTE_LIMIT)],
    )
    agreed = TextAreaField(
        _l("Was haben wir vereinbart?"),
        description=_l("Ein Schritt pro Zeile: wer macht was bis wann?"),
        validators=[optional(), length(at_most=NOTE_LIMIT)],
    )

    def words(self) -> Words:
        """Return the texts as typed."""
        return {"note": self.note.data or "", "agreed": self.agreed.data or ""}


class NoteForm(DraftForm):
    """The note as it goes into the file."""

    note = TextAreaField(
        _l("Worüber haben wir gesprochen?"),
        description=_l("Die Bürgerin oder der Bürger kann diesen Text lesen."),
        validators=[
            required(_l("Schreiben Sie kurz auf, worüber Sie gesprochen haben.")),
            length(at_most=NOTE_LIMIT, message=_l("Die Notiz ist zu lang.")),
        ],
    )
