"""Holds (Aufbewahrungssperren): a file, or one document of it, must not be erased for now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.audit import service as audit
from portal.casefiles import queries
from portal.casefiles.keeping import Hold
from portal.casefiles.models import Case, Document
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput, NotFound

SHORTEST_REASON = 10


def can_hold(by: StaffMember) -> bool:
    """Tell whether `by` may set and lift holds."""
    return accounts.can(by, Right.HOLD_FILES)


def set_hold(
    session: Session,
    *,
    case: Case,
    document: Document | None = None,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> Hold:
    """Keep the file, or only this document of it, from being erased until the hold is lifted."""
    accounts.check(by, Right.HOLD_FILES)
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(gettext("Nennen Sie den Grund, mindestens 10 Zeichen."), field="reason")
    if document is not None and document.case_id != case.id:
        raise NotFound
    hold = Hold(
        id=new_id(),
        case_id=case.id,
        document_id=document.id if document else None,
        reason=reason,
        set_at=now,
        set_by_id=by.id,
    )
    session.add(hold)
    audit.record(
        session,
        deed="casefiles.hold_set",
        subject=_subject(hold),
        by=by,
        now=now,
        case_id=case.id,
        hold=str(hold.id),
        reason=reason,
    )
    return hold


def lift(session: Session, *, hold: Hold, by: StaffMember, now: datetime) -> None:
    """End a hold; from now on the periods of the filing plan count again."""
    accounts.check(by, Right.HOLD_FILES)
    if hold.lifted_at is not None:
        raise Conflict(gettext("Diese Sperre ist schon aufgehoben."))
    hold.lifted_at, hold.lifted_by_id = now, by.id
    audit.record(
        session,
        deed="casefiles.hold_lifted",
        subject=_subject(hold),
        by=by,
        now=now,
        case_id=hold.case_id,
        hold=str(hold.id),
        reason=hold.reason,
    )


def _subject(hold: Hold) -> tuple[str, UUID]:
    return ("document", hold.document_id) if hold.document_id else ("case", hold.case_id)


# Reading


def in_force(session: Session, *, case_id: UUID) -> Sequence[Hold]:
    """Return the holds of a case that are not lifted, the oldest first."""
    return session.scalars(
        select(Hold)
        .where(Hold.case_id == case_id, Hold.lifted_at.is_(None))
        .options(joinedload(Hold.set_by), joinedload(Hold.document))
        .order_by(Hold.set_at, Hold.id)
    ).all()


def of_case(session: Session, *, case: Case, limit: int = 100) -> Sequence[Hold]:
    """Return the holds of a case that the asker has found, those in force first."""
    return session.scalars(
        select(Hold)
        .where(Hold.case_id == case.id)
        .options(joinedload(Hold.set_by), joinedload(Hold.lifted_by), joinedload(Hold.document))
        .order_by(Hold.lifted_at.is_not(None), Hold.set_at.desc(), Hold.id)
        .limit(limit)
    ).all()


def hold_to_lift(session: Session, id: UUID, *, asker: StaffMember) -> Hold:
    """Return a hold of a file that the asker sees, locked, or raise `NotFound`."""
    found = session.scalar(select(Hold).where(Hold.id == id).with_for_update())
    if found is None:
        raise NotFound
    queries.case_for_staff(session, found.case_id, asker=asker)
    return found
