"""Reminders of open rounds of questions, 7 and 2 days before the last day, without the matter.

Papers of a round have reminders of their own (`casefiles.evidence`); this is about its answers.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.applications import correction_queries
from portal.applications.models import CorrectionRound
from portal.audit import service as audit
from portal.audit.models import SYSTEM
from portal.core import clock
from portal.representation import letters

REMIND_BEFORE = (7, 2)  # days before the last day
NOT_BEFORE = timedelta(days=2)  # who was asked yesterday needs no reminder


def due_day(round: CorrectionRound, today: date) -> date | None:
    """Return the day whose reminder is to go out by today; None when there is none to send.

    One that was missed because no worker ran is made up for once, by the latest only. More time
    that was taken moves the reminders with it.
    """
    left = (round.last_day - today).days
    days = min((one for one in REMIND_BEFORE if 0 <= left <= one), default=None)
    if days is None:
        return None
    day = round.last_day - timedelta(days=days)
    is_early = day < clock.local_date(round.opened_at) + NOT_BEFORE
    is_sent = round.reminded_for is not None and round.reminded_for >= day
    return None if is_early or is_sent else day


def remind(session: Session, *, now: datetime) -> int:
    """Remind everybody in whose open round an answer is missing; return how many."""
    today = clock.local_date(now)
    last = today + timedelta(days=max(REMIND_BEFORE))
    sent = 0
    for round in correction_queries.to_remind(session, first=today, last=last):
        day = due_day(round, today)
        if day is not None:
            round.reminded_for = day
            _write(session, round, now=now)
            sent += 1
    return sent


def _write(session: Session, round: CorrectionRound, *, now: datetime) -> None:
    application = round.application
    letters.send(
        session,
        citizen=application.citizen,
        template="correction_reminder",
        now=now,
        context={"citizen": application.citizen, "application": application},
    )
    audit.record(
        session,
        deed="applications.correction_reminded",
        subject=("correction_round", round.id),
        by=SYSTEM,
        now=now,
        case_id=application.case_id,
        number=round.number,
        last_day=round.last_day,
    )
