"""Passkeys (WebAuthn level 3): adding one, signing in with one, taking one away.

A passkey is asked to verify its user (fingerprint, PIN), so that it is two factors in one, and it
is bound to our address: a false page cannot use it.
"""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts import queries, rules
from portal.accounts.keys import Passkey, StepKind
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.service import letters, steps
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import lost_race
from portal.core.errors import Conflict, InvalidInput

TIMEOUT = 300_000  # milliseconds


class WrongPasskey(InvalidInput):
    """The answer of the device does not fit: another key, another page, an old task."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Das hat mit dem Passkey nicht geklappt. Versuchen Sie es noch einmal oder nehmen"
                " Sie Ihr Passwort."
            )
        )


def new_task(
    session: Session, *, person: Person, office: str, base_url: str, now: datetime
) -> dict[str, Any]:
    """Return what the browser needs to make a new passkey, and the token of the step."""
    known = queries.passkeys_of(session, person)
    if len(known) >= rules.MOST_PASSKEYS:
        raise Conflict(gettext("Mehr als zehn Passkeys gehen nicht. Entfernen Sie zuerst einen."))
    options = generate_registration_options(
        rp_id=_host(base_url),
        rp_name=office,
        user_id=person.id.bytes,
        user_name=person.address or person.name,
        user_display_name=person.name,
        timeout=TIMEOUT,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=k.credential_id) for k in known],
    )
    step = steps.begin_step(
        session,
        kind=StepKind.PASSKEY_NEW,
        person=person,
        now=now,
        challenge=bytes_to_base64url(options.challenge),
    )
    return {"step": step, "options": json.loads(options_to_json(options))}


def add(
    session: Session,
    *,
    person: Person,
    token: str,
    answer: dict[str, Any],
    name: str,
    base_url: str,
    now: datetime,
) -> Passkey:
    """Take a new passkey for the person who asked for the task, or raise `WrongPasskey`."""
    step = steps.take_step(session, token=token, kind=StepKind.PASSKEY_NEW, now=now)
    if person.id not in {step.citizen_id, step.staff_member_id}:
        raise WrongPasskey
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(step.kept["challenge"]),
            expected_rp_id=_host(base_url),
            expected_origin=_origin(base_url),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise WrongPasskey from error
    passkey = Passkey(
        citizen=person if isinstance(person, Citizen) else None,
        staff_member=person if isinstance(person, StaffMember) else None,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[],
        name=name.strip()[:60] or gettext("Passkey"),
        created_at=now,
    )
    with lost_race(session, "uq_passkeys_credential_id", gettext("Diesen Passkey gibt es schon.")):
        session.add(passkey)
        session.flush()  # the constraint answers now
    _record(session, "accounts.passkey_added", person, by=person, now=now)
    letters.send(session, person, "key_added", now=now, what=passkey.name)
    return passkey


def sign_in_task(
    session: Session, *, base_url: str, now: datetime, person: Person | None = None
) -> dict[str, Any]:
    """Return what the browser needs to show a passkey: any of ours, or one of `person`."""
    keys = queries.passkeys_of(session, person) if person else []
    options = generate_authentication_options(
        rp_id=_host(base_url),
        timeout=TIMEOUT,
        user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=[PublicKeyCredentialDescriptor(id=k.credential_id) for k in keys],
    )
    step = steps.begin_step(
        session,
        kind=StepKind.PASSKEY_SIGN_IN,
        person=person,
        now=now,
        challenge=bytes_to_base64url(options.challenge),
    )
    return {"step": step, "options": json.loads(options_to_json(options))}


def prove(
    session: Session, *, token: str, answer: dict[str, Any], base_url: str, now: datetime
) -> Person:
    """Return whose passkey this is, or raise `WrongPasskey`; the task is used up either way."""
    step = steps.take_step(session, token=token, kind=StepKind.PASSKEY_SIGN_IN, now=now)
    passkey = _passkey_in(session, answer)
    person = passkey.citizen or passkey.staff_member
    wanted = step.citizen_id or step.staff_member_id
    if person is None or wanted not in {None, person.id} or not rules.can_sign_in(person):
        raise WrongPasskey
    try:
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(step.kept["challenge"]),
            expected_rp_id=_host(base_url),
            expected_origin=_origin(base_url),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        _record(session, "accounts.passkey_failed", person, by=SYSTEM, now=now)
        raise WrongPasskey from error
    passkey.sign_count, passkey.used_at = shown.new_sign_count, now
    return person


def drop(session: Session, *, passkey: Passkey, person: Person, by: Acting, now: datetime) -> None:
    """Take a passkey away, unless it is the last way in."""
    rules.check_can_drop(person, queries.factors_of(session, person), passkey=passkey)
    session.delete(passkey)
    _record(session, "accounts.passkey_dropped", person, by=by, now=now)
    letters.send(session, person, "key_dropped", now=now, what=passkey.name)


def _passkey_in(session: Session, answer: dict[str, Any]) -> Passkey:
    try:
        credential_id = base64url_to_bytes(answer["rawId"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongPasskey from error
    found = queries.passkey_by_credential(session, credential_id)
    if found is None:
        raise WrongPasskey
    return found


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _record(session: Session, deed: str, person: Person, *, by: Acting, now: datetime) -> None:
    audit.record(session, deed=deed, subject=(person.actor.kind, person.id), by=by, now=now)
