"""The law of booking, without a database."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from portal.accounts.models import Citizen, Role, StaffMember, StaffRole
from portal.appointments import rules
from portal.appointments.models import Booking, BookingState
from portal.calendars.models import AppointmentType, BookableBy, Channel
from portal.calendars.slots import at_wall
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

MONDAY = date(2026, 11, 16)
START = at_wall(MONDAY, time(9))
HOUR = timedelta(hours=1)


def kind(**fields: Any) -> AppointmentType:
    return AppointmentType(
        **{
            "key": "beratung-video",
            "channels": [Channel.VIDEO],
            "lead_hours": 2,
            "horizon_days": 60,
            "bookable_by": BookableBy.CITIZENS,
            "is_active": True,
            "starts_in_person": False,
            "move_limit_hours": 4,
            "cancel_limit_hours": 2,
            **fields,
        }
    )


def citizen() -> Citizen:
    return Citizen(id=uuid4(), first_name="Oksana", last_name="Kovalenko")


def officer(*roles: Role, team: Any = None) -> StaffMember:
    made = StaffMember(id=uuid4(), team_id=team, is_active=True)
    made.roles = [StaffRole(role=role) for role in roles or (Role.INTEGRATION_OFFICER,)]
    return made


def booking(owner: Citizen, **fields: Any) -> Booking:
    return Booking(
        **{
            "type": kind(),
            "citizen_id": owner.id,
            "channel": Channel.VIDEO,
            "state": BookingState.BOOKED,
            "starts_at": START,
            "ends_at": START + HOUR / 2,
            "agreed_at": START - 30 * 24 * HOUR,
            **fields,
        }
    )


class TestWho:
    def test_a_citizen_changes_the_own_booking_only(self) -> None:
        owner = citizen()
        assert rules.can_change(booking(owner), by=owner)
        assert not rules.can_change(booking(owner), by=citizen())

    def test_staff_who_manage_appointments_change_any_booking(self) -> None:
        assert rules.can_change(booking(citizen()), by=officer())
        assert not rules.can_change(booking(citizen()), by=officer(Role.MAILROOM))

    def test_the_reason_is_named(self) -> None:
        with pytest.raises(NotAllowed, match="können Sie nicht ändern"):
            rules.check_can_change(booking(citizen()), by=citizen())


class TestWhenABookingIsMade:
    def test_in_time(self) -> None:
        rules.check_can_book(kind(), Channel.VIDEO, START, by=citizen(), now=START - 2 * HOUR)

    @pytest.mark.parametrize(
        ("now", "message"),
        [
            (START, "Vergangenheit"),
            (START + HOUR, "Vergangenheit"),
            (START - HOUR, "in mehr als 2 Stunden"),
            (START - timedelta(days=61), "für die nächsten 60 Tage"),
        ],
    )
    def test_too_late_and_too_early(self, now: datetime, message: str) -> None:
        with pytest.raises(InvalidInput, match=message):
            rules.check_can_book(kind(), Channel.VIDEO, START, by=citizen(), now=now)

    def test_the_office_needs_no_lead_time(self) -> None:
        rules.check_can_book(kind(), Channel.VIDEO, START, by=officer(), now=START - HOUR / 4)

    def test_some_kinds_are_given_by_the_office_only(self) -> None:
        closed = kind(bookable_by=BookableBy.STAFF)
        with pytest.raises(NotAllowed):
            rules.check_can_book(closed, Channel.VIDEO, START, by=citizen(), now=START - 9 * HOUR)
        rules.check_can_book(closed, Channel.VIDEO, START, by=officer(), now=START - 9 * HOUR)

    def test_staff_need_the_right(self) -> None:
        with pytest.raises(NotFound):
            rules.check_can_book(
                kind(), Channel.VIDEO, START, by=officer(Role.MAILROOM), now=START - 9 * HOUR
            )

    def test_by_the_channels_of_the_kind(self) -> None:
        with pytest.raises(InvalidInput) as error:
            rules.check_can_book(kind(), Channel.PHONE, START, by=citizen(), now=START - 9 * HOUR)
        assert error.value.field == "channel"


class TestWhenABookingChanges:
    @pytest.mark.parametrize(
        ("check", "can", "limit"),
        [
            (rules.check_can_move, rules.can_move, 4),
            (rules.check_can_cancel, rules.can_cancel, 2),
        ],
    )
    def test_citizens_until_the_limit_of_the_kind(self, check: Any, can: Any, limit: int) -> None:
        owner = citizen()
        last_moment = START - limit * HOUR
        check(booking(owner), by=owner, now=last_moment)
        assert can(booking(owner), by=owner, now=last_moment)
        assert not can(booking(owner), by=owner, now=last_moment + timedelta(seconds=1))
        with pytest.raises(Conflict, match=f"bis {limit} Stunden"):
            check(booking(owner), by=owner, now=START - HOUR / 2)

    @pytest.mark.parametrize("can", [rules.can_move, rules.can_cancel])
    def test_staff_until_the_beginning(self, can: Any) -> None:
        assert can(booking(citizen()), by=officer(), now=START - timedelta(seconds=1))
        assert not can(booking(citizen()), by=officer(), now=START)

    @pytest.mark.parametrize("can", [rules.can_move, rules.can_cancel])
    @pytest.mark.parametrize("state", set(BookingState) - {BookingState.BOOKED})
    def test_only_while_booked(self, can: Any, state: BookingState) -> None:
        owner = citizen()
        assert not can(booking(owner, state=state), by=owner, now=START - 9 * HOUR)


class TestOutcome:
    def test_from_the_beginning_on(self) -> None:
        made = booking(citizen())
        assert not rules.can_record_outcome(made, by=officer(), now=START - timedelta(seconds=1))
        assert rules.can_record_outcome(made, by=officer(), now=START)
        with pytest.raises(Conflict, match="sobald"):
            rules.check_can_record_outcome(
                made, BookingState.CAME, None, by=officer(), now=START - HOUR
            )

    @pytest.mark.parametrize("outcome", [BookingState.EXCUSED, BookingState.MISSED])
    def test_absence_needs_a_reason(self, outcome: BookingState) -> None:
        made = booking(citizen())
        with pytest.raises(InvalidInput) as error:
            rules.check_can_record_outcome(made, outcome, "", by=officer(), now=START)
        assert error.value.field == "reason"
        rules.check_can_record_outcome(made, outcome, "krank", by=officer(), now=START)

    def test_an_outcome_can_be_corrected_but_not_taken_back(self) -> None:
        missed = booking(citizen(), state=BookingState.MISSED)
        rules.check_can_record_outcome(missed, BookingState.CAME, None, by=officer(), now=START)
        with pytest.raises(Conflict):
            rules.check_transition(missed, BookingState.BOOKED)

    def test_not_for_what_was_cancelled(self) -> None:
        cancelled = booking(citizen(), state=BookingState.CANCELLED)
        assert not rules.can_record_outcome(cancelled, by=officer(), now=START)

    def test_the_table_knows_every_state(self) -> None:
        assert set(rules.TRANSITIONS) == set(BookingState)
        assert rules.TRANSITIONS[BookingState.CANCELLED] == frozenset()


class TestRoom:
    def test_opens_a_quarter_of_an_hour_before(self) -> None:
        made = booking(citizen())
        opens = START - timedelta(minutes=15)
        assert rules.room_opens_at(made) == opens
        assert not rules.can_join(made, now=opens - timedelta(seconds=1))
        assert rules.can_join(made, now=opens)

    def test_stays_open_for_late_talks_and_closes_then(self) -> None:
        made = booking(citizen())
        assert rules.can_join(made, now=made.ends_at + HOUR / 2)
        assert not rules.can_join(made, now=made.ends_at + HOUR)

    def test_is_for_video_talks_that_are_booked(self) -> None:
        assert not rules.can_join(booking(citizen(), channel=Channel.PHONE), now=START)
        assert not rules.can_join(booking(citizen(), state=BookingState.CANCELLED), now=START)
