"""What queue and clock do for Sofortanträge: write receipts, find the forgotten, forget."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.jobs import Lane, every, job, waiting
from portal.instant import forgetting, papers, queries, rules

LATE = timedelta(minutes=5)


@job("instant.write_receipt", lane=Lane.PROMPT)
def write_receipt(session: Session, *, now: datetime, application_id: str) -> None:
    """Write the receipt of a Sofortantrag; somebody waits before a screen for it."""
    papers.write(session, id=UUID(application_id), now=now)


@every("*/10 * * * *", "instant.find_late")
def find_late(session: Session, *, now: datetime) -> None:
    """Put receipts that were never written into the queue again."""
    known = waiting(session, write_receipt, argument="application_id")
    for id in queries.without_receipt_since(session, before=now - LATE):
        if str(id) not in known:
            write_receipt.enqueue(session, application_id=str(id))


@every("40 2 * * *", "instant.forget")
def forget(session: Session, *, now: datetime) -> None:
    """Erase what is done and never belonged to a file, once its period is over."""
    period = rules.period_kept(clock.local_date(now))
    for application in queries.to_forget(session, before=now - period):
        forgetting.forget(session, application=application, now=now)
