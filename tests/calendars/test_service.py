"""The deeds on calendars: hours, absences, the kinds an office starts with."""

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Role
from portal.appointments.models import BookingState
from portal.calendars import away, rules, service
from portal.calendars.models import Channel
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.core.errors import Conflict, InvalidInput
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import NOW

TEN = time(10, 30)


class TestHours:
    def test_overlapping_hours_are_refused(self, session: Session) -> None:
        officer = make.officer(session)
        with pytest.raises(InvalidInput, match="schon Sprechzeiten"):
            make.hours(session, officer, starts=time(15), ends=time(18))

    def test_the_last_day_stands_in_one_place(self, session: Session) -> None:
        officer = make.officer(session, opens=False)
        until = make.MONDAY + timedelta(days=21)
        rule = Rule(Every.WEEK, weekdays=(Weekday(1),), until=until)
        hours = make.hours(session, officer, rule=rule, valid_until=make.MONDAY)
        assert (hours.rule, hours.valid_until) == ("FREQ=WEEKLY;BYDAY=MO", make.MONDAY)
        later = make.hours(session, officer, rule=rule, starts=time(17), ends=time(18))
        assert later.valid_until == until

    def test_hours_of_other_weeks_do_not_overlap(self, session: Session) -> None:
        officer = make.officer(session, opens=False)
        fortnight = Rule.weekly(1, interval=2)
        make.hours(session, officer, rule=fortnight, valid_from=make.MONDAY)
        make.hours(session, officer, rule=fortnight, valid_from=make.MONDAY + timedelta(days=7))
        with pytest.raises(InvalidInput, match="schon Sprechzeiten"):
            make.hours(session, officer, rule=Rule(Every.MONTH, weekdays=(Weekday(1, 1),)))

    def test_a_team_lead_plans_for_the_team(self, session: Session) -> None:
        officer = make.officer(session, opens=False)
        lead = accounts.staff_member(session, Role.TEAM_LEAD, team=officer.team)
        assert make.hours(session, officer, by=lead).staff_member_id == officer.id

    def test_what_was_booked_in_removed_hours_stays(self, session: Session) -> None:
        officer = make.officer(session, opens=False)
        hours = make.hours(session, officer)
        booking = make.booking(session, officer=officer)
        session.refresh(hours, ["staff_member"])
        service.remove_availability(session, hours=hours, by=officer, now=NOW)
        session.flush()
        assert booking.state == BookingState.BOOKED
        with pytest.raises(Conflict):
            make.booking(session, officer=officer, slot=make.slot_at(officer, wall=TEN))

    def test_an_absence_with_bookings_lists_them(self, session: Session) -> None:
        booking = make.booking(session)
        with pytest.raises(rules.Collides) as error:
            make.absence(session, booking.staff_member)
        assert [row.taken_by for row in error.value.taken] == [booking.id]

    def test_an_absence_takes_its_slots_and_gives_them_back(self, session: Session) -> None:
        officer = make.officer(session)
        absence = make.absence(session, officer)
        with pytest.raises(Conflict):
            make.booking(session, officer=officer)
        session.refresh(absence, ["staff_member"])
        away.remove_absence(session, absence=absence, by=officer, now=NOW)
        session.flush()
        make.booking(session, officer=officer)


def test_standard_types_are_made_once(session: Session) -> None:
    first = service.ensure_standard_types(session)
    assert service.ensure_standard_types(session) == first
    assert {
        "Beratung per Video",
        "Telefongespräch",
        "Gespräch im Jobcenter",
        "Arbeitsvermittlung per Video",
    } < {kind.name for kind in first.values()}
    assert first["telefon"].channels == [Channel.PHONE]
