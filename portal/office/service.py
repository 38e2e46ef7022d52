"""The deeds of the office about itself: standing in for each other, keeping out of files."""

from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.core import clock
from portal.core.db import lost_race
from portal.notifications import service as notifications
from portal.office import queries, rules
from portal.office.models import ConflictKind, ConflictOfInterest, Substitution


def substitute(
    session: Session,
    *,
    absent: StaffMember,
    substitute: StaffMember,
    first_day: date,
    last_day: date,
    by: StaffMember,
    now: datetime,
) -> Substitution:
    """Let somebody stand in for an absent colleague; the substitute gets a message."""
    rules.check_can_substitute(
        absent, substitute, first_day, last_day, by=by, today=clock.local_date(now)
    )
    made = Substitution(
        absent=absent,
        substitute=substitute,
        first_day=first_day,
        last_day=last_day,
        created_at=now,
        created_by_name=by.name,
    )
    session.add(made)
    session.flush()  # the trail names the id
    audit.record(
        session,
        deed="office.substitution_made",
        subject=("substitution", made.id),
        by=by,
        now=now,
        absent=absent.id,
        substitute=substitute.id,
        first_day=first_day,
        last_day=last_day,
    )
    _tell(session, substitute, "substitution_made", now, substitution=made)
    return made


def end_substitution(
    session: Session, *, substitution: Substitution, by: StaffMember, now: datetime
) -> None:
    """End a substitution at once: on the next request the substitute sees nothing any more."""
    rules.check_can_end(substitution, by=by, today=clock.local_date(now))
    substitution.ended_at, substitution.ended_by_name = now, by.name
    audit.record(
        session,
        deed="office.substitution_ended",
        subject=("substitution", substitution.id),
        by=by,
        now=now,
    )


def declare_conflict(
    session: Session,
    *,
    member: StaffMember,
    citizen: Citizen,
    kind: ConflictKind,
    reason: str,
    case_id: UUID | None,
    by: StaffMember,
    now: datetime,
) -> ConflictOfInterest:
    """Close the files of a citizen to a staff member; the team lead is told, without names.

    Declaring it twice changes nothing. `case_id` is the file on which it was declared.
    """
    known = queries.conflict_between(session, member=member, citizen_id=citizen.id)
    if known is not None:
        return known
    made = ConflictOfInterest(
        staff_member=member,
        citizen=citizen,
        case_id=case_id,
        kind=kind,
        reason=reason.strip(),
        declared_at=now,
        declared_by_name=by.name,
    )
    said = gettext("Das haben Sie gerade schon gesagt. Die Akte ist geschlossen.")
    with lost_race(session, "uq_conflicts_of_interest_in_force", said):
        session.add(made)
        session.flush()  # the trail names the id
    _record(session, "office.conflict_declared", made, by=by, now=now)
    for lead in queries.leads_of(session, team_id=member.team_id, besides=member.id):
        _tell(session, lead, "conflict_declared", now, about=member)
    return made


def lift_conflict(
    session: Session, *, conflict: ConflictOfInterest, by: StaffMember, now: datetime
) -> None:
    """Open the files again; only another person than the one they are closed to does it."""
    rules.check_can_lift(conflict, by=by)
    conflict.lifted_at, conflict.lifted_by_name = now, by.name
    _record(session, "office.conflict_lifted", conflict, by=by, now=now)


def _record(
    session: Session, deed: str, conflict: ConflictOfInterest, *, by: StaffMember, now: datetime
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("conflict_of_interest", conflict.id),
        by=by,
        now=now,
        case_id=conflict.case_id,
        member=conflict.staff_member_id,
        kind=conflict.kind,
    )


def _tell(
    session: Session, reader: StaffMember, template: str, now: datetime, **context: object
) -> None:
    notifications.send(
        session,
        template=template,
        address=reader.address,
        recipient_id=reader.id,
        now=now,
        context={"reader": reader, **context},
    )
