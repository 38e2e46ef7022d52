"""Free slots: against examples, and against a model that tries every minute."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.calendars import slots
from portal.calendars.slots import Hours, Pattern, Slot, Span, at_wall
from portal.core import working_days
from portal.core.clock import BERLIN

MONDAY = date(2026, 11, 16)
SPRING = date(2026, 3, 29)  # 2:00 becomes 3:00
AUTUMN = date(2026, 10, 25)  # 3:00 becomes 2:00 once more
TALK = Pattern(duration=30, buffer=15, start_every=45)
ANNA, BODO = UUID(int=1), UUID(int=2)


def hours(officer: UUID = ANNA, day: date = MONDAY, **fields: object) -> Hours:
    return Hours(
        **{
            "officer": officer,
            "weekday": day.isoweekday(),
            "starts": time(9),
            "ends": time(12),
            "valid_from": date(2020, 1, 1),
            "valid_until": None,
            **fields,
        }  # type: ignore[arg-type]
    )


def span(person: UUID, starts: time, ends: time, day: date = MONDAY) -> Span:
    return Span(person, at_wall(day, starts), at_wall(day, ends))


def free(
    pattern: Pattern = TALK,
    *,
    hours: Iterable[Hours],
    busy: Iterable[Span] = (),
    day: date = MONDAY,
    **options: object,
) -> list[Slot]:
    return slots.free_slots(
        pattern,
        hours=hours,
        busy=busy,
        **{
            "closed": set(),
            "first": at_wall(day, time()),
            "last": at_wall(day, time(23, 59)),
            **options,
        },  # type: ignore[arg-type]
    )


def walls(found: list[Slot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(BERLIN):%H:%M}" for slot in found]


class TestExamples:
    def test_starts_follow_the_rhythm_inside_the_hours(self) -> None:
        assert walls(free(hours=[hours()])) == ["09:00", "09:45", "10:30", "11:15"]

    def test_the_talk_must_end_inside_the_hours_its_buffer_need_not(self) -> None:
        assert walls(free(hours=[hours(ends=time(11, 45))]))[-1] == "11:15"
        assert walls(free(hours=[hours(ends=time(11, 40))]))[-1] == "10:30"

    def test_a_booking_takes_its_time_and_the_buffer_before_it(self) -> None:
        booked = span(ANNA, time(10, 30), time(11, 15))
        assert walls(free(hours=[hours()], busy=[booked])) == ["09:00", "09:45", "11:15"]
        by_a_minute = span(ANNA, time(10, 29), time(11, 15))
        assert walls(free(hours=[hours()], busy=[by_a_minute])) == ["09:00", "11:15"]

    def test_hours_that_touch_are_one(self) -> None:
        halves = [hours(ends=time(10)), hours(starts=time(10))]
        assert walls(free(hours=halves)) == walls(free(hours=[hours()]))

    def test_a_holiday_has_no_slots(self) -> None:
        assert free(hours=[hours()], closed={MONDAY}) == []

    def test_hours_count_from_their_first_to_their_last_day(self) -> None:
        day = timedelta(days=1)
        assert free(hours=[hours(valid_from=MONDAY, valid_until=MONDAY)])
        assert not free(hours=[hours(valid_from=MONDAY + day)])
        assert not free(hours=[hours(valid_until=MONDAY - day)])

    def test_first_and_last_moment_bound_the_search(self) -> None:
        found = free(
            hours=[hours()],
            first=at_wall(MONDAY, time(9, 45)),
            last=at_wall(MONDAY, time(10, 30)),
        )
        assert walls(found) == ["09:45", "10:30"]

    def test_an_absence_of_weeks_takes_every_day(self) -> None:
        away = Span(ANNA, at_wall(date(2026, 11, 1), time()), at_wall(date(2026, 12, 1), time()))
        assert free(hours=[hours()], busy=[away]) == []

    def test_a_talk_over_midnight_takes_both_days(self) -> None:
        late = Span(ANNA, at_wall(MONDAY, time(23)), at_wall(date(2026, 11, 17), time(0, 40)))
        early_hours = hours(day=date(2026, 11, 17), starts=time(0), ends=time(3))
        found = free(hours=[early_hours], busy=[late], day=date(2026, 11, 17))
        assert walls(found) == ["00:45", "01:30", "02:15"]


class TestWhoTakesIt:
    def test_the_preferred_officer_first(self) -> None:
        found = free(hours=[hours(ANNA), hours(BODO)], preferred=[BODO])
        assert {slot.officer for slot in found} == {BODO}

    def test_another_one_when_the_preferred_is_busy(self) -> None:
        found = free(
            hours=[hours(ANNA), hours(BODO)],
            busy=[span(BODO, time(9), time(10))],
            preferred=[BODO],
        )
        assert [slot.officer for slot in found] == [ANNA, ANNA, BODO, BODO]

    def test_else_the_one_with_the_least_to_do(self) -> None:
        found = free(hours=[hours(ANNA), hours(BODO)], busy=[span(ANNA, time(14), time(15))])
        assert {slot.officer for slot in found} == {BODO}

    def test_one_slot_a_start(self) -> None:
        found = free(hours=[hours(ANNA), hours(BODO)])
        assert len({slot.starts_at for slot in found}) == len(found)


class TestChangeOfClocks:
    EVERY_HALF_HOUR = Pattern(duration=30, buffer=0, start_every=30)

    def test_times_that_do_not_exist_are_not_offered(self) -> None:
        night = hours(day=SPRING, starts=time(1), ends=time(4))
        found = free(self.EVERY_HALF_HOUR, hours=[night], day=SPRING)
        assert walls(found) == ["01:00", "01:30", "03:00", "03:30"]

    def test_times_that_come_twice_are_offered_once(self) -> None:
        night = hours(day=AUTUMN, starts=time(1), ends=time(4))
        found = free(self.EVERY_HALF_HOUR, hours=[night], day=AUTUMN)
        assert walls(found) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
        assert all(slot.starts_at.astimezone(BERLIN).fold == 0 for slot in found)

    def test_the_morning_stands_where_the_clock_says(self) -> None:
        for day in (SPRING, AUTUMN):
            assert walls(free(hours=[hours(day=day)], day=day))[0] == "09:00"


def test_overlaps_with_own_appointments_are_left_out() -> None:
    found = free(hours=[hours()])
    mine = [span(uuid4(), time(9, 50), time(10, 0))]
    assert walls(slots.without_overlap(found, duration=30, busy=mine)) == [
        "09:00",
        "10:30",
        "11:15",
    ]


def test_a_slot_survives_as_one_word() -> None:
    slot = Slot(at_wall(MONDAY, time(9)), ANNA)
    assert Slot.read(slot.key) == slot
    for nonsense in ("", ".", "20261116T0800Z", "morgen.früh", f"20261316T0800Z.{ANNA}"):
        assert Slot.read(nonsense) is None


def test_holidays_are_those_of_the_land() -> None:
    assert date(2026, 11, 1) in working_days.public_holidays("BY", 2026)
    assert date(2026, 11, 1) not in working_days.public_holidays("HE", 2026)
    assert date(2026, 6, 4) in working_days.public_holidays("HE", 2026)


# The model: walk over every minute and ask in plain words


MINUTE = timedelta(minutes=1)


def brute_force(
    pattern: Pattern, windows: list[Hours], busy: list[Span], closed: set[date], days: list[date]
) -> set[tuple[datetime, UUID]]:
    """Return each free (start, officer), found the slow way."""
    return {
        (start, officer)
        for officer in (ANNA, BODO)
        for opened in [open_minutes([one for one in windows if one.officer == officer], days)]
        for start in opened
        if may_start(start, pattern, closed)
        and all(start + number * MINUTE in opened for number in range(pattern.duration))
        and is_clear(start, pattern, [one for one in busy if one.person == officer])
    }


def open_minutes(windows: list[Hours], days: list[date]) -> set[datetime]:
    opened: set[datetime] = set()
    for day in days:
        for window in windows:
            if window.count_on(day):
                start, end = at_wall(day, window.starts), at_wall(day, window.ends)
                opened |= {start + number * MINUTE for number in range(int((end - start) / MINUTE))}
    return opened


def may_start(start: datetime, pattern: Pattern, closed: set[date]) -> bool:
    local = start.astimezone(BERLIN)
    in_rhythm = (local.hour * 60 + local.minute) % pattern.start_every == 0
    return in_rhythm and not local.fold and local.date() not in closed


def is_clear(start: datetime, pattern: Pattern, taken: list[Span]) -> bool:
    end = start + timedelta(minutes=pattern.duration + pattern.buffer)
    return not any(one.starts_at < end and start < one.ends_at for one in taken)


DAYS = (SPRING, AUTUMN, MONDAY, date(2026, 12, 25))
five_minutes_of_day = st.integers(0, 24 * 12 - 1).map(lambda place: 5 * place)


@st.composite
def some_hours(draw: st.DrawFn, days: list[date]) -> Hours:
    starts, ends = sorted((draw(five_minutes_of_day), draw(five_minutes_of_day)))
    return Hours(
        officer=draw(st.sampled_from([ANNA, BODO])),
        weekday=draw(st.sampled_from(days)).isoweekday(),
        starts=time(starts // 60, starts % 60),
        ends=time(ends // 60, ends % 60),
        valid_from=draw(st.sampled_from([date(2020, 1, 1), days[-1]])),
        valid_until=draw(st.sampled_from([None, days[0], days[-1]])),
    )


@st.composite
def some_span(draw: st.DrawFn, days: list[date]) -> Span:
    around = datetime.combine(draw(st.sampled_from(days)), time(), UTC)
    start = around + timedelta(minutes=draw(st.integers(-600, 2000)))
    length = timedelta(minutes=draw(st.integers(1, 700)))
    return Span(draw(st.sampled_from([ANNA, BODO])), start, start + length)


@st.composite
def offices(
    draw: st.DrawFn,
) -> tuple[Pattern, list[Hours], list[Span], set[date], list[date]]:
    first = draw(st.sampled_from(DAYS))
    days = [first, first + timedelta(days=1)]
    pattern = Pattern(
        duration=5 * draw(st.integers(1, 18)),
        buffer=5 * draw(st.integers(0, 6)),
        start_every=draw(st.sampled_from([5, 15, 20, 30, 45, 60])),
    )
    return (
        pattern,
        draw(st.lists(some_hours(days), max_size=4)),
        draw(st.lists(some_span(days), max_size=5)),
        draw(st.sets(st.sampled_from(days), max_size=1)),
        days,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offices())
def test_agrees_with_trying_every_minute(
    office: tuple[Pattern, list[Hours], list[Span], set[date], list[date]],
) -> None:
    pattern, windows, busy, closed, days = office

    expected = brute_force(pattern, windows, busy, closed, days)
    found = slots.free_slots(
        pattern,
        hours=windows,
        busy=busy,
        closed=closed,
        first=at_wall(days[0], time()),
        last=at_wall(days[-1], time(23, 59)),
    )

    assert {(slot.starts_at, slot.officer) for slot in found} <= expected
    assert [slot.starts_at for slot in found] == sorted({start for start, _ in expected})
