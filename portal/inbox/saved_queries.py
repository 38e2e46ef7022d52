"""Reading kept views: one's own and those of the team, and with which one the list begins."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.accounts.models import StaffMember
from portal.core.errors import NotFound
from portal.inbox.list_models import DefaultView, SavedView


def views_of(session: Session, *, asker: StaffMember) -> Sequence[SavedView]:
    """Return the kept views that the asker may use, by name."""
    return session.scalars(
        select(SavedView)
        .where(_may_use(asker))
        .options(
            joinedload(SavedView.owner).options(
                lazyload(StaffMember.roles), lazyload(StaffMember.team)
            )
        )
        .order_by(SavedView.name, SavedView.id)
    ).all()


def view_for(session: Session, id: UUID, *, asker: StaffMember) -> SavedView:
    """Return a kept view that the asker may use; others raise `NotFound`."""
    found = session.scalar(select(SavedView).where(SavedView.id == id, _may_use(asker)))
    if found is None:
        raise NotFound
    return found


def default_of(session: Session, *, asker: StaffMember) -> SavedView | None:
    """Return the view with which the list of the asker begins, if it may still be used."""
    return session.scalar(
        select(SavedView)
        .join(DefaultView, DefaultView.view_id == SavedView.id)
        .where(DefaultView.staff_member_id == asker.id, _may_use(asker))
    )


def _may_use(asker: StaffMember) -> ColumnElement[bool]:
    return or_(SavedView.owner_id == asker.id, SavedView.team_id == asker.team_id)
