"""How long each kind of item may take, and what the passing days say about it.

The days are working days of the Land, counted from the day after the item came. They, the weights
and the rights are the house's own choice [D]; a change is a new row with its first day, so that
what is open keeps the clock it was opened with. The only law here is § 88 SGG.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext, ngettext

from portal.accounts.models import Right
from portal.core import periods, working_days

SINCE = date(2026, 1, 1)
HEAVY, USUAL, LIGHT = 4, 2, 1
"""Weights of kinds: an application is as much work as four papers."""


@dataclass(frozen=True)
class Clock:
    """So many working days, so much work, the right it needs; valid from a day on.

    With `only_with_right` nobody else gets it, not even as lead, as long as somebody has the right.
    """

    days: int
    weight: int
    right: Right
    since: date = SINCE
    only_with_right: bool = False


_PAPERS, _CASES = Right.CHECK_DOCUMENTS, Right.PROCESS_APPLICATIONS
_TALKS, _FILES = Right.MANAGE_APPOINTMENTS, Right.READ_FILES

USUALLY = (Clock(5, USUAL, Right.USE_INBOX),)
"""The clock of a kind that has no row."""

# The newest row comes last. The kinds stand as words: rooms above bring theirs.
CLOCKS: Mapping[str, tuple[Clock, ...]] = {
    "application": (Clock(15, HEAVY, _CASES),),
    "instant_application": (Clock(1, HEAVY, _CASES),),
    "instant_undecided": (Clock(100, LIGHT, _CASES),),
    "objection": (Clock(20, HEAVY, _CASES),),
    "decision_release": (Clock(2, USUAL, Right.RELEASE_DECISIONS, only_with_right=True),),
    "decision_returned": (Clock(2, USUAL, _CASES),),
    "supplement": (Clock(5, USUAL, _CASES),),
    "correction_answered": (Clock(5, USUAL, _CASES),),
    "document": (Clock(5, LIGHT, _PAPERS),),
    "correction": (Clock(5, LIGHT, _PAPERS),),
    "evidence_answer": (Clock(3, LIGHT, _PAPERS),),
    "scan": (Clock(1, LIGHT, Right.SORT_PAPER),),
    "letter_to_print": (Clock(1, LIGHT, _FILES),),
    "letter_arrival": (Clock(5, LIGHT, _CASES),),
    "hand_over_late": (Clock(1, USUAL, Right.USE_INBOX),),
    "contact_due": (Clock(5, LIGHT, _TALKS),),
    "deadline": (Clock(5, LIGHT, _PAPERS),),
    "award_ends": (Clock(5, LIGHT, _CASES),),
    "message_failed": (Clock(2, LIGHT, _FILES),),
    "account_unreached": (Clock(2, LIGHT, Right.IDENTIFY_CITIZENS),),
    "colleague_unreached": (Clock(2, LIGHT, Right.SEE_TEAM),),
    "instant_unreached": (Clock(1, LIGHT, _CASES),),
    "guest_unreached": (Clock(1, LIGHT, _TALKS),),
    "message": (Clock(3, USUAL, _FILES),),
    "expert_question": (Clock(5, USUAL, _FILES),),
    "expert_answer": (Clock(3, LIGHT, _FILES),),
    "note_remark": (Clock(5, LIGHT, _TALKS),),
    "outcome_missing": (Clock(2, LIGHT, _TALKS),),
    "outcome_doubted": (Clock(3, LIGHT, _TALKS),),
    "group_outcomes": (Clock(3, LIGHT, _TALKS),),
    "group_without_lead": (Clock(1, LIGHT, _TALKS),),
    "officer_gone": (Clock(1, LIGHT, _TALKS),),
    "day_closed": (Clock(2, LIGHT, _TALKS),),
    "group_day_closed": (Clock(2, LIGHT, _TALKS),),
    "appointment_cancelled": (Clock(2, LIGHT, _TALKS),),
    "callback_wanted": (Clock(1, LIGHT, _TALKS),),
    "interpreter_wanted": (Clock(3, LIGHT, _TALKS),),
    "invitation": (Clock(5, LIGHT, _TALKS),),
    "summons": (Clock(3, USUAL, _TALKS),),
    "hearing": (Clock(5, USUAL, _TALKS),),
    "absence_reason": (Clock(3, LIGHT, _TALKS),),
    "slots_short": (Clock(2, LIGHT, _TALKS),),
    "travel_costs": (Clock(10, LIGHT, _TALKS),),
    "safety_alert": (Clock(1, HEAVY, Right.SEE_TEAM),),
    "safety_incident": (Clock(2, USUAL, Right.SEE_TEAM),),
    "follow_up": (Clock(1, LIGHT, Right.USE_INBOX),),
}

# § 88 (1) SGG: six months after an application without a decision one may sue for failure to act;
# § 88 (2) SGG: three months after an objection. Reasons that hold the office up move neither.
# A Sofortantrag is an application without a form (§ 9 SGB X).
# It stays one when it was answered, until it is decided.
LIMIT_MONTHS: Mapping[str, int] = {
    "application": 6,
    "instant_application": 6,
    "instant_undecided": 6,
    "objection": 3,
}
LIMIT_AHEAD = timedelta(days=30)

TODAY, LATE, LIMIT = 1, 2, 2
"""How urgent an item is at least: due today or on the next working day; late; near § 88 SGG."""


def clock_of(kind: str, *, on: date) -> Clock:
    """Return the clock of a kind that was valid on a day."""
    rows = CLOCKS.get(kind, USUALLY)
    return next((row for row in reversed(rows) if row.since <= on), rows[0])


def due_on(kind: str, opened_on: date, *, land: str) -> date:
    """Return the last working day that an item of this kind has, opened on that day."""
    return later(opened_on, clock_of(kind, on=opened_on).days, land=land)


def limit_on(kind: str, received_on: date) -> date | None:
    """Return the first day on which one may sue for failure to act (§ 88 SGG), if ever."""
    months = LIMIT_MONTHS.get(kind)
    return periods.months_later(received_on, months) + timedelta(days=1) if months else None


def later(day: date, days: int, *, land: str) -> date:
    """Return the day so many working days after `day`; zero gives the next one from `day` on."""
    day = working_days.on_or_after(day, land=land)
    for _ in range(days):
        day = working_days.on_or_after(day + timedelta(days=1), land=land)
    return day


def between(first: date, last: date, *, land: str) -> int:
    """Count the working days after `first` up to `last`; below zero when `last` is before."""
    if last < first:
        return -between(last, first, land=land)
    weeks, rest = divmod((last - first).days, 7)
    found = weeks * 5
    tail = last - timedelta(days=rest)
    found += sum((tail + timedelta(days=n)).weekday() < working_days.SATURDAY for n in _upto(rest))
    off = (
        day
        for year in range(first.year, last.year + 1)
        for day in working_days.public_holidays(land, year)
    )
    return found - sum(first < day <= last and day.weekday() < working_days.SATURDAY for day in off)


def _upto(count: int) -> range:
    return range(1, count + 1)


@dataclass(frozen=True)
class Weighed:
    """How urgent the days make an item, and the words for it."""

    urgency: int = 0
    words: str | None = None


def weighed(due_on: date | None, clock_days: int | None, *, today: date, land: str) -> Weighed:
    """Say what the clock says today: nothing in the first two thirds of the days."""
    if due_on is None:
        return Weighed()
    left = between(today, due_on, land=land)
    if due_on < today:
        late = max(1, -left)
        said = ngettext(
            "Frist seit einem Arbeitstag vorbei", "Frist seit %(num)s Arbeitstagen vorbei", late
        )
        return Weighed(LATE, said)
    if left <= 0:
        is_today = due_on == today  # else it ends on a day off, and today is the last to work
        said = gettext("Frist heute") if is_today else gettext("Heute ist der letzte Arbeitstag")
        return Weighed(TODAY, said)
    days = max(clock_days or left, left)
    used = days - left
    if left > 1 and used * 3 < days * 2:
        return Weighed()
    said = gettext("Frist am nächsten Arbeitstag")
    if used > 0:
        said = gettext("Frist %(used)s von %(days)s Tagen", used=used, days=days)
    return Weighed(TODAY if left == 1 else 0, said)


def near_limit(limit_on: date | None, *, today: date) -> Weighed:
    """Say that one may soon sue for failure to act, from 30 days before on."""
    if limit_on is None or limit_on - LIMIT_AHEAD > today:
        return Weighed()
    day = f"{limit_on:%d.%m.%Y}"
    return Weighed(LIMIT, gettext("Untätigkeitsklage möglich ab %(day)s (§ 88 SGG)", day=day))


def sentence(*parts: str | None) -> str | None:
    """Put what makes an item urgent into one sentence: "kein Geld, Frist 12 von 15 Tagen"."""
    said = [part.strip().rstrip(".") for part in parts if part and part.strip()]
    return f"{', '.join(said)}." if said else None
