"""What can be filled into the text blocks of messages, and with what in one thread."""

from datetime import datetime

from flask_babel import lazy_gettext as _

from portal.accounts.models import Citizen, StaffMember
from portal.casefiles.models import Case
from portal.core import clock

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
