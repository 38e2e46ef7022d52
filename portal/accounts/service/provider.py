"""Accounts of people whom an identity provider has recognised (BundID, Keycloak).

Issuer and subject together are the person, never the e-mail address (ASVS 6.8.1): an address that
an account has already opens nothing, its owner connects the two after signing in.
"""

from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from portal.accounts import queries, rules
from portal.accounts.keys import Ended, ProviderIdentity
from portal.accounts.models import Citizen, Identified
from portal.accounts.oidc.identity import VerifiedIdentity
from portal.accounts.oidc.signout import EndedAtProvider
from portal.accounts.service import letters, sessions
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core.db import lost_race
from portal.core.errors import Conflict, InvalidInput


def recognised(session: Session, *, identity: VerifiedIdentity, now: datetime) -> Citizen | None:
    """Return the citizen whom this is, if we know them; what the provider vouches for counts."""
    known = queries.provider_identity(session, issuer=identity.issuer, subject=identity.subject)
    if known is None or not rules.can_sign_in(known.citizen):
        return None
    known.used_at = now
    _trust(session, known.citizen, identity, now=now)
    return known.citizen


def open_account(
    session: Session, *, identity: VerifiedIdentity, language: str, now: datetime
) -> Citizen:
    """Open an account for somebody whom the provider has recognised and we do not know yet."""
    if identity.given_name is None or identity.family_name is None:
        raise InvalidInput(
            gettext(
                "Ihr Ausweis-Dienst hat uns keinen Namen geschickt. Eröffnen Sie bitte ein Konto"
                " mit Ihrer E-Mail-Adresse."
            )
        )
    taken = identity.email and queries.citizen_by_address(session, identity.email)
    if taken:
        raise Conflict(
            gettext(
                "Mit Ihrer E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich damit an und"
                " verbinden Sie es unter „Anmelden und Sicherheit“."
            )
        )
    citizen = Citizen(
        email=identity.email,
        first_name=identity.given_name,
        last_name=identity.family_name,
        birth_date=identity.birth_date,
        language=language,
        created_at=now,
        confirmed_at=now,
    )
    with lost_race(session, "uq_citizens_", gettext("Bitte noch einmal senden.")):
        session.add(citizen)
        session.flush()  # the constraint answers now, and the trail needs the id
    _record(session, "accounts.registered", citizen, now=now)
    connect(session, citizen=citizen, identity=identity, now=now)
    return citizen


def connect(
    session: Session, *, citizen: Citizen, identity: VerifiedIdentity, now: datetime
) -> None:
    """Let this person sign in to the account with the provider from now on."""
    message = gettext("Damit ist schon ein anderes Konto verbunden.")
    with lost_race(session, "uq_provider_identities_", message):
        session.add(
            ProviderIdentity(
                citizen_id=citizen.id,
                issuer=identity.issuer,
                subject=identity.subject,
                linked_at=now,
                used_at=now,
            )
        )
        session.flush()  # the constraint answers now
    _trust(session, citizen, identity, now=now)
    _record(session, "accounts.provider_connected", citizen, now=now)
    letters.send(session, citizen, "key_added", now=now, what=lazy_gettext("Ausweis-Dienst"))


def disconnect(
    session: Session, *, citizen: Citizen, identity: ProviderIdentity, now: datetime
) -> None:
    """End the sign-in by a provider, unless it is the last way in."""
    factors = queries.factors_of(session, citizen)
    others = len(queries.identities_of(session, citizen)) > 1
    if not (others or factors.passkeys or citizen.password_hash):
        raise Conflict(
            gettext("Das ist Ihr letzter Schlüssel. Legen Sie zuerst ein Passwort fest.")
        )
    session.delete(identity)
    _record(session, "accounts.provider_disconnected", citizen, now=now)
    letters.send(session, citizen, "key_dropped", now=now, what=lazy_gettext("Ausweis-Dienst"))


def end_at_provider(session: Session, *, ended: EndedAtProvider, now: datetime) -> int:
    """End the sessions that a signed-out person had by the provider; return how many.

    OpenID Connect Back-Channel Logout 1.0. Only sessions that are older than the message end, so
    that a replayed one ends nothing new.
    """
    found = queries.provider_sessions(session, ended=ended)
    for opened in found:
        sessions.end_session(session, opened=opened, why=Ended.ELSEWHERE, by=SYSTEM, now=now)
    return len(found)


def _trust(
    session: Session, citizen: Citizen, identity: VerifiedIdentity, *, now: datetime
) -> None:
    """Raise the level of the account to what the provider vouches for; it never sinks by it."""
    if identity.level <= citizen.level:
        return
    citizen.level = identity.level
    citizen.identified_at, citizen.identified_how = now, Identified.PROVIDER
    citizen.birth_date = citizen.birth_date or identity.birth_date
    _record(session, "accounts.identified", citizen, now=now, level=identity.level)


def _record(
    session: Session, deed: str, citizen: Citizen, *, now: datetime, level: int | None = None
) -> None:
    facts: dict[str, Any] = {"level": level} if level else {}
    audit.record(session, deed=deed, subject=("citizen", citizen.id), by=citizen, now=now, **facts)
