"""What the media process says to people, in German: errors and last words."""

from portal.media.people import Message

TEXTS = {
    "chat_forbidden": "Sie können hier keine Nachrichten schreiben.",
    "chat_length": "Die Nachricht ist leer oder zu lang. Erlaubt sind 2.000 Zeichen.",
    "forbidden": "Das dürfen Sie in diesem Gespräch nicht.",
    "closed": "Das Gespräch ist beendet.",
    "full": "Der Raum ist voll. Bitte warten Sie, bis ein Platz frei wird.",
    "gone": "Sie sind nicht mehr in diesem Gespräch.",
    "hello": "Bitte öffnen Sie das Gespräch noch einmal über Ihren Termin.",
    "malformed": "Diese Nachricht hat der Server nicht verstanden.",
    "media": "Bild und Ton konnten nicht verbunden werden.",
    "moving": "Der Server wird gewechselt. Bitte verbinden Sie sich neu.",
    "nobody": "Diese Person ist nicht mehr im Gespräch.",
    "node": "Das Gespräch ist auf einem anderen Server. Bitte öffnen Sie es noch einmal.",
    "rate": "Das waren zu viele Nachrichten auf einmal. Bitte warten Sie kurz.",
    "relay_gone": "Diese Person ist gerade nicht erreichbar.",
    "relay_length": "Die Nachricht ist zu lang.",
    "removed": "Sie wurden aus dem Gespräch entfernt.",
    "replaced": "Sie sind auf einem anderen Gerät beigetreten.",
    "resume": "Die Verbindung war zu lange unterbrochen.",
    "ticket_expired": "Ihr Zugang ist abgelaufen. Bitte öffnen Sie das Gespräch noch einmal.",
    "ticket_invalid": "Ihr Zugang ist ungültig. Bitte öffnen Sie das Gespräch noch einmal.",
    "ticket_used": "Ihr Zugang wurde schon benutzt. Bitte öffnen Sie das Gespräch noch einmal.",
    "yourself": "Das geht nur bei anderen Personen.",
}


def error(code: str) -> Message:
    """Return an error message with its German text."""
    return {"type": "error", "code": code, "text": TEXTS[code]}


def farewell(reason: str) -> Message | None:
    """Return the last message to somebody whose place ends, if there is one to give."""
    if reason in ("removed", "replaced"):
        return {"type": reason, "text": TEXTS[reason]}
    if reason in ("closed", "time"):
        return {"type": "closed", "reason": reason, "text": TEXTS["closed"]}
    return None
