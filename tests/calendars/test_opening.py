"""Rules become times: nights on which the clocks change, single days, and how far anybody asks."""

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from portal.calendars import rules
from portal.calendars.models import Availability
from portal.calendars.opening import LONGEST_SPAN, days_of, openings

MONDAY = date(2026, 11, 16)
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
DAY = timedelta(days=1)


def hours(rule: str = "FREQ=WEEKLY;BYDAY=MO", **fields: Any) -> Availability:
    return Availability(
        **{
            "rule": rule,
            "starts": time(8),
            "ends": time(12),
            "valid_from": date(2026, 1, 1),
            "valid_until": None,
            "days_out": [],
            "days_extra": [],
            **fields,
        }
    )


def times(one: Availability, day: date) -> list[tuple[datetime, datetime]]:
    return [(starts, ends) for _, starts, ends in openings([one], day, day)]


@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        (SPRING, time(1), time(4), (0, 2)),  # 1:00 winter to 4:00 summer: two hours
        (SPRING, time(2), time(3), None),  # the hour that does not exist
        (SPRING, time(2, 30), time(4), (1.5, 2)),  # RFC 5545: the offset before the gap
        (AUTUMN, time(1), time(4), (-1, 3)),  # four hours
        (AUTUMN, time(2), time(3), (0, 2)),  # the first 2:00 to the second 3:00
        (AUTUMN, time(8), time(12), (7, 11)),
    ],
)
def test_nights_on_which_the_clocks_change(
    day: date, starts: time, ends: time, expected: tuple[float, float] | None
) -> None:
    found = times(hours("FREQ=DAILY", starts=starts, ends=ends), day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if expected is None:
        assert found == []
    else:
        assert found == [tuple(midnight + timedelta(hours=hour) for hour in expected)]


def test_single_days_differ() -> None:
    one = hours(days_out=[MONDAY + 7 * DAY], days_extra=[MONDAY + DAY])
    found = days_of(one, MONDAY, MONDAY + 14 * DAY)
    assert found == (MONDAY, MONDAY + DAY, MONDAY + 14 * DAY)


def test_an_extra_day_may_lie_behind_the_last() -> None:
    one = hours(valid_until=MONDAY, days_extra=[MONDAY + 30 * DAY])
    assert days_of(one, MONDAY, MONDAY + 60 * DAY) == (MONDAY, MONDAY + 30 * DAY)


def test_reversed_spans_hold_nothing_and_long_ones_end() -> None:
    assert days_of(hours(), MONDAY, MONDAY - DAY) == ()
    found = days_of(hours("FREQ=DAILY"), MONDAY, date.max)
    assert found[-1] == MONDAY + LONGEST_SPAN


def test_openings_keep_the_order_of_hours() -> None:
    morning, evening = hours(), hours(starts=time(16), ends=time(18))
    found = [one for one, _, _ in openings([evening, morning], MONDAY, MONDAY + 7 * DAY)]
    assert found == [evening, evening, morning, morning]


def test_a_thousand_rules_are_asked_and_compared_in_time() -> None:
    many = [
        hours(
            f"FREQ=WEEKLY;INTERVAL={1 + number % 52};BYDAY=TU",
            starts=time(number % 20, 0),
            ends=time(number % 20, 5 + number // 20),
            valid_from=date(2026, 1, 1) + number * DAY,
        )
        for number in range(1000)
    ]
    begun = stopwatch.perf_counter()
    assert len(list(openings(many, MONDAY, MONDAY + 180 * DAY))) > 900
    assert rules.clash_of(hours(starts=time(0), ends=time(23)), many) is None
    assert stopwatch.perf_counter() - begun < 5
