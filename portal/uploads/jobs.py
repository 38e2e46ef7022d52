"""What the clock does for uploads: forget those that nobody has handed in, finish those left."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.core.jobs import every
from portal.uploads import queries, service

AT_ONCE = 500
LEFT_AFTER = timedelta(minutes=5)


@every("40 * * * *", "uploads.forget_expired")
def forget_expired(session: Session, *, now: datetime) -> None:
    """Forget uploads that have expired, with their bytes."""
    service.forget(session, ids=queries.expired(session, now=now, limit=AT_ONCE))


@every("*/5 * * * *", "uploads.look_at_left")
def look_at_left(session: Session, *, now: datetime) -> None:
    """Look at whole uploads that nobody has looked at: the process that should have is dead."""
    for upload in queries.left_unseen(session, before=now - LEFT_AFTER, limit=20):
        service.look_at(session, upload=upload, now=now)
