"""The German words for what a Sofortantrag says, for pages, papers and the inbox."""

from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from portal.instant.models import Emergency, InstantApplication, InstantState

EMERGENCIES: dict[Emergency, LazyString] = {
    Emergency.NO_MONEY: _("Ich habe kein Geld für Essen oder Medikamente"),
    Emergency.HOME: _("Ich kann die Miete nicht zahlen oder verliere meine Wohnung"),
    Emergency.ENERGY: _("Strom oder Heizung sind gesperrt oder werden es bald"),
    Emergency.HEALTH_COVER: _("Ich habe keine Krankenversicherung"),
    Emergency.NONE: _("Nichts davon"),
}

SHORT: dict[Emergency, LazyString] = {
    Emergency.NO_MONEY: _("kein Geld"),
    Emergency.HOME: _("Miete oder Wohnung"),
    Emergency.ENERGY: _("Strom oder Heizung"),
    Emergency.HEALTH_COVER: _("keine Krankenversicherung"),
}

STATES: dict[InstantState, LazyString] = {
    InstantState.RECEIVED: _("Eingegangen"),
    InstantState.SEEN: _("Gesehen"),
    InstantState.ANSWERED: _("Beantwortet"),
    InstantState.WITHDRAWN: _("Zurückgezogen"),
}

TONES: dict[InstantState, str] = {
    InstantState.RECEIVED: "info",
    InstantState.SEEN: "warning",
    InstantState.ANSWERED: "success",
    InstantState.WITHDRAWN: "neutral",
}


def why_urgent(emergencies: Iterable[Emergency], need: str | None) -> str | None:
    """Say in a few words what cannot wait, with what the person wrote about it."""
    named = ", ".join(str(SHORT[one]) for one in emergencies if one in SHORT)
    if not named:
        return None
    return f"{named}: „{need}“" if need else named


def address_of(answers: dict[str, Any]) -> str:
    """Write the address in one line; it may be that there is none."""
    place = " ".join(part for part in (answers["postcode"], answers["city"]) if part)
    written = ", ".join(part for part in (answers["street"], place) if part)
    if not answers["no_fixed_address"]:
        return written
    nowhere = gettext("Kein fester Wohnsitz")
    return f"{nowhere} ({written})" if written else nowhere


def emergencies_of(application: InstantApplication) -> list[str]:
    """Return what was named, in the words of the form."""
    return [str(EMERGENCIES[one]) for one in application.emergencies]
