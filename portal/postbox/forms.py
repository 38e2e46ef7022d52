"""What people type about letters: the yes to a consent, when one was posted, when it came."""

from datetime import date
from typing import Self

from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired

from portal.accounts.forms import PortalForm
from portal.core.fields import CheckboxField, DateField, HiddenField, TextAreaField, TextField
from portal.core.validators import length, optional, required


class ConsentForm(PortalForm):
    """The yes to letters in the portal; `version` is the text that was on the page."""

    version = HiddenField()
    agreed = CheckboxField(
        _("Ja, ich möchte meine Briefe hier bekommen"),
        validators=[DataRequired(_("Setzen Sie das Häkchen, wenn Sie das möchten."))],
    )

    @property
    def chosen(self) -> int:
        """Return the version that was read; 0 for none."""
        typed = self.version.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 6 else 0


class WithdrawForm(PortalForm):
    """The one tap that takes the consent back."""


class PostedForm(PortalForm):
    """On which day a letter went to the post."""

    posted_on = DateField(
        _("An welchem Tag ging der Brief zur Post?"),
        validators=[DataRequired(_("Geben Sie ein Datum an."))],
    )


class ReturnedForm(PortalForm):
    """On which day the post brought a letter back, and why it says so."""

    returned_on = DateField(
        _("An welchem Tag kam der Brief zurück?"),
        validators=[DataRequired(_("Geben Sie ein Datum an."))],
    )
    words = TextField(
        _("Was steht auf dem Umschlag?"),
        [required(_("Schreiben Sie, was die Post vermerkt hat.")), length(at_most=200)],
        description=_("Zum Beispiel: Empfänger unbekannt verzogen, Annahme verweigert."),
    )


class ArrivalForm(PortalForm):
    """On which day a letter came; of what lies in the portal nobody asks the day."""

    arrived_on = DateField(
        _("An welchem Tag kam der Brief bei Ihnen an?"),
        [required(_("Geben Sie ein Datum an."))],
        description=_("Der Tag, an dem er im Briefkasten lag. Zum Beispiel: 7. 12. 2026"),
    )
    words = TextAreaField(
        _("Woher wissen Sie das?"),
        [optional(), length(at_most=600)],
        description=_("Zum Beispiel: Der Poststempel ist vom 4. Dezember. Ich war verreist."),
        render_kw={"rows": 3},
    )

    def of_way(self, *, by_portal: bool) -> Self:
        """Ask for the day only where it is said: in the portal the day of opening is known."""
        if by_portal:
            del self.arrived_on
        return self

    @property
    def day(self) -> date | None:
        """Return the day that was said."""
        return self.arrived_on.data if self.arrived_on else None


class NoteArrivalForm(PortalForm):
    """On which day a letter came as far as the office knows, and from what it knows it."""

    arrived_on = DateField(
        _("An welchem Tag kam der Brief an?"), [required(_("Geben Sie ein Datum an."))]
    )
    why = TextField(
        _("Woher ist das bekannt?"),
        [
            required(_("Schreiben Sie, woher das bekannt ist. Die Person liest es auch.")),
            length(at_most=300),
        ],
        description=_("Zum Beispiel: Anruf vom 3.12., Poststempel auf dem Umschlag, Zusteller."),
    )

    def of_way(self, *, by_portal: bool) -> Self:
        """Ask for the day only where it is noted by hand."""
        if by_portal:
            del self.arrived_on
        return self

    @property
    def day(self) -> date | None:
        """Return the day that was noted."""
        return self.arrived_on.data if self.arrived_on else None
