"""How soon the office wants to answer, and words that could mean more than a message: dated data.

No law names a period for answering a letter of this kind: the days are a promise of the office.
What a text may be in law does not hang on the form it has: an application needs none (§ 37 SGB II,
§ 16 SGB I), a wrong word for an objection does no harm, and advice is owed (§ 14 SGB I). A message
is no way to object: that needs writing or a signed form (§ 84 SGG, § 36a SGB I). It is kept and
dated all the same, and an officer has to look at it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import LazyString, lazy_gettext

from portal.core import working_days

ANSWER_DAYS: Mapping[date, int] = {date(2026, 1, 1): 3}
"""From which day on: within how many working days the office wants to answer. A promise, no law."""

URGENT_DAYS = 1
ENOUGH_ANSWERS = 20
"""So many answers it takes before the time they took says anything."""

COUNTED = timedelta(days=90)


@dataclass(frozen=True)
class Sign:
    """Words in a message that let it be looked at first, and what to say about it."""

    pattern: re.Pattern[str]
    urgency: int
    reason: LazyString


def _sign(pattern: str, urgency: int, reason: LazyString) -> Sign:
    return Sign(re.compile(pattern, re.IGNORECASE), urgency, reason)


# The first that is found counts. They put nothing in order and decide nothing.
SIGNS = (
    _sign(
        r"kein(?:e[rn]?)? (?:geld|essen)|nichts zu essen|mittellos",
        2,
        lazy_gettext("Schreibt, dass Geld oder Essen fehlt."),
    ),
    _sign(
        r"\b(?:strom|gas|heizung|wasser)(?:\s+\w+){0,4}?\s+(?:abgestellt|gesperrt|abgeklemmt)"
        r"|stromsperre|gassperre|zwangsräumung|räumung|obdachlos|fristlose kündigung"
        r"|\bwohnung(?:\s+\w+){0,4}?\s+gekündigt|kündigung (?:der|meiner|unserer) wohnung",
        2,
        lazy_gettext("Schreibt von Wohnung, Strom oder Heizung in Gefahr."),
    ),
    _sign(
        r"widerspr(?:uch|eche)|nicht einverstanden",
        1,
        lazy_gettext("Könnte ein Widerspruch sein: Frist und Form prüfen."),
    ),
    _sign(
        r"\bbeantrag\w+|\bstelle(?:n)? (?:hiermit )?(?:einen |den )?antrag",
        1,
        lazy_gettext("Könnte ein Antrag sein: Er zählt ab heute, auch ohne Formular."),
    ),
)


def sign_in(text: str) -> Sign | None:
    """Return what a text could be besides a message."""
    return next((sign for sign in SIGNS if sign.pattern.search(text)), None)


def answer_days(day: date) -> int:
    """Return within how many working days the office wants to answer what comes on a day."""
    return ANSWER_DAYS[max(since for since in ANSWER_DAYS if since <= day)]


def answer_by(day: date, *, land: str, urgent: bool = False) -> date:
    """Return the day until which the office wants to answer what has come on `day`."""
    left = URGENT_DAYS if urgent else answer_days(day)
    while left:
        day += timedelta(days=1)
        left -= working_days.is_working_day(day, land=land)
    return day


def days_between(first: date, last: date, *, land: str) -> int:
    """Count the working days after `first` up to and with `last`."""
    days = (first + timedelta(days=one) for one in range(1, (last - first).days + 1))
    return sum(working_days.is_working_day(day, land=land) for day in days)
