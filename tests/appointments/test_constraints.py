"""What must never be false is a constraint: tried past the verbs, straight at the database."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, BookingState
from portal.calendars import taking
from portal.calendars.models import Occupancy
from portal.calendars.slots import at_wall
from portal.core.db import new_id
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

NINE = at_wall(MONDAY, time(9))
MINUTES = timedelta(minutes=1)


def keep(session: Session, row: Booking | Occupancy) -> None:
    with session.begin_nested():
        session.add(row)
        session.flush()


def refused(session: Session, row: Booking | Occupancy) -> str:
    with pytest.raises(IntegrityError) as error:
        keep(session, row)
    return str(error.value.orig)


def taken_like(session: Session, booking: Booking, resource: int, starts_at: datetime) -> str:
    """Try to take 45 minutes of somebody for another booking."""
    row = Occupancy(
        resource=resource,
        taken_by=new_id(),
        starts_at=starts_at,
        ends_at=starts_at + 45 * MINUTES,
    )
    return refused(session, row)


@pytest.mark.parametrize("starts_at", [NINE, NINE + 30 * MINUTES, NINE + 44 * MINUTES])
def test_an_officer_is_never_booked_twice(session: Session, starts_at: datetime) -> None:
    booking = make.booking(session)
    officer = taking.of_staff(booking.staff_member)
    assert taking.OVERLAP in taken_like(session, booking, officer, starts_at)


def test_the_end_of_one_is_the_start_of_the_next(session: Session) -> None:
    booking = make.booking(session)
    row = Occupancy(
        resource=taking.of_staff(booking.staff_member),
        taken_by=new_id(),
        starts_at=booking.blocked_until,
        ends_at=booking.blocked_until + 45 * MINUTES,
    )
    keep(session, row)


def test_a_citizen_is_never_booked_twice(session: Session) -> None:
    booking = make.booking(session)
    citizen = taking.of_citizen(booking.citizen)
    assert taking.OVERLAP in taken_like(session, booking, citizen, NINE + 29 * MINUTES)


def test_an_appointment_takes_the_officer_and_the_citizen(session: Session) -> None:
    booking = make.booking(session)
    taken = session.scalars(
        select(Occupancy).where(Occupancy.taken_by == booking.id).order_by(Occupancy.resource)
    ).all()
    assert {(row.resource, row.starts_at, row.ends_at) for row in taken} == {
        (taking.of_staff(booking.staff_member), NINE, NINE + 45 * MINUTES),
        (taking.of_citizen(booking.citizen), NINE, NINE + 30 * MINUTES),
    }


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"cancelled_by": "x"}, "ck_bookings_cancelled_pair"),
        ({"state": BookingState.CANCELLED}, "ck_bookings_cancelled_has_time"),
        ({"cancelled_at": NOW, "cancelled_by": "x"}, "ck_bookings_cancelled_has_time"),
        ({"recorded_by": "x"}, "ck_bookings_recorded_pair"),
        ({"state": BookingState.CAME}, "ck_bookings_outcome_has_time"),
        (
            {"state": BookingState.MISSED, "recorded_at": NOW, "recorded_by": "x"},
            "ck_bookings_absence_has_reason",
        ),
        ({"ends_at": NINE}, "ck_bookings_ends_later"),
        ({"blocked_until": NINE + 29 * MINUTES}, "ck_bookings_blocked_until_end"),
        ({"blocked_until": NINE + 24 * 60 * MINUTES}, "ck_bookings_shorter_than_a_day"),
    ],
)
def test_half_states_cannot_exist(
    session: Session, fields: dict[str, Any], constraint: str
) -> None:
    booking = make.booking(session)
    for name, value in fields.items():
        setattr(booking, name, value)
    assert constraint in refused(session, booking)


def test_no_contrib_extension_is_needed(session: Session) -> None:
    extensions = session.scalars(text("SELECT extname FROM pg_extension")).all()
    assert "btree_gist" not in extensions
