"""Reading people, links and attempts."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import (
    Attempt,
    Citizen,
    LinkPurpose,
    Role,
    SecretLink,
    StaffMember,
    StaffRole,
    Team,
)
from portal.core.errors import NotFound


def plain_email(email: str) -> str:
    """Return the address as it is kept: one person, one writing."""
    return email.strip().lower()


def citizen_by_email(session: Session, email: str) -> Citizen | None:
    """Return the citizen with this address, confirmed or not."""
    return session.scalar(select(Citizen).where(Citizen.email == plain_email(email)))


def staff_by_email(session: Session, email: str) -> StaffMember | None:
    """Return the staff member with this address, active or not."""
    return session.scalar(select(StaffMember).where(StaffMember.email == plain_email(email)))


def person_by_id(session: Session, kind: str, id: UUID) -> Citizen | StaffMember:
    """Return the citizen or (`kind` is staff) the staff member with this id."""
    person: Citizen | StaffMember | None = (
        session.get(StaffMember, id) if kind == "staff" else session.get(Citizen, id)
    )
    if person is None:
        raise NotFound
    return person


def citizens(session: Session) -> Sequence[Citizen]:
    """Return all citizens by name; for the demo office, which has few."""
    return session.scalars(
        select(Citizen).order_by(Citizen.last_name, Citizen.first_name, Citizen.id)
    ).all()


def staff_members(session: Session) -> Sequence[StaffMember]:
    """Return everybody who works in the office, by team and name."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.team)
        .where(StaffMember.is_active)
        .order_by(Team.name, StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def colleagues_of(session: Session, *, asker: StaffMember) -> Sequence[StaffMember]:
    """Return the active members of the team of `asker`, by name, `asker` among them."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active, StaffMember.team_id == asker.team_id)
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def colleague_for(session: Session, id: str, *, asker: StaffMember) -> StaffMember:
    """Return the member of the team of `asker` with this id; others raise `NotFound`."""
    for member in colleagues_of(session, asker=asker):
        if str(member.id) == id:
            return member
    raise NotFound(gettext("Diese Person arbeitet nicht in Ihrem Team."))


def staff_with_role(session: Session, role: Role) -> Sequence[StaffMember]:
    """Return the active members with this role, by name."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.roles)
        .where(StaffMember.is_active, StaffRole.role == role)
        .order_by(StaffMember.last_name, StaffMember.first_name, StaffMember.id)
    ).all()


def team_by_name(session: Session, name: str) -> Team | None:
    """Return the team with this name."""
    return session.scalar(select(Team).where(Team.name == name))


def link_for(session: Session, id: UUID, secret: str, purpose: LinkPurpose) -> SecretLink:
    """Return the link that this secret opens; raise `NotFound` for a wrong one."""
    link = session.scalar(
        select(SecretLink).where(
            SecretLink.id == id,
            SecretLink.purpose == purpose,
            SecretLink.secret_hash == hashlib.sha256(secret.encode()).hexdigest(),
        )
    )
    if link is None:
        raise NotFound
    return link


def attempts_on(session: Session, key: str, *, since: datetime) -> Sequence[datetime]:
    """Return when this was tried, newest first."""
    return session.scalars(
        select(Attempt.at)
        .where(Attempt.key == key, Attempt.at > since)
        .order_by(Attempt.at.desc())
        .limit(200)
    ).all()


def nth_newest_attempt(session: Session, key: str, n: int) -> datetime | None:
    """Return when this was tried `n` tries ago; the newest is the first."""
    return session.scalars(
        select(Attempt.at)
        .where(Attempt.key == key)
        .order_by(Attempt.at.desc(), Attempt.id.desc())
        .offset(n - 1)
        .limit(1)
    ).first()
