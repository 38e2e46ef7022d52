"""People with an account and no file who ring up or stand at the desk: who may find them.

Only whoever looks at identity cards for the whole house finds an account by its name. A conflict of
interest hides it like a file.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from portal.accounts import rules as accounts
from portal.accounts.models import Citizen, Right, StaffMember
from portal.casefiles import walls
from portal.casefiles.models import CaseMember
from portal.core.errors import NotFound

SHORTEST = 2
"""So many names must be said, first and last: nobody pages through the accounts by letters."""


def can_find(asker: StaffMember) -> bool:
    """Tell whether the asker books for people who have no file yet."""
    return all(
        accounts.can(asker, right)
        for right in (Right.IDENTIFY_CITIZENS, Right.READ_ALL_FILES, Right.MANAGE_APPOINTMENTS)
    )


def named(
    session: Session, *, search: str, asker: StaffMember, limit: int = 20
) -> Sequence[Citizen]:
    """Return the accounts without a file of exactly this first and last name."""
    words = search.lower().replace(",", " ").split()
    if len(words) < SHORTEST or not can_find(asker):
        return []
    name = func.lower(Citizen.first_name + " " + Citizen.last_name)
    turned = func.lower(Citizen.last_name + " " + Citizen.first_name)
    said = " ".join(words)
    return session.scalars(
        select(Citizen)
        .where(
            _is_open_to(session, asker),
            (name == said) | (turned == said),
            ~exists().where(CaseMember.citizen_id == Citizen.id),
        )
        .order_by(Citizen.birth_date, Citizen.id)
        .limit(limit)
    ).all()


def account_for(session: Session, id: UUID, *, asker: StaffMember) -> Citizen:
    """Return one account for which the asker may book, or raise `NotFound`."""
    found = None
    if can_find(asker):
        found = session.scalar(select(Citizen).where(Citizen.id == id, _is_open_to(session, asker)))
    if found is None:
        raise NotFound
    return found


def _is_open_to(session: Session, asker: StaffMember) -> ColumnElement[bool]:
    standing = walls.standing_of(session, asker)
    return and_(
        Citizen.confirmed_at.is_not(None),
        ~walls.keeps_apart(standing, Citizen.id.expression),
    )
