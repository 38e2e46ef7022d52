"""The trail of one account in words: what was done, by whom, and what was before and after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.accounts import words
from portal.accounts.models import Role
from portal.audit import shown
from portal.audit.models import Event

DEEDS = {
    "accounts.staff_added": _("Zugang angelegt"),
    "accounts.staff_invited": _("Einladung geschickt"),
    "accounts.invitation_taken": _("Einladung angenommen"),
    "accounts.roles_changed": _("Rollen oder Team geändert"),
    "accounts.staff_details_changed": _("Angaben geändert"),
    "accounts.keys_reset": _("Schlüssel zurückgesetzt"),
    "accounts.staff_deactivated": _("Zugang deaktiviert"),
    "accounts.staff_reactivated": _("Zugang wieder aktiviert"),
    "accounts.digest_wished": _("Tag in Zahlen per E-Mail gewählt"),
    "accounts.signed_in": _("Angemeldet"),
    "accounts.sign_in_failed": _("Anmeldung fehlgeschlagen"),
    "accounts.proved_anew": _("Noch einmal bestätigt, wer es ist"),
    "accounts.signed_out": _("Abgemeldet"),
    "accounts.signed_out_everywhere": _("Auf allen Geräten abgemeldet"),
    "accounts.passkey_added": _("Passkey eingerichtet"),
    "accounts.passkey_dropped": _("Passkey entfernt"),
    "accounts.passkey_failed": _("Passkey nicht angenommen"),
    "accounts.app_added": _("App mit Codes eingerichtet"),
    "accounts.app_dropped": _("App mit Codes entfernt"),
    "accounts.code_failed": _("Falscher Code"),
    "accounts.recovery_codes_drawn": _("Neue Notfall-Codes gezogen"),
    "accounts.recovery_code_used": _("Notfall-Code benutzt"),
    "accounts.password_changed": _("Passwort geändert"),
}

FIELDS = {
    "first_name": _("Vorname"),
    "last_name": _("Nachname"),
    "email": _("E-Mail-Adresse"),
    "phone": _("Telefon"),
    "room": _("Raum"),
}


@dataclass(frozen=True)
class Line:
    """One deed as the page shows it."""

    title: str
    who: str
    at: datetime
    details: list[str]


def line_of(event: Event) -> Line:
    """Put one deed into words; a deed without words shows its name."""
    details = _DETAILS.get(event.deed)
    return Line(
        str(DEEDS.get(event.deed, event.deed)),
        shown.who(event),
        event.at,
        details(event.facts) if details else [],
    )


def roles_in_words(roles: Any) -> str:
    """Name roles in the order of the table; what is no role any more is left as it was written."""
    known = [str(name) for role, name in words.ROLES.items() if role.value in roles]
    return ", ".join([*known, *(str(role) for role in roles if role not in set(Role))]) or "–"


def _change(what: str, before: object, after: object) -> str:
    return str(
        gettext(
            "%(what)s: vorher %(before)s, jetzt %(after)s",
            what=what,
            before=before or "–",
            after=after or "–",
        )
    )


def _roles_changed(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    before, after = facts.get("before", []), facts.get("after", [])
    if set(before) != set(after):
        lines.append(_change(gettext("Rollen"), roles_in_words(before), roles_in_words(after)))
    if "team_before" in facts and facts["team_before"] != facts.get("team"):
        lines.append(_change(gettext("Team"), facts["team_before"], facts.get("team")))
    return lines


def _details_changed(facts: Mapping[str, Any]) -> list[str]:
    before, after = facts.get("before", {}), facts.get("after", {})
    return [
        _change(str(name), before.get(field), after[field])
        for field, name in FIELDS.items()
        if field in after
    ]


def _added(facts: Mapping[str, Any]) -> list[str]:
    return [gettext("Rollen: %(roles)s", roles=roles_in_words(facts.get("roles", [])))]


_DETAILS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "accounts.staff_added": _added,
    "accounts.roles_changed": _roles_changed,
    "accounts.staff_details_changed": _details_changed,
}
