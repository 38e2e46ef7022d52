"""Days that are not as other days: nights on which the clocks change, holidays moved, the past."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import service
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import Occupancy
from portal.calendars.slots import at_wall
from portal.core.errors import Conflict, InvalidInput, PortalError
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def on_a_sunday(session: Session) -> StaffMember:
    officer = make.officer(session, opens=False)
    make.hours(session, officer, weekday=7, starts=time(0), ends=time(10))
    return officer


def book(session: Session, officer: StaffMember, day: date, wall: time) -> Booking:
    return make.booking(
        session,
        officer=officer,
        citizen=accounts.citizen(session),
        slot=make.slot_at(officer, day, wall),
        now=at_wall(day - timedelta(days=2), time(9)),
    )


class TestNights:
    @pytest.mark.parametrize(
        ("day", "minutes"), [(SPRING, 135 - 60), (AUTUMN, 135 + 60), (date(2026, 3, 22), 135)]
    )
    def test_talks_before_and_after_lie_as_far_apart_as_the_night_is_long(
        self, session: Session, day: date, minutes: int
    ) -> None:
        officer = on_a_sunday(session)
        early, late = (book(session, officer, day, wall) for wall in (time(1, 30), time(3, 45)))
        assert late.starts_at - early.starts_at == timedelta(minutes=minutes)
        for one in (early, late):
            assert one.ends_at - one.starts_at == timedelta(minutes=30)

    def test_the_hour_that_is_missing_is_no_time(self, session: Session) -> None:
        officer = on_a_sunday(session)
        book(session, officer, SPRING, time(3))
        with pytest.raises(PortalError):  # 2:15 on the wall is 3:15, and taken
            book(session, officer, SPRING, time(2, 15))

    def test_the_hour_that_comes_twice_is_booked_once(self, session: Session) -> None:
        officer = on_a_sunday(session)
        first = book(session, officer, AUTUMN, time(2, 15))
        with pytest.raises(Conflict):
            book(session, officer, AUTUMN, time(2, 15))
        second_time = first.starts_at + timedelta(hours=1)
        with pytest.raises(PortalError):
            make.booking(
                session,
                officer=officer,
                slot=make.slot_at(officer)._replace(starts_at=second_time),
                now=at_wall(AUTUMN - timedelta(days=2), time(9)),
            )


class TestHolidaysMoved:
    def test_what_was_booked_stays_and_nothing_new_comes(
        self, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A town adds a day of its own after people have booked on it."""
        officer = make.officer(session)
        before = make.booking(session, officer=officer)
        settings = app.config["SETTINGS"].model_copy(update={"land": "HE,2026-11-16=Stadtfest"})
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        assert before.state is BookingState.BOOKED
        taken = session.scalars(select(Occupancy).where(Occupancy.taken_by == before.id)).all()
        assert len(taken) == 2
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(12)))
        slot = make.slot_at(officer, MONDAY + timedelta(days=1), time(9))
        service.move(session, booking=before, slot=slot, by=before.citizen, now=NOW)
        assert before.day == MONDAY + timedelta(days=1)


class TestThePast:
    @pytest.mark.parametrize("ago", [timedelta(minutes=1), timedelta(days=1), timedelta(days=400)])
    def test_nobody_books_a_time_that_is_over(self, session: Session, ago: timedelta) -> None:
        officer = make.officer(session)
        start: datetime = at_wall(MONDAY, time(9))
        for by in (officer, accounts.citizen(session)):
            with pytest.raises((InvalidInput, Conflict)):
                make.booking(
                    session,
                    officer=officer,
                    citizen=by if by is not officer else None,
                    slot=make.slot_at(officer),
                    by=by,
                    now=start + ago,
                )
        assert session.scalars(select(Booking)).all() == []

    def test_nothing_is_moved_into_the_past_or_out_of_it(self, session: Session) -> None:
        officer = make.officer(session)
        booking = make.booking(session, officer=officer)
        slot = make.slot_at(officer, MONDAY, time(12))
        for now in (at_wall(MONDAY, time(12, 5)), at_wall(MONDAY, time(15))):
            with pytest.raises((InvalidInput, Conflict)):
                service.move(session, booking=booking, slot=slot, by=booking.citizen, now=now)
        assert booking.starts_at == at_wall(MONDAY, time(9))
