"""What comes again, in words: „Alle 2 Wochen am Montag und Mittwoch“."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext

from portal.calendars.forms import CHANNELS, WEEKDAYS
from portal.calendars.models import Availability
from portal.calendars.opening import Recurring
from portal.calendars.recurrence import Every, Rule, Weekday
from portal.core.templating import short_day


def rule_in_words(one: Recurring) -> str:
    """Say when something comes again."""
    rule = Rule.read(one.rule)
    if rule.count == 1:
        return str(gettext("Einmal am %(day)s", day=short_day(one.valid_from)))
    said = f"{_rhythm(rule)} {_days(rule, one.valid_from)}".strip()
    if rule.count is None:
        return said
    return str(gettext("%(said)s, %(n)s-mal", said=said, n=rule.count))


def validity_in_words(one: Recurring) -> str:
    """Say from when until when it counts."""
    first = str(gettext("ab %(day)s", day=short_day(one.valid_from)))
    if one.valid_until is None:
        return first
    return f"{first} {gettext('bis %(day)s', day=short_day(one.valid_until))}"


def hours_in_words(hours: Availability) -> str:
    """Say when, from when to when on the wall, how, and from which day."""
    channels = ", ".join(str(CHANNELS[channel]) for channel in hours.channels)
    wall = f"{hours.starts:%H:%M}–{hours.ends:%H:%M}"
    return f"{rule_in_words(hours)}, {wall}, {channels}, {validity_in_words(hours)}"


def words() -> dict[str, Any]:
    """Return the functions that pages say rules with."""
    return {"rule_in_words": rule_in_words, "validity_in_words": validity_in_words}


def _rhythm(rule: Rule) -> str:
    n = rule.interval
    match rule.every:
        case Every.DAY:
            return str(gettext("Jeden Tag") if n == 1 else gettext("Alle %(n)s Tage", n=n))
        case Every.WEEK:
            return str(gettext("Jede Woche") if n == 1 else gettext("Alle %(n)s Wochen", n=n))
        case Every.MONTH:
            return str(gettext("Jeden Monat") if n == 1 else gettext("Alle %(n)s Monate", n=n))


def _days(rule: Rule, start: date) -> str:
    if rule.every is Every.DAY:
        return ""
    if rule.every is Every.WEEK and not rule.weekdays:
        return str(gettext("am %(days)s", days=WEEKDAYS[start.isoweekday()]))
    if rule.weekdays and rule.every is Every.WEEK:
        numbers = [one.number for one in rule.weekdays]
        names = [str(WEEKDAYS[number]) for number in numbers]
        if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
            return str(gettext("von %(first)s bis %(last)s", first=names[0], last=names[-1]))
        days = _listed(names)
        return str(gettext("am %(days)s", days=days))
    if rule.weekdays:
        return _listed([_in_month(one) for one in rule.weekdays])
    return _listed([_month_day(number) for number in rule.month_days or (start.day,)])


def _in_month(weekday: Weekday) -> str:
    nths = {
        1: gettext("am ersten"),
        2: gettext("am zweiten"),
        3: gettext("am dritten"),
        4: gettext("am vierten"),
        5: gettext("am fünften"),
        -1: gettext("am letzten"),
        -2: gettext("am vorletzten"),
    }
    name = WEEKDAYS[weekday.number]
    if weekday.nth is None:
        return str(gettext("an jedem %(day)s", day=name))
    nth = nths.get(weekday.nth) or gettext("am %(n)s.-letzten", n=-weekday.nth)
    return f"{nth} {name}"


def _month_day(number: int) -> str:
    if number > 0:
        return str(gettext("am %(n)s.", n=number))
    if number == -1:
        return str(gettext("am letzten Tag"))
    return str(gettext("am %(n)s.-letzten Tag", n=-number))


def _listed(parts: Sequence[str]) -> str:
    *most, last = parts
    return str(gettext("%(most)s und %(last)s", most=", ".join(most), last=last)) if most else last
