"""Work items for tests, put there as the features do."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import service
from portal.inbox.models import ItemKind, WorkItem


def work_item(
    session: Session, *, team_of: StaffMember, now: datetime | None = None, **fields: Any
) -> WorkItem:
    """Put a document before the team of somebody."""
    item = service.open_item(
        session,
        **{
            "kind": ItemKind.DOCUMENT,
            "subject_id": new_id(),
            "case_id": None,
            "title": "Mietvertrag",
            "person": "Oksana Kovalenko",
            "reason": "Das Dokument ist neu angekommen.",
            "next_step": "Prüfen",
            "team_id": team_of.team_id,
            "assignee_id": None,
            "now": now or clock.now(),
            **fields,
        },
    )
    session.flush()
    return item
