"""The deeds around accounts: register, confirm, sign in and out, change and reset the password.

Whether an address is known shows neither in the answer nor in its time (ASVS 6.3.8): the same steps
are gone either way, and only the mail differs.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from flask_babel import gettext
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts import passwords, queries, rules, slowdown
from portal.accounts.models import (
    Citizen,
    LinkPurpose,
    Role,
    SecretLink,
    StaffMember,
    StaffRole,
    Team,
)
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput
from portal.core.jobs import job
from portal.notifications import service as notifications

Person = TypeVar("Person", Citizen, StaffMember)


class WrongCredentials(InvalidInput):
    """No such account, or not its password: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(
            gettext("E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides.")
        )


class NotConfirmed(InvalidInput):
    """The password is right, the e-mail address is not proved yet."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse. Wir haben Ihnen den Link noch"
                " einmal geschickt."
            )
        )


def register(
    session: Session,
    *,
    first_name: str,
    last_name: str,
    email: str,
    password: str,
    network: str,
    now: datetime,
) -> None:
    """Open an account that waits for the proof of its e-mail address.

    For an address that has an account already, its owner gets a mail that says so; the page says
    the same either way. An unconfirmed account is written anew: only who reads the mail opens it.
    """
    email = queries.plain_email(email)
    rules.check_password(password, about=(first_name, last_name, email, email.partition("@")[0]))
    _count_mail(session, "register", network, now=now)
    password_hash = passwords.hash_of(password)
    citizen = queries.citizen_by_email(session, email)
    if citizen is None:
        citizen = Citizen(
            email=email,
            password_hash=password_hash,
            first_name=first_name,
            last_name=last_name,
            created_at=now,
            session_key=_new_key(),
        )
        try:
            with lost_race(session, "uq_citizens_email", gettext("Bitte noch einmal senden.")):
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
        _send_link(session, citizen, LinkPurpose.CONFIRM_EMAIL, now=now)
    else:
        _send(session, citizen, "account_exists", now=now)


def confirm_email(session: Session, *, link: SecretLink, now: datetime) -> Citizen:
    """Take the link as proof of the address; the account can sign in from now on."""
    rules.check_link(link, now=now)
    link.used_at = now
    citizen = link.citizen
    citizen.confirmed_at = citizen.confirmed_at or now
    audit.record(
        session,
        deed="accounts.email_confirmed",
        subject=("citizen", citizen.id),
        by=citizen,
        now=now,
    )
    return citizen


def sign_in(
    session: Session,
    *,
    email: str,
    password: str,
    network: str,
    known_as: str | None,
    now: datetime,
) -> Citizen:
    """Return the citizen with this address and password, or raise `WrongCredentials`.

    `known_as` is the account that this browser has signed in to before; see `rules.Slowdown`.
    """
    citizen = _proved(
        session,
        queries.citizen_by_email(session, email),
        email=f"citizen:{queries.plain_email(email)}",
        password=password,
        network=network,
        known_as=known_as,
        now=now,
    )
    if citizen.confirmed_at is None:
        _send_link(session, citizen, LinkPurpose.CONFIRM_EMAIL, now=now)
        raise NotConfirmed
    _record_sign_in(session, citizen, network=network, now=now)
    return citizen


def sign_in_staff(
    session: Session,
    *,
    email: str,
    password: str,
    network: str,
    known_as: str | None,
    now: datetime,
) -> StaffMember:
    """Return the active staff member with this password, or raise `WrongCredentials`."""
    member = queries.staff_by_email(session, email)
    member = _proved(
        session,
        member if member and rules.can_sign_in(member) else None,
        email=f"staff:{queries.plain_email(email)}",
        password=password,
        network=network,
        known_as=known_as,
        now=now,
    )
    _record_sign_in(session, member, network=network, now=now)
    return member


def sign_out(session: Session, *, person: Citizen | StaffMember, now: datetime) -> None:
    """Write down that a session was ended by its owner."""
    audit.record(
        session,
        deed="accounts.signed_out",
        subject=(person.actor.kind, person.id),
        by=person,
        now=now,
    )


def sign_out_everywhere(
    session: Session, *, person: Citizen | StaffMember, by: Acting, now: datetime
) -> None:
    """End every session of a person, this one too: old cookies carry the old key."""
    person.session_key = _new_key()
    audit.record(
        session,
        deed="accounts.signed_out_everywhere",
        subject=(person.actor.kind, person.id),
        by=by,
        now=now,
    )


def change_contact(
    session: Session,
    *,
    citizen: Citizen,
    phone: str | None,
    street: str | None,
    postcode: str | None,
    city: str | None,
    by: Acting,
    now: datetime,
) -> None:
    """Write down how to reach a citizen; what is empty is forgotten."""
    given = {"phone": phone, "street": street, "postcode": postcode, "city": city}
    changed = [name for name, value in given.items() if getattr(citizen, name) != (value or None)]
    for name in changed:
        setattr(citizen, name, given[name] or None)
    if changed:
        audit.record(
            session,
            deed="accounts.contact_changed",
            subject=("citizen", citizen.id),
            by=by,
            now=now,
            fields=changed,
        )


def change_password(
    session: Session, *, citizen: Citizen, current: str, password: str, network: str, now: datetime
) -> None:
    """Take a new password from somebody who knows the old one; every session ends."""
    try:
        _proved(
            session,
            citizen,
            email=f"citizen:{citizen.email}",
            password=current,
            network=network,
            known_as=str(citizen.id),
            now=now,
        )
    except WrongCredentials as error:
        message = gettext("Das ist nicht Ihr bisheriges Passwort.")
        raise InvalidInput(message, field="current") from error
    _set_password(session, citizen, password, now=now)


def ask_for_new_password(session: Session, *, email: str, network: str, now: datetime) -> None:
    """Let the worker send a link that sets a new password, if somebody has this address.

    Nobody is looked up here: the answer must not be faster for an unknown address.
    """
    _count_mail(session, "reset", network, now=now)
    send_reset_link.enqueue(session, email=queries.plain_email(email))


@job("accounts.send_reset_link")
def send_reset_link(session: Session, *, now: datetime, email: str) -> None:
    """Send the link; for an unknown address do nothing."""
    citizen = queries.citizen_by_email(session, email)
    if citizen is not None:
        _send_link(session, citizen, LinkPurpose.RESET_PASSWORD, now=now)


def reset_password(session: Session, *, link: SecretLink, password: str, now: datetime) -> Citizen:
    """Set a new password for who holds the link; it proves the e-mail address, too."""
    rules.check_link(link, now=now)
    citizen = link.citizen
    _set_password(session, citizen, password, now=now)
    link.used_at = now
    citizen.confirmed_at = citizen.confirmed_at or now
    return citizen


def add_staff(
    session: Session,
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    team: str,
    roles: Iterable[Role],
    by: Acting = SYSTEM,
    now: datetime,
    room: str | None = None,
    phone: str | None = None,
) -> StaffMember:
    """Open an account for a staff member in the team of this name, which is made if needed."""
    rules.check_password(password, about=(first_name, last_name, email.partition("@")[0]))
    member = StaffMember(
        email=queries.plain_email(email),
        password_hash=passwords.hash_of(password),
        first_name=first_name,
        last_name=last_name,
        room=room,
        phone=phone,
        team=queries.team_by_name(session, team) or Team(name=team),
        session_key=_new_key(),
    )
    member.roles = [StaffRole(role=role) for role in dict.fromkeys(roles)]
    with lost_race(
        session, "uq_staff_members_email", gettext("Diese Adresse hat schon ein Konto.")
    ):
        session.add(member)
        session.flush()  # the constraint answers now, and the trail needs the id
    audit.record(
        session,
        deed="accounts.staff_added",
        subject=("staff", member.id),
        by=by,
        now=now,
        roles=[held.role for held in member.roles],
    )
    return member


def _proved(
    session: Session,
    person: Person | None,
    *,
    email: str,
    password: str,
    network: str,
    known_as: str | None,
    now: datetime,
) -> Person:
    """Return `person` if this is the password; else count the failure and raise."""
    here = slowdown.key_of("sign-in", email, network)
    anywhere = slowdown.key_of("sign-in", email)
    all_here = slowdown.key_of("sign-in from", network)
    slowdown.take_turn(session, here)
    slowdown.check(session, here, rules.PERSON_FROM_NETWORK, now=now)
    slowdown.check(session, all_here, rules.NETWORK, now=now)
    if person is None or known_as != str(person.id):
        slowdown.check(session, anywhere, rules.PERSON_FROM_ANYWHERE, now=now)
    kept = person.password_hash if person else None
    if not passwords.fits(kept, password) or person is None:
        slowdown.count(session, here, anywhere, all_here, now=now)
        audit.record(
            session,
            deed="accounts.sign_in_failed",
            subject=(person.actor.kind, person.id) if person else ("unknown", anywhere[:16]),
            by=SYSTEM,
            now=now,
            network=network,
        )
        raise WrongCredentials
    slowdown.forget(session, here)
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_of(password)
    return person


def _record_sign_in(
    session: Session, person: Citizen | StaffMember, *, network: str, now: datetime
) -> None:
    audit.record(
        session,
        deed="accounts.signed_in",
        subject=(person.actor.kind, person.id),
        by=person,
        now=now,
        network=network,
    )


def _set_password(session: Session, citizen: Citizen, password: str, *, now: datetime) -> None:
    about = (citizen.first_name, citizen.last_name, citizen.email.partition("@")[0])
    rules.check_password(password, about=about)
    citizen.password_hash = passwords.hash_of(password)
    citizen.session_key = _new_key()
    _forget_links(session, citizen, LinkPurpose.RESET_PASSWORD, now=now)
    audit.record(
        session,
        deed="accounts.password_changed",
        subject=("citizen", citizen.id),
        by=citizen,
        now=now,
    )
    _send(session, citizen, "password_changed", now=now)


def _count_mail(session: Session, deed: str, network: str, *, now: datetime) -> None:
    """Slow down who makes the portal write many mails."""
    key = slowdown.key_of(deed, network)
    slowdown.check(session, key, rules.NETWORK, now=now)
    slowdown.count(session, key, now=now)


def _send_link(session: Session, citizen: Citizen, purpose: LinkPurpose, *, now: datetime) -> None:
    """Send a new link, which makes the older ones worthless; the secret is in the mail only."""
    secret = secrets.token_urlsafe(32)
    link = SecretLink(
        id=new_id(),
        citizen=citizen,
        purpose=purpose,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=now,
        expires_at=now + rules.LINK_LASTS[purpose],
    )
    if _send(session, citizen, purpose.value, now=now, link=link, secret=secret):
        _forget_links(session, citizen, purpose, now=now)
        session.add(link)


def _send(
    session: Session, citizen: Citizen, template: str, *, now: datetime, **context: object
) -> bool:
    """Write to a citizen, but not so often that a stranger could fill the mailbox."""
    key = slowdown.key_of("mail", template, citizen.email)
    since = now - rules.NETWORK.within
    if len(queries.attempts_on(session, key, since=since)) >= rules.MAILS_TO_ONE_ADDRESS:
        return False
    slowdown.count(session, key, now=now)
    notifications.send(
        session,
        template=template,
        address=citizen.email,
        recipient_id=citizen.id,
        now=now,
        context={"citizen": citizen, **context},
        language=citizen.language,
    )
    return True


def _forget_links(
    session: Session, citizen: Citizen, purpose: LinkPurpose, *, now: datetime
) -> None:
    session.execute(
        update(SecretLink)
        .where(
            SecretLink.citizen_id == citizen.id,
            SecretLink.purpose == purpose,
            SecretLink.used_at.is_(None),
        )
        .values(used_at=now)
    )


def _new_key() -> str:
    return secrets.token_urlsafe(16)
