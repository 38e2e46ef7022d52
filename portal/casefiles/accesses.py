"""The deeds that open one file to one person for a time, or close it: see `walls`.

An emergency opens it, and an appointment; a conflict of interest closes it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Citizen, Right, StaffMember
from portal.audit import service as audit
from portal.casefiles import emergency_queries, rules, walls
from portal.casefiles.models import AccessGround, AccessOutcome, Case, CaseAccess
from portal.casefiles.walls import Ground
from portal.core.db import new_id
from portal.core.errors import NotFound
from portal.inbox import service as inbox
from portal.notifications import service as notifications
from portal.office import service as office
from portal.office.models import ConflictKind, ConflictOfInterest

LASTING = frozenset(
    {Ground.NAMED_OFFICER, Ground.CASE_TEAM, Ground.OFFICERS_TEAM, Ground.OFFICE_WIDE}
)
"""Grounds that hold longer than an item is open or a colleague is away."""


def ask(
    session: Session, *, case: Case | None, reason: str, by: StaffMember, now: datetime
) -> CaseAccess | None:
    """Ask for a file in an emergency; second people get a message.

    Without a case it is written down that somebody asked in vain, and nothing else happens: the
    asker must not learn whether there is one. Asking twice is asking once.
    """
    rules.check_who_reads_cases(by)
    rules.check_reason(reason)
    # Two clicks at once are one request; the lock is the same whether there is a case or not.
    lock = func.hashtextextended(f"emergencies of {by.id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))
    if case is None:
        audit.record(
            session,
            deed="casefiles.access_asked_in_vain",
            subject=("staff_member", by.id),
            by=by,
            now=now,
            reason=reason.strip(),
        )
        return None
    waiting = emergency_queries.waiting_access(session, case=case, member=by)
    if waiting is not None:
        return waiting
    access = CaseAccess(
        id=new_id(),
        case_id=case.id,
        staff_member_id=by.id,
        ground=AccessGround.BREAK_GLASS,
        reason=reason.strip(),
        asked_at=now,
    )
    session.add(access)
    session.flush()  # the trail comes after the row
    _record(session, "casefiles.access_asked", access, by=by, now=now, reason=access.reason)
    for second in emergency_queries.second_people(
        session, team_ids={by.team_id, case.team_id}, besides=by.id
    ):
        _tell(session, second, "access_asked", now, asker=by)
    return access


def decide(
    session: Session,
    *,
    access: CaseAccess,
    outcome: AccessOutcome,
    by: StaffMember,
    now: datetime,
) -> None:
    """Grant or refuse an emergency as second person; the asker gets a message."""
    rules.check_can_decide_access(access, by)
    if walls.has_conflict(session, by, case_id=access.case_id):
        raise NotFound
    access.outcome, access.decided_at, access.decided_by_id = outcome, now, by.id
    asker = access.staff_member
    if outcome is AccessOutcome.GRANTED:
        access.starts_at, access.ends_at = now, now + rules.EMERGENCY_LASTS
    _record(
        session,
        f"casefiles.access_{outcome.value}",
        access,
        by=by,
        now=now,
        to={"id": asker.id, "name": asker.name},
        reason=access.reason,
    )
    _tell(
        session,
        asker,
        f"access_{outcome.value}",
        now,
        access=access,
        second=by,
        path=f"/amt/akten/{access.case_id}",
    )


def open_for_appointment(
    session: Session,
    *,
    case_id: UUID,
    subject_id: UUID,
    officer: StaffMember,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Let the officer of an appointment open the file, from now until a while after `ends_at`.

    Nothing is written when the officer sees the file anyway, and never across a conflict of
    interest.
    """
    if not accounts_rules.can(officer, Right.READ_FILES):
        return
    if walls.has_conflict(session, officer, case_id=case_id):
        return
    try:
        if walls.why(session, case_id=case_id, asker=officer).ground in LASTING:
            return
    except NotFound:
        pass  # this is what the row is for
    session.add(
        CaseAccess(
            case_id=case_id,
            staff_member_id=officer.id,
            ground=AccessGround.APPOINTMENT,
            reason="Termin",
            subject_id=subject_id,
            asked_at=now,
            starts_at=now,
            ends_at=ends_at + rules.AFTER_AN_APPOINTMENT,
        )
    )


def close_after_appointment(session: Session, *, subject_id: UUID, now: datetime) -> None:
    """End what an appointment has opened: it was moved or cancelled."""
    opened = session.scalars(
        select(CaseAccess)
        .where(CaseAccess.subject_id == subject_id, CaseAccess.ends_at > now)
        .order_by(CaseAccess.id)
        .with_for_update()
    )
    for access in opened:
        access.ends_at = max(now, access.starts_at or now)


def keep_out(
    session: Session,
    *,
    case: Case,
    citizen: Citizen,
    kind: ConflictKind,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> ConflictOfInterest:
    """Close a file to oneself: it is one's own or of somebody close (§ 16, § 17 SGB X).

    What lay with the person goes back to the team at once.
    """
    inbox.release_items(session, case_id=case.id, member=by, by=by, now=now)
    return office.declare_conflict(
        session,
        member=by,
        citizen=citizen,
        kind=kind,
        reason=reason,
        case_id=case.id,
        by=by,
        now=now,
    )


def _record(
    session: Session,
    deed: str,
    access: CaseAccess,
    *,
    by: StaffMember,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        deed=deed,
        subject=("case_access", access.id),
        by=by,
        now=now,
        case_id=access.case_id,
        **facts,
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
