"""Days on which the office works: no weekend, no public holiday at its seat, no day it is closed.

`land` says whose public holidays count, as `PORTAL_LAND` has it: a Land (`BY`), and behind commas
what its municipality adds: `catholic` (Mariä Himmelfahrt and Fronleichnam, where they are a holiday
for the Catholic municipalities of a Land only), `Augsburg` (its Friedensfest), or days of its own
(`08-08=Friedensfest`, each year, or `2026-10-31=…`, once).

Public holidays move deadlines (§ 193 BGB, § 26 (3) SGB X, § 64 (3) SGG). A day on which the office
is merely closed (`PORTAL_CLOSED_DAYS`: Christmas Eve, a works outing) moves none; nobody is met.
"""

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

import holidays

SATURDAY = 5
LAENDER = frozenset(set(holidays.country_holidays("DE").subdivisions) - {"Augsburg"})
CATHOLIC, AUGSBURG = "catholic", "Augsburg"
_OWN_DAY = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)=(?P<name>\S.{0,59})")
_LEAP_YEAR = 2000


@functools.lru_cache(maxsize=512)
def holiday_names(land: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of one year at the seat of the office, with their German names."""
    name, extras = _parts(land)
    named: dict[date, str] = {}
    for subdivision in (name, *(extra for extra in extras if extra == AUGSBURG)):
        categories = ("public", *(extra for extra in extras if extra == CATHOLIC))
        found = holidays.country_holidays(
            "DE", subdiv=subdivision, years=year, language="de", categories=categories
        )
        named |= dict(found.items())
    named |= own_days(",".join(extra for extra in extras if "=" in extra), year)
    return MappingProxyType(dict(sorted(named.items())))


@functools.lru_cache(maxsize=512)
def public_holidays(land: str, year: int) -> frozenset[date]:
    """Return the public holidays of one year at the seat of the office."""
    return frozenset(holiday_names(land, year))


def is_working_day(day: date, *, land: str) -> bool:
    """Tell whether `day` is neither of a weekend nor a public holiday."""
    return day.weekday() < SATURDAY and day not in public_holidays(land, day.year)


def on_or_after(day: date, *, land: str) -> date:
    """Return `day`, or the next day that is a working day (§ 193 BGB, § 26 (3) SGB X)."""
    while not is_working_day(day, land=land):
        day += timedelta(days=1)
    return day


def closed_on(first: date, last: date, *, land: str, closed_days: str) -> dict[date, str]:
    """Return the days from `first` to `last` on which nobody is met, and why: both kinds."""
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        found |= own_days(closed_days, year) | dict(holiday_names(land, year))
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def own_days(written: str, year: int) -> dict[date, str]:
    """Return the days of one year that a setting names, `MM-DD=name` or `YYYY-MM-DD=name`."""
    found: dict[date, str] = {}
    for part in _split(written):
        match = _OWN_DAY.fullmatch(part)
        if match and int(match["year"] or year) == year:
            with contextlib.suppress(ValueError):  # the 29th of February, in most years
                found[date(year, int(match["month"]), int(match["day"]))] = match["name"]
    return found


def misread(written: str) -> list[str]:
    """Return the parts of such a setting that name no day."""
    return [part for part in _split(written) if not _names_a_day(part)]


def misread_land(land: str) -> list[str]:
    """Return the parts of `PORTAL_LAND` that say nothing."""
    name, extras = _parts(land)
    wrong = [] if name in LAENDER else [name]
    return wrong + [
        extra
        for extra in extras
        if extra != CATHOLIC
        and not (extra == AUGSBURG and name == "BY")
        and not _names_a_day(extra)
    ]


def _names_a_day(part: str) -> bool:
    match = _OWN_DAY.fullmatch(part)
    if match is None:
        return False
    try:
        date(int(match["year"] or _LEAP_YEAR), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True


def _parts(land: str) -> tuple[str, list[str]]:
    name, *extras = [*_split(land)] or [""]
    return name, extras


def _split(written: str) -> Iterator[str]:
    return (part.strip() for part in written.split(",") if part.strip())
