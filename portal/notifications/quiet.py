"""Hours in which no telephone rings for the office: from 20 to 8 o'clock on the office's clock.

What is due in the night waits until the morning. Neither hour lies where the clock is put forward
or back, so each exists once on every day.
"""

from datetime import UTC, datetime, time, timedelta

from portal.core import clock

MORNING, EVENING = time(8), time(20)


def is_quiet(moment: datetime) -> bool:
    """Tell whether nobody should be disturbed at this moment."""
    return not MORNING <= clock.local(moment).time() < EVENING


def over_at(moment: datetime) -> datetime:
    """Return when one may write again: at once by day, else on the next morning."""
    if not is_quiet(moment):
        return moment
    here = clock.local(moment)
    day = here.date() + timedelta(days=here.time() >= EVENING)
    return datetime.combine(day, MORNING, clock.BERLIN).astimezone(UTC)
