"""When it will begin, honestly: learned from how late talks began, silent where too few are known.

Delays are minutes between the appointment and the beginning of a talk whose citizen was there on
time. Who still waits `elapsed` minutes after the appointment is compared with those talks only that
had not begun by then either. The interval is that of order statistics: with n delays, the next one
lies between the i-th and the j-th of them with probability (j - i) / (n + 1) (distribution-free;
Wilks 1941), so 80 of 100 such sentences come true.

While the officer still speaks with somebody else, that talk says more than all delays: how long
talks last that have lasted this long already, then who has an earlier appointment, and not before
the own one. These are drawn from what is known, and the middle 80 % of the draws are said.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal_column, select
from sqlalchemy.orm import Session, aliased

from portal.appointments.models import Booking
from portal.appointments.queries import joined_by
from portal.consultations.models import Consultation, ConsultationState, WaitingTicket

FEWEST = 12
"""With fewer comparable talks nothing is said."""

_COVERED = 0.8
_MOST = 200
_LOOKS_BACK = timedelta(days=120)
_DRAWS = 500
_LONGEST = timedelta(hours=4)
"""A talk that has run for longer was forgotten to be ended and says nothing."""
_HOURS_BEFORE: ColumnElement[timedelta] = literal_column(
    f"interval '{_LONGEST // timedelta(hours=1)} hours'"
)

_GOOD_FOR = timedelta(minutes=1)
_MOST_REMEMBERED = 2000


@dataclass(frozen=True)
class Forecast:
    """Between when and when it begins in four of five cases, the middle, and from how many."""

    earliest: datetime
    likely: datetime
    latest: datetime
    known: int


def forecast(delays: Sequence[float], *, starts_at: datetime, now: datetime) -> Forecast | None:
    """Return when a talk will probably begin whose citizen waits now; None when it is unknown."""
    elapsed = (now - starts_at).total_seconds() / 60
    alike = sorted(delay for delay in delays if delay > elapsed)
    bounds = _interval(len(alike))
    if len(alike) < FEWEST or bounds is None:
        return None
    low, high = bounds
    earliest, likely, latest = (
        max(now, starts_at + timedelta(minutes=alike[at]))
        for at in (low, (len(alike) - 1) // 2, high)
    )
    return Forecast(earliest, likely, latest, len(alike))


def _interval(count: int) -> tuple[int, int] | None:
    """Return the two places, counted from 0, between which the next value lies in 80 %."""
    tail = (1 - _COVERED) / 2
    low = math.floor((count + 1) * tail)
    high = math.ceil((count + 1) * (1 - tail))
    return (low - 1, high - 1) if low >= 1 and high <= count else None


@dataclass(frozen=True)
class History:
    """What is known of talks like this one, in minutes."""

    delays: Sequence[float]
    """From the appointment to the beginning."""

    delays_when_free: Sequence[float]
    """The same where the officer had ended the talk before."""

    lengths: Sequence[float]


@dataclass(frozen=True)
class Running:
    """The talk that the officer still holds: since when, and how many wait with an earlier time."""

    started_at: datetime
    ahead: int


def forecast_behind(
    running: Running, history: History, *, starts_at: datetime, now: datetime
) -> Forecast | None:
    """Return when a talk will probably begin that waits for the end of another one."""
    elapsed = (now - running.started_at).total_seconds() / 60
    last_so_long = [length for length in history.lengths if length > elapsed]
    if min(len(last_so_long), len(history.delays_when_free)) < FEWEST:
        return None
    chance = random.Random(0)  # noqa: S311 - draws, no secret; the same words for the same facts
    planned = (starts_at - running.started_at).total_seconds() / 60
    drawn = []
    for _ in range(_DRAWS):
        free = chance.choice(last_so_long)
        free += sum(chance.choice(history.lengths) for _ in range(running.ahead))
        drawn.append(max(free, planned + chance.choice(history.delays_when_free)))
    drawn.sort()
    tail = round(_DRAWS * (1 - _COVERED) / 2)
    earliest, likely, latest = (
        max(now, running.started_at + timedelta(minutes=drawn[at]))
        for at in (tail, _DRAWS // 2, _DRAWS - 1 - tail)
    )
    return Forecast(earliest, likely, latest, len(last_so_long))


def running_before(
    session: Session, booking: Booking, *, ahead: int, now: datetime
) -> Running | None:
    """Return the talk that the officer of this one holds now with somebody else."""
    started_at = session.scalar(
        select(Consultation.started_at)
        .join(Consultation.booking)
        .where(
            joined_by([booking.staff_member_id]),
            Booking.id != booking.id,
            Booking.starts_at > now - timedelta(days=1),
            Consultation.state == ConsultationState.RUNNING,
            Consultation.started_at > now - _LONGEST,
        )
        .order_by(Consultation.started_at.desc(), Consultation.id)
        .limit(1)
    )
    return Running(started_at, ahead) if started_at else None


def history_like(session: Session, booking: Booking, *, now: datetime) -> History:
    """Return what the officer's talks were like, or all of this kind where those are too few."""
    own = Booking.staff_member_id == booking.staff_member_id
    before, talk_before = aliased(Booking), aliased(Consultation)
    was_busy = exists().where(
        talk_before.booking_id == before.id,
        before.staff_member_id == Booking.staff_member_id,
        before.id != Booking.id,
        before.starts_at.between(Booking.starts_at - _HOURS_BEFORE, Booking.starts_at),
        talk_before.started_at < Booking.starts_at,
        talk_before.ended_at > Booking.starts_at,
    )
    rows = session.execute(
        select(
            own.label("own"),
            Booking.starts_at,
            Consultation.started_at,
            Consultation.ended_at,
            was_busy.label("was_busy"),
        )
        .join(Consultation, Consultation.booking_id == Booking.id)
        .join(
            WaitingTicket,
            (WaitingTicket.consultation_id == Consultation.id)
            & (WaitingTicket.person_id == Booking.citizen_id),
        )
        .where(
            own | (Booking.type_id == booking.type_id),
            Booking.starts_at > now - _LOOKS_BACK,
            Booking.starts_at < now,
            Consultation.started_at.is_not(None),
            WaitingTicket.arrived_at <= Booking.starts_at,
        )
        .order_by(own.desc(), Booking.starts_at.desc(), Booking.id)
        .limit(_MOST)
    ).all()
    mine = [row for row in rows if row.own]
    known = mine if len(mine) >= FEWEST else rows
    return History(
        [_minutes(row.starts_at, row.started_at) for row in known],
        [_minutes(row.starts_at, row.started_at) for row in known if not row.was_busy],
        [_minutes(row.started_at, row.ended_at) for row in known if row.ended_at],
    )


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60


_remembered: dict[UUID, tuple[datetime, History]] = {}


def of_waiting(
    session: Session, booking: Booking, *, running: Running | None, now: datetime
) -> Forecast | None:
    """Return the forecast for who waits for this talk.

    Open pages ask every two seconds; what was learned is good for a minute in this process.
    """
    known = _remembered.get(booking.id)
    if known is None or not timedelta() <= now - known[0] < _GOOD_FOR:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        known = _remembered[booking.id] = (now, history_like(session, booking, now=now))
    history = known[1]
    if running is not None:
        return forecast_behind(running, history, starts_at=booking.starts_at, now=now)
    return forecast(history.delays, starts_at=booking.starts_at, now=now)
