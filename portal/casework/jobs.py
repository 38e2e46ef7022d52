"""What the clock does: remind of questions to colleagues, and tell who asked when none answered."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.casework import asking, queries, rules
from portal.core import clock
from portal.core.jobs import every


@every("20 5 * * *", name="casework.follow_questions")
def follow_questions(session: Session, *, now: datetime) -> None:
    """Remind the day before the last one; tell both sides when it is over."""
    today = clock.local_date(now)
    for asked in queries.questions_overdue(session, today=today):
        asking.tell_overdue(session, asked=asked, now=now)
    for asked in queries.questions_to_remind(session, until=today + rules.REMIND_BEFORE):
        if asked.due_on >= today:
            asking.remind_in_time(session, asked=asked, now=now)
