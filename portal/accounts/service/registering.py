"""Opening an account and proving its address.

Whether an address is known shows neither in the answer nor in its time (ASVS 6.3.8): the same steps
are gone either way, and only the message differs.
"""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import addresses, passwords, queries, rules, slowdown
from portal.accounts.keys import LinkPurpose, SecretLink
from portal.accounts.models import Citizen
from portal.accounts.service import letters
from portal.accounts.service.signing_in import WrongCredentials, prove_password
from portal.audit import service as audit
from portal.core.db import lost_race
from portal.core.errors import Conflict, Expired, InvalidInput


def register(
    session: Session,
    *,
    first_name: str,
    last_name: str,
    address: str,
    password: str,
    network: str,
    now: datetime,
    language: str = "de",
) -> None:
    """Open an account that waits for the proof of its e-mail address or mobile number.

    For an address that has an account already, its owner gets a message that says so; the page says
    the same either way. An unconfirmed account is written anew: who reads the message opens it.
    """
    email, mobile = addresses.split(address)
    about = (first_name, last_name, address, address.partition("@")[0])
    rules.check_password(password, about=about)
    count_message(session, "register", network, now=now)
    password_hash = passwords.hash_of(password)
    citizen = queries.citizen_by_address(session, address)
    if citizen is None:
        citizen = Citizen(
            email=email,
            mobile=mobile,
            password_hash=password_hash,
            first_name=first_name,
            last_name=last_name,
            language=language,
            created_at=now,
        )
        try:
            with lost_race(session, "uq_citizens_", gettext("Bitte noch einmal senden.")):
                session.add(citizen)
                session.flush()  # the other of two clicks may have been faster
        except Conflict:
            return
        audit.record(
            session,
            deed="accounts.registered",
            subject=("citizen", citizen.id),
            by=citizen,
            now=now,
        )
    elif citizen.confirmed_at is None:
        citizen.first_name, citizen.last_name = first_name, last_name
        citizen.password_hash = password_hash
    if citizen.confirmed_at is None:
        letters.send_link(session, citizen, LinkPurpose.CONFIRM_ADDRESS, now=now)
    else:
        letters.send(session, citizen, "account_exists", now=now)


def confirm_address(
    session: Session, *, link: SecretLink, password: str, network: str, now: datetime
) -> Citizen:
    """Take link and password as proof of the address; the account can sign in from now on.

    The password shows that who reads the mail is who opened the account: otherwise a stranger could
    open one with somebody's address, and its owner would confirm the stranger's password.
    """
    rules.check_link(link, now=now)
    citizen = queries.citizen_of(link)
    if citizen.confirmed_at is not None:  # it may ask for a second factor by now
        raise Expired(gettext("Diese Adresse ist schon bestätigt. Melden Sie sich einfach an."))
    try:
        prove_password(session, person=citizen, password=password, network=network, now=now)
    except WrongCredentials as error:
        message = gettext("Das ist nicht das Passwort, mit dem das Konto eröffnet wurde.")
        raise InvalidInput(message, field="password") from error
    link.used_at = now
    citizen.confirmed_at = now
    audit.record(
        session,
        deed="accounts.address_confirmed",
        subject=("citizen", citizen.id),
        by=citizen,
        now=now,
    )
    return citizen


def count_message(session: Session, deed: str, network: str, *, now: datetime) -> None:
    """Slow down who makes the portal write many messages."""
    key = slowdown.key_of(deed, network)
    slowdown.check(session, key, rules.NETWORK, now=now)
    slowdown.count(session, key, now=now)
