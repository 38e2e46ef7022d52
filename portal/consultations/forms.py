"""What people type around a talk: how they take part, a telephone number."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import Optional

from portal.consultations.models import TakingPart
from portal.core.fields import ChoiceField, TextField
from portal.core.validators import length, pattern, required

WAYS = (
    (TakingPart.VIDEO, _l("Mit Bild und Ton")),
    (TakingPart.WITHOUT_CAMERA, _l("Ohne Kamera")),
    (TakingPart.AUDIO_ONLY, _l("Nur Ton")),
)


class TakingPartForm(FlaskForm):
    """How somebody takes part in the talk; who only wants to come in names no way."""

    taking_part = ChoiceField(
        _l("Wie möchten Sie teilnehmen?"), choices=WAYS, validators=[Optional()]
    )

    @property
    def choice(self) -> TakingPart | None:
        """Return the chosen way, if one was chosen."""
        return TakingPart(self.taking_part.data) if self.taking_part.data else None


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
