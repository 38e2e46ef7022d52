"""When somebody can be met in principle: hours by what they are for, absences, closed days.

What is taken is not its business.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calendars import queries
from portal.calendars.models import Absence, Availability, Channel, RoomClosure
from portal.calendars.opening import openings
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
        hours.place_id,
    )


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
            for _, starts_at, ends_at in openings([one], first_day, last_day)
            if local_date(starts_at) not in closed
        )
    return {lane: united(found[lane]) for lane in sorted(found, key=lambda one: one.order)}


def away_times(
    session: Session, officers: Collection[UUID], first: datetime, last: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """Return when these officers are away between two moments, once or again and again."""
    away: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    once = session.execute(
        select(Absence.staff_member_id, Absence.starts_at, Absence.ends_at)
        .where(
            Absence.staff_member_id.in_(officers),
            Absence.starts_at < last,
            Absence.ends_at > first,
        )
        .order_by(Absence.starts_at, Absence.id)
    )
    for officer, starts_at, ends_at in once:
        away[officer].append((starts_at, ends_at))
    days = local_date(first - DAY), local_date(last)
    again = queries.recurring_absences_within(session, *days, officers=list(officers))
    for absence, starts_at, ends_at in openings(again, *days):
        if starts_at < last and first < ends_at:
            away[absence.staff_member_id].append((starts_at, ends_at))
    return away


def closures(
    session: Session, rooms: Collection[UUID], first: datetime, last: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """Return when these rooms are closed between two moments: whole days of the office."""
    closed: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for one in session.scalars(
        select(RoomClosure)
        .where(
            RoomClosure.room_id.in_(rooms),
            RoomClosure.first_day <= local_date(last),
            RoomClosure.last_day >= local_date(first),
        )
        .order_by(RoomClosure.first_day, RoomClosure.id)
    ):
        days = at_wall(one.first_day, time()), at_wall(one.last_day + DAY, time())
        closed[one.room_id].append(days)
    return closed


def closed_days(first: date, last: date) -> dict[date, str]:
    """Return the days on which nobody is met, and why: public holidays and closing days."""
    settings: Settings = current_app.config["SETTINGS"]
    return working_days.closed_on(first, last, land=settings.land, closed_days=settings.closed_days)


def united(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the same times with those that touch or overlap made one."""
    found: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at in sorted(times):
        if found and starts_at <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends_at)
        else:
            found.append((starts_at, ends_at))
    return found
