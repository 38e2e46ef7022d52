"""What people type about letters: the yes to a consent, the day on which something was posted."""

from flask_babel import lazy_gettext as _
from wtforms.validators import DataRequired

from portal.accounts.forms import PortalForm
from portal.core.fields import CheckboxField, DateField, HiddenField


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
