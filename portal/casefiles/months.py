"""The months that a paper is about: first days of months, in order and in words."""

from datetime import date

from flask_babel import format_date, gettext

Months = tuple[date | None, date | None]


def first_of(day: date) -> date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)


def shifted(month: date, by: int) -> date:
    """Return the first day of the month that lies `by` months later; negative is earlier."""
    count = month.year * 12 + month.month - 1 + by
    return date(count // 12, count % 12 + 1, 1)


def around(today: date, *, back: int, ahead: int) -> list[date]:
    """Return the months from `ahead` months after `today` to `back` months before, newest first."""
    here = first_of(today)
    return [shifted(here, by) for by in range(ahead, -back - 1, -1)]


def name(month: date) -> str:
    """Write one month: September 2026."""
    return str(format_date(month, "LLLL y"))


def in_words(start: date | None, end: date | None) -> str:
    """Write the months: September 2026, or Juli bis September 2026; nothing without a start."""
    if start is None:
        return ""
    if end is None or end == start:
        return name(start)
    first = str(format_date(start, "LLLL")) if start.year == end.year else name(start)
    return str(gettext("%(first)s bis %(last)s", first=first, last=name(end)))


def overlap(one: Months, other: Months) -> bool:
    """Tell whether two spans of months have a month in common; each has at least a start."""
    if one[0] is None or other[0] is None:
        return False
    return one[0] <= (other[1] or other[0]) and other[0] <= (one[1] or one[0])
