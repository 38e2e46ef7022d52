"""What the page of the rehearsal reports about devices and line."""

from flask_wtf import FlaskForm
from wtforms import FloatField
from wtforms.validators import NumberRange, Optional

from portal.consultations.profiles import Measured
from portal.consultations.waiting_models import Rung
from portal.core.fields import CheckboxField, ChoiceField, IntegerField


class MeasuredForm(FlaskForm):
    """The result of a rehearsal, sent by a script; numbers out of range are no result."""

    camera = CheckboxField()
    sound = CheckboxField()
    rung = ChoiceField(choices=[(rung.value, rung.value) for rung in Rung])
    rtt = IntegerField(validators=[Optional(), NumberRange(0, 60_000)])
    loss = FloatField(validators=[Optional(), NumberRange(0, 100)])
    rate = IntegerField(validators=[Optional(), NumberRange(0, 10_000_000)])

    @property
    def measured(self) -> Measured:
        """Return what was measured."""
        return Measured(
            camera_ok=bool(self.camera.data),
            sound_ok=bool(self.sound.data),
            rung=Rung(self.rung.data),
            rtt_ms=self.rtt.data,
            loss_percent=self.loss.data,
            kbit_s=self.rate.data,
        )
