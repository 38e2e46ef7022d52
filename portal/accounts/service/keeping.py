"""What was sent after a session had ended is kept for an hour, for after the next sign-in."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import rules
from portal.accounts.keys import KeptForm, PortalSession
from portal.core.crypto import seal, unseal
from portal.core.db import new_id

Fields = Sequence[tuple[str, str]]

NEVER_KEPT = frozenset({"csrf_token", "password", "current", "code", "step", "answer"})
"""What proves who somebody is stands nowhere in readable form; it is typed anew."""


def keep_form(
    session: Session,
    *,
    ended: PortalSession,
    path: str,
    fields: Fields,
    had_files: bool,
    representation_id: UUID | None = None,
    now: datetime,
) -> KeptForm:
    """Keep the fields for the person of a session; nobody else gets them.

    `representation_id` says for whom the form was rendered: it is sent on for no other person.
    Passwords, codes and answers of devices are left out.
    """
    kept = KeptForm(
        id=new_id(),
        citizen_id=ended.citizen_id,
        staff_member_id=ended.staff_member_id,
        path=path,
        had_files=had_files,
        representation_id=representation_id,
        kept_at=now,
        expires_at=now + rules.KEPT_FORM_LASTS,
    )
    given = [(name, value) for name, value in fields if name not in NEVER_KEPT]
    kept.sealed_fields = seal(_purpose(kept), json.dumps(given).encode())
    session.add(kept)
    return kept


def fields_of(kept: KeptForm) -> Fields:
    """Return the fields as they were sent."""
    return [(name, value) for name, value in json.loads(unseal(_purpose(kept), kept.sealed_fields))]


def _purpose(kept: KeptForm) -> str:
    return f"kept form {kept.citizen_id or kept.staff_member_id}"
