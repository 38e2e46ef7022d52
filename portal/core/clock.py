"""The one place that reads the system clock; everything below a view or a job takes `now`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """Return this moment as an aware time in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """Return `moment` on the wall clock of the office (Europe/Berlin)."""
    return moment.astimezone(BERLIN)


def local_date(moment: datetime) -> date:
    """Return the calendar day of `moment` in Europe/Berlin, the day that deadlines count in."""
    return local(moment).date()
