"""Keeping filters as a view, for oneself or for the team, and beginning with one."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.core.db import new_id
from portal.core.errors import Conflict, NotAllowed
from portal.inbox import list_rules
from portal.inbox.list_models import DefaultView, SavedView

MOST = 40
"""How many views one person keeps at most."""


def keep_view(
    session: Session,
    *,
    name: str,
    arguments: Mapping[str, str],
    for_team: bool,
    by: StaffMember,
    now: datetime,
) -> SavedView:
    """Keep the filters of an address; an own view of the same name is written over."""
    found = session.scalar(
        select(SavedView)
        .where(SavedView.owner_id == by.id, SavedView.name == name)
        .order_by(SavedView.id)
        .limit(1)
        .with_for_update(of=SavedView)
    )
    if found is None:
        _check_room(session, by=by)
        found = SavedView(id=new_id(), owner_id=by.id, name=name)
        session.add(found)
    found.team_id = by.team_id if for_team else None
    found.arguments = dict(arguments)
    found.kept_at = now
    return found


def _check_room(session: Session, *, by: StaffMember) -> None:
    kept = select(func.count()).select_from(SavedView).where(SavedView.owner_id == by.id)
    if (session.scalar(kept) or 0) >= MOST:
        raise Conflict(
            gettext("Sie haben schon %(most)d Ansichten. Löschen Sie zuerst eine.", most=MOST)
        )


def forget_view(session: Session, *, view: SavedView, by: StaffMember) -> None:
    """Delete a kept view: one's own, or one of the team as its lead."""
    if not list_rules.can_forget_view(view, by):
        raise NotAllowed(
            gettext("Nur wer die Ansicht angelegt hat oder das Team leitet, löscht sie.")
        )
    session.delete(view)


def begin_with(session: Session, *, view: SavedView | None, by: StaffMember) -> None:
    """Let the list of `by` begin with a kept view, or with all items again."""
    if view is None:
        session.execute(delete(DefaultView).where(DefaultView.staff_member_id == by.id))
        return
    session.flush()  # the row of a view that was kept just now must be there
    session.execute(
        insert(DefaultView)
        .values(staff_member_id=by.id, view_id=view.id)
        .on_conflict_do_update(
            index_elements=[DefaultView.staff_member_id], set_={"view_id": view.id}
        )
    )
