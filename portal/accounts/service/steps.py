"""Steps of a sign-in: begun on one request, finished on the next, once and within minutes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts import queries, rules
from portal.accounts.keys import Step, StepKind
from portal.accounts.models import Citizen, Person, StaffMember
from portal.accounts.service.secrets import fits, hash_of, new_secret
from portal.core.db import new_id
from portal.core.errors import Expired


def begin_step(
    session: Session,
    *,
    kind: StepKind,
    now: datetime,
    person: Person | None = None,
    **kept: Any,
) -> str:
    """Keep what the next request needs (JSON values); return the token for the browser."""
    secret = new_secret()
    step = Step(
        id=new_id(),
        kind=kind,
        secret_hash=hash_of(secret),
        kept=kept,
        created_at=now,
        expires_at=now + rules.STEP_LASTS,
        citizen=person if isinstance(person, Citizen) else None,
        staff_member=person if isinstance(person, StaffMember) else None,
    )
    session.add(step)
    return f"{step.id}.{secret}"


def look_at_step(session: Session, *, token: str, kind: StepKind, now: datetime) -> Step:
    """Return a step that waits, without using it up; raise `Expired` for any other."""
    return _step(session, token, kind, now=now, lock=False)


def take_step(session: Session, *, token: str, kind: StepKind, now: datetime) -> Step:
    """Return a step that waits and use it up: the second try with the same token finds nothing."""
    step = _step(session, token, kind, now=now, lock=True)
    step.used_at = now
    return step


def _step(session: Session, token: str, kind: StepKind, *, now: datetime, lock: bool) -> Step:
    id, _, secret = token.partition(".")
    try:
        found = queries.step_by_id(session, UUID(id), kind=kind, lock=lock)
    except ValueError:
        found = None
    if (
        found is None
        or not fits(found.secret_hash, secret)
        or found.used_at is not None
        or now >= found.expires_at
    ):
        raise Expired(
            gettext("Das hat zu lange gedauert. Bitte fangen Sie mit der Anmeldung noch einmal an.")
        )
    return found
