"""What the clock puts before the office: mails that did not arrive, what is not decided."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.casefiles import unreached
from portal.core.jobs import every
from portal.instant import queries
from portal.instant.service import lane, office
from portal.notifications import queries as notifications


@every("*/5 * * * *", "instant.tell_undelivered")
def tell_undelivered(session: Session, *, now: datetime) -> None:
    """Put mails that did not arrive before whoever looks after the Sofortantrag."""
    for message in notifications.untold(session, about=unreached.ABOUT_INSTANT):
        message.told_at = now
        if application := queries.to_tell_of(session, message.about_id):
            lane.tell_unreached(session, application=application, message=message, now=now)


@every("*/10 * * * *", "instant.follow_lodgements")
def follow_lodgements(session: Session, *, now: datetime) -> None:
    """Let the inbox follow what became of those that were answered and not decided."""
    office.follow_lodgements(session, now=now)
