"""Levels of trust in the demo office: two letters on their way, one person linked, one with eID."""

from datetime import date

from sqlalchemy import select

from portal.accounts.models import Citizen, Identified, Role
from portal.dev.people import CITIZENS
from portal.dev.stage import Office
from portal.identity import service
from portal.identity.models import CodeLetter
from portal.identity.service import Card

LETTER_WAITING = "Krämer"
LETTER_PRINTED = "Seidel"
LINKED = "Albrecht"
WITH_EID = "Petersen"

WORDS = {
    LETTER_WAITING: "Brief mit Code bestellt",
    LETTER_PRINTED: "Brief mit Code gedruckt",
    LINKED: "Konto mit Akte verknüpft",
    WITH_EID: "ausgewiesen mit Online-Ausweis",
}


def show(office: Office) -> None:
    """Bring four citizens to their level, through the real verbs where there are some."""
    front_desk = office.with_role(Role.FRONT_DESK)[0]
    _ask(office, LETTER_WAITING, days=1)
    printed = _ask(office, LETTER_PRINTED, days=4)
    person = printed.citizen
    service.print_letter(
        office.session,
        letter=printed,
        customer_number="357C204816",
        recipient=person.name,
        street=person.street or "",
        postcode=person.postcode or "",
        city=person.city or "",
        by=front_desk,
        now=office.ago(days=3),
    )
    linked = _citizen(office, LINKED)
    service.identify_at_counter(
        office.session,
        citizen=linked,
        customer_number="357B118204",
        birth_date=_born(linked),
        card=Card.IDENTITY_CARD,
        by=front_desk,
        now=office.ago(days=20),
    )
    with_eid = _citizen(office, WITH_EID)
    with_eid.level, with_eid.identified_at = 3, office.ago(days=11)
    with_eid.identified_how = Identified.PROVIDER  # the provider itself is not in the demo
    office.session.flush()  # the constraints of a level answer here


def _ask(office: Office, last_name: str, *, days: int) -> CodeLetter:
    person = _citizen(office, last_name)
    return service.ask_for_letter(
        office.session,
        citizen=person,
        birth_date=_born(person),
        street=person.street or "",
        postcode=person.postcode or "",
        city=person.city or "",
        now=office.ago(days=days),
    )


def _citizen(office: Office, last_name: str) -> Citizen:
    email = next(one.email for one in CITIZENS if one.last_name == last_name)
    return office.session.scalars(select(Citizen).where(Citizen.email == email)).one()


def _born(person: Citizen) -> date:
    return person.birth_date or date(1980, 1, 1)
