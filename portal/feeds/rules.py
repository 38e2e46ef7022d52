"""What a secret address opens, for how long, and how far the calendar reaches."""

from datetime import datetime, timedelta

from portal.accounts import rules as accounts
from portal.accounts.models import Right
from portal.feeds.models import CalendarFeed

BACK, AHEAD = timedelta(days=28), timedelta(days=180)
MOST_ENTRIES = 2000
NOTED_AGAIN_AFTER = timedelta(days=1)


def is_open(feed: CalendarFeed) -> bool:
    """Tell whether the address still counts: its owner works here and manages appointments."""
    member = feed.staff_member
    return member.is_active and accounts.can(member, Right.MANAGE_APPOINTMENTS)


def is_noted(feed: CalendarFeed, *, now: datetime) -> bool:
    """Tell whether a reading need not be written down: one was, within the last day."""
    return feed.read_at is not None and now - feed.read_at < NOTED_AGAIN_AFTER
