"""New passwords: with the old one, or with a link for who has forgotten it.

A link replaces the password and nothing else: the second factor is asked for as ever (ASVS 6.4.3).
"""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import addresses, passwords, queries, rules
from portal.accounts.keys import Ended, LinkPurpose, PortalSession, SecretLink
from portal.accounts.models import Citizen, Person
from portal.accounts.service import letters, sessions
from portal.accounts.service.registering import count_message
from portal.accounts.service.signing_in import WrongCredentials, prove_password
from portal.audit import service as audit
from portal.core.errors import InvalidInput
from portal.core.jobs import job


def change_password(
    session: Session,
    *,
    person: Person,
    current: str,
    password: str,
    opened: PortalSession,
    network: str,
    now: datetime,
) -> None:
    """Take a new password from somebody who knows the old one; every other session ends.

    Somebody who has none yet (a passkey, a provider) sets the first one here.
    """
    if person.password_hash is not None:
        try:
            prove_password(session, person=person, password=current, network=network, now=now)
        except WrongCredentials as error:
            message = gettext("Das ist nicht Ihr bisheriges Passwort.")
            raise InvalidInput(message, field="current") from error
    set_password(session, person=person, password=password, now=now)
    sessions.end_all(session, person=person, why=Ended.CHANGED, now=now, but=opened)


def ask_for_new_password(session: Session, *, address: str, network: str, now: datetime) -> None:
    """Let the worker send a link that sets a new password, if somebody has this address.

    Nobody is looked up here: the answer must not be faster for an unknown address.
    """
    count_message(session, "reset", network, now=now)
    send_reset_link.enqueue(session, address=addresses.plain(address))


@job("accounts.send_reset_link")
def send_reset_link(session: Session, *, now: datetime, address: str) -> None:
    """Send the link; for an unknown address do nothing."""
    citizen = queries.citizen_by_address(session, address)
    if citizen is not None:
        letters.send_link(session, citizen, LinkPurpose.RESET_PASSWORD, now=now)


def reset_password(session: Session, *, link: SecretLink, password: str, now: datetime) -> Citizen:
    """Set a new password for who holds the link; it proves the address, too. Every session ends."""
    rules.check_link(link, now=now)
    citizen = queries.citizen_of(link)
    set_password(session, person=citizen, password=password, now=now)
    link.used_at = now
    citizen.confirmed_at = citizen.confirmed_at or now
    sessions.end_all(session, person=citizen, why=Ended.CHANGED, now=now)
    return citizen


def set_password(session: Session, *, person: Person, password: str, now: datetime) -> None:
    """Write down a new password and tell the person; links for a new one are worthless now."""
    about = (person.first_name, person.last_name, (person.email or "").partition("@")[0])
    rules.check_password(password, about=about)
    person.password_hash = passwords.hash_of(password)
    letters.forget_links(session, person, LinkPurpose.RESET_PASSWORD, now=now)
    audit.record(
        session,
        deed="accounts.password_changed",
        subject=(person.actor.kind, person.id),
        by=person,
        now=now,
    )
    letters.send(session, person, "password_changed", now=now)
