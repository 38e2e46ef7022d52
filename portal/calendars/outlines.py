"""The outline of a week: where anybody at all has hours for a kind and a way of meeting.

The search asks a few dozen people first, and the outline tells it for which times it has to ask the
rest. It is a bound and no fact: never smaller than the hours of all, and larger after hours were
taken away. So it is only ever added to, by rows that nobody changes: writers neither wait for each
other nor can one undo what another has added. The clock puts the rows of a week together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.calendars import cells, resources
from portal.calendars.models import CalendarOutline, Channel

Key = tuple[int, Channel, UUID | None]
"""A week, a way of meeting, and a kind; no kind for the hours that are for all."""


def widen(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add what these rows of `calendar_weeks` have beyond the outlines of their weeks."""
    wanted: dict[Key, int] = defaultdict(int)
    for row in rows:
        if resources.is_staff(row["resource"]):
            for channel in row["channels"]:
                for type_id in row["type_ids"] or [None]:
                    wanted[row["week"], channel, type_id] |= cells.from_bytes(row["open"])
    if not wanted:
        return
    known: dict[Key, int] = defaultdict(int)
    found = session.execute(
        select(
            CalendarOutline.week,
            CalendarOutline.channel,
            CalendarOutline.type_id,
            CalendarOutline.open,
        ).where(CalendarOutline.week.in_({week for week, _, _ in wanted}))
    )
    for week, channel, type_id, opened in found:
        known[week, channel, type_id] |= cells.from_bytes(opened)
    _add(session, {key: more for key in wanted if (more := wanted[key] & ~known[key])})


def outlines(session: Session, weeks: range, *, type_id: UUID, channel: Channel) -> dict[int, int]:
    """Return by week where somebody may have hours for a kind, by one way of meeting."""
    found = session.execute(
        select(CalendarOutline.week, CalendarOutline.open).where(
            CalendarOutline.week.between(weeks[0], weeks[-1]),
            CalendarOutline.channel == channel,
            or_(CalendarOutline.type_id.is_(None), CalendarOutline.type_id == type_id),
        )
    )
    around: dict[int, int] = defaultdict(int)
    for week, opened in found:
        around[week] |= cells.from_bytes(opened)
    return around


def forget_before(session: Session, week: int) -> None:
    """Delete the outlines of weeks that are over."""
    session.execute(delete(CalendarOutline).where(CalendarOutline.week < week))


def put_together(session: Session) -> None:
    """Make one row of several that say something about the same."""
    several = (
        select(CalendarOutline.week, CalendarOutline.channel)
        .group_by(CalendarOutline.week, CalendarOutline.channel, CalendarOutline.type_id)
        .having(func.count() > 1)
    )
    together: dict[Key, int] = defaultdict(int)
    # What is deleted here is what is written again: a row that comes meanwhile stays.
    for week, channel, type_id, opened in session.execute(
        delete(CalendarOutline)
        .where(tuple_(CalendarOutline.week, CalendarOutline.channel).in_(several))
        .returning(
            CalendarOutline.week,
            CalendarOutline.channel,
            CalendarOutline.type_id,
            CalendarOutline.open,
        )
    ):
        together[week, channel, type_id] |= cells.from_bytes(opened)
    _add(session, together)


def _add(session: Session, more: Mapping[Key, int]) -> None:
    if more:
        session.execute(
            insert(CalendarOutline),
            [
                {"week": week, "channel": channel, "type_id": type_id, "open": cells.to_bytes(open)}
                for (week, channel, type_id), open in more.items()
            ],
        )
