"""Forms for the codes that let somebody into a draft: another of the household, or the office."""

from flask_babel import LazyString, lazy_gettext

from portal.accounts.forms import PortalForm
from portal.core.fields import TextField
from portal.core.validators import length, required


def _code(shape: LazyString, width: str) -> TextField:
    return TextField(
        lazy_gettext("Code"),
        [required(lazy_gettext("Geben Sie den Code ein.")), length(at_most=40)],
        description=shape,
        render_kw={
            "width": width,
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
        },
    )


class PartCodeForm(PortalForm):
    """Type the code of a part."""

    code = _code(lazy_gettext("Neun Zeichen in drei Gruppen, zum Beispiel K7Q-P3M-XD9"), "20")


class ReadingCodeForm(PortalForm):
    """Type the code with which the office may read along."""

    code = _code(lazy_gettext("Acht Zeichen in zwei Gruppen, zum Beispiel K7QP-3MXD"), "10")
