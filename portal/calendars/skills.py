"""For what and in which languages somebody of the office can be asked into a talk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import Right, StaffMember
from portal.accounts.rules import check
from portal.audit import service as audit
from portal.calendars.models import StaffSkills, TalkRole
from portal.calendars.rules import check_can_plan
from portal.calendars.talk_roles import ROLES_OF_ACCOUNTS
from portal.core.errors import Conflict, InvalidInput

MOST_LANGUAGES = 20

# Reading


def skills_of(session: Session, *, officers: Sequence[StaffMember]) -> Mapping[UUID, StaffSkills]:
    """Return what is written down about these people, by their id."""
    found = session.scalars(
        select(StaffSkills)
        .where(StaffSkills.staff_member_id.in_([one.id for one in officers]))
        .order_by(StaffSkills.staff_member_id)
        .execution_options(populate_existing=True)
    )
    return {one.staff_member_id: one for one in found}


def languages_spoken(session: Session) -> Sequence[str]:
    """Return the languages besides German that somebody who works here speaks."""
    return session.scalars(
        select(func.unnest(StaffSkills.languages).label("language"))
        .join(StaffSkills.staff_member)
        .where(StaffMember.is_active)
        .distinct()
        .order_by("language")
    ).all()


def by_account(officer: StaffMember) -> list[TalkRole]:
    """Return what somebody is asked for while nothing is written down about them."""
    held = {one.role for one in officer.roles}
    return [role for role, account in ROLES_OF_ACCOUNTS.items() if account in held]


# Deeds


def write_skills(
    session: Session,
    *,
    officer: StaffMember,
    roles: Sequence[TalkRole],
    languages: Sequence[str],
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down for what and in which languages somebody can be asked, instead of the account.

    The search knows it at once; what is booked stays booked.
    """
    _check(officer, by)
    if len(set(languages)) > MOST_LANGUAGES:
        raise InvalidInput(f"Mehr als {MOST_LANGUAGES} Sprachen gehen nicht.", field="languages")
    facts: dict[str, Any] = {"roles": sorted(set(roles)), "languages": sorted(set(languages))}
    if TalkRole.INTERPRETER in roles and not languages:
        raise InvalidInput("Wer dolmetscht, braucht mindestens eine Sprache.", field="languages")
    session.execute(
        insert(StaffSkills)
        .values(staff_member_id=officer.id, **facts)
        .on_conflict_do_update(index_elements=["staff_member_id"], set_=facts)
    )
    _record(session, "calendars.skills_written", officer, by, now, **facts)


def forget_skills(
    session: Session, *, officer: StaffMember, by: StaffMember, now: datetime
) -> None:
    """Let the account say again for what somebody is asked, in German."""
    _check(officer, by)
    gone = session.execute(
        delete(StaffSkills)
        .where(StaffSkills.staff_member_id == officer.id)
        .returning(StaffSkills.staff_member_id)
    ).all()
    if gone:
        _record(session, "calendars.skills_forgotten", officer, by, now)


def _check(officer: StaffMember, by: StaffMember) -> None:
    check(by, Right.STEER_CARE)
    check_can_plan(officer, by=by)
    if not officer.is_active:
        raise Conflict("Diese Person arbeitet nicht mehr hier.")


def _record(
    session: Session,
    deed: str,
    officer: StaffMember,
    by: StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(session, deed=deed, subject=("staff_member", officer.id), by=by, now=now, **facts)
