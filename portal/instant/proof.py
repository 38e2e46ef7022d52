"""Which Sofortantrag this browser may see, because number and code were shown here a moment ago.

It stands in the signed cookie of the session, for half an hour or until „Anzeige beenden“: in a
library or a shelter the next person sits down at the same computer. Signing in or out ends it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from flask import session

LASTS = timedelta(minutes=30)
_PLACE = "sofortantrag"


def keep(id: UUID, *, now: datetime, key: UUID | None = None) -> None:
    """Let this browser see one; with `key`, its code as well: it was sent from here just now."""
    until = (now + LASTS).isoformat()
    session[_PLACE] = {"id": str(id), "key": str(key or ""), "until": until}


def is_shown(id: UUID, *, now: datetime) -> bool:
    """Tell whether this browser may see it."""
    return _kept(id, now=now) is not None


def key_of(id: UUID, *, now: datetime) -> UUID | None:
    """Return the key of the form, where it was sent from this browser just now."""
    kept = _kept(id, now=now)
    return UUID(kept["key"]) if kept and kept["key"] else None


def end() -> None:
    """Let the browser forget it."""
    session.pop(_PLACE, None)


def _kept(id: UUID, *, now: datetime) -> dict[str, str] | None:
    kept = session.get(_PLACE)
    if not isinstance(kept, dict) or kept.get("id") != str(id):
        return None
    return kept if now < datetime.fromisoformat(kept["until"]) else None
