"""Looking for free slots in the database: who is offered, and in how many queries."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.calendars import search
from portal.calendars.models import Channel
from portal.calendars.slots import Slot, at_wall
from portal.core.clock import local, local_date
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

DAY = timedelta(days=1)


def starts(found: list[Slot], day: date = MONDAY) -> list[str]:
    return [f"{local(slot.starts_at):%H:%M}" for slot in found if local_date(slot.starts_at) == day]


def test_the_own_integration_officer_comes_first(session: Session) -> None:
    citizen = accounts.citizen(session)
    make.officer(session)
    own = make.officer(session)
    make.officer(session)
    make.case_of(session, citizen, integration_officer=own)
    found = make.upcoming_slots(session, citizen, make.kind(session), NOW)
    assert {slot.officer for slot in found} == {own.id}


def test_lead_time_and_horizon_bound_what_a_citizen_sees(session: Session) -> None:
    make.officer(session)
    citizen, kind = accounts.citizen(session), make.kind(session)
    kind.lead_hours, kind.horizon_days = 4, 3
    found = make.upcoming_slots(session, citizen, kind, NOW)
    assert found[0].starts_at == at_wall(MONDAY, time(11, 15))
    assert found[-1].starts_at <= NOW + 3 * DAY


def test_staff_see_what_begins_at_once(session: Session) -> None:
    officer = make.officer(session)
    found = search.free_slots(
        session,
        type=make.kind(session),
        channel=Channel.VIDEO,
        citizen=accounts.citizen(session),
        first=NOW,
        last=NOW + DAY,
        asker=officer,
        now=NOW,
    )
    assert starts(found)[0] == "08:15"


def test_hours_for_other_channels_or_kinds_do_not_count(session: Session) -> None:
    officer = make.officer(session, opens=False)
    citizen, video = accounts.citizen(session), make.kind(session)
    make.hours(session, officer, weekday=1, channels=[Channel.PHONE])
    make.hours(session, officer, weekday=2, types=[make.kind(session, "arbeitsvermittlung-video")])
    make.hours(session, officer, weekday=3, types=[video])
    found = make.upcoming_slots(session, citizen, video, NOW, days=6)
    assert {local_date(slot.starts_at) for slot in found} == {MONDAY + 2 * DAY}


def test_own_appointments_of_the_citizen_are_left_out(session: Session) -> None:
    booking = make.booking(session)
    make.officer(session)
    phone = make.kind(session, "telefon")
    found = make.upcoming_slots(session, booking.citizen, phone, NOW, days=1)
    assert "09:00" not in starts(found)
    assert "09:30" in starts(found)


@pytest.mark.parametrize(("day", "land"), [(date(2026, 12, 25), "HE"), (date(2026, 6, 4), "HE")])
def test_no_slots_on_holidays(session: Session, day: date, land: str) -> None:
    make.officer(session)
    now = at_wall(day - DAY, time(6))
    citizen, kind = accounts.citizen(session), make.kind(session)
    assert starts(make.upcoming_slots(session, citizen, kind, now, days=2), day) == []


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_when_the_clocks_change(session: Session, sunday: date) -> None:
    officer = make.officer(session, opens=False)
    make.hours(session, officer, weekday=7, starts=time(1), ends=time(10))
    citizen, kind = accounts.citizen(session), make.kind(session)
    found = make.upcoming_slots(session, citizen, kind, at_wall(sunday - DAY, time(6)), days=2)
    assert starts(found, sunday)[-1] == "09:00"
    assert ("02:15" in starts(found, sunday)) is (sunday.month == 10)


class TestSlotPage:
    def page(self, session: Session, start: date | None = None) -> search.SlotPage:
        citizen = accounts.citizen(session)
        return search.slot_page(
            session,
            type=make.kind(session),
            channel=Channel.VIDEO,
            citizen=citizen,
            start=start,
            asker=citizen,
            now=NOW,
        )

    def test_shows_a_week_by_day(self, session: Session) -> None:
        officer = make.officer(session)
        page = self.page(session)
        assert list(page.days) == [MONDAY + number * DAY for number in range(5)]
        assert page.officers == {officer.id: officer}
        assert page.earlier is None
        assert page.later == MONDAY + 7 * DAY

    def test_goes_on_to_the_next_week_that_has_something(self, session: Session) -> None:
        officer = make.officer(session)
        make.absence(session, officer, ends_at=at_wall(MONDAY + 17 * DAY, time(23)))
        page = self.page(session)
        assert list(page.days) == [MONDAY + 18 * DAY]
        assert (page.earlier, page.skipped) == (None, MONDAY)
        assert page.later == MONDAY + 21 * DAY

    def test_ends_at_the_horizon(self, session: Session) -> None:
        make.officer(session)
        page = self.page(session, MONDAY + 56 * DAY)
        assert page.later is None
        assert max(page.days) <= local_date(NOW) + 60 * DAY

    def test_without_any_hours_it_is_empty(self, session: Session) -> None:
        page = self.page(session)
        assert (page.days, page.later) == ({}, None)

    @pytest.mark.parametrize("officers", [1, 7])
    def test_the_number_of_queries_does_not_grow(self, session: Session, officers: int) -> None:
        for _ in range(officers):
            make.booking(session)
        session.flush()
        citizen, kind = accounts.citizen(session), make.kind(session)
        with counted_queries() as statements:
            search.slot_page(
                session,
                type=kind,
                channel=Channel.VIDEO,
                citizen=citizen,
                start=None,
                asker=citizen,
                now=NOW,
            )
        assert len(statements) == 6
