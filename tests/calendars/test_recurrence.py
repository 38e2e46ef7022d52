"""Rules of what comes again, against dateutil as an independent reader, and against bombs."""

import random
import time as stopwatch
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr

from portal.calendars import shown
from portal.calendars.models import Availability
from portal.calendars.recurrence import LAST_DAY, Every, Rule, Weekday, days
from portal.core.errors import InvalidInput

MONDAY = date(2026, 11, 16)


def some_rule(chance: random.Random) -> Rule:
    """Draw a rule from everything that can be written."""
    every, more = chance.choice(list(Every)), {}
    if every is Every.WEEK and chance.random() < 0.8:
        numbers = chance.sample(range(1, 8), chance.randint(1, 4))
        more["weekdays"] = tuple(Weekday(number) for number in sorted(numbers))
    if every is Every.MONTH and chance.random() < 0.5:
        nths = chance.choice([[None], [1, 2, 3, 4, 5, -1, -2]])
        found = {Weekday(chance.randint(1, 7), chance.choice(nths)) for _ in range(3)}
        more["weekdays"] = tuple(sorted(found, key=lambda one: (one.number, one.nth or 0)))
    elif every is Every.MONTH and chance.random() < 0.8:
        numbers = {chance.choice([1, 15, 28, 29, 30, 31, -1, -3, -31]) for _ in range(2)}
        more["month_days"] = tuple(sorted(numbers))
    if chance.random() < 0.3:
        more["count"] = chance.randint(1, 60)
    elif chance.random() < 0.4:
        more["until"] = MONDAY + timedelta(days=chance.randint(0, 900))
    return Rule(every, interval=chance.choice([1, 1, 2, 3, 5, 12, 52]), **more)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_another_reader_of_the_standard(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        rule = some_rule(chance)
        start = MONDAY + timedelta(days=chance.randint(0, 400))
        first = start + timedelta(days=chance.randint(-50, 500))
        last = first + timedelta(days=chance.randint(0, 400))
        other = rrulestr(str(rule), dtstart=datetime.combine(start, time()))
        span = datetime.combine(first, time()), datetime.combine(last, time())
        expected = [found.date() for found in other.between(*span, inc=True)]
        assert list(days(rule, start, first, last)) == expected, (str(rule), start, first, last)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_reads_the_same(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        rule = some_rule(chance)
        assert Rule.read(str(rule)) == rule
        assert Rule.read(f"RRULE:{rule}") == rule


@pytest.mark.parametrize(
    "bomb",
    [
        "",
        ";" * 150,
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=3",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;BYHOUR=0,1,2,3,4,5,6,7,8,9",
        "FREQ=DAILY;BYSETPOS=-1",
        "FREQ=DAILY;BYYEARDAY=366",
        "FREQ=DAILY;COUNT=731",
        "FREQ=DAILY;COUNT=999999999999999999999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=١",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=53",
        "FREQ=DAILY;COUNT=3;UNTIL=20261201",
        "FREQ=DAILY;UNTIL=99999999",
        "FREQ=DAILY;UNTIL=nie",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=MO,1TU",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;WKST=SU",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=" + "MO," * 4000,
        "FREQ=WEEKLY\nRRULE:FREQ=SECONDLY",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "FREQ=<script>alert(1)</script>",
        "X" * 10_000,
        "(" * 5_000,
    ],
)
def test_bombs_are_refused_in_german(bomb: str) -> None:
    begun = stopwatch.perf_counter()
    with pytest.raises(InvalidInput) as error:
        Rule.read(bomb)
    assert stopwatch.perf_counter() - begun < 0.1
    assert error.value.message.startswith("Diese Wiederholung geht nicht: ")
    assert len(error.value.message) < 140
    assert "<" not in error.value.message


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        (Rule(Every.MONTH, interval=12, month_days=(30,)), date(2026, 2, 1)),  # no 30th of February
        (Rule(Every.MONTH, interval=12, month_days=(31,), count=730), date(2026, 4, 1)),
        (Rule(Every.WEEK, interval=52, count=730), MONDAY),
        (Rule(Every.DAY), date(1970, 1, 1)),
    ],
)
def test_rules_that_hardly_come_end(rule: Rule, start: date) -> None:
    begun = stopwatch.perf_counter()
    assert all(day <= LAST_DAY for day in days(rule, start, start, date.max))
    assert stopwatch.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "Jede Woche am Montag"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR", "Alle 2 Wochen am Montag, Mittwoch und Freitag"),
        ("FREQ=WEEKLY", "Jede Woche am Montag"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Jede Woche von Montag bis Freitag"),
        ("FREQ=MONTHLY;BYDAY=1MO", "Jeden Monat am ersten Montag"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Jeden Monat am letzten Freitag"),
        (
            "FREQ=MONTHLY;BYDAY=1TH,3TH",
            "Jeden Monat am ersten Donnerstag und am dritten Donnerstag",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "Jeden Monat am 15."),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Jeden Monat am letzten Tag"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", "Alle 3 Tage, 5-mal"),
        ("FREQ=DAILY;COUNT=1", "Einmal am 16.11.2026"),
    ],
)
@pytest.mark.usefixtures("session")
def test_words(rule: str, words: str) -> None:
    hours = Availability(rule=rule, valid_from=MONDAY, valid_until=None)
    assert shown.rule_in_words(hours) == words
