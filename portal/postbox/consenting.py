"""Giving and taking back the consent to letters in the portal (§ 37 (2a) SGB X)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.audit import service as audit
from portal.core import clock
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict
from portal.postbox import law, queries, rules
from portal.postbox.models import PortalConsent

CHANGED = "Der Text hat sich geändert. Bitte lesen Sie ihn noch einmal."


def give(session: Session, *, citizen: Citizen, version: int, now: datetime) -> PortalConsent:
    """Agree to the text of `version`; a second click finds what the first has made.

    Raise `Conflict` when the account cannot be reached or another text is offered by now.
    """
    rules.check_can_consent(citizen)
    if version != law.present_consent(clock.local_date(now)).version:
        raise Conflict(CHANGED)
    found = queries.consent_of(session, citizen=citizen)
    if found is not None and found.version == version:
        return found
    if found is not None:
        _end(found, by=citizen, now=now)
        session.flush()  # one consent in force at a time
    made = PortalConsent(
        id=new_id(),
        citizen_id=citizen.id,
        version=version,
        given_at=now,
        given_by_name=citizen.actor.name,
    )
    with lost_race(session, "uq_portal_consents_in_force", "Ist schon eingetragen."):
        session.add(made)
        session.flush()  # the constraint answers now
    _record(session, "postbox.consent_given", made, citizen, now)
    return made


def withdraw(session: Session, *, citizen: Citizen, now: datetime) -> None:
    """Take the consent back; letters to come go by post, what was provided stays readable."""
    found = queries.consent_of(session, citizen=citizen)
    if found is None:
        return
    _end(found, by=citizen, now=now)
    _record(session, "postbox.consent_withdrawn", found, citizen, now)


def _end(consent: PortalConsent, *, by: Citizen, now: datetime) -> None:
    consent.withdrawn_at, consent.withdrawn_by_name = now, by.actor.name


def _record(
    session: Session, deed: str, consent: PortalConsent, by: Citizen, now: datetime
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("citizen", consent.citizen_id),
        by=by,
        now=now,
        version=consent.version,
    )
