"""How trust is put into words for pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from portal.accounts.models import Identified

HOW: Mapping[Identified, Any] = {
    Identified.CODE_LETTER: _("mit dem Code aus dem Brief"),
    Identified.COUNTER: _("mit dem Ausweis am Schalter"),
    Identified.PROVIDER: _("über einen Ausweis-Dienst"),
}
