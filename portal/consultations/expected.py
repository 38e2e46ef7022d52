"""When it will begin, honestly: learned from how late talks began, silent where too few are known.

Delays are minutes between the appointment and the beginning of a talk whose citizen was there on
time. Who still waits `elapsed` minutes after the appointment is compared with those talks only that
had not begun by then either. The interval is that of order statistics: with n delays, the next one
lies between the i-th and the j-th of them with probability (j - i) / (n + 1) (distribution-free;
Wilks 1941), so 80 of 100 such sentences come true.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.consultations.models import Consultation, WaitingTicket

FEWEST = 12
"""With fewer comparable talks nothing is said."""

_COVERED = 0.8
_MOST = 200
_LOOKS_BACK = timedelta(days=120)
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


def delays_like(session: Session, booking: Booking, *, now: datetime) -> list[float]:
    """Return the delays of the officer's talks, or of all of this kind where those are too few."""
    own = Booking.staff_member_id == booking.staff_member_id
    rows = session.execute(
        select(own.label("own"), Booking.starts_at, Consultation.started_at)
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
    late = [(row.own, (row.started_at - row.starts_at).total_seconds() / 60) for row in rows]
    mine = [delay for is_own, delay in late if is_own]
    return mine if len(mine) >= FEWEST else [delay for _, delay in late]


_remembered: dict[UUID, tuple[datetime, list[float]]] = {}


def of_waiting(session: Session, booking: Booking, *, now: datetime) -> Forecast | None:
    """Return the forecast for who waits for this talk.

    Open pages ask every two seconds; what was learned is good for a minute in this process.
    """
    known = _remembered.get(booking.id)
    if known is None or not timedelta() <= now - known[0] < _GOOD_FOR:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        known = _remembered[booking.id] = (now, delays_like(session, booking, now=now))
    return forecast(known[1], starts_at=booking.starts_at, now=now)
