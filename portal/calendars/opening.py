"""When hours are open: the one place where rules become times.

Whatever has a rule, a wall time and exceptions can be asked: hours of the staff and absences that
come again. Wall times that do not exist or come twice are read as `slots` says.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar

from portal.calendars.recurrence import Rule, days
from portal.calendars.slots import at_wall

LONGEST_SPAN = timedelta(days=800)
"""Nobody asks further at a time; what lies behind it is not answered."""


class Recurring(Protocol):
    """What comes again: hours of somebody, or an absence."""

    @property
    def rule(self) -> str:
        """Return the RRULE."""

    @property
    def starts(self) -> time:
        """Return the beginning on the wall."""

    @property
    def ends(self) -> time:
        """Return the end on the wall."""

    @property
    def valid_from(self) -> date:
        """Return the first day of the rule."""

    @property
    def valid_until(self) -> date | None:
        """Return the last day, if there is one."""

    @property
    def days_out(self) -> Sequence[date]:
        """Return the days on which it does not come."""

    @property
    def days_extra(self) -> Sequence[date]:
        """Return the days on which it comes beside the rule."""


R = TypeVar("R", bound=Recurring)


def openings(
    hours: Iterable[R], first_day: date, last_day: date
) -> Iterator[tuple[R, datetime, datetime]]:
    """Yield each time (UTC) from `first_day` to `last_day` at which one of these is open.

    In the order of `hours`, and of days within each. Public holidays are not left out here.
    """
    for one in hours:
        for day in days_of(one, first_day, last_day):
            starts_at, ends_at = at_wall(day, one.starts), at_wall(day, one.ends)
            if starts_at < ends_at:  # an hour that falls into the gap of March may be empty
                yield one, starts_at, ends_at


def days_of(one: Recurring, first_day: date, last_day: date) -> tuple[date, ...]:
    """Return the days from `first_day` to `last_day` on which one of these falls, in order."""
    differing = tuple(one.days_out or ()), tuple(one.days_extra or ())
    span = first_day, min(last_day, first_day + LONGEST_SPAN)
    return _days(one.rule, (one.valid_from, one.valid_until), differing, span)


@functools.lru_cache(maxsize=16384)
def _read(rule: str) -> Rule:
    return Rule.read(rule)


@functools.lru_cache(maxsize=16384)
def _days(
    rule: str,
    valid: tuple[date, date | None],
    differing: tuple[tuple[date, ...], tuple[date, ...]],
    span: tuple[date, date],
) -> tuple[date, ...]:
    (first_day, last_day), (days_out, days_extra) = span, differing
    last = min(last_day, valid[1] or last_day)
    found = set(days(_read(rule), valid[0], first_day, last)) - set(days_out)
    found |= {day for day in days_extra if first_day <= day <= last_day}
    return tuple(sorted(found))
