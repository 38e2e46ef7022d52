"""A week or a day of several people as blocks on a grid of hours."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.appointments import board, queries
from portal.appointments.board import Kind
from portal.calendars import away
from portal.calendars.models import AbsenceReason
from portal.calendars.recurrence import Rule
from portal.calendars.slots import at_wall
from tests.client import PortalClient
from tests.factories import appointments as make
from tests.factories.appointments import MONDAY, NOW
from tests.queries import counted_queries

pytestmark = pytest.mark.usefixtures("quiet_monday")
DAY = timedelta(days=1)


def board_of(
    session: Session, *officers: StaffMember, first: date = MONDAY, length: int = 7
) -> board.Board:
    ids = [officer.id for officer in officers]
    session.flush()
    sheet = queries.calendar_sheet(session, first, length, officers=ids, asker=officers[0])
    return board.board_of(session, sheet, officers=officers, now=NOW)


def walls(blocks: object) -> list[tuple[str, int, int]]:
    return [(block.kind.value, block.begin, block.end) for block in blocks]  # type: ignore[attr-defined]


def test_hours_talks_breaks_and_what_is_free(session: Session) -> None:
    officer = make.officer(session)
    make.booking(session, officer=officer)
    away.add_recurring_absences(
        session,
        officers=[officer],
        rule=Rule.weekly(1),
        starts=time(12),
        ends=time(13),
        valid_from=MONDAY,
        valid_until=None,
        reason=AbsenceReason.BREAK,
        by=officer,
        now=NOW,
    )
    shown = board_of(session, officer)
    assert [column.day for column in shown.columns] == [MONDAY + n * DAY for n in range(5)]
    assert (shown.first_hour, shown.last_hour) == (8, 17)
    assert walls(shown.columns[0].blocks) == [
        ("hours", 480, 960),
        ("free", 480, 540),
        ("booked", 540, 570),
        ("free", 585, 720),  # fifteen minutes for the note
        ("away", 720, 780),
        ("free", 780, 960),
    ]
    assert walls(shown.columns[1].blocks) == [("hours", 480, 960), ("free", 480, 960)]


def test_a_holiday_has_a_name_and_no_hours(session: Session) -> None:
    officer = make.officer(session)
    shown = board_of(session, officer, first=date(2026, 12, 21))
    names = {column.day.day: column.closed for column in shown.columns}
    assert names == {21: None, 22: None, 23: None, 24: "Heiligabend", 25: "Erster Weihnachtstag"}
    assert [bool(column.blocks) for column in shown.columns] == [True, True, True, False, False]


def test_people_stand_side_by_side_and_a_closed_file_has_no_name(session: Session) -> None:
    officer = make.officer(session)
    foreign = make.booking(session)
    make.case_of(session, foreign.citizen)
    shown = board_of(session, officer, foreign.staff_member, length=1)
    assert [column.officer for column in shown.columns] == [officer, foreign.staff_member]
    [taken] = [one for one in shown.columns[1].blocks if one.kind is Kind.TAKEN]
    assert taken.booking is None


def test_an_evening_stretches_the_grid_and_a_whole_day_is_cut(session: Session) -> None:
    officer = make.officer(session, opens=False)
    make.hours(session, officer, starts=time(7), ends=time(21))
    make.absence(
        session,
        officer,
        starts_at=at_wall(MONDAY + DAY, time()),
        ends_at=at_wall(MONDAY + 3 * DAY, time()),
    )
    shown = board_of(session, officer)
    assert (shown.first_hour, shown.last_hour) == (7, 20)
    assert walls(shown.columns[2].blocks) == [("away", 420, 1200)]


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_nights_on_which_the_clocks_change(session: Session, day: date) -> None:
    officer = make.officer(session, opens=False)
    make.hours(session, officer, weekday=7, starts=time(1), ends=time(9))
    shown = board_of(session, officer, first=day, length=1)
    assert all(block.end > block.begin for block in shown.columns[0].blocks)


@pytest.mark.parametrize("number", [1, 6])
def test_asks_a_fixed_number_of_times(session: Session, number: int) -> None:
    officers = [make.officer(session) for _ in range(number)]
    for officer in officers:
        make.booking(session, officer=officer, slot=make.slot_at(officer, wall=time(9)))
    session.flush()
    with counted_queries() as statements:
        board_of(session, *officers, length=1)
    assert len(statements) <= 12


def test_gaps() -> None:
    def at(hour: int) -> datetime:
        return at_wall(MONDAY, time(hour))

    busy = [(at(9), at(11)), (at(10), at(12)), (at(7), at(8)), (at(14), at(20))]
    assert board.gaps(at(8), at(16), busy) == [(at(8), at(9)), (at(12), at(14))]
    assert board.gaps(at(8), at(16), []) == [(at(8), at(16))]
    assert board.gaps(at(8), at(16), [(at(6), at(20))]) == []


def test_the_page_says_in_words_what_the_grid_shows(client: PortalClient, session: Session) -> None:
    officer = make.officer(session)
    name = make.booking(session, officer=officer).citizen.name
    session.commit()
    client.sign_in(officer)
    page = client.get("/amt/termine").get_data(as_text=True)
    assert 'data-hour="9" data-minute="0" data-hours="0" data-minutes="30"' in page
    for words in ("Sprechzeit", "frei", name, "Beratung per Video", ", heute"):
        assert words in page
    for key in "zhw":
        assert f'data-key="{key}"' in page
    assert "style=" not in page


def test_the_week_of_a_team_is_a_list(client: PortalClient, session: Session) -> None:
    officer = make.officer(session)
    make.officer(session, team=officer.team)
    session.commit()
    client.sign_in(officer)
    page = client.get("/amt/termine?wer=team&ab=2026-12-21").get_data(as_text=True)
    assert "Freitag, 25. Dezember 2026, Erster Weihnachtstag" in page
