"""Planning events: what may be, whose time it takes, and who is told when it changes."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments import contacts, queries, service
from portal.appointments.contacts_models import CareTrack
from portal.appointments.group_models import EventState, GroupEvent, GroupSeat
from portal.appointments.groups import attendance, jobs, planning
from portal.appointments.groups import queries as group_queries
from portal.appointments.groups.attendance import Said
from portal.appointments.groups.plans import Plan
from portal.appointments.models import Booking, BookingState
from portal.appointments.waiting_models import WishState
from portal.calendars.models import Channel, Occupancy
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.calendars.slots import Slot, at_wall
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import Message
from tests.factories import accounts, groups
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

WEDNESDAY = MONDAY + timedelta(days=2)


def mails(session: Session) -> list[str]:
    return list(session.scalars(select(Message.template).order_by(Message.template)))


def plan(session: Session, wanted: Plan) -> GroupEvent:
    return planning.plan(session, wanted=wanted, by=wanted.lead, now=NOW)


def again(event: GroupEvent, **changed: object) -> Plan:
    """Return the plan of an event with something else in it."""
    facts = {
        name: getattr(event, name)
        for name in (
            *("type", "title", "channel", "lead", "starts_at", "ends_at", "seats", "opens_at"),
            *("closes_at", "description", "bring", "language", "room", "where_else", "audience"),
        )
    }
    return Plan(**{**facts, **changed})


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"starts": time(12), "ends": time(10)}, "ends"),
            ({"starts": time(10), "ends": time(10)}, "ends"),
            ({"starts": time(10), "ends": time(10, 5)}, "ends"),
            ({"starts": time(10), "ends": time(10, 7)}, "ends"),
            ({"day": MONDAY - timedelta(days=1)}, "day"),
            ({"day": MONDAY + timedelta(days=300)}, "day"),
            ({"seats": 0}, "seats"),
            ({"seats": 13}, "seats"),
            ({"seats": 10_000}, "seats"),
            ({"title": " –"}, "title"),
            ({"title": "x" * 121}, "title"),
            ({"channel": Channel.VIDEO}, "channel"),
            ({"channel": Channel.OUTREACH, "key": "gruppengespraech"}, "channel"),
            ({"where_else": ""}, "room"),
            ({"key": "telefon"}, "kind"),
            ({"opens_at": at_wall(groups.TUESDAY, time(9, 30))}, "closes_hours"),
            ({"closes_at": NOW}, "closes_hours"),
            ({"closes_at": at_wall(groups.TUESDAY, time(11))}, "closes_hours"),
        ],
    )
    def test_is_refused_at_its_field(
        self, session: Session, changed: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as error:
            plan(session, groups.wanted(session, **changed))
        assert error.value.field == field
        assert session.scalar(select(func.count(GroupEvent.id))) == 0

    def test_a_person_twice(self, session: Session) -> None:
        wanted = groups.wanted(session)
        with pytest.raises(InvalidInput, match="zweimal"):
            plan(session, replace(wanted, others=(wanted.lead,)))

    def test_somebody_who_has_left(self, session: Session) -> None:
        gone = make.officer(session, opens=False, is_active=False)
        with pytest.raises(InvalidInput, match="nicht leiten"):
            plan(session, replace(groups.wanted(session), others=(gone,)))

    def test_a_holiday(self, session: Session) -> None:
        with pytest.raises(InvalidInput, match="An diesem Tag ist zu"):
            plan(session, groups.wanted(session, day=date(2026, 12, 25)))

    def test_an_officer_who_is_away(self, session: Session) -> None:
        lead = make.officer(session, opens=False)
        make.absence(session, lead)
        with pytest.raises(Conflict, match="nicht da"):
            plan(
                session,
                groups.wanted(session, lead=lead, day=MONDAY, starts=time(15), ends=time(16)),
            )

    def test_an_officer_who_has_a_talk(self, session: Session) -> None:
        lead = make.officer(session)
        make.booking(session, officer=lead, slot=make.slot_at(lead, groups.TUESDAY, time(9)))
        with pytest.raises(Conflict, match="schon einen Termin") as error:
            plan(session, groups.wanted(session, lead=lead, starts=time(9), ends=time(10)))
        assert error.value.field == "starts"
        assert session.scalar(select(func.count(GroupEvent.id))) == 0

    def test_a_room_that_is_taken(self, session: Session) -> None:
        hall = groups.room(session, talks=3)
        plan(session, groups.wanted(session, room=hall))
        with pytest.raises(Conflict, match="belegt") as error:
            plan(session, groups.wanted(session, room=hall))
        assert error.value.field == "room"


class TestTimeOfTheOffice:
    def test_it_is_taken_once_whoever_comes(self, session: Session) -> None:
        event = groups.event(session, others=(make.officer(session, opens=False),))
        for _ in range(3):
            groups.seat(session, event)
        mine = select(func.count()).where(Occupancy.taken_by == event.id)
        assert session.scalar(mine) == 3  # two officers and the room

    def test_nobody_is_met_by_who_leads_it(self, session: Session) -> None:
        lead = make.officer(session)
        groups.event(session, lead=lead)
        with pytest.raises(Conflict, match="vergeben"):
            make.booking(
                session, officer=lead, slot=make.slot_at(lead, groups.TUESDAY, time(10, 30))
            )

    def test_a_calendar_shows_it_once_without_names(self, session: Session) -> None:
        lead, other = make.officer(session), make.officer(session)
        event = groups.event(session, lead=lead, others=(other,))
        for _ in range(2):
            groups.seat(session, event)
        for officer in (lead, other):
            sheet = queries.calendar_sheet(
                session, groups.TUESDAY, 1, officers=[officer.id], asker=officer
            )
            assert [(one.event.id, one.taken) for one in sheet.gatherings] == [(event.id, 2)]
            assert not sheet.bookings
            assert not sheet.taken

    def test_in_the_night_of_the_long_hour(self, session: Session) -> None:
        # 2026-10-25: from 3:00 back to 2:00. Not a time to meet, but it must not break either.
        now = at_wall(date(2026, 10, 20), time(9))
        plan = groups.wanted(
            session,
            day=date(2026, 10, 25),
            starts=time(1, 30),
            ends=time(3, 30),
            opens_at=now,
            closes_at=at_wall(date(2026, 10, 24), time(12)),
        )
        event = planning.plan(session, wanted=plan, by=plan.lead, now=now)
        assert event.minutes == 180

    def test_in_the_night_of_the_short_hour(self, session: Session) -> None:
        now = at_wall(date(2027, 3, 1), time(9))
        plan = groups.wanted(
            session,
            day=date(2027, 3, 28),
            starts=time(1, 30),
            ends=time(3, 30),
            opens_at=now,
            closes_at=at_wall(date(2027, 3, 27), time(12)),
        )
        assert planning.plan(session, wanted=plan, by=plan.lead, now=now).minutes == 60


class TestSeries:
    def test_keeps_the_hours_of_the_wall_over_a_change_of_clocks(self, session: Session) -> None:
        now = at_wall(date(2026, 10, 12), time(9))
        day = date(2026, 10, 20)
        wanted = groups.wanted(
            session, day=day, opens_at=now, closes_at=at_wall(day, time(9)), where_else="Bücherei"
        )
        rule = Rule(Every.WEEK, weekdays=(Weekday(2),), count=3)
        events, left_out = planning.plan_series(
            session, wanted=wanted, rule=rule, by=wanted.lead, now=now
        )
        assert [f"{clock.local(one.starts_at):%d.%m. %H:%M}" for one in events] == [
            "20.10. 10:00",
            "27.10. 10:00",
            "03.11. 10:00",
        ]
        assert not left_out
        assert len({one.series_id for one in events}) == 1

    def test_says_which_days_it_leaves_out(self, session: Session) -> None:
        wanted = groups.wanted(session, day=date(2026, 12, 18))
        rule = Rule(Every.WEEK, weekdays=(Weekday(5),), count=3)
        events, left_out = planning.plan_series(
            session, wanted=wanted, rule=rule, by=wanted.lead, now=NOW
        )
        assert len(events) == 1
        assert [day for day, _ in left_out] == [date(2026, 12, 25), date(2027, 1, 1)]

    def test_is_bounded(self, session: Session) -> None:
        wanted = groups.wanted(session)
        with pytest.raises(InvalidInput) as error:
            planning.plan_series(
                session, wanted=wanted, rule=Rule(Every.DAY, count=27), by=wanted.lead, now=NOW
            )
        assert error.value.field == "times"

    def test_what_is_wrong_with_the_first_is_wrong_with_all(self, session: Session) -> None:
        wanted = groups.wanted(session, seats=99)
        with pytest.raises(InvalidInput, match="Plätze"):
            planning.plan_series(
                session, wanted=wanted, rule=Rule(Every.DAY, count=2), by=wanted.lead, now=NOW
            )


class TestChanging:
    def test_moving_keeps_the_seats_and_tells_everybody(self, session: Session) -> None:
        event = groups.event(session)
        bookings = [groups.seat(session, event) for _ in range(2)]
        starts = at_wall(WEDNESDAY, time(10))
        wanted = again(event, starts_at=starts, ends_at=starts + timedelta(hours=2))
        lost = planning.change(session, event=event, wanted=wanted, by=event.lead, now=NOW)
        assert not lost
        for booking in bookings:
            assert (booking.seat is not None, booking.starts_at) == (True, starts)
            assert booking.moved_from == at_wall(groups.TUESDAY, time(10))
            times = session.scalars(
                select(Occupancy.starts_at).where(Occupancy.taken_by == booking.id)
            ).all()
            assert times == [starts]
        assert mails(session).count("group_moved") == 2

    def test_who_cannot_come_then_is_told_and_keeps_the_other_talk(self, session: Session) -> None:
        # Given somebody with a seat on Tuesday and a telephone call on Wednesday
        event, citizen = groups.event(session), accounts.citizen(session)
        booking = groups.seat(session, event, citizen)
        slot = Slot(at_wall(WEDNESDAY, time(10, 30)), make.officer(session).id)
        call = make.booking(session, citizen=citizen, slot=slot, type=make.kind(session, "telefon"))
        # When the event moves there
        starts = at_wall(WEDNESDAY, time(10))
        wanted = again(event, starts_at=starts, ends_at=starts + timedelta(hours=2))
        lost = planning.change(session, event=event, wanted=wanted, by=event.lead, now=NOW)
        # Then the seat is given up and the call stays
        assert lost == [booking]
        assert (booking.state, call.state) == (BookingState.CANCELLED, BookingState.BOOKED)
        assert "group_seat_lost" in mails(session)

    def test_another_word_in_the_text_writes_to_nobody(self, session: Session) -> None:
        event = groups.event(session)
        groups.seat(session, event)
        before = mails(session)
        wanted = again(event, title="Lebenslauf schreiben")
        planning.change(session, event=event, wanted=wanted, by=event.lead, now=NOW)
        assert mails(session) == before
        assert event.sequence == 0

    def test_another_room_is_told_and_takes_the_new_one(self, session: Session) -> None:
        event = groups.event(session)
        booking = groups.seat(session, event)
        other = groups.room(session)
        planning.change(
            session, event=event, wanted=again(event, room=other), by=event.lead, now=NOW
        )
        assert booking.room is other
        assert mails(session).count("group_moved") == 1

    def test_no_fewer_seats_than_are_taken(self, session: Session) -> None:
        event = groups.event(session)
        for _ in range(2):
            groups.seat(session, event)
        with pytest.raises(InvalidInput, match="2 Plätze sind schon vergeben"):
            planning.change(
                session, event=event, wanted=again(event, seats=1), by=event.lead, now=NOW
            )
        assert event.seats == 3

    def test_who_sits_too_far_back_moves_up(self, session: Session) -> None:
        event = groups.event(session)
        first, second = groups.seat(session, event), groups.seat(session, event)
        service.cancel(session, booking=first, by=first.citizen, now=NOW)
        planning.change(session, event=event, wanted=again(event, seats=1), by=event.lead, now=NOW)
        assert second.seat == 1
        assert session.scalars(select(GroupSeat.number)).all() == [1]

    def test_more_seats_are_offered_to_who_waits(self, session: Session) -> None:
        event = groups.event(session, seats=1)
        groups.seat(session, event)
        wish = groups.wish(session, event, accounts.citizen(session))
        planning.change(session, event=event, wanted=again(event, seats=2), by=event.lead, now=NOW)
        jobs.offer_seats(session, now=at_wall(MONDAY, time(9)))
        assert wish.state == WishState.OFFERED

    def test_a_change_that_fails_leaves_all_as_it_was(self, session: Session) -> None:
        event = groups.event(session)
        booking = groups.seat(session, event)
        lead = event.lead
        make.absence(
            session,
            lead,
            starts_at=at_wall(WEDNESDAY, time()),
            ends_at=at_wall(WEDNESDAY, time(23)),
        )
        starts = at_wall(WEDNESDAY, time(10))
        wanted = again(event, starts_at=starts, ends_at=starts + timedelta(hours=1))
        with pytest.raises(Conflict, match="nicht da"):
            planning.change(session, event=event, wanted=wanted, by=lead, now=NOW)
        assert event.starts_at == booking.starts_at == at_wall(groups.TUESDAY, time(10))
        assert session.scalar(select(func.count()).where(Occupancy.taken_by == event.id)) == 2

    def test_not_by_a_stranger_but_by_the_lead_of_the_team(self, session: Session) -> None:
        event = groups.event(session)
        stranger = make.officer(session, opens=False)
        with pytest.raises(NotAllowed):
            planning.change(session, event=event, wanted=again(event), by=stranger, now=NOW)
        chief = accounts.staff_member(session, Role.TEAM_LEAD, team=event.lead.team)
        planning.change(session, event=event, wanted=again(event), by=chief, now=NOW)

    def test_not_when_it_has_begun(self, session: Session) -> None:
        event = groups.event(session)
        with pytest.raises(Conflict, match="begonnen"):
            planning.cancel(session, event=event, by=event.lead, now=event.starts_at)


class TestCancelling:
    def test_everybody_is_told_once_and_all_time_is_free(self, session: Session) -> None:
        # Given a full event, somebody who waits, and somebody with a seat on offer
        event = groups.event(session, seats=2)
        stays, leaves = groups.seat(session, event), groups.seat(session, event)
        asked, waits = accounts.citizen(session), accounts.citizen(session)
        groups.wish(session, event, asked)
        groups.wish(session, event, waits, now=NOW + timedelta(minutes=1))
        nine = at_wall(MONDAY, time(9))
        service.cancel(session, booking=leaves, by=leaves.citizen, now=nine)
        jobs.offer_seats(session, now=nine)
        # When it is cancelled
        told = planning.cancel(session, event=event, by=event.lead, now=nine)
        # Then all three know, once
        assert told == 3
        assert planning.cancel(session, event=event, by=event.lead, now=nine) == 0
        assert mails(session).count("group_cancelled") == 1
        assert mails(session).count("group_cancelled_waiting") == 2
        assert (event.state, stays.state) == (EventState.CANCELLED, BookingState.CANCELLED)
        assert session.scalar(select(func.count(Occupancy.id))) == 0
        assert session.scalar(select(func.count()).where(Booking.seat.is_not(None))) == 0


class TestWhoCame:
    def test_all_on_one_page_each_as_careful_as_alone(self, session: Session) -> None:
        event = groups.event(session)
        one, two, three = (groups.seat(session, event) for _ in range(3))
        later = event.ends_at + timedelta(hours=2)
        jobs.ask_who_came(session, now=later)
        [item] = session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.GROUP_OUTCOMES))
        refused = attendance.record(
            session,
            event=event,
            said={
                one.id: Said(BookingState.CAME),
                two.id: Said(BookingState.EXCUSED),
                three.id: Said(BookingState.EXCUSED, "krank gemeldet"),
            },
            by=event.lead,
            now=later,
        )
        assert list(refused) == [two.id]
        assert (one.state, two.state, three.state) == (
            BookingState.CAME,
            BookingState.BOOKED,
            BookingState.EXCUSED,
        )
        assert event.state == EventState.TOOK_PLACE
        assert item.closed_at is None
        last = {two.id: Said(BookingState.CAME)}
        assert not attendance.record(session, event=event, said=last, by=event.lead, now=later)
        assert item.closed_at is not None

    def test_not_before_it_begins_and_not_by_a_stranger(self, session: Session) -> None:
        event = groups.event(session)
        groups.seat(session, event)
        with pytest.raises(Conflict, match="sobald"):
            attendance.record(session, event=event, said={}, by=event.lead, now=NOW)
        with pytest.raises(NotAllowed):
            attendance.record(
                session, event=event, said={}, by=make.officer(session), now=event.ends_at
            )

    def test_the_clock_asks_once_for_all_of_them(self, session: Session) -> None:
        event = groups.event(session)
        for _ in range(3):
            groups.seat(session, event)
        later = event.ends_at + timedelta(hours=2)
        assert not queries.without_outcome(session, now=later)
        assert group_queries.without_outcomes(session, now=later) == [event]

    def test_a_workshop_is_no_contact_and_a_group_talk_is(self, session: Session) -> None:
        contacts.ensure_standard_tracks(session)
        track = session.scalars(select(CareTrack).order_by(CareTrack.key)).first()
        assert track is not None
        citizen, lead = accounts.citizen(session), make.officer(session)
        case = make.case_of(session, citizen, integration_officer=lead)
        since = NOW - timedelta(days=900)
        contacts.set_track(session, case=case, track=track, by=lead, now=since)
        for key, last in (
            ("workshop", None),
            ("gruppengespraech", at_wall(groups.TUESDAY, time(14))),
        ):
            hour = time(10) if last is None else time(14)
            event = groups.event(
                session,
                key=key,
                lead=lead,
                starts=hour,
                ends=time(hour.hour + 1),
                where_else="Bücherei",
            )
            booking = groups.seat(session, event, citizen)
            later = event.ends_at
            came = {booking.id: Said(BookingState.CAME)}
            attendance.record(session, event=event, said=came, by=lead, now=later)
            [row] = contacts.due(
                session, asker=lead, mine=True, now=later + timedelta(days=900)
            ).rows
            assert row.last == last

    def test_an_event_whose_lead_has_left_comes_before_the_team(self, session: Session) -> None:
        event = groups.event(session)
        event.lead.is_active = False
        jobs.ask_who_came(session, now=NOW)
        [item] = session.scalars(
            select(WorkItem).where(WorkItem.kind == ItemKind.GROUP_WITHOUT_LEAD)
        )
        assert (item.team_id, item.assignee_id) == (event.lead.team_id, None)
