"""When a period ends: § 26 SGB X with §§ 187 to 193 BGB; § 64 SGG counts the same way.

The day of the event is not counted. A period of months ends on the day with the same number, or on
the last of a month that has no such day. An end on a Saturday, a Sunday or a public holiday moves
to the next working day; where the declaration is due decides whose holidays count (§ 193 BGB).
"""

import calendar
from datetime import date

from portal.core import working_days


def months_later(event: date, months: int) -> date:
    """Return the day that ends a period of months after `event`, before any move (§ 188 BGB)."""
    count = event.year * 12 + event.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(event.day, calendar.monthrange(year, month)[1]))


def end_of_months(event: date, months: int, *, land: str) -> date:
    """Return the last day of a period of months after `event`, for an office of this Land."""
    return working_days.on_or_after(months_later(event, months), land=land)
