"""What the office hears from a citizen by telephone, by post or at the desk, and takes down.

Letters promise these ways. Whoever takes it down speaks for the citizen as a representative does:
the deed is the citizen's own, with the same checks and the same effect, it counts from when it was
said, and the trail names both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Person, Right, StaffMember
from portal.audit.models import Actor, Represented
from portal.core.errors import InvalidInput, NotAllowed


class CameBy(StrEnum):
    """How something came to the office that was not typed into the portal."""

    PHONE = "phone"
    POST = "post"
    DESK = "desk"


_WAYS = {CameBy.PHONE: "am Telefon", CameBy.POST: "mit der Post", CameBy.DESK: "vor Ort"}


@dataclass(frozen=True)
class Heard:
    """Who takes down what a citizen has said, how it came, and when it was said or arrived."""

    staff: StaffMember
    citizen: Citizen
    way: CameBy
    at: datetime

    @property
    def actor(self) -> Actor:
        """Return the values that the audit trail keeps: who writes, and for whom."""
        by, citizen = self.staff.actor, self.citizen
        return Actor(by.kind, by.id, by.name, Represented(str(citizen.id), citizen.name))


Speaker = Citizen | Heard
"""Who says something in a matter of their own: in the portal, or to somebody who writes it down."""


def person(by: Speaker) -> Person:
    """Return who does the deed in the portal."""
    return by.staff if isinstance(by, Heard) else by


def said_at(by: Speaker, *, now: datetime) -> datetime:
    """Return when it was said: what came by another way counts from then, not from the typing."""
    return by.at if isinstance(by, Heard) else now


def said_by(by: Speaker) -> str:
    """Return who said it, in words that stay; by another way with whoever wrote it down."""
    if isinstance(by, Heard):
        return f"{by.citizen.name}, {_WAYS[by.way]}, aufgeschrieben von {by.staff.name}"
    return by.actor.name


def facts(by: Speaker) -> Mapping[str, str]:
    """Return what the trail says of the way."""
    if isinstance(by, Heard):
        return {"way": by.way.value, "said_at": by.at.isoformat()}
    return {}


def check(by: Speaker, *, right: Right, citizen: Citizen, since: datetime, now: datetime) -> None:
    """Raise unless staff may take this down for this citizen, said between `since` and now."""
    if not isinstance(by, Heard):
        return
    accounts_rules.check(by.staff, right)
    if by.citizen.id != citizen.id:
        raise NotAllowed("Das ist die Sache von jemand anderem.")
    if by.at > now:
        raise InvalidInput(gettext("Diese Zeit liegt noch vor uns."), field="day")
    if by.at < since.replace(second=0, microsecond=0):  # nobody types seconds
        raise InvalidInput(gettext("Da gab es den Termin oder den Brief noch nicht."), field="day")
