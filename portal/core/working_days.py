"""Days on which the office works: no weekend and no public holiday of its Land."""

import functools
from datetime import date, timedelta

import holidays

SATURDAY = 5


@functools.cache
def public_holidays(land: str, year: int) -> frozenset[date]:
    """Return the public holidays of a Land in one year."""
    return frozenset(holidays.country_holidays("DE", subdiv=land, years=year))


def is_working_day(day: date, *, land: str) -> bool:
    """Tell whether the office of this Land works on `day`."""
    return day.weekday() < SATURDAY and day not in public_holidays(land, day.year)


def on_or_after(day: date, *, land: str) -> date:
    """Return `day`, or the next day on which the office works (§ 193 BGB, § 26 (3) SGB X)."""
    while not is_working_day(day, land=land):
        day += timedelta(days=1)
    return day
