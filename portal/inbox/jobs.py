"""What the clock does for the inbox: give owners and days, wake, remind, move up, bring back."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core import clock
from portal.core.jobs import every, job
from portal.inbox import assigning, escalating, follow_ups, resting, subjects, weighing


@every("* * * * *", "inbox.take_in")
def take_in(session: Session, *, now: datetime) -> None:
    """Give what came in an owner and a day; a flood is taken in batch by batch."""
    if assigning.take_in(session, now=now, land=_land()) >= assigning.BATCH:
        take_in_more.enqueue(session)


@job("inbox.take_in_more")
def take_in_more(session: Session, *, now: datetime) -> None:
    """Go on where one transaction was enough."""
    take_in(session, now=now)


@every("5-59/10 * * * *", "inbox.escalate")
def escalate(session: Session, *, now: datetime) -> None:
    """Wake what rested long enough, and move up what nobody looks at."""
    woken = resting.wake_overdue(session, by=SYSTEM, now=now)
    told = escalating.alarm_limits(session, now=now, land=_land())
    made = escalating.escalate(session, now=now, land=_land())
    if woken >= resting.BATCH or told >= escalating.BATCH or made >= escalating.MOST:
        escalate_more.enqueue(session)


@job("inbox.escalate_more")
def escalate_more(session: Session, *, now: datetime) -> None:
    """Go on where one transaction was enough."""
    escalate(session, now=now)


@every("3-59/15 * * * *", "inbox.bring_back")
def bring_back(session: Session, *, now: datetime) -> None:
    """Bring back the follow-ups of today."""
    follow_ups.bring_back(session, now=now)


@every("12 * * * *", "inbox.close_gone")
def close_gone(session: Session, *, now: datetime) -> None:
    """Close what is about nothing any more."""
    subjects.close_gone(session, now=now)


@every("9 0,1,4 * * *", "inbox.weigh")
def weigh(session: Session, *, now: datetime) -> None:
    """Say on every item what its clock says today, before anybody is at work, thrice for safety."""
    weighing.weigh_all(session, today=clock.local_date(now), land=_land())


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land
