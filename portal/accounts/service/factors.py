"""Second factors: an app with codes (TOTP, RFC 6238) and codes on paper.

A code of the app lives for its 30 seconds and is taken once, by the clock of the server
(ASVS 6.5.1, 6.5.5, 6.5.8). The secret is sealed in the database.
"""

import secrets as random
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask_babel import gettext, lazy_gettext
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts import queries, rules, slowdown
from portal.accounts.keys import RecoveryCode, TotpFactor
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.service import letters, secrets
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.crypto import seal, unseal
from portal.core.errors import Conflict, InvalidInput

PERIOD = 30
DIGITS = 6
SECRET_BYTES = 20


class WrongCode(InvalidInput):
    """Not the code of this moment, or one that was taken already."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Dieser Code stimmt nicht oder wurde schon benutzt. Nehmen Sie den Code, den die"
                " App jetzt zeigt."
            ),
            field="code",
        )


def begin_app(session: Session, *, person: Person, now: datetime) -> TotpFactor:
    """Draw a new secret for an app; it counts once a first code was shown."""
    factor = queries.totp_of(session, person)
    if factor is None:
        factor = TotpFactor(
            citizen_id=person.id if isinstance(person, Citizen) else None,
            staff_member_id=person.id if isinstance(person, StaffMember) else None,
            sealed_secret=seal(_purpose(person), random.token_bytes(SECRET_BYTES)),
            created_at=now,
        )
        session.add(factor)
    elif factor.confirmed_at is not None:
        raise Conflict(gettext("Sie haben schon eine App. Entfernen Sie sie zuerst."))
    return factor


def app_address(factor: TotpFactor, *, person: Person, issuer: str) -> str:
    """Return what the QR code for the app says (`otpauth://…`, Key URI format)."""
    return _totp(factor, person).get_provisioning_uri(
        quote(person.address or person.name, safe="@"), issuer
    )


def app_secret(factor: TotpFactor, *, person: Person) -> str:
    """Return the secret in Base32 in groups of four, for who cannot scan it."""
    address = app_address(factor, person=person, issuer="x")
    secret = address.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def current_code(factor: TotpFactor, *, person: Person, now: datetime) -> str:
    """Return the code that the app shows now, for the demo office and for tests."""
    return _totp(factor, person).generate(int(now.timestamp())).decode()


def confirm_app(
    session: Session, *, factor: TotpFactor, person: Person, code: str, now: datetime
) -> None:
    """Switch the app on: its owner shows that it works."""
    _take(factor, person=person, code=code, now=now)
    factor.confirmed_at = now
    _record(session, "accounts.app_added", person, now=now)
    letters.send(session, person, "key_added", now=now, what=lazy_gettext("App mit Codes"))


def drop_app(session: Session, *, person: Person, by: Acting, now: datetime) -> None:
    """Switch the app off, with its recovery codes, unless it is the last way in."""
    factors = queries.factors_of(session, person)
    rules.check_can_drop(person, factors)
    remove_app(session, person=person)
    _record(session, "accounts.app_dropped", person, by=by, now=now)
    letters.send(session, person, "key_dropped", now=now, what=lazy_gettext("App mit Codes"))


def remove_app(session: Session, *, person: Person) -> None:
    """Delete app and recovery codes of a person."""
    session.execute(delete(TotpFactor).where(queries.owned_by(TotpFactor, person)))
    session.execute(delete(RecoveryCode).where(queries.owned_by(RecoveryCode, person)))


def prove_code(session: Session, *, person: Person, code: str, network: str, now: datetime) -> None:
    """Take a code of the app or from the paper, or raise `WrongCode`; wrong ones slow down."""
    tries = slowdown.Tries.of("code", f"{person.actor.kind}:{person.id}", network)
    tries.check(session, known=False, now=now)
    typed = secrets.plain_code(code)
    try:
        if len(typed) == DIGITS:
            _take_shown(session, person=person, code=typed, now=now)
        else:
            _take_paper(session, person=person, code=typed, now=now)
    except WrongCode:
        tries.count(session, now=now)
        _record(session, "accounts.code_failed", person, now=now)
        raise
    tries.forgive(session)


def new_paper(session: Session, *, person: Person, now: datetime) -> Sequence[str]:
    """Draw new codes for paper and return them; the older ones are worthless."""
    session.execute(delete(RecoveryCode).where(queries.owned_by(RecoveryCode, person)))
    codes = [secrets.new_code(12) for _ in range(rules.RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(
            citizen_id=person.id if isinstance(person, Citizen) else None,
            staff_member_id=person.id if isinstance(person, StaffMember) else None,
            code_hash=secrets.hash_of(secrets.plain_code(code)),
            created_at=now,
        )
        for code in codes
    )
    _record(session, "accounts.recovery_codes_drawn", person, now=now)
    return codes


def _take_shown(session: Session, *, person: Person, code: str, now: datetime) -> None:
    factor = queries.totp_of(session, person, lock=True)
    if factor is None or factor.confirmed_at is None:
        raise WrongCode
    _take(factor, person=person, code=code, now=now)


def _take_paper(session: Session, *, person: Person, code: str, now: datetime) -> None:
    kept = queries.recovery_code(session, person, code_hash=secrets.hash_of(code))
    if kept is None:
        raise WrongCode
    kept.used_at = now
    _record(session, "accounts.recovery_code_used", person, now=now)
    letters.send(session, person, "recovery_code_used", now=now)


def _take(factor: TotpFactor, *, person: Person, code: str, now: datetime) -> None:
    step = int(now.timestamp()) // PERIOD
    shown = _totp(factor, person).generate(step * PERIOD).decode()
    if step <= factor.last_step or not secrets.fits(secrets.hash_of(shown), code):
        raise WrongCode
    factor.last_step = step


def _totp(factor: TotpFactor, person: Person) -> TOTP:
    key = unseal(_purpose(person), factor.sealed_secret)
    return TOTP(key, DIGITS, SHA1(), PERIOD)  # noqa: S303 (what the apps know: RFC 6238)


def _purpose(person: Person) -> str:
    return f"totp {person.id}"


def _record(
    session: Session, deed: str, person: Person, *, now: datetime, by: Acting | None = None
) -> None:
    audit.record(
        session, deed=deed, subject=(person.actor.kind, person.id), by=by or person, now=now
    )
