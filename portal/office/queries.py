"""Reading who stands in for whom, and what is closed to whom."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember, Team
from portal.core.errors import NotFound
from portal.office.models import ConflictOfInterest, Substitution


@dataclass(frozen=True)
class Absent:
    """Somebody who is away today, as far as the substitute needs it."""

    id: UUID
    team_id: UUID
    name: str


@dataclass(frozen=True)
class Standing:
    """Whose work a staff member does today, and from whose files they must keep out."""

    member: StaffMember
    absent: tuple[Absent, ...] = ()
    closed_citizens: frozenset[UUID] = frozenset()
    closed_cases: frozenset[UUID] = frozenset()

    @property
    def absent_ids(self) -> frozenset[UUID]:
        """Return the ids of those whose work the member does."""
        return frozenset(one.id for one in self.absent)


def standing_of(session: Session, member: StaffMember, *, day: date) -> Standing:
    """Return the standing of a staff member on a day: one query, whatever there is."""
    away = (
        select(
            literal("absent").label("what"),
            StaffMember.id.label("id"),
            StaffMember.team_id.label("other_id"),
            (StaffMember.first_name + " " + StaffMember.last_name).label("name"),
        )
        .join(Substitution, Substitution.absent_id == StaffMember.id)
        .where(Substitution.substitute_id == member.id, _in_force(day))
    )
    closed = select(
        literal("closed"),
        ConflictOfInterest.citizen_id,
        ConflictOfInterest.case_id,
        literal(""),
    ).where(ConflictOfInterest.staff_member_id == member.id, ConflictOfInterest.lifted_at.is_(None))
    rows: Sequence[Any] = session.execute(
        union_all(away, closed).order_by("what", "name", "id")
    ).all()
    return Standing(
        member,
        absent=tuple(
            dict.fromkeys(Absent(r.id, r.other_id, r.name) for r in rows if r.what == "absent")
        ),
        closed_citizens=frozenset(r.id for r in rows if r.what == "closed"),
        closed_cases=frozenset(r.other_id for r in rows if r.what == "closed" and r.other_id),
    )


def _in_force(day: date) -> ColumnElement[bool]:
    return (
        Substitution.ended_at.is_(None)
        & (Substitution.first_day <= day)
        & (Substitution.last_day >= day)
    )


def substituted_by(session: Session, member: StaffMember, *, day: date) -> Sequence[StaffMember]:
    """Return whom a staff member stands in for on a day, by name."""
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.id.in_(
                select(Substitution.absent_id).where(
                    Substitution.substitute_id == member.id, _in_force(day)
                )
            )
        )
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def substitutions_for(
    session: Session, *, asker: StaffMember, today: date, limit: int = 100
) -> Sequence[Substitution]:
    """Return what is in force or to come: the asker's own, and the team's for its lead."""
    found = select(Substitution).join(Substitution.absent)
    return session.scalars(
        found.where(
            Substitution.ended_at.is_(None),
            Substitution.last_day >= today,
            or_(Substitution.substitute_id == asker.id, _planned_by(asker)),
        )
        .options(joinedload(Substitution.absent), joinedload(Substitution.substitute))
        .order_by(Substitution.first_day, Substitution.last_day, Substitution.id)
        .limit(limit)
    ).all()


def substitution_for(session: Session, id: UUID, *, asker: StaffMember) -> Substitution:
    """Return a substitution that the asker may end, locked; others raise `NotFound`."""
    found = session.scalar(
        select(Substitution)
        .join(Substitution.absent)
        .where(Substitution.id == id, _planned_by(asker))
        .options(joinedload(Substitution.absent), joinedload(Substitution.substitute))
        .with_for_update(of=Substitution)
    )
    if found is None:
        raise NotFound
    return found


def _planned_by(asker: StaffMember) -> ColumnElement[bool]:
    own = StaffMember.id == asker.id
    leads = accounts.can(asker, Right.SEE_TEAM)
    return or_(own, StaffMember.team_id == asker.team_id) if leads else own


def possible_absent(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return for whom the asker may enter an absence: oneself first, then the team of a lead."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, _planned_by(asker))
        .order_by(
            (StaffMember.id == asker.id).desc(),
            StaffMember.last_name,
            StaffMember.first_name,
            StaffMember.id,
        )
    ).all()


def possible_substitutes(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return who may stand in for somebody: the own team first, then the house, by name."""
    everybody = session.scalars(
        select(StaffMember)
        .join(StaffMember.team)
        .where(StaffMember.is_active)
        .order_by(
            (StaffMember.team_id == asker.team_id).desc(),
            Team.name,
            StaffMember.last_name,
            StaffMember.first_name,
            StaffMember.id,
        )
    )
    return [one for one in everybody if accounts.can(one, Right.READ_FILES)]


