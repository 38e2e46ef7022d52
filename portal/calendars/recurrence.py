"""What comes again and again: a bounded part of the RRULE of RFC 5545, section 3.3.10.

Daily, weekly and monthly; every 1 to 52 of them; on weekdays (in a month also the first or the last
of them) or days of the month; at most 730 times or until a day. Everything else is refused, by its
name: a rule for each second, a count of millions or ten kilobytes of letters never reach the
arithmetic, which walks days and no finer grain.

Days are days on the wall; hours stand beside the rule. Weeks begin on Monday (WKST=MO). The first
day (DTSTART) is an occurrence only if the rule names it, as dateutil has it.
"""

import calendar
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.errors import InvalidInput

LONGEST = 200
"""Characters of a rule; the longest that makes sense has less than half of them."""
MOST_TIMES = 730
MOST_INTERVAL = 52
LAST_DAY = date(2099, 12, 31)
"""No rule is followed any further."""

DAY_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL", "WKST"})
_WEEKDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T\d{6}Z?)?")


class Every(StrEnum):
    """How wide the step of a rule is."""

    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"


@dataclass(frozen=True, order=True)
class Weekday:
    """A weekday, Monday is 1; in a month `nth` may say which one: 1 to 5, or -1 for the last."""

    number: int
    nth: int | None = None

    def __str__(self) -> str:
        return f"{self.nth or ''}{DAY_NAMES[self.number - 1]}"


