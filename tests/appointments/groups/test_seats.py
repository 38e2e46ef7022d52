"""Seats: taken, given up, waited for, offered. What is said to whom stands in test_planning."""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.appointments import holding, rules, service
from portal.appointments.group_models import Audience, EventState, GroupInvitation
from portal.appointments.groups import jobs, planning, queries, seating, waiting
from portal.appointments.models import Arranged, Booking, BookingState
from portal.appointments.waiting_models import WishState
from portal.calendars.models import BookableBy, Occupancy
from portal.calendars.slots import Slot, at_wall
from portal.casefiles.models import CaseAccess
from portal.core.errors import Conflict, NotAllowed
from portal.notifications.models import Message
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

NINE = at_wall(MONDAY, time(9))


def mails(session: Session, template: str) -> int:
    return session.scalar(select(func.count()).where(Message.template == template)) or 0


class TestTakingASeat:
    def test_a_seat_is_an_appointment_with_the_time_of_the_citizen_alone(
        self, session: Session
    ) -> None:
        event = groups.event(session)
        booking = groups.seat(session, event)
        assert (booking.seat, booking.starts_at, booking.ends_at) == (
            1,
            event.starts_at,
            event.ends_at,
        )
        taken = session.scalars(select(Occupancy).where(Occupancy.taken_by == booking.id)).all()
        assert [one.resource & 3 for one in taken] == [2]  # a citizen
        assert booking.chosen_by_citizen
        assert not booking.is_summons
        assert mails(session, "booking_made") == 1

    def test_a_second_click_finds_the_first(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        assert groups.seat(session, event, citizen) is groups.seat(session, event, citizen)
        assert mails(session, "booking_made") == 1

    def test_no_more_people_than_seats(self, session: Session) -> None:
        event = groups.event(session, seats=2)
        for _ in range(2):
            groups.seat(session, event)
        with pytest.raises(Conflict, match="Warteliste"):
            groups.seat(session, event)

    def test_the_database_knows_no_seat_beyond_the_last(self, session: Session) -> None:
        event = groups.event(session, seats=2)
        booking = groups.seat(session, event)
        with pytest.raises(IntegrityError, match="fk_bookings_group_seat"):
            session.execute(update(Booking).where(Booking.id == booking.id).values(seat=3))

    def test_the_database_lets_nobody_sit_on_somebody(self, session: Session) -> None:
        event = groups.event(session)
        groups.seat(session, event)
        other = groups.seat(session, event)
        with pytest.raises(IntegrityError, match="uq_bookings_group_seat"):
            session.execute(update(Booking).where(Booking.id == other.id).values(seat=1))

    def test_who_sits_there_can_book_nothing_else_then(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        groups.seat(session, event, citizen)
        slot = Slot(at_wall(groups.TUESDAY, time(10, 30)), make.officer(session).id)
        with pytest.raises(Conflict, match="schon einen Termin"):
            make.booking(session, citizen=citizen, slot=slot, type=make.kind(session, "telefon"))

    def test_who_has_something_else_gets_no_seat(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        slot = Slot(at_wall(groups.TUESDAY, time(10, 30)), make.officer(session).id)
        make.booking(session, citizen=citizen, slot=slot, type=make.kind(session, "telefon"))
        with pytest.raises(Conflict, match="schon einen Termin"):
            groups.seat(session, event, citizen)
        assert len(seating.free_seats(session, event)) == event.seats

    def test_whoever_leads_does_not_get_the_files(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        make.case_of(session, citizen)
        groups.seat(session, event, citizen)
        assert session.scalar(select(func.count()).select_from(CaseAccess)) == 0

    def test_a_seat_alone_is_not_moved(self, session: Session) -> None:
        booking = groups.seat(session, groups.event(session))
        with pytest.raises(Conflict, match="nicht verschieben"):
            rules.check_can_move(booking, by=booking.citizen, now=NOW)

    def test_a_group_has_no_free_times(self, session: Session) -> None:
        with pytest.raises(Conflict, match="feste Termine"):
            make.booking(session, type=make.kind(session, "workshop"))

    def test_giving_up_a_seat_frees_it_and_the_time(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        booking = groups.seat(session, event)
        service.cancel(session, booking=booking, by=booking.citizen, now=NOW)
        assert booking.state == BookingState.CANCELLED
        assert groups.seat(session, event).seat == 1
        mine = select(func.count()).where(Occupancy.taken_by == booking.id)
        assert session.scalar(mine) == 0
        assert mails(session, "booking_cancelled") == 1

    def test_who_gave_up_may_come_again(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        first = groups.seat(session, event, citizen)
        service.cancel(session, booking=first, by=citizen, now=NOW)
        assert groups.seat(session, event, citizen).id != first.id


class TestUntilWhen:
    def test_not_before_it_opens(self, session: Session) -> None:
        event = groups.event(session, opens_at=NINE)
        with pytest.raises(Conflict, match="noch nicht offen"):
            groups.seat(session, event)

    def test_not_after_it_closed_but_by_the_office(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        late = event.closes_at
        with pytest.raises(Conflict, match="geschlossen"):
            seating.register(session, event=event, citizen=citizen, by=citizen, now=late)
        booking = seating.register(
            session,
            event=event,
            citizen=citizen,
            by=event.lead,
            now=event.starts_at + timedelta(minutes=5),
            arranged=Arranged.DESK,
        )
        assert booking.chosen_by_citizen

    def test_the_office_gives_no_seat_when_it_is_over(self, session: Session) -> None:
        event, citizen = groups.event(session), accounts.citizen(session)
        with pytest.raises(Conflict, match="vorbei"):
            seating.register(
                session,
                event=event,
                citizen=citizen,
                by=event.lead,
                now=event.ends_at,
                arranged=Arranged.PHONE,
            )

    def test_a_cancelled_event_has_no_seats(self, session: Session) -> None:
        event = groups.event(session)
        planning.cancel(session, event=event, by=event.lead, now=NOW)
        with pytest.raises(Conflict, match="abgesagt"):
            groups.seat(session, event)

    def test_what_the_office_gives_out_is_not_taken_online(self, session: Session) -> None:
        event = groups.event(session)
        event.type.bookable_by = BookableBy.STAFF
        with pytest.raises(NotAllowed):
            groups.seat(session, event)


class TestForWhom:
    def test_only_invited_people_find_it(self, session: Session) -> None:
        event = groups.event(session, audience=Audience.INVITED)
        guest, stranger = accounts.citizen(session), accounts.citizen(session)
        case = make.case_of(session, guest)
        for _ in range(2):
            planning.invite(session, event=event, case=case, by=event.lead, now=NOW)
        assert session.scalar(select(func.count()).select_from(GroupInvitation)) == 1
        found = queries.Filter()
        [mine] = queries.open_events(session, asker=guest, now=NOW, wanted=found)
        assert mine is event
        assert not queries.open_events(session, asker=stranger, now=NOW, wanted=found)
        groups.seat(session, event, guest)
        with pytest.raises(NotAllowed):
            groups.seat(session, event, stranger)

    def test_only_the_people_of_a_team_find_it(self, session: Session) -> None:
        guest, stranger = accounts.citizen(session), accounts.citizen(session)
        case = make.case_of(session, guest)
        event = groups.event(session, audience=Audience.TEAM, team=case.team)
        groups.seat(session, event, guest)
        with pytest.raises(NotAllowed):
            groups.seat(session, event, stranger)


class TestWaiting:
    def test_a_free_seat_goes_to_the_first_and_to_nobody_else(self, session: Session) -> None:
        # Given a full workshop and two people who wait
        event = groups.event(session, seats=1)
        taken = groups.seat(session, event)
        first, second, third = (accounts.citizen(session) for _ in range(3))
        groups.wish(session, event, first)
        wish = groups.wish(session, event, second, now=NOW + timedelta(minutes=1))
        assert queries.place_in_line(session, wish) == 2
        # When the seat comes free
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        # Then neither a stranger nor the second gets it
        for citizen in (third, second):
            with pytest.raises(Conflict, match="Warteliste"):
                seating.register(session, event=event, citizen=citizen, by=citizen, now=NINE)
        # But the first is asked, and takes it
        jobs.offer_seats(session, now=NINE)
        assert mails(session, "seat_offered") == 1
        booking = seating.register(session, event=event, citizen=first, by=first, now=NINE)
        assert (booking.state, booking.seat) == (BookingState.BOOKED, 1)
        assert queries.place_in_line(session, wish) == 1

    def test_the_first_may_take_the_seat_before_the_clock_asks(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken, first = groups.seat(session, event), accounts.citizen(session)
        wish = groups.wish(session, event, first)
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        seating.register(session, event=event, citizen=first, by=first, now=NINE)
        assert wish.state == WishState.DONE

    def test_who_does_not_answer_is_passed_over(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken = groups.seat(session, event)
        first, second = (accounts.citizen(session) for _ in range(2))
        one = groups.wish(session, event, first)
        two = groups.wish(session, event, second, now=NOW + timedelta(minutes=1))
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        assert (one.state, two.state) == (WishState.OFFERED, WishState.WAITING)
        later = NINE + timedelta(minutes=20)
        jobs.offer_seats(session, now=later)
        assert (one.state, two.state) == (WishState.EXPIRED, WishState.OFFERED)
        with pytest.raises(Conflict):
            seating.register(session, event=event, citizen=first, by=first, now=later)

    def test_who_declines_lets_the_next_be_asked_at_once(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken = groups.seat(session, event)
        first, second = (accounts.citizen(session) for _ in range(2))
        one = groups.wish(session, event, first)
        two = groups.wish(session, event, second, now=NOW + timedelta(minutes=1))
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        waiting.leave(session, wish=one, by=first, now=NINE)
        assert (one.state, two.state) == (WishState.WITHDRAWN, WishState.OFFERED)

    def test_nobody_is_woken(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken, first = groups.seat(session, event), accounts.citizen(session)
        groups.wish(session, event, first)
        night = at_wall(MONDAY, time(23))
        service.cancel(session, booking=taken, by=taken.citizen, now=night)
        jobs.offer_seats(session, now=night)
        assert mails(session, "seat_offered") == 0
        jobs.offer_seats(session, now=at_wall(groups.TUESDAY, time(8)))
        assert mails(session, "seat_offered") == 1

    def test_when_nobody_can_be_asked_in_time_the_seat_is_for_all(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken, first = groups.seat(session, event), accounts.citizen(session)
        groups.wish(session, event, first)
        soon = event.closes_at - timedelta(minutes=15)
        service.cancel(session, booking=taken, by=taken.citizen, now=soon)
        jobs.offer_seats(session, now=soon)
        assert mails(session, "seat_offered") == 0
        quick = accounts.citizen(session)
        assert seating.register(session, event=event, citizen=quick, by=quick, now=soon).seat == 1

    def test_who_has_something_else_then_keeps_nobody_from_the_seat(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken, busy = groups.seat(session, event), accounts.citizen(session)
        groups.wish(session, event, busy)
        slot = Slot(at_wall(groups.TUESDAY, time(10, 30)), make.officer(session).id)
        make.booking(session, citizen=busy, slot=slot, type=make.kind(session, "telefon"))
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        assert mails(session, "seat_offered") == 0
        assert groups.seat(session, event).seat == 1

    def test_somebody_takes_a_seat_in_another_event_of_the_series(self, session: Session) -> None:
        # Given a series of two, the first full
        lead = make.officer(session, opens=False)
        first = groups.event(session, seats=1, lead=lead)
        other = groups.event(
            session, seats=1, lead=lead, starts=time(14), ends=time(15), where_else="Bücherei"
        )
        first.series_id = other.series_id = first.id
        groups.seat(session, first)
        taken = groups.seat(session, other)
        citizen = accounts.citizen(session)
        wish = groups.wish(session, first, citizen, takes_others=True)
        # When a seat in the second comes free
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        # Then it is offered
        assert wish.offered_until is not None
        booking = seating.register(session, event=other, citizen=citizen, by=citizen, now=NINE)
        assert booking.group_event is other
        assert wish.state == WishState.DONE

    def test_an_offer_whose_hold_was_cleared_is_closed_by_the_clock(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        taken, citizen = groups.seat(session, event), accounts.citizen(session)
        wish = groups.wish(session, event, citizen)
        service.cancel(session, booking=taken, by=taken.citizen, now=NINE)
        jobs.offer_seats(session, now=NINE)
        later = NINE + timedelta(minutes=30)
        assert holding.clear_lapsed(session, now=later) == 1
        session.expire_all()
        jobs.offer_seats(session, now=later)
        assert wish.state == WishState.EXPIRED
        assert event.state == EventState.PLANNED
