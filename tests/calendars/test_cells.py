"""Weeks as integers: against examples, and against a model that tries every minute."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.calendars import cells
from portal.calendars.lanes import by_lane
from portal.calendars.models import Availability, Channel
from portal.calendars.slots import Pattern, at_wall
from portal.core.clock import BERLIN

MONDAY = date(2026, 11, 16)
SPRING = date(2026, 3, 29)  # 2:00 becomes 3:00
AUTUMN = date(2026, 10, 25)  # 3:00 becomes 2:00 once more
NEW_WEEK = date(2026, 11, 23)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TALK = Pattern(duration=30, buffer=15, start_every=45)
EVERY_HALF_HOUR = Pattern(duration=30, buffer=0, start_every=30)

Span = tuple[datetime, datetime]


def hours(day: date = MONDAY, starts: time = time(9), ends: time = time(12)) -> Availability:
    return Availability(
        rule="FREQ=DAILY",
        days_out=[],
        days_extra=[],
        starts=starts,
        ends=ends,
        channels=[Channel.VIDEO],
        types=[],
        valid_from=day,
        valid_until=day,
    )


def span(starts: time, ends: time, day: date = MONDAY) -> Span:
    return at_wall(day, starts), at_wall(day, ends)


def free(
    opened: Iterable[Availability],
    busy: Sequence[Span] = (),
    pattern: Pattern = TALK,
    *,
    day: date = MONDAY,
    closed: Iterable[date] = (),
) -> list[datetime]:
    """Return where a talk may begin on a day and the one after."""
    first, last = day - DAY, day + 2 * DAY
    lanes = by_lane(opened, first, last, closed=set(closed))
    found: list[datetime] = []
    for week in range(
        cells.week_of(at_wall(day, time())), cells.week_of(at_wall(last, time())) + 1
    ):
        taken = cells.cells_of(week, busy, whole=False)
        starts = cells.starts_of(week, pattern.start_every) & cells.INSIDE
        for times in lanes.values():
            inside = cells.cells_of(week, times, whole=True)
            fitting = cells.where_it_fits(pattern, inside, taken) & starts
            found += [cells.moment_of(week, cell) for cell in cells.set_cells(fitting)]
    return sorted(one for one in found if at_wall(day, time()) <= one < at_wall(last, time()))


def walls(found: Iterable[datetime]) -> list[str]:
    return [f"{moment.astimezone(BERLIN):%H:%M}" for moment in found]


class TestExamples:
    def test_starts_follow_the_rhythm_inside_the_hours(self) -> None:
        assert walls(free([hours()])) == ["09:00", "09:45", "10:30", "11:15"]

    def test_the_talk_must_end_inside_the_hours_its_buffer_need_not(self) -> None:
        assert walls(free([hours(ends=time(11, 45))]))[-1] == "11:15"
        assert walls(free([hours(ends=time(11, 40))]))[-1] == "10:30"

    def test_a_booking_takes_its_time_and_the_buffer_before_it(self) -> None:
        booked = span(time(10, 30), time(11, 15))
        assert walls(free([hours()], [booked])) == ["09:00", "09:45", "11:15"]
        by_a_minute = span(time(10, 29), time(11, 15))
        assert walls(free([hours()], [by_a_minute])) == ["09:00", "11:15"]

    def test_quiet_time_before_the_talk_must_be_clear(self) -> None:
        with_quiet = Pattern(duration=30, buffer=0, start_every=30, buffer_before=15)
        booked = span(time(10), time(10, 30))
        assert walls(free([hours()], [booked], with_quiet)) == ["09:00", "09:30", "11:00", "11:30"]

    def test_hours_that_touch_are_one(self) -> None:
        halves = [hours(ends=time(10)), hours(starts=time(10))]
        assert free(halves) == free([hours()])

    def test_a_closed_day_has_no_slots(self) -> None:
        assert free([hours()], closed={MONDAY}) == []

    def test_an_absence_of_weeks_takes_every_day(self) -> None:
        away = (at_wall(date(2026, 11, 1), time()), at_wall(date(2026, 12, 1), time()))
        assert free([hours()], [away]) == []

    def test_a_talk_over_midnight_takes_both_days(self) -> None:
        next_day = MONDAY + DAY
        late = (at_wall(MONDAY, time(23)), at_wall(next_day, time(0, 40)))
        early = hours(next_day, time(0), time(3))
        assert walls(free([early], [late], day=next_day)) == ["00:45", "01:30", "02:15"]

    def test_a_talk_on_the_edge_of_two_weeks_sees_both(self) -> None:
        edge = at_wall(NEW_WEEK, time(1))  # Monday 00:00 UTC
        assert edge == cells.monday_of(cells.week_of(edge))
        night = hours(NEW_WEEK, time(0), time(3))
        after = (edge, edge + 15 * MINUTE)
        assert walls(free([night], [after], day=NEW_WEEK)) == ["00:00", "01:30", "02:15"]


class TestChangeOfClocks:
    def test_times_that_do_not_exist_are_not_offered(self) -> None:
        night = hours(SPRING, time(1), time(4))
        found = free([night], pattern=EVERY_HALF_HOUR, day=SPRING)
        assert walls(found) == ["01:00", "01:30", "03:00", "03:30"]

    def test_times_that_come_twice_are_offered_once(self) -> None:
        night = hours(AUTUMN, time(1), time(4))
        found = free([night], pattern=EVERY_HALF_HOUR, day=AUTUMN)
        assert walls(found) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
        assert all(moment.astimezone(BERLIN).fold == 0 for moment in found)

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_the_morning_stands_where_the_clock_says(self, day: date) -> None:
        assert walls(free([hours(day)], day=day))[0] == "09:00"


def test_rows_behind_each_other_are_judged_as_if_alone() -> None:
    week = cells.week_of(at_wall(MONDAY, time()))
    inside = cells.cells_of(week, [span(time(9), time(12))], whole=True)
    taken = [
        cells.cells_of(week, [span(time(hour), time(hour, 30))], whole=False)
        for hour in (9, 10, 11)
    ]
    strip = b"".join(cells.to_bytes(inside) for _ in taken)
    busy = b"".join(cells.to_bytes(one) for one in taken)
    together = cells.where_it_fits(TALK, cells.from_bytes(strip), cells.from_bytes(busy), rows=3)
    alone = [cells.where_it_fits(TALK, inside, one) & cells.INSIDE for one in taken]
    assert [one & cells.INSIDE for one in cells.rows_of(together, 3)] == alone


# The model: walk over every minute and ask in plain words


def brute_force(
    pattern: Pattern, opened: Sequence[Availability], busy: Sequence[Span], day: date
) -> list[datetime]:
    """Return each free start of two days, found the slow way."""
    minutes: set[datetime] = set()
    for one in opened:
        start, end = at_wall(one.valid_from, one.starts), at_wall(one.valid_from, one.ends)
        minutes |= {start + number * MINUTE for number in range(int((end - start) / MINUTE))}
    return sorted(
        start
        for start in minutes
        if at_wall(day, time()) <= start < at_wall(day + 2 * DAY, time())
        and in_rhythm(start, pattern)
        and all(start + number * MINUTE in minutes for number in range(pattern.duration))
        and is_clear(start, pattern, busy)
    )


def in_rhythm(start: datetime, pattern: Pattern) -> bool:
    local = start.astimezone(BERLIN)
    return (local.hour * 60 + local.minute) % pattern.start_every == 0 and not local.fold


def is_clear(start: datetime, pattern: Pattern, busy: Sequence[Span]) -> bool:
    first = start - timedelta(minutes=pattern.buffer_before)
    last = start + timedelta(minutes=pattern.duration + pattern.buffer)
    return not any(begins < last and first < over for begins, over in busy)


five_minutes_of_day = st.integers(0, 24 * 12 - 1).map(lambda place: 5 * place)
some_day = st.sampled_from([SPRING, AUTUMN, MONDAY, NEW_WEEK - DAY, date(2026, 12, 25)])


@st.composite
def some_hours(draw: st.DrawFn, day: date) -> Availability:
    first, last = sorted((draw(five_minutes_of_day), draw(five_minutes_of_day)))
    return hours(
        day + draw(st.integers(0, 1)) * DAY,
        time(first // 60, first % 60),
        time(last // 60, last % 60),
    )


@st.composite
def some_span(draw: st.DrawFn, day: date) -> Span:
    start = datetime.combine(day, time(), UTC) + draw(st.integers(-600, 2000)) * MINUTE
    return start, start + draw(st.integers(1, 700)) * MINUTE


@st.composite
def offices(draw: st.DrawFn) -> tuple[Pattern, list[Availability], list[Span], date]:
    day = draw(some_day)
    pattern = Pattern(
        duration=5 * draw(st.integers(1, 18)),
        buffer=5 * draw(st.integers(0, 6)),
        start_every=draw(st.sampled_from([5, 15, 20, 30, 45, 60])),
        buffer_before=5 * draw(st.integers(0, 3)),
    )
    opened = draw(st.lists(some_hours(day), max_size=4))
    return pattern, opened, draw(st.lists(some_span(day), max_size=5)), day


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offices())
def test_agrees_with_trying_every_minute(
    office: tuple[Pattern, list[Availability], list[Span], date],
) -> None:
    pattern, opened, busy, day = office
    assert free(opened, busy, pattern, day=day) == brute_force(pattern, opened, busy, day)
