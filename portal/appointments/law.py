"""Periods of summonses: dated rules as data, one value for letter, page and fairness check.

Sources and certainty: reference, domain, "Appointments and cuts" ([A] read in the law, [B] by a
court, [C] practice or rule of the house). A rule holds from its first day until the next begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Period:
    """A number of calendar days that holds from a day on; `certainty` as the reference gives it."""

    valid_from: date
    days: int
    source: str
    certainty: str


# How many days must lie between the day on which the letter counts and the appointment. No statute
# names a number.
SUMMONS_LEAD = (
    Period(date(2005, 1, 1), 5, "Hausregel: Zeit, um sich auf den Termin einzurichten", "C"),
)


def period(rules: Sequence[Period], day: date) -> Period:
    """Return the version that holds on `day`."""
    return max((one for one in rules if one.valid_from <= day), key=lambda one: one.valid_from)


def earliest_summons(made_known: date) -> date:
    """Return the first day to which somebody can be summoned by a letter that counts then."""
    return made_known + timedelta(days=period(SUMMONS_LEAD, made_known).days)
