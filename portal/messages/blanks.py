"""Places to fill in text blocks: `{{ name }}` and a few more words, and nothing else.

No template engine reads what staff type. A place is one word of a closed list; a value is put in
once and never read again, so that markup or further braces in a name stay what they are.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.errors import InvalidInput

WORDS = {
    "name": _("Vor- und Nachname der Person"),
    "vorname": _("Vorname der Person"),
    "nachname": _("Nachname der Person"),
    "aktenzeichen": _("Aktenzeichen"),
    "heute": _("der heutige Tag"),
    "mein_name": _("Ihr Name"),
    "mein_telefon": _("Ihre Telefonnummer"),
    "mein_raum": _("Ihr Raum"),
}
_PLACE = re.compile(r"\{\{\s*(?P<word>[^{}\n]*?)\s*\}\}")
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def check(text: str) -> None:
    """Raise for a place that nothing can fill, and for braces that look like one."""
    for place in _PLACE.finditer(text):
        if place["word"] not in WORDS:
            raise InvalidInput(
                gettext(
                    "„%(word)s“ gibt es nicht. Möglich sind: %(words)s.",
                    word=place["word"][:40],
                    words=", ".join(WORDS),
                ),
                field="text",
            )
    if _LEFT_OVER.search(_PLACE.sub("", text)):
        raise InvalidInput(
            gettext("Ein Platzhalter ist nicht vollständig. So ist es richtig: {{ name }}"),
            field="text",
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its places filled; a word without a value stays as it is."""
    return _PLACE.sub(lambda place: values.get(place["word"], place[0]), text)


def values(*, citizen: Citizen, case: Case, by: StaffMember, now: datetime) -> dict[str, str]:
    """Return what fills the places of a block in a thread."""
    today = clock.local_date(now)
    return {
        "name": citizen.name,
        "vorname": citizen.first_name,
        "nachname": citizen.last_name,
        "aktenzeichen": case.file_reference,
        "heute": f"{today:%d.%m.%Y}",
        "mein_name": by.name,
        "mein_telefon": by.phone or "",
        "mein_raum": by.room or "",
    }
