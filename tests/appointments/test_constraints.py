"""What must never be false is a constraint: tried past the verbs, straight at the database."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.appointments.models import Booking, BookingState
from portal.appointments.slots import at_wall
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

NINE = at_wall(MONDAY, time(9))
MINUTES = timedelta(minutes=1)


def copied(booking: Booking, **fields: Any) -> Booking:
    """Return a second row like the first, with some fields changed."""
    same = {
        attribute.key: getattr(booking, attribute.key)
        for attribute in inspect(Booking).column_attrs
        if attribute.key != "id"
    }
    return Booking(**{**same, **fields})


def keep(session: Session, row: Booking) -> None:
    with session.begin_nested():
        session.add(row)
        session.flush()


def refused(session: Session, row: Booking) -> str:
    with pytest.raises(IntegrityError) as error:
        keep(session, row)
    return str(error.value.orig)


@pytest.mark.parametrize("starts_at", [NINE, NINE + 30 * MINUTES, NINE + 44 * MINUTES])
def test_an_officer_is_never_booked_twice(session: Session, starts_at: datetime) -> None:
    booking = make.booking(session)
    other = accounts.citizen(session)
    row = copied(
        booking,
        citizen_id=other.id,
        citizen_number=other.number,
        starts_at=starts_at,
        ends_at=starts_at + 30 * MINUTES,
        blocked_until=starts_at + 45 * MINUTES,
    )
    assert "ex_bookings_staff_member_overlap" in refused(session, row)


def test_the_end_of_one_is_the_start_of_the_next(session: Session) -> None:
    booking = make.booking(session)
    other = accounts.citizen(session)
    row = copied(
        booking,
        citizen_id=other.id,
        citizen_number=other.number,
        starts_at=booking.blocked_until,
        ends_at=booking.blocked_until + 30 * MINUTES,
        blocked_until=booking.blocked_until + 45 * MINUTES,
    )
    keep(session, row)


def test_a_citizen_is_never_booked_twice(session: Session) -> None:
    booking = make.booking(session)
    other = make.officer(session)
    row = copied(booking, staff_member_id=other.id, staff_number=other.number)
    assert "ex_bookings_citizen_overlap" in refused(session, row)


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
