"""Substitutions, conflicts of interest and emergencies for tests, made by real deeds."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.casefiles import accesses, emergency_queries
from portal.casefiles.models import AccessOutcome, Case, CaseAccess
from portal.core import clock
from portal.office import service
from portal.office.models import ConflictKind, ConflictOfInterest, Substitution
from tests.factories import accounts

REASON = "Eine Person steht am Empfang, ihr wird heute der Strom abgestellt."


def lead(session: Session, *, of: StaffMember | None = None) -> StaffMember:
    """Make a team lead, of the team of somebody if given."""
    team = {"team": of.team} if of else {}
    return accounts.staff_member(session, Role.TEAM_LEAD, last_name="Hoffmann", **team)


def substitution(
    session: Session,
    *,
    absent: StaffMember,
    substitute: StaffMember,
    starts_in: int = 0,
    days: int = 7,
) -> Substitution:
    """Let somebody stand in for a colleague, from today for a week unless told otherwise."""
    now = clock.now()
    first = clock.local_date(now) + timedelta(days=starts_in)
    return service.substitute(
        session,
        absent=absent,
        substitute=substitute,
        first_day=first,
        last_day=first + timedelta(days=days - 1),
        by=absent,
        now=now,
    )


def conflict(
    session: Session, *, case: Case, member: StaffMember, kind: ConflictKind = ConflictKind.RELATIVE
) -> ConflictOfInterest:
    """Let a staff member say that the file is one to keep out of."""
    return accesses.keep_out(
        session,
        case=case,
        citizen=case.members[0].citizen,
        kind=kind,
        reason="",
        by=member,
        now=clock.now(),
    )


def emergency(
    session: Session, *, case: Case, member: StaffMember, granted_by: StaffMember | None = None
) -> CaseAccess:
    """Ask for a file in an emergency, and grant it if there is a second person."""
    now = clock.now()
    asked = accesses.ask(session, case=case, reason=REASON, by=member, now=now)
    assert asked is not None
    if granted_by:
        access = emergency_queries.access_to_decide(session, asked.id, asker=granted_by)
        accesses.decide(
            session, access=access, outcome=AccessOutcome.GRANTED, by=granted_by, now=now
        )
        session.flush()
    return asked
