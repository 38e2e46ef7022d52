"""Making, replacing and ending the secret address of somebody's calendar."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.accounts.service.secrets import hash_of, new_secret
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.core.db import new_id
from portal.feeds import rules
from portal.feeds.models import CalendarFeed

LONGEST_READER = 60


def make(session: Session, *, member: StaffMember, now: datetime) -> str:
    """Make an address and return its secret; the one before is worthless from now on."""
    secret = new_secret()
    made = {"secret_hash": hash_of(secret), "made_at": now, "read_at": None, "reader": None}
    session.execute(
        insert(CalendarFeed)
        .values(id=new_id(), staff_member_id=member.id, **made)
        .on_conflict_do_update(index_elements=["staff_member_id"], set_=made)
    )
    _record(session, "feeds.made", member.id, by=member, now=now)
    return secret


def end(session: Session, *, feed: CalendarFeed, by: Acting = SYSTEM, now: datetime) -> None:
    """End an address: nothing is read there any more."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.id == feed.id))
    _record(session, "feeds.ended", feed.staff_member_id, by=by, now=now)


def note_reading(session: Session, *, id: UUID, reader: str, now: datetime) -> None:
    """Write down that a program has read, at most once a day."""
    session.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.id == id,
            or_(
                CalendarFeed.read_at.is_(None),
                CalendarFeed.read_at <= now - rules.NOTED_AGAIN_AFTER,
            ),
        )
        .values(read_at=now, reader=reader[:LONGEST_READER] or "–")
    )


def _record(session: Session, deed: str, member_id: UUID, *, by: Acting, now: datetime) -> None:
    audit.record(session, deed=deed, subject=("staff_member", member_id), by=by, now=now)
