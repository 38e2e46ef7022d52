"""What the clock does: codes nobody took go away; who was trusted long is told before the end."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.models import HelperInvitation
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core.jobs import every
from portal.representation import queries, rules, service

ANNOUNCED = "representation.end_announced"


@every("47 2 * * *", "representation.forget")
def forget(session: Session, *, now: datetime) -> None:
    """Delete codes that have expired and were never taken."""
    session.execute(
        delete(HelperInvitation).where(
            HelperInvitation.accepted_at.is_(None), HelperInvitation.expires_at < now
        )
    )


@every("20 6 * * *", "representation.announce_ends")
def announce_ends(session: Session, *, now: datetime) -> None:
    """Tell both sides a week before a long representation ends, once."""
    for found in queries.ending(session, after=now, before=now + rules.TOLD_BEFORE):
        told = audit_queries.events_about(session, kind="representation", id=found.id)
        if not rules.is_long(found) or any(event.deed == ANNOUNCED for event in told):
            continue
        service.announce_end(session, representation=found, now=now)
        audit.record(
            session,
            deed=ANNOUNCED,
            subject=("representation", found.id),
            by=SYSTEM,
            now=now,
        )
