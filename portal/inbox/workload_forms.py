"""What part of a job somebody works, and whether new items come to them."""

from flask_babel import lazy_gettext as _

from portal.accounts.forms import PortalForm
from portal.core.fields import CheckboxField, IntegerField
from portal.core.validators import required


class ShareForm(PortalForm):
    """The part in percent, and whether new items are given to the person."""

    percent = IntegerField(
        _("Arbeitszeit in Prozent einer vollen Stelle"), [required(_("Geben Sie eine Zahl ein."))]
    )
    takes_items = CheckboxField(_("Bekommt neue Vorgänge zugeteilt"))
