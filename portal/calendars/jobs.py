"""What the clock does for calendars: it keeps the weeks of the search ready for half a year."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.calendars import outlines, telling, weeks
from portal.core.jobs import Lane, every, job


@every("40 2 * * *", "calendars.renew_weeks")
def renew_weeks(session: Session, *, now: datetime) -> None:
    """Make all weeks anew, with another one at the end: settings of holidays may have changed."""
    weeks.forget_past(session, now=now)
    outlines.put_together(session)
    everybody = weeks.everybody(session)
    for place in range(0, len(everybody), weeks.BATCH):
        renew_some.enqueue(session, resources=list(everybody[place : place + weeks.BATCH]))


@every("*/10 * * * *", "calendars.fill_weeks")
def fill_weeks(session: Session, *, now: datetime) -> None:
    """Make the weeks when they do not reach far enough: the first time, or after a long sleep."""
    if not weeks.reaches(session, now=now):
        renew_weeks(session, now=now)


@every("*/10 * * * *", "calendars.tell_who_is_away")
def tell_who_is_away(session: Session, *, now: datetime) -> None:
    """Tell the office who is away in the next weeks: it gives nobody work who is not there."""
    telling.tell(session, now=now)


@job("calendars.renew_some", lane=Lane.SLOW)
def renew_some(session: Session, *, now: datetime, resources: list[int]) -> None:
    """Make the weeks of a few resources anew; their people wait for each other that long."""
    weeks.refresh_all_weeks(session, touched=resources, now=now)
