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
    kept.sealed_fields = seal(_purpose(kept), json.dumps(list(fields)).encode())
    session.add(kept)
    return kept


def fields_of(kept: KeptForm) -> Fields:
    """Return the fields as they were sent."""
    return [(name, value) for name, value in json.loads(unseal(_purpose(kept), kept.sealed_fields))]


def _purpose(kept: KeptForm) -> str:
    return f"kept form {kept.citizen_id or kept.staff_member_id}"
