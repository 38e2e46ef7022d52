"""Until when: the usual period, days that can be named, more time, and when to remind.

Two weeks are usual, up to four more when others must issue the paper (reference: domain, section on
the duty to cooperate). A period never ends on a day on which the office is closed (§ 26 (3) SGB X).
Days are calendar days of the office.
"""

from datetime import date, timedelta
from enum import StrEnum

from flask_babel import gettext

from portal.casefiles.models import EvidenceAnswer, EvidenceRequest, RequestState
from portal.core import clock, working_days
from portal.core.errors import InvalidInput
from portal.core.templating import day as written

USUAL_PERIOD = timedelta(days=14)
LONGEST_PERIOD = timedelta(days=366)
MORE_TIME = (timedelta(days=7), timedelta(days=14), timedelta(days=28))
SOON = (timedelta(days=3), timedelta(days=7), timedelta(days=14))
REMIND_BEFORE = timedelta(days=3)
REMIND_AFTER = timedelta(days=7)


class Reminder(StrEnum):
    """Why a reminder goes out."""

    NAMED_DAY = "named_day"
    BEFORE = "before"
    AFTER = "after"


def usual_day(today: date, *, land: str) -> date:
    """Return the day until which a paper is usually asked for."""
    return working_days.on_or_after(today + USUAL_PERIOD, land=land)


def check(due_on: date, *, today: date, land: str) -> None:
    """Raise unless a period may end on this day."""
    if not today <= due_on <= today + LONGEST_PERIOD:
        raise InvalidInput(
            gettext("Der Tag muss heute oder später sein, höchstens ein Jahr voraus."),
            field="due_on",
        )
    if not working_days.is_working_day(due_on, land=land):
        better = written(working_days.on_or_after(due_on, land=land))
        raise InvalidInput(
            gettext(
                "An diesem Tag ist das Jobcenter geschlossen. Der nächste Arbeitstag ist %(day)s.",
                day=better,
            ),
            field="due_on",
        )


def days_to_name(
    asked: EvidenceRequest, *, today: date, land: str, may_ask_for_more: bool
) -> list[date]:
    """Return the days that a citizen can name with "later", the nearest first.

    Up to the last day of the period nobody is asked; what lies beyond asks for more time.
    """
    found = {working_days.on_or_after(today + span, land=land) for span in SOON}
    if asked.due_on is not None:
        found = {day for day in found if day < asked.due_on}
        if asked.due_on > today:
            found.add(asked.due_on)
        if may_ask_for_more:
            start = max(asked.due_on, today)
            found |= {working_days.on_or_after(start + span, land=land) for span in MORE_TIME}
    return sorted(found)


def wants_more_time(asked: EvidenceRequest) -> bool:
    """Tell whether the citizen has named a day beyond the period, and nobody has answered yet."""
    return (
        asked.state == RequestState.OPEN
        and asked.answer == EvidenceAnswer.LATER
        and asked.due_on is not None
        and asked.answer_on is not None
        and asked.answer_on > asked.due_on
    )


def is_overdue(asked: EvidenceRequest, *, today: date) -> bool:
    """Tell whether the period is over and nothing has come."""
    return asked.state == RequestState.OPEN and asked.due_on is not None and asked.due_on < today


def reminder(asked: EvidenceRequest, *, today: date) -> tuple[Reminder, date] | None:
    """Return why to remind of an open request today, and the day that it is about.

    Nobody is reminded on the day of asking, nor of a day that they have asked to move.
    """
    if asked.state != RequestState.OPEN or clock.local_date(asked.asked_at) >= today:
        return None
    due = asked.answer_on if wants_more_time(asked) else asked.due_on
    if due is not None and due < today <= due + REMIND_AFTER:
        return (Reminder.AFTER, due)
    if due is not None and due - REMIND_BEFORE <= today <= due:
        return (Reminder.BEFORE, due)
    named = asked.answer_on
    if named is not None and named <= today and (due is None or today < due):
        return (Reminder.NAMED_DAY, named)
    return None
