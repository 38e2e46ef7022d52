"""When somebody is asked whether they take what came free: by day, with twenty minutes to answer.

Nobody is woken for it. Freed times and freed seats share these rules.
"""

from datetime import datetime, time, timedelta

from portal.calendars.slots import at_wall
from portal.core import clock

ANSWER_WITHIN = timedelta(minutes=20)
MORNING, EVENING = time(8), time(20)


def is_day(now: datetime) -> bool:
    """Tell whether people may be asked now."""
    return MORNING <= clock.local(now).time() < EVENING


def morning_after(now: datetime) -> datetime:
    """Return the next morning, that of today while it is still to come."""
    today = clock.local_date(now)
    morning = at_wall(today, MORNING)
    return morning if now < morning else at_wall(today + timedelta(days=1), MORNING)


def next_asking(now: datetime) -> datetime:
    """Return when somebody can be asked next: now, or in the morning."""
    return now if is_day(now) else morning_after(now)
