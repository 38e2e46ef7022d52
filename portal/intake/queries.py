"""Reading the intake: cover sheets, scans that wait, people whom paper may belong to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts import queries as accounts
from portal.accounts.models import Right, StaffMember, Team
from portal.core.errors import NotFound
from portal.intake import rules
from portal.intake.models import CoverSheet, Scan, ScanPage, ScanState


def sheet(session: Session, id: UUID) -> CoverSheet | None:
    """Return a cover sheet with its case, owner and request."""
    return session.scalar(
        select(CoverSheet)
        .where(CoverSheet.id == id)
        .options(
            joinedload(CoverSheet.case),
            joinedload(CoverSheet.owner),
            joinedload(CoverSheet.request),
        )
    )


def scan_of(session: Session, *, sha256: str) -> Scan | None:
    """Return the scan with these bytes, if it was taken before."""
    return session.scalar(select(Scan).where(Scan.sha256 == sha256))


def scan_to_sort(session: Session, id: UUID) -> Scan | None:
    """Return a scan that waits, locked: two workers must not file it twice."""
    return session.scalar(
        select(Scan)
        .where(Scan.id == id, Scan.state == ScanState.UNASSIGNED)
        .options(selectinload(Scan.pages))
        .with_for_update(of=Scan)
    )


def scans_waiting(
    session: Session, *, asker: StaffMember, offset: int = 0, limit: int = 25
) -> tuple[Sequence[Scan], int]:
    """Return one page of the scans that nobody could assign, the oldest first, and how many."""
    rules.check_who_sorts(asker)
    waits = Scan.state == ScanState.UNASSIGNED
    count = session.scalar(select(func.count()).select_from(Scan).where(waits)) or 0
    scans = session.scalars(
        select(Scan)
        .where(waits)
        .options(selectinload(Scan.pages))
        .order_by(Scan.taken_at, Scan.id)
        .offset(offset)
        .limit(limit)
    ).all()
    return scans, count


def scan_for(session: Session, id: UUID, *, asker: StaffMember, lock: bool = False) -> Scan:
    """Return a scan with the pictures of its waiting pages, or raise `NotFound`."""
    rules.check_who_sorts(asker)
    if lock:
        session.execute(select(Scan.id).where(Scan.id == id).with_for_update())
    found = session.scalar(select(Scan).where(Scan.id == id).options(selectinload(Scan.pages)))
    if found is None:
        raise NotFound
    return found


def page_for(session: Session, id: UUID, number: int, *, asker: StaffMember) -> ScanPage:
    """Return the picture of a waiting page, or raise `NotFound`."""
    rules.check_who_sorts(asker)
    found = session.scalar(
        select(ScanPage).where(ScanPage.scan_id == id, ScanPage.number == number)
    )
    if found is None:
        raise NotFound
    return found


def unsorted_since(session: Session, *, before: datetime, limit: int = 100) -> Sequence[UUID]:
    """Return scans whose sorting has not been done, for whatever reason."""
    return session.scalars(
        select(Scan.id)
        .where(
            Scan.state == ScanState.UNASSIGNED,
            Scan.page_count.is_(None),
            Scan.taken_at < before,
        )
        .order_by(Scan.taken_at, Scan.id)
        .limit(limit)
    ).all()


def old_scans(session: Session, *, before: datetime, limit: int = 200) -> Sequence[Scan]:
    """Return scans that were filed or refused long ago and whose file is still kept."""
    return session.scalars(
        select(Scan)
        .where(
            Scan.state != ScanState.UNASSIGNED,
            Scan.file_id.is_not(None),
            Scan.taken_at < before,
        )
        .order_by(Scan.taken_at, Scan.id)
        .limit(limit)
    ).all()


def mailroom(session: Session) -> Team:
    """Return the team that sorts paper: where most who may do so belong, else the first."""
    sorts = accounts.carries(Right.SORT_PAPER)
    many = (
        select(func.count())
        .where(StaffMember.team_id == Team.id, StaffMember.is_active, sorts)
        .scalar_subquery()
    )
    found = session.scalar(
        select(Team).order_by(case((many > 0, 0), else_=1), many.desc(), Team.name).limit(1)
    )
    if found is None:
        raise NotFound("Es gibt noch kein Team, das Post sortieren kann.")
    return found
