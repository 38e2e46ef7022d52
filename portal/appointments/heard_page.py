"""The page on which staff take down what a citizen says by another way than the portal."""

from datetime import datetime
from typing import Self

from flask import render_template
from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired, InputRequired, Length

from portal.accounts.forms import PortalForm
from portal.accounts.models import Citizen, StaffMember
from portal.appointments.heard import CameBy, Heard
from portal.calendars.forms import TimeField
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.fields import ChoiceField, DateField, TextAreaField

WHEN = InputRequired(_("Bitte geben Sie Tag und Uhrzeit an."))
LONG_ENOUGH = Length(max=2000, message=_("Bitte schreiben Sie höchstens 2.000 Zeichen."))


class WayForm(PortalForm):
    """How it came, and when."""

    way = ChoiceField(
        _("Wie ist es gekommen?"),
        choices=[
            (CameBy.PHONE.value, _("Am Telefon")),
            (CameBy.POST.value, _("Mit der Post")),
            (CameBy.DESK.value, _("Vor Ort")),
        ],
    )
    day = DateField(_("Tag"), [WHEN], description=_("Bei Post: der Tag, an dem sie ankam."))
    hour = TimeField(_("Uhrzeit"), [WHEN])

    @classmethod
    def blank(cls) -> Self:
        """Return the form as it is before anything is typed: just now."""
        here = clock.local(clock.now())
        return cls(formdata=None, day=here.date(), hour=here.time().replace(second=0))

    @property
    def at(self) -> datetime:
        """Return the moment of a valid form."""
        return at_wall(self.day.data, self.hour.data)  # type: ignore[arg-type]

    def heard(self, *, by: StaffMember, citizen: Citizen) -> Heard:
        """Return what a valid form says of the way."""
        return Heard(by, citizen, CameBy(self.way.data), self.at)


class HeardForm(WayForm):
    """How it came, when, and what was said."""

    words = TextAreaField(
        _("Was hat die Person gesagt oder geschrieben?"),
        [DataRequired(_("Schreiben Sie auf, was gesagt wurde.")), LONG_ENOUGH],
        description=_("In ihren eigenen Worten. Die Person liest das im Portal."),
    )


def page(form: WayForm, *, heading: str, about: str, back: str) -> str:
    """Render it; `about` names the person and the matter, `back` is where one comes from."""
    return render_template(
        "appointments/staff/heard.html", form=form, heading=heading, about=about, back=back
    )
