"""Reading emergencies: the one file that is asked for, and what waits for a second person."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.casefiles import walls
from portal.casefiles.models import (
    AccessGround,
    Case,
    CaseAccess,
    CaseMember,
)
from portal.core.errors import NotFound


def case_to_ask_for(
    session: Session, *, reference: str, name: str, born: date | None
) -> Case | None:
    """Return the one case with this file reference, or with a person of this name and birth date.

    It asks no wall: what is found is shown to nobody before a second person has said yes.
    """
    number = reference.strip().upper().removeprefix("JC-").lstrip("0")
    if number.isascii() and number.isdigit() and len(number) < len("2147483648"):
        return session.scalar(select(Case).where(Case.number == int(number)))
    words = " ".join(name.split())
    if not words or born is None:
        return None
    found = session.scalars(
        select(Case)
        .join(CaseMember)
        .join(Citizen, Citizen.id == CaseMember.citizen_id)
        .where(
            func.lower(Citizen.first_name + " " + Citizen.last_name) == func.lower(words),
            Citizen.birth_date == born,
        )
        .order_by(Case.id)
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def waiting_access(session: Session, *, case: Case, member: StaffMember) -> CaseAccess | None:
    """Return what a staff member has asked for already and nobody has decided."""
    return session.scalar(
        select(CaseAccess).where(
            CaseAccess.case_id == case.id,
            CaseAccess.staff_member_id == member.id,
            CaseAccess.ground == AccessGround.BREAK_GLASS,
            CaseAccess.decided_at.is_(None),
        )
    )


def _emergencies(session: Session, asker: StaffMember) -> Select[CaseAccess]:
    """Return what the asker may decide as second person: of others, and of no closed file."""
    accounts_rules.check(asker, Right.APPROVE_ACCESS)
    return (
        select(CaseAccess)
        .where(
            CaseAccess.ground == AccessGround.BREAK_GLASS,
            CaseAccess.staff_member_id != asker.id,
            walls.is_open_to(walls.standing_of(session, asker), CaseAccess.case_id.expression),
        )
        .options(joinedload(CaseAccess.case), joinedload(CaseAccess.staff_member))
    )


def accesses_waiting(
    session: Session, *, asker: StaffMember, limit: int = 100
) -> Sequence[CaseAccess]:
    """Return the emergencies that wait for a second person, the oldest first."""
    return session.scalars(
        _emergencies(session, asker)
        .where(CaseAccess.decided_at.is_(None))
        .order_by(CaseAccess.asked_at, CaseAccess.id)
        .limit(limit)
    ).all()


def access_to_decide(session: Session, id: UUID, *, asker: StaffMember) -> CaseAccess:
    """Return an emergency that the asker may decide, locked, or raise `NotFound`."""
    session.execute(select(CaseAccess.id).where(CaseAccess.id == id).with_for_update())
    found = session.scalar(_emergencies(session, asker).where(CaseAccess.id == id))
    if found is None:
        raise NotFound
    return found


def second_people(session: Session, *, team_ids: set[UUID], besides: UUID) -> list[StaffMember]:
    """Return who may decide an emergency: the leads of these teams, else everybody who may."""
    may = accounts.staff_with_right(session, Right.APPROVE_ACCESS)
    others = [one for one in may if one.id != besides]
    return [one for one in others if one.team_id in team_ids] or others
