"""Work items for tests, put there as the features do."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.core import clock
from portal.core.db import new_id
from portal.inbox import saving, service
from portal.inbox.list_models import Deed, ManyDeed, SavedView
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


def saved_view(session: Session, owner: StaffMember, **fields: Any) -> SavedView:
    """Let somebody keep a view of what is due today."""
    view = saving.keep_view(
        session,
        **{
            "name": "Heute fällig",
            "arguments": {"ansicht": "alle", "frist": "heute"},
            "for_team": False,
            "by": owner,
            "now": clock.now(),
            **fields,
        },
    )
    session.flush()
    return view


def taken_together(session: Session, by: StaffMember, *items: WorkItem) -> ManyDeed:
    """Write down that somebody has taken items together, so that it can be taken back."""
    before = {str(item.id): {"was": None, "now": str(by.id)} for item in items}
    deed = ManyDeed(
        id=new_id(), staff_member_id=by.id, deed=Deed.TAKE, before=before, at=clock.now()
    )
    session.add(deed)
    session.flush()
    return deed
