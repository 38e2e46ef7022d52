"""Public holidays of Land and municipality, and days on which the office is merely closed."""

from datetime import date

import pytest

from portal.core import working_days
from portal.core.config import Settings

ASSUMPTION, PEACE = date(2028, 8, 15), date(2028, 8, 8)
CHRISTMAS_EVE = date(2026, 12, 24)


@pytest.mark.parametrize(
    ("land", "day", "works"),
    [
        ("BY", ASSUMPTION, True),
        ("BY,catholic", ASSUMPTION, False),
        ("BY, Augsburg", PEACE, False),
        ("BY,08-08=Friedensfest", PEACE, False),
        ("HE,2028-08-08=Stadtfest", PEACE, False),
        ("HE,2027-08-08=Stadtfest", PEACE, True),
        ("HE", CHRISTMAS_EVE, True),  # no public holiday: it moves no deadline
    ],
)
def test_the_municipality_counts(land: str, day: date, works: bool) -> None:
    assert working_days.is_working_day(day, land=land) is works


def test_a_deadline_moves_over_a_holiday_of_the_municipality_and_a_moved_easter() -> None:
    assert working_days.on_or_after(PEACE, land="BY,Augsburg") == date(2028, 8, 9)
    for year, monday in ((2026, date(2026, 4, 6)), (2027, date(2027, 3, 29))):
        assert working_days.holiday_names("HE", year)[monday] == "Ostermontag"


def test_closed_days_have_names_and_both_kinds_are_there() -> None:
    found = working_days.closed_on(
        CHRISTMAS_EVE,
        date(2027, 1, 1),
        land="HE",
        closed_days="12-24=Heiligabend,2026-12-28=Inventur",
    )
    assert list(found.values()) == [
        "Heiligabend",
        "Erster Weihnachtstag",
        "Zweiter Weihnachtstag",
        "Inventur",
        "Neujahr",
    ]
    assert working_days.closed_on(CHRISTMAS_EVE, date(2026, 1, 1), land="HE", closed_days="") == {}


def test_the_29th_of_february_comes_when_it_comes() -> None:
    assert working_days.own_days("02-29=Schalttag", 2027) == {}
    assert working_days.own_days("02-29=Schalttag", 2028) == {date(2028, 2, 29): "Schalttag"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"land": "XX"}, "XX"),
        ({"land": ""}, "PORTAL_LAND"),
        ({"land": "HE,Augsburg"}, "Augsburg"),
        ({"land": "BY,13-01=Nie"}, "13-01=Nie"),
        ({"closed_days": "12-24"}, "12-24"),
        ({"closed_days": "02-30=Nie"}, "02-30=Nie"),
    ],
)
def test_what_cannot_be_read_is_named(settings: dict[str, str], named: str) -> None:
    problems = Settings(demo=True, **settings).problems()  # type: ignore[arg-type]
    assert any(named in problem for problem in problems)
    assert Settings(demo=True, land="BY,catholic,Augsburg", closed_days="").problems() == []
