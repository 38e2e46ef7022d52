"""What the clock does for feeds: the address of whoever has left is ended for good."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.jobs import every
from portal.feeds import queries, service


@every("*/5 * * * *", "feeds.end_of_those_who_left")
def end_of_those_who_left(session: Session, *, now: datetime) -> None:
    """End addresses of closed accounts, so that none lives again when an account is opened."""
    for feed in queries.ended_feeds(session):
        service.end(session, feed=feed, now=now)
