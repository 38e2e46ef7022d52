"""The weeks of everybody as bits, kept true in the transaction of each change.

Rows are made from what they stand for, hours, absences, holidays and occupancies, and never
counted up or down, so a row cannot drift: whoever changes one of the four calls `refresh` for the
times concerned. A hold that has run out counts until the clock clears it away. The people and rooms
concerned are locked first, always in the same order, and read afterwards: of two changes at once
the later sees the earlier.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import StaffMember
from portal.calendars import cells, lanes, outlines, resources
from portal.calendars.lanes import Lane
from portal.calendars.models import Availability, CalendarWeek, Channel, Occupancy, Room
from portal.core.clock import local_date

HORIZON = 27
"""How many weeks are kept ready, the present one included: half a year."""

BATCH = 50
"""How many resources are made anew in one transaction: that long their people wait."""

Row = dict[str, Any]
"""One row of `calendar_weeks`, by the names of its columns."""

_DROP = text("""
DELETE FROM calendar_weeks AS w
WHERE w.resource = ANY(:resources) AND w.week = ANY(:weeks) AND NOT EXISTS (
    SELECT FROM unnest(CAST(:kept AS bigint[]), CAST(:in_week AS int[]), CAST(:lanes AS int[]))
        AS k(resource, week, lane)
    WHERE k.resource = w.resource AND k.week = w.week AND k.lane = w.lane)
