"""The form for a code that lets somebody into a draft: another of the household, or the office."""

from flask_babel import lazy_gettext

from portal.accounts.forms import PortalForm
from portal.core.fields import TextField
from portal.core.validators import length, required


class CodeForm(PortalForm):
    """Type the code."""

    code = TextField(
        lazy_gettext("Code"),
        [required(lazy_gettext("Geben Sie den Code ein.")), length(at_most=40)],
        description=lazy_gettext("Acht Zeichen in zwei Gruppen, zum Beispiel K7QP-3MXD"),
        render_kw={
            "width": "10",
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
        },
    )
