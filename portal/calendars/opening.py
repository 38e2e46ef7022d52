"""When an officer can be met in principle: hours and absences as plain times, holidays as days.

The one place that knows how hours are written down. What is taken is not its business.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import current_app

from portal.calendars.models import Absence, Availability, Channel
from portal.calendars.slots import at_wall
from portal.core import working_days
from portal.core.clock import local_date
from portal.core.config import Settings

DAY = timedelta(days=1)

Times = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Lane:
    """For what some hours are meant; a talk has to fit into the hours of one lane.

    Without kinds it is for all; without a place it is for any.
    """

    type_ids: tuple[UUID, ...]
    channels: tuple[Channel, ...]
    place_id: UUID | None

    @property
    def order(self) -> tuple[object, ...]:
        """Return what lanes of one officer are sorted by."""
        return self.type_ids, self.channels, str(self.place_id)

    def takes(self, type_id: UUID, channel: Channel) -> bool:
        """Tell whether this kind can be talked about here by this channel."""
        return channel in self.channels and (not self.type_ids or type_id in self.type_ids)


def lane_of(hours: Availability) -> Lane:
    """Return the lane of some hours."""
    return Lane(
        tuple(sorted(type.id for type in hours.types)),
        tuple(sorted(hours.channels)),
        None,
    )


def openings(
    hours: Availability, first_day: date, last_day: date
) -> Iterator[tuple[datetime, datetime]]:
    """Walk the times that these hours open between two days of the office, both included."""
    first = max(first_day, hours.valid_from)
    last = min(last_day, hours.valid_until or last_day)
    day = first + (hours.weekday - first.isoweekday()) % 7 * DAY
    while day <= last:
        starts_at, ends_at = at_wall(day, hours.starts), at_wall(day, hours.ends)
        if starts_at < ends_at:  # hours inside the hour that spring leaves out
            yield starts_at, ends_at
        day += 7 * DAY


def by_lane(
    hours: Iterable[Availability], first_day: date, last_day: date, *, closed: Container[date]
) -> dict[Lane, Times]:
    """Return the open times of one officer between two days, united for each lane, in order.

    Hours that begin on a closed day are left out.
    """
    found: dict[Lane, list[tuple[datetime, datetime]]] = {}
    for one in hours:
        times = found.setdefault(lane_of(one), [])
        times += (
            (starts_at, ends_at)
            for starts_at, ends_at in openings(one, first_day, last_day)
            if local_date(starts_at) not in closed
        )
    return {lane: united(found[lane]) for lane in sorted(found, key=lambda one: one.order)}


def absence_times(
    absence: Absence, first: datetime, last: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Walk the times between two moments in which an absence takes its officer away."""
    if absence.starts_at < last and first < absence.ends_at:
        yield absence.starts_at, absence.ends_at


def closed_days(first_day: date, last_day: date) -> frozenset[date]:
    """Return the days between two on which the office is closed: holidays of its Land."""
    settings: Settings = current_app.config["SETTINGS"]
    years = range(first_day.year, last_day.year + 1)
    return frozenset(
        day
        for year in years
        for day in working_days.public_holidays(settings.land, year)
        if first_day <= day <= last_day
    )


def united(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the same times with those that touch or overlap made one."""
    found: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at in sorted(times):
        if found and starts_at <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends_at)
        else:
            found.append((starts_at, ends_at))
    return found