""")


def lock(session: Session, touched: Iterable[int]) -> None:
    """Keep others from changing these staff members and rooms until the transaction ends.

    Staff by id, then rooms by id: whoever locks several does it here, so nobody waits in a ring.
    """
    touched = set(touched)
    for model, numbers in (
        (StaffMember, resources.staff_among(touched)),
        (Room, resources.rooms_among(touched)),
    ):
        if numbers:
            session.execute(
                select(model.id)
                .where(model.number.in_(numbers))
                .order_by(model.id)
                .with_for_update(key_share=True)
            ).all()


def refresh(session: Session, *, touched: Collection[int], weeks: Collection[int]) -> None:
    """Make the rows of these resources in these weeks anew."""
    if not touched or not weeks:
        return
    lock(session, touched)
    session.flush()  # the statements below read what was just changed
    rows = computed(session, touched=touched, weeks=weeks)
    session.execute(
        _DROP,
        {
            "resources": sorted(touched),
            "weeks": sorted(weeks),
            "kept": [row["resource"] for row in rows],
            "in_week": [row["week"] for row in rows],
            "lanes": [row["lane"] for row in rows],
        },
    )
    if rows:
        table = CalendarWeek.__table__
        statement = insert(CalendarWeek)
        changed = {
            name: statement.excluded[name]
            for name in (column.name for column in table.columns if not column.primary_key)
        }
        session.execute(
            statement.on_conflict_do_update(index_elements=table.primary_key, set_=changed), rows
        )
        outlines.widen(session, rows)


def refresh_times(session: Session, times: Iterable[tuple[int, datetime, datetime]]) -> None:
    """Make the rows anew that know these times: (resource, from, until)."""
    touched: set[int] = set()
    weeks: set[int] = set()
    for resource, starts_at, ends_at in times:
        if resources.has_weeks(resource):
            touched.add(resource)
            weeks.update(cells.weeks_touched(starts_at, ends_at))
    refresh(session, touched=touched, weeks=weeks)


def refresh_all_weeks(session: Session, *, touched: Collection[int], now: datetime) -> None:
    """Make all rows of these resources anew, to the end of the horizon: their hours changed."""
    known = session.scalars(
        select(CalendarWeek.week).where(CalendarWeek.resource.in_(touched)).distinct()
    )
    refresh(session, touched=touched, weeks={*known, *ahead(now)})


def forget_past(session: Session, *, now: datetime) -> None:
    """Delete the rows of weeks that are over."""
    first = cells.week_of(now) - 1
    session.execute(delete(CalendarWeek).where(CalendarWeek.week < first))
    outlines.forget_before(session, first)


def everybody(session: Session) -> Sequence[int]:
    """Return all resources that have rows: staff with hours, and the parts of rooms in use."""
    has_hours = select(Availability.id).where(Availability.staff_member_id == StaffMember.id)
    numbers = session.scalars(
        select(StaffMember.number).where(has_hours.exists()).order_by(StaffMember.number)
    )
    staff = [resources.staff_number(number) for number in numbers]
    rooms = session.scalars(select(Room).order_by(Room.number))
    return staff + [part for room in rooms for part in resources.all_parts_of(room)]


def ahead(now: datetime) -> range:
    """Return the weeks of the horizon."""
    first = cells.week_of(now)
    return range(first, first + HORIZON)


def reaches(session: Session, *, now: datetime) -> bool:
    """Tell whether the rows reach to the end of the horizon, if anybody has any."""
    last = select(CalendarWeek.week).order_by(CalendarWeek.week.desc()).limit(1)
    found = session.scalar(last)
    return found is not None and found >= ahead(now)[-1] - 1


def stale(session: Session, *, touched: Collection[int]) -> list[tuple[int, int, int]]:
    """Return the rows that are not what they stand for (resource, week, lane): none, one hopes."""
    kept = {
        (row["resource"], row["week"], row["lane"]): dict(row)
        for row in session.execute(
            select(CalendarWeek.__table__)
            .where(CalendarWeek.resource.in_(touched))
            .order_by(CalendarWeek.resource, CalendarWeek.week, CalendarWeek.lane)
        ).mappings()
    }
    due = {
        (row["resource"], row["week"], row["lane"]): row
        for row in computed(session, touched=touched, weeks={week for _, week, _ in kept})
    }
    return sorted(
        key
        for key in kept.keys() | due.keys()
        if key not in kept or key not in due or kept[key] != due[key]
    )


# What the rows stand for


def computed(
    session: Session,
    *,
    touched: Collection[int],
    weeks: Collection[int],
    besides: UUID | None = None,
) -> list[Row]:
    """Return the rows as they should be; `besides` is a booking that is looked past."""
    if not touched or not weeks:
        return []
    first, last = min(weeks), max(weeks)
    taken = _taken(session, touched, first, last, besides)
    rows: list[Row] = []
    for resource, opened_lanes, away in _lanes(session, touched, first, last):
        busy = cells.cells_of(first, [*taken[resource], *away], whole=False, weeks=last - first + 1)
        opened = [
            (lane, times if isinstance(times, int) else _open(times, first, last))
            for lane, times in opened_lanes
        ]
        for week in sorted(weeks):
            rows += _rows(resource, week, week - first, opened, busy)
    return rows


def _open(times: lanes.Times, first: int, last: int) -> int:
    return cells.cells_of(first, times, whole=True, weeks=last - first + 1)


def _rows(
    resource: int, week: int, place: int, opened: Sequence[tuple[Lane, int]], busy: int
) -> Iterable[Row]:
    taken = cells.row_in(busy, place)
    parts = [(lane, cells.row_in(strip, place)) for lane, strip in opened]
    for number, (lane, inside) in enumerate((lane, inside) for lane, inside in parts if inside):
        yield {
            "resource": resource,
            "week": week,
            "lane": number,
            "type_ids": list(lane.type_ids),
            "channels": list(lane.channels),
            "place_id": lane.place_id,
            "open": cells.to_bytes(inside),
            "taken": cells.to_bytes(taken),
            "longest_free": cells.longest_run(inside & ~taken),
        }


def _lanes(
    session: Session, touched: Collection[int], first: int, last: int
) -> Iterable[tuple[int, Sequence[tuple[Lane, Any]], lanes.Times]]:
    """Walk the resources with their lanes and, of officers, when they are away."""
    starts_at, ends_at = cells.row_span(first)[0], cells.row_span(last)[1]
    yield from _lanes_of_staff(session, touched, starts_at, ends_at)
    numbers = resources.rooms_among(touched)
    if not numbers:
        return
    always = (1 << cells.ROW_CELLS + (last - first) * cells.CELLS_OF_WEEK) - 1
    rooms = session.scalars(
        select(Room).where(Room.number.in_(numbers), Room.is_active).order_by(Room.number)
    ).all()
    closed = lanes.closures(session, [room.id for room in rooms], starts_at, ends_at)
    for room in rooms:
        lane = Lane((), (Channel.OFFICE,), room.place_id)
        for part in resources.parts_of(room):
            if part in touched:
                yield part, [(lane, always)], closed[room.id]


def _lanes_of_staff(
    session: Session, touched: Collection[int], starts_at: datetime, ends_at: datetime
) -> Iterable[tuple[int, Sequence[tuple[Lane, lanes.Times]], lanes.Times]]:
    numbers = resources.staff_among(touched)
    if not numbers:
        return
    staff = session.execute(
        select(StaffMember.id, StaffMember.number)
        .where(StaffMember.number.in_(numbers))
        .order_by(StaffMember.number)
    ).all()
    ids = [id for id, _ in staff]
    hours: dict[UUID, list[Availability]] = defaultdict(list)
    for window in session.scalars(
        select(Availability)
        .where(Availability.staff_member_id.in_(ids))
        .order_by(Availability.id)
        .options(joinedload(Availability.staff_member).lazyload(StaffMember.roles))
        .execution_options(populate_existing=True)
    ):
        hours[window.staff_member_id].append(window)
    away = lanes.away_times(session, ids, starts_at, ends_at)
    # A day more on both sides: hours may begin on one day and reach into the next.
    first_day, last_day = local_date(starts_at - cells.DAY), local_date(ends_at)
    closed = lanes.closed_days(first_day, last_day)
    for id, number in staff:
        opened = lanes.by_lane(hours[id], first_day, last_day, closed=closed)
        yield resources.staff_number(number), list(opened.items()), away[id]


def _taken(
    session: Session, touched: Collection[int], first: int, last: int, besides: UUID | None
) -> dict[int, list[tuple[datetime, datetime]]]:
    starts_at, ends_at = cells.row_span(first)[0], cells.row_span(last)[1]
    others: ColumnElement[bool] = Occupancy.taken_by != besides if besides else true()
    taken: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for resource, begins, over in session.execute(
        select(Occupancy.resource, Occupancy.starts_at, Occupancy.ends_at)
        .where(
            Occupancy.resource.in_(touched),
            # Nothing takes longer than a day: saying so spares the database the years before.
            Occupancy.starts_at.between(starts_at - timedelta(days=1), ends_at),
            Occupancy.ends_at > starts_at,
            others,
        )
        .order_by(Occupancy.resource, Occupancy.starts_at)
    ):
        taken[resource].append((begins, over))
    return taken
