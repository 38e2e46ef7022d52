"""What the calendars tell the office: when its people are away, without the reason."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendars import queries
from portal.calendars.models import Absence
from portal.calendars.opening import openings
from portal.core import clock
from portal.office import workload
from portal.office.workload import Away


def tell(session: Session, *, now: datetime) -> None:
    """Bring down the absences of the next weeks, once ones and those that come again."""
    workload.note_away(session, _times(session, now))


def _times(session: Session, now: datetime) -> Iterator[Away]:
    for one in session.scalars(
        select(Absence)
        .where(Absence.ends_at > now, Absence.starts_at < now + workload.AHEAD)
        .order_by(Absence.starts_at, Absence.id)
    ):
        yield Away(one.staff_member_id, one.starts_at, one.ends_at)
    first = clock.local_date(now)
    last = first + workload.AHEAD
    again = queries.recurring_absences_within(session, first, last, officers=None)
    for row, starts_at, ends_at in openings(again, first, last):
        yield Away(row.staff_member_id, starts_at, ends_at)
