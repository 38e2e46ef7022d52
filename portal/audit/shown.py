"""How a deed is put into words for lists of deeds."""

from flask_babel import gettext

from portal.audit.models import Event
from portal.audit.rules import visible


def who(event: Event) -> str:
    """Name who did it, and for whom where somebody was represented: "X für Y"."""
    name = visible(event.actor_name)
    match event.facts.get("for"):
        case {"name": str(represented)}:
            return str(gettext("%(name)s für %(other)s", name=name, other=visible(represented)))
    return name
