"""To whom a letter goes and how: the person, or who acts for them (§ 13 (3) SGB X)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Representation
from portal.core import clock
from portal.postbox import law, queries, rules
from portal.postbox.law import Represented
from portal.postbox.models import LetterKind, PortalConsent, PrintReason, Way
from portal.representation import queries as representations


@dataclass(frozen=True)
class Route:
    """The way of a letter, the consent that lets it, who is addressed, and who gets a copy."""

    way: Way
    why: PrintReason | None
    consent: PortalConsent | None
    recipient: Citizen
    copies: tuple[Citizen, ...] = ()

    def content(self, citizen: Citizen) -> dict[str, Any]:
        """Return what stands on the letter: addresses as they are today, whom it is about."""
        return {
            "recipient": _address(self.recipient),
            "copies": [_address(one) for one in self.copies],
            "about_name": None if self.recipient is citizen else citizen.name,
        }


def route(session: Session, *, kind: LetterKind, citizen: Citizen, now: datetime) -> Route:
    """Return how a letter of this kind would go out now."""
    consent, today = queries.consent_of(session, citizen=citizen), clock.local_date(now)
    others = tuple(one.representative for one in _acting(session, citizen=citizen, now=now))
    way, why = rules.way_for(kind, citizen, consent, today=today, represented=bool(others))
    lets = consent if way is Way.PORTAL and rules.carries(consent, today=today) else None
    what = law.KINDS[kind].represented if others else Represented.AS_EVER
    if what is Represented.ADDRESSED:
        return Route(way, why, lets, others[0], (*others[1:], citizen))
    return Route(way, why, lets, citizen, others if what is Represented.COPY else ())


def _acting(session: Session, *, citizen: Citizen, now: datetime) -> list[Representation]:
    """Return who must be turned to, a guardian before a power of attorney, the oldest first."""
    found = representations.given_by(session, asker=citizen, now=now)
    return [
        one
        for rule in law.ADDRESSEES
        for one in sorted(found, key=lambda one: (one.granted_at, one.id))
        if one.kind == rule.kind and one.allows(rule.power)
    ]


def _address(person: Citizen) -> dict[str, str | None]:
    return {
        "name": person.name,
        "street": person.street,
        "postcode": person.postcode,
        "city": person.city,
    }
