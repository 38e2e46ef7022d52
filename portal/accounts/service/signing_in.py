"""Proving who one is with a password, and with what comes second.

Wrong tries slow down and lock nobody out (`rules.Slowdown`). Unknown and known accounts take the
same steps and the same time.
"""

from datetime import datetime
from typing import TypeVar

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import addresses, passwords, queries, rules, slowdown
from portal.accounts.keys import LinkPurpose, StepKind
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.service import letters, steps
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core.errors import InvalidInput

P = TypeVar("P", Citizen, StaffMember)


class WrongCredentials(InvalidInput):
    """No such account, or not its password: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(
            gettext("E-Mail-Adresse, Handynummer oder Passwort stimmt nicht. Bitte prüfen Sie sie.")
        )


class NotConfirmed(InvalidInput):
    """The password is right, the address is not proved yet."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Bitte bestätigen Sie zuerst Ihre Adresse. Wir haben Ihnen den Link noch einmal"
                " geschickt."
            )
        )


def sign_in(
    session: Session,
    *,
    address: str,
    password: str,
    network: str,
    known_as: frozenset[str] = frozenset(),
    now: datetime,
) -> Citizen:
    """Return the citizen with this address and password, or raise `WrongCredentials`.

    `known_as` are the accounts that this browser has signed in to before; see `rules.Slowdown`.
    """
    citizen = queries.citizen_by_address(session, address)
    proved = _proved(
        session,
        citizen,
        account=f"citizen:{addresses.plain(address)}",
        password=password,
        network=network,
        known_as=known_as,
        now=now,
    )
    if proved.confirmed_at is None:
        letters.send_link(session, proved, LinkPurpose.CONFIRM_ADDRESS, now=now)
        raise NotConfirmed
    return proved


def sign_in_staff(
    session: Session,
    *,
    address: str,
    password: str,
    network: str,
    known_as: frozenset[str] = frozenset(),
    now: datetime,
) -> StaffMember:
    """Return the active staff member with this password, or raise `WrongCredentials`.

    A staff member without a second factor has no way in: the office sends a new invitation.
    """
    found = queries.staff_by_email(session, address)
    member: StaffMember | None = found if found and rules.can_sign_in(found) else None
    proved = _proved(
        session,
        member,
        account=f"staff:{addresses.plain(address)}",
        password=password,
        network=network,
        known_as=known_as,
        now=now,
    )
    factors = queries.factors_of(session, proved)
    if not factors.has_app and not factors.passkeys:
        raise InvalidInput(
            gettext(
                "Für Ihr Konto ist noch kein zweiter Schlüssel eingerichtet. Bitten Sie Ihre"
                " Verwaltung um eine neue Einladung."
            )
        )
    return proved


def prove_password(
    session: Session, *, person: Person, password: str, network: str, now: datetime
) -> None:
    """Let somebody whom we know by another proof show the password, or raise."""
    _proved(
        session,
        person,  # type: ignore[type-var]
        account=f"{person.actor.kind}:{person.id}",
        password=password,
        network=network,
        known_as=frozenset({str(person.id)}),
        now=now,
    )


def _proved(
    session: Session,
    person: P | None,
    *,
    account: str,
    password: str,
    network: str,
    known_as: frozenset[str],
    now: datetime,
) -> P:
    """Return `person` if this is the password; else count the failure and raise."""
    tries = slowdown.Tries.of("sign-in", account, network)
    known = person is not None and str(person.id) in known_as
    tries.check(session, known=known, now=now)
    kept = person.password_hash if person else None
    if not passwords.fits(kept, password) or person is None:
        tries.count(session, known=known, now=now)
        audit.record(
            session,
            deed="accounts.sign_in_failed",
            subject=(person.actor.kind, person.id) if person else ("unknown", tries.name),
            by=SYSTEM,
            now=now,
            network=network,
        )
        raise WrongCredentials
    tries.forgive(session)
    if passwords.is_outdated(person.password_hash or ""):
        person.password_hash = passwords.hash_of(password)
    return person


def ask_second_factor(session: Session, *, person: Person, now: datetime) -> str:
    """Remember that the password was right; return the token for the page of the second factor."""
    return steps.begin_step(session, kind=StepKind.SECOND_FACTOR, person=person, now=now)
