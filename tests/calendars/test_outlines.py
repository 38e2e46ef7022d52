"""The outline of a week: a bound that is never too small, and who is asked because of it."""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.calendars import cells, outlines, sheets, weeks
from portal.calendars import service as calendars
from portal.calendars.models import CalendarOutline, CalendarWeek, Channel
from portal.calendars.resources import of_staff
from portal.core.clock import local
from tests.factories import accounts
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW

WEEK, DAY = cells.week_of(NOW), timedelta(days=1)


def around(session: Session, channel: Channel = Channel.VIDEO) -> int:
    kind = make.kind(session)
    found = outlines.outlines(session, range(WEEK, WEEK + 1), type_id=kind.id, channel=channel)
    return found.get(WEEK, 0)


def rows(session: Session) -> int | None:
    return session.scalar(select(func.count(CalendarOutline.id)))


def test_it_holds_the_hours_of_all(session: Session) -> None:
    for weekday in (1, 3):
        make.hours(session, make.officer(session, opens=False), weekday=weekday)
    opened = session.scalars(select(CalendarWeek.open).where(CalendarWeek.week == WEEK)).all()
    assert len(opened) == 2
    assert around(session) == cells.from_bytes(opened[0]) | cells.from_bytes(opened[1])


def test_what_it_knows_is_not_written_again(session: Session) -> None:
    make.officer(session)
    before = rows(session)
    other = make.officer(session)
    make.booking(session, officer=other, slot=make.slot_at(other, day=MONDAY + 2 * DAY))
    assert rows(session) == before


def test_hours_for_a_kind_are_no_hours_for_another(session: Session) -> None:
    officer = make.officer(session, opens=False)
    make.hours(session, officer, types=[make.kind(session, "arbeitsvermittlung-video")])
    assert around(session) == 0


def test_it_is_only_a_bound_when_hours_go(session: Session) -> None:
    officer = make.officer(session, opens=False)
    hours = make.hours(session, officer)
    before = around(session)
    session.refresh(hours, ["staff_member"])
    calendars.remove_availability(session, hours=hours, by=officer, now=NOW)
    assert around(session) == before
    assert make.upcoming_slots(session, accounts.citizen(session), make.kind(session), NOW) == []


def test_pieces_are_put_together_and_say_the_same(session: Session) -> None:
    for weekday in (1, 2, 3):
        make.hours(session, make.officer(session, opens=False), weekday=weekday)
    before, pieces = around(session), rows(session)
    outlines.put_together(session)
    assert around(session) == before
    assert (rows(session) or 0) * 3 == pieces


def test_what_is_over_is_forgotten(session: Session) -> None:
    make.officer(session)
    weeks.forget_past(session, now=NOW + timedelta(weeks=weeks.HORIZON + 3))
    assert rows(session) == 0


@pytest.mark.parametrize("asked", [1, 2, 64])
def test_everybody_is_asked_where_the_first_have_no_time(
    session: Session, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    monkeypatch.setattr(sheets, "FIRST_ASKED", asked)
    for wall in (8, 10, 12, 14):
        officer = make.officer(session, opens=False)
        make.hours(session, officer, starts=time(wall), ends=time(wall + 1))
    weeks.refresh(session, touched=[of_staff(officer)], weeks=[WEEK])
    kind = make.kind(session)
    kind.lead_hours = 0
    found = make.upcoming_slots(session, accounts.citizen(session), kind, NOW, days=1)
    walls = [f"{local(slot.starts_at):%H:%M}" for slot in found]
    assert walls == ["08:15", "10:30", "12:00", "14:15"]
    assert len({slot.officer for slot in found}) == 4