@dataclass(frozen=True)
class Rule:
    """One rule, as few numbers as it needs; `str(rule)` is what is stored."""

    every: Every
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None

    @classmethod
    def read(cls, text: str) -> "Rule":
        """Read a rule; raise `InvalidInput` that says in German what is not possible."""
        parts = _parts_of(text)
        rule = cls(
            every=_every(parts["FREQ"]),
            interval=_number(parts.get("INTERVAL", "1"), "INTERVAL", MOST_INTERVAL),
            weekdays=_weekdays(parts.get("BYDAY")),
            month_days=_month_days(parts.get("BYMONTHDAY")),
            count=_number(parts["COUNT"], "COUNT", MOST_TIMES) if "COUNT" in parts else None,
            until=_until(parts.get("UNTIL")),
        )
        rule.check()
        return rule

    @classmethod
    def weekly(cls, *weekdays: int, interval: int = 1) -> "Rule":
        """Return the rule for these weekdays, Monday is 1, each week or each second and so on."""
        days = tuple(Weekday(number) for number in sorted(set(weekdays)))
        return cls(Every.WEEK, interval=interval, weekdays=days)

    def check(self) -> None:
        """Raise `InvalidInput` when parts do not go together, or go too far."""
        if not 1 <= self.interval <= MOST_INTERVAL:
            raise _refused(f"INTERVAL geht von 1 bis {MOST_INTERVAL}.")
        if self.count is not None and not 1 <= self.count <= MOST_TIMES:
            raise _refused(f"COUNT geht von 1 bis {MOST_TIMES}.")
        if self.count is not None and self.until is not None:
            raise _refused("COUNT und UNTIL schließen einander aus.")
        if self.month_days and (self.every is not Every.MONTH or self.weekdays):
            raise _refused("BYMONTHDAY gibt es nur jeden Monat und ohne Wochentage.")
        if self.weekdays and self.every is Every.DAY:
            raise _refused("Wochentage gibt es nur jede Woche oder jeden Monat.")
        if self.every is not Every.MONTH and any(one.nth for one in self.weekdays):
            raise _refused("„Am ersten Montag“ gibt es nur jeden Monat.")
        if len({one.nth is None for one in self.weekdays}) > 1:  # libraries disagree what it means
            raise _refused("Entweder jeder Wochentag im Monat oder bestimmte, nicht beides.")

    def __str__(self) -> str:
        parts = [f"FREQ={self.every}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            parts.append(f"BYDAY={','.join(map(str, self.weekdays))}")
        if self.month_days:
            parts.append(f"BYMONTHDAY={','.join(map(str, self.month_days))}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)


def days(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """Return the days from `first` to `last` on which a rule that begins at `start` falls."""
    end = min(last, LAST_DAY, rule.until or date.max, _counted_out(rule, start))
    first = max(first, start)
    if first > end:
        return
    for day in _walk(rule, start, first):
        if day > end:
            return
        if day >= first:
            yield day


@functools.lru_cache(maxsize=4096)
def _counted_out(rule: Rule, start: date) -> date:
    """Return the last day that COUNT leaves; without it, the end of the world."""
    if rule.count is None:
        return date.max
    last, left = start - timedelta(days=1), rule.count
    for day in _walk(rule, start, start):
        if day > LAST_DAY:
            break
        last, left = day, left - 1
        if left == 0:
            break
    return last


def _walk(rule: Rule, start: date, first: date) -> Iterator[date]:
    """Walk the days of a rule in order, from the step that holds `first`, to `LAST_DAY` at most."""
    walks = {Every.DAY: _by_day, Every.WEEK: _by_week, Every.MONTH: _by_month}
    return (day for day in walks[rule.every](rule, start, first) if day >= start)


def _by_day(rule: Rule, start: date, first: date) -> Iterator[date]:
    skipped = -(-(first - start).days // rule.interval)
    day = start + timedelta(days=skipped * rule.interval)
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=rule.interval)


def _by_week(rule: Rule, start: date, first: date) -> Iterator[date]:
    numbers = sorted({one.number for one in rule.weekdays} or {start.isoweekday()})
    monday = start - timedelta(days=start.weekday())
    step = timedelta(weeks=rule.interval)
    monday += (first - monday) // step * step
    while monday <= LAST_DAY:
        for number in numbers:
            yield monday + timedelta(days=number - 1)
        monday += step


def _by_month(rule: Rule, start: date, first: date) -> Iterator[date]:
    month = start.year * 12 + start.month - 1
    behind = first.year * 12 + first.month - 1 - month
    month += behind // rule.interval * rule.interval
    while month < (LAST_DAY.year + 1) * 12:
        yield from _days_of_month(rule, start.day, month // 12, month % 12 + 1)
        month += rule.interval


@functools.lru_cache(maxsize=8192)
def _days_of_month(rule: Rule, start_day: int, year: int, month: int) -> tuple[date, ...]:
    length = calendar.monthrange(year, month)[1]
    if not rule.weekdays:
        numbers = rule.month_days or (start_day,)
        found = {number if number > 0 else length + 1 + number for number in numbers}
    else:
        found = {number for one in rule.weekdays for number in _weekdays_in(one, year, month)}
    return tuple(date(year, month, number) for number in sorted(found) if 1 <= number <= length)


def _weekdays_in(weekday: Weekday, year: int, month: int) -> list[int]:
    first, length = calendar.monthrange(year, month)
    numbers = list(range(1 + (weekday.number - 1 - first) % 7, length + 1, 7))
    if weekday.nth is None:
        return numbers
    place = weekday.nth - 1 if weekday.nth > 0 else weekday.nth
    return numbers[place : place + 1 or None] if abs(weekday.nth) <= len(numbers) else []


# Reading


def _parts_of(text: str) -> dict[str, str]:
    if len(text) > LONGEST:
        raise _refused(f"Sie ist zu lang. Möglich sind {LONGEST} Zeichen.")
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not (equals and value):
            raise _refused("Ein Teil hat keinen Wert.")
        if name not in _PARTS:
            raise _refused(f"{_shown(name)} gibt es hier nicht.")
        if name in parts:
            raise _refused(f"{name} steht zweimal da.")
        parts[name] = value
    if "FREQ" not in parts:
        raise _refused("FREQ fehlt.")
    if parts.get("WKST", "MO") != "MO":
        raise _refused("Die Woche beginnt am Montag.")
    return parts


def _every(value: str) -> Every:
    try:
        return Every(value)
    except ValueError as error:
        raise _refused("Möglich sind jeden Tag, jede Woche und jeden Monat.") from error


def _number(value: str, name: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= most:
        raise _refused(f"{name} geht von 1 bis {most}.")
    return int(value)


def _weekdays(value: str | None) -> tuple[Weekday, ...]:
    found = set()
    for part in value.split(",") if value else ():
        match = _WEEKDAY.fullmatch(part)
        if match is None:
            raise _refused(f"{_shown(part)} ist kein Wochentag.")
        nth = int(match[1]) if match[1] else None
        found.add(Weekday(DAY_NAMES.index(match[2]) + 1, nth))
    return tuple(sorted(found, key=lambda one: (one.number, one.nth or 0)))


def _month_days(value: str | None) -> tuple[int, ...]:
    parts = value.split(",") if value else []
    if not all(re.fullmatch(r"[+-]?[0-9]{1,2}", part) for part in parts):
        raise _refused("BYMONTHDAY geht von 1 bis 31.")
    found = sorted({int(part) for part in parts})
    if any(not 1 <= abs(number) <= 31 for number in found):
        raise _refused("BYMONTHDAY geht von 1 bis 31.")
    return tuple(found)


def _until(value: str | None) -> date | None:
    if value is None:
        return None
    match = _UNTIL.fullmatch(value)
    try:
        return date(*map(int, match.groups())) if match else _no_day()
    except ValueError as error:
        raise _refused("UNTIL ist kein Tag.") from error


def _no_day() -> date:
    raise ValueError("UNTIL")


def _shown(word: str) -> str:
    """Return what was written, short and on one line."""
    return f"„{''.join(letter for letter in word if letter.isalnum())[:20]}“"


def _refused(why: str) -> InvalidInput:
    return InvalidInput(f"Diese Wiederholung geht nicht: {why}", field="rhythm")
