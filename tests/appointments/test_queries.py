"""Reading for pages: everybody sees the own, in a fixed order, in a fixed number of queries."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments import queries, service
from portal.appointments.queries import Gathering
from portal.core.errors import NotFound
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

DAY = timedelta(days=1)


def test_a_booking_is_found_by_its_citizen_and_by_staff(session: Session) -> None:
    booking = make.booking(session)
    for asker in (
        booking.citizen,
        booking.staff_member,
        make.officer(session, team=booking.staff_member.team),
    ):
        assert queries.booking_for(session, booking.id, asker=asker) is booking


def test_for_others_it_does_not_exist(session: Session) -> None:
    booking = make.booking(session)
    for asker in (accounts.citizen(session), accounts.staff_member(session, Role.MAILROOM)):
        with pytest.raises(NotFound):
            queries.booking_for(session, booking.id, asker=asker)
    with pytest.raises(NotFound):
        queries.booking_for(session, uuid4(), asker=booking.citizen)


def test_next_and_past(session: Session) -> None:
    officer, citizen = make.officer(session), accounts.citizen(session)
    late, early, off = (
        make.booking(
            session, citizen=citizen, officer=officer, slot=make.slot_at(officer, day, wall)
        )
        for day, wall in (
            (MONDAY + DAY, time(9)),
            (MONDAY, time(9)),
            (MONDAY, time(12)),
        )
    )
    service.cancel(session, booking=off, by=citizen, now=NOW)
    make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(9, 45)))

    assert list(queries.next_bookings(session, asker=citizen, now=NOW)) == [early, late]
    assert list(queries.past_bookings(session, asker=citizen, now=NOW)) == [off]
    after = early.ends_at
    assert list(queries.next_bookings(session, asker=citizen, now=after)) == [late]
    assert list(queries.past_bookings(session, asker=citizen, now=after)) == [off, early]


def test_a_running_talk_is_still_coming(session: Session) -> None:
    booking = make.booking(session)
    assert queries.next_bookings(session, asker=booking.citizen, now=booking.starts_at)


@pytest.mark.parametrize("number", [1, 5])
def test_lists_ask_once(session: Session, number: int) -> None:
    officer, citizen = make.officer(session), accounts.citizen(session)
    for place in range(number):
        slot = make.slot_at(officer, MONDAY + place * DAY)
        make.booking(session, citizen=citizen, officer=officer, slot=slot)
    session.expunge_all()
    with counted_queries() as statements:
        for booking in queries.next_bookings(session, asker=citizen, now=NOW):
            assert booking.type.name
            assert booking.citizen.name
            assert booking.staff_member.name
    assert len(statements) == 3  # bookings with their people; roles of officers; who joins


def test_a_calendar_sheet(session: Session) -> None:
    officer, colleague = make.officer(session), make.officer(session)
    booking = make.booking(session, officer=officer)
    cancelled = make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(12)))
    service.cancel(session, booking=cancelled, by=officer, now=NOW)
    absence = make.absence(session, colleague)

    sheet = queries.calendar_sheet(
        session, MONDAY, 7, officers=[officer.id, colleague.id], asker=officer
    )

    assert sheet.entries_on(MONDAY) == [booking]
    assert sheet.absences_on(MONDAY) == [absence]
    assert not sheet.has_something_on(MONDAY + DAY)
    assert sheet.neighbours == (MONDAY - 7 * DAY, MONDAY + 7 * DAY)
    alone = queries.calendar_sheet(session, MONDAY, 7, officers=[colleague.id], asker=officer)
    assert alone.bookings == []


def test_talks_and_groups_of_a_day_stand_in_their_order(session: Session) -> None:
    officer = make.officer(session)
    late = make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(14, 15)))
    group = groups.event(session, lead=officer, day=MONDAY)
    early = make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(9)))
    sheet = queries.calendar_sheet(session, MONDAY, 1, officers=[officer.id], asker=officer)
    first, second, third = sheet.entries_on(MONDAY)
    assert (first, third) == (early, late)
    assert isinstance(second, Gathering)
    assert second.event is group


def test_a_calendar_is_for_those_who_manage_appointments(session: Session) -> None:
    booking = make.booking(session)
    mailroom = accounts.staff_member(session, Role.MAILROOM)
    sheet = queries.calendar_sheet(
        session, MONDAY, 7, officers=[booking.staff_member_id], asker=mailroom
    )
    assert sheet.bookings == []