def conflicts_for(
    session: Session, *, asker: StaffMember, limit: int = 200
) -> Sequence[ConflictOfInterest]:
    """Return the conflicts in force: one's own, the team's for its lead, all for administrators."""
    return session.scalars(
        select(ConflictOfInterest)
        .join(ConflictOfInterest.staff_member)
        .where(ConflictOfInterest.lifted_at.is_(None), _conflicts_seen_by(asker))
        .options(
            joinedload(ConflictOfInterest.staff_member), joinedload(ConflictOfInterest.citizen)
        )
        .order_by(ConflictOfInterest.declared_at.desc(), ConflictOfInterest.id)
        .limit(limit)
    ).all()


def conflict_for(session: Session, id: UUID, *, asker: StaffMember) -> ConflictOfInterest:
    """Return a conflict that the asker sees, with its people, locked."""
    found = session.scalar(
        select(ConflictOfInterest)
        .join(ConflictOfInterest.staff_member)
        .where(ConflictOfInterest.id == id, _conflicts_seen_by(asker))
        .options(
            joinedload(ConflictOfInterest.staff_member), joinedload(ConflictOfInterest.citizen)
        )
        .with_for_update(of=ConflictOfInterest)
    )
    if found is None:
        raise NotFound
    return found


def _conflicts_seen_by(asker: StaffMember) -> ColumnElement[bool]:
    if accounts.can(asker, Right.ADMINISTER):
        return true()
    return _planned_by(asker)


def conflict_between(
    session: Session, *, member: StaffMember, citizen_id: UUID
) -> ConflictOfInterest | None:
    """Return the conflict in force between a staff member and a citizen."""
    return session.scalar(
        select(ConflictOfInterest).where(
            ConflictOfInterest.staff_member_id == member.id,
            ConflictOfInterest.citizen_id == citizen_id,
            ConflictOfInterest.lifted_at.is_(None),
        )
    )


def is_closed_to(session: Session, member_id: UUID, *, case_id: UUID | None) -> bool:
    """Tell whether a conflict of interest that was declared on a case is in force."""
    if case_id is None:
        return False
    found = select(ConflictOfInterest.id).where(
        ConflictOfInterest.staff_member_id == member_id,
        ConflictOfInterest.case_id == case_id,
        ConflictOfInterest.lifted_at.is_(None),
    )
    return session.scalar(found.order_by(ConflictOfInterest.id).limit(1)) is not None


def kept_from(session: Session, *, citizen_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return the staff members to whom the files of one of these citizens are closed."""
    return frozenset(session.scalars(_kept_from(), {"citizen_ids": citizen_ids}))


@functools.cache
def _kept_from() -> Select[UUID]:
    """Ask who keeps out of the files of some citizens; written once, for each search asks."""
    return (
        select(ConflictOfInterest.staff_member_id)
        .where(
            ConflictOfInterest.citizen_id.in_(bindparam("citizen_ids", expanding=True)),
            ConflictOfInterest.lifted_at.is_(None),
        )
        .order_by(ConflictOfInterest.staff_member_id)
    )


def leads_of(session: Session, *, team_id: UUID, besides: UUID) -> Sequence[StaffMember]:
    """Return who leads a team, without one person."""
    team = session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, StaffMember.team_id == team_id, StaffMember.id != besides)
        .order_by(StaffMember.last_name, StaffMember.id)
    )
    return [one for one in team if accounts.can(one, Right.SEE_TEAM)]


def closed_cases(session: Session) -> Mapping[UUID, frozenset[UUID]]:
    """Return by case who must keep out of it, for everything declared on a case."""
    found: dict[UUID, set[UUID]] = {}
    for case_id, member_id in session.execute(
        select(ConflictOfInterest.case_id, ConflictOfInterest.staff_member_id)
        .where(ConflictOfInterest.case_id.is_not(None), ConflictOfInterest.lifted_at.is_(None))
        .order_by(ConflictOfInterest.id)
    ):
        if case_id is not None:
            found.setdefault(case_id, set()).add(member_id)
    return {case_id: frozenset(members) for case_id, members in found.items()}
