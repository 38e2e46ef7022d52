"""Who could take a talk over at the same time: the hours and the calendar of colleagues.

Asked for a whole day at once, so that the number of questions to the database stays the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.calendars import lanes, queries
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.opening import openings
from portal.calendars.resources import of_staff
from portal.core import clock


@dataclass(frozen=True)
class Talk:
    """What somebody would have to take over; `places` are those to which it is bound."""

    id: UUID
    type: AppointmentType
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    blocked_until: datetime
    places: frozenset[UUID | None] | None = None


def standins(
    session: Session, talks: Sequence[Talk], *, among: Sequence[StaffMember], now: datetime
) -> dict[UUID, list[StaffMember]]:
    """Return for each talk who of these people is open for it and free, with the least to do first.

    Conflicts of interest are not known here; whoever books asks for them.
    """
    if not talks or not among:
        return {talk.id: [] for talk in talks}
    ids = [officer.id for officer in among]
    first, last = min(talk.starts_at for talk in talks), max(talk.blocked_until for talk in talks)
    days = clock.local_date(first), clock.local_date(last)
    closed = lanes.closed_days(*days)
    opened: dict[UUID, list[tuple[datetime, datetime, frozenset[UUID], list[Channel], UUID | None]]]
    opened = defaultdict(list)
    for hours, starts, ends in openings(queries.hours_within(session, *days, officers=ids), *days):
        if clock.local_date(starts) not in closed:
            types = frozenset(type.id for type in hours.types)
            opened[hours.staff_member_id].append(
                (starts, ends, types, hours.channels, hours.place_id)
            )
    busy = _busy(session, among, first, last, now=now)

    def fits(talk: Talk, officer: UUID) -> bool:
        is_open = any(
            starts <= talk.starts_at
            and talk.ends_at <= ends
            and talk.channel in channels
            and (not types or talk.type.id in types)
            and (talk.places is None or place in talk.places)
            for starts, ends, types, channels, place in opened[officer]
        )
        return is_open and not any(
            starts < talk.blocked_until and talk.starts_at < ends for starts, ends in busy[officer]
        )

    by_load = sorted(among, key=lambda one: (len(busy[one.id]), one.last_name, one.number))
    return {talk.id: [one for one in by_load if fits(talk, one.id)] for talk in talks}


def _busy(
    session: Session,
    among: Iterable[StaffMember],
    first: datetime,
    last: datetime,
    *,
    now: datetime,
) -> Mapping[UUID, list[tuple[datetime, datetime]]]:
    """Return what is taken of these people, and when they are away."""
    officer_of = {of_staff(officer): officer.id for officer in among}
    ids, busy = list(officer_of.values()), defaultdict(list)
    for taken in queries.taken_of(session, first, last, resources=list(officer_of), now=now):
        busy[officer_of[taken.resource]].append((taken.starts_at, taken.ends_at))
    for id, times in lanes.away_times(session, ids, first, last).items():
        busy[id] += times
    return busy
