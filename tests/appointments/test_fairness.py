"""May it be called missed? Short stories against the answer a lawyer would give, each by its rule.

The stories are written from the paragraphs, not from the code: §§ 59, 32 SGB II, § 309 SGB III,
§ 37 SGB X. Each names the rules that must speak against the word, none when it may be said.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from portal.appointments import fairness
from portal.appointments.fairness import Circumstances, Rule, SpeaksAgainst
from portal.appointments.models import BookingFact, FactKind
from portal.calendars.slots import at_wall

DAY = date(2026, 11, 16)
NINE = at_wall(DAY, time(9))
TOMORROW = NINE + timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def fact(kind: FactKind, at: datetime = NINE, *, day: date | None = None) -> BookingFact:
    return BookingFact(
        id=uuid4(), kind=kind, at=at, day=day, text=f"so war es: {kind}", said_by="Jana Keller"
    )


def summons(deemed: date = date(2026, 11, 10)) -> BookingFact:
    return fact(FactKind.SUMMONED, at_wall(date(2026, 11, 6), time(9)), day=deemed)


def known(
    *facts: BookingFact,
    now: datetime = TOMORROW,
    chosen: bool = False,
    away: bool = False,
    starts_at: datetime = NINE,
) -> Circumstances:
    return Circumstances(
        starts_at=starts_at,
        ends_at=starts_at + 30 * MINUTE,
        chosen_by_citizen=chosen,
        facts=facts,
        officer_was_away=away,
        now=now,
    )


def against(about: Circumstances) -> set[str]:
    return {one.key for one in fairness.findings(about) if one.speaks_against}


REASON, ACCEPTED, REFUSED = (
    FactKind.REASON_GIVEN,
    FactKind.REASON_ACCEPTED,
    FactKind.REASON_REFUSED,
)
STORIES: dict[str, tuple[Circumstances, set[str]]] = {
    "summoned in time, silent, next day": (known(summons()), set()),
    "summoned in time, silent, a week later": (
        known(summons(), now=NINE + timedelta(days=7)),
        set(),
    ),
    "summoned, the day is not over": (known(summons(), now=NINE + HOUR), {"same_day"}),
    "summoned, one minute before midnight": (
        known(summons(), now=at_wall(DAY, time(23, 59))),
        {"same_day"},
    ),
    "summoned, midnight has struck": (
        known(summons(), now=at_wall(DAY + timedelta(days=1), time())),
        set(),
    ),
    "chosen freely, right afterwards": (known(chosen=True, now=NINE + HOUR), set()),
    "invited freely, right afterwards": (known(now=NINE + HOUR), set()),
    "letter counts as known the day before": (known(summons(date(2026, 11, 15))), set()),
    "letter counts as known only on the day": (known(summons(DAY)), {"delivery"}),
    "letter counts as known the day after": (known(summons(date(2026, 11, 17))), {"delivery"}),
    "letter came back": (known(summons(), fact(FactKind.NOT_DELIVERED)), {"delivery"}),
    "letter came back a week later": (
        known(summons(), fact(FactKind.NOT_DELIVERED, NINE + timedelta(days=7))),
        {"delivery"},
    ),
    "waited in the video room": (
        known(summons(), fact(FactKind.WAITED, NINE - 5 * MINUTE)),
        {"was_there"},
    ),
    "waited an hour too late, same day": (
        known(summons(), fact(FactKind.WAITED, NINE + HOUR)),
        {"was_there"},
    ),
    "waited on another day": (
        known(summons(), fact(FactKind.WAITED, NINE - timedelta(days=1))),
        set(),
    ),
    "tried to join and failed": (
        known(summons(), fact(FactKind.TRIED_TO_JOIN, NINE + 2 * MINUTE)),
        {"tried"},
    ),
    "connection broke": (known(fact(FactKind.CONNECTION_FAILED), chosen=True), {"tried"}),
    "tried the evening before": (
        known(summons(), fact(FactKind.TRIED_TO_JOIN, NINE - 14 * HOUR)),
        set(),
    ),
    "phoned in the afternoon": (
        known(summons(), fact(FactKind.CONTACT, NINE + 6 * HOUR)),
        {"contact"},
    ),
    "phoned late in the evening": (
        known(summons(), fact(FactKind.CONTACT, at_wall(DAY, time(23, 30)))),
        {"contact"},
    ),
    "phoned the day after": (known(summons(), fact(FactKind.CONTACT, TOMORROW)), set()),
    "phoned the day before": (
        known(summons(), fact(FactKind.CONTACT, NINE - timedelta(days=1))),
        set(),
    ),
    "reason given, nobody has looked": (known(summons(), fact(REASON)), {"reason"}),
    "reason given a week later": (
        known(summons(), fact(REASON, NINE + timedelta(days=7)), now=NINE + timedelta(days=8)),
        {"reason"},
    ),
    "reason given before the talk": (
        known(summons(), fact(REASON, NINE - timedelta(days=2))),
        {"reason"},
    ),
    "reason accepted": (
        known(summons(), fact(REASON), fact(ACCEPTED, TOMORROW)),
        {"reason"},
    ),
    "reason looked at and refused": (
        known(summons(), fact(REASON), fact(REFUSED, TOMORROW)),
        set(),
    ),
    "refused, then a new reason": (
        known(
            summons(),
            fact(REASON),
            fact(REFUSED, TOMORROW),
            fact(REASON, TOMORROW + HOUR),
            now=TOMORROW + 2 * HOUR,
        ),
        {"reason"},
    ),
    "refused, then accepted after all": (
        known(summons(), fact(REASON), fact(REFUSED, TOMORROW), fact(ACCEPTED, TOMORROW + HOUR)),
        {"reason"},
    ),
    "the officer was away": (known(summons(), away=True), {"office"}),
    "the office was late": (known(summons(), fact(FactKind.OFFICE_AWAY)), {"office"}),
    "the office was closed on another day": (
        known(summons(), fact(FactKind.OFFICE_AWAY, NINE - timedelta(days=3))),
        set(),
    ),
    "the portal was down": (known(summons(), fact(FactKind.OUTAGE)), {"outage"}),
    "the portal was down the week before": (
        known(summons(), fact(FactKind.OUTAGE, NINE - timedelta(days=7))),
        set(),
    ),
    "chosen freely, officer away": (known(chosen=True, away=True), {"office"}),
    "chosen freely, called": (known(fact(FactKind.CONTACT), chosen=True), {"contact"}),
    "everything at once": (
        known(
            summons(DAY),
            fact(FactKind.WAITED),
            fact(FactKind.TRIED_TO_JOIN),
            fact(FactKind.CONTACT),
            fact(REASON),
            fact(FactKind.OUTAGE),
            away=True,
            now=NINE + HOUR,
        ),
        {"delivery", "same_day", "was_there", "tried", "contact", "reason", "office", "outage"},
    ),
    "in the hour that comes twice, phoned before midnight": (
        known(
            summons(),
            fact(FactKind.CONTACT, at_wall(date(2026, 10, 25), time(23, 59))),
            starts_at=at_wall(date(2026, 10, 25), time(9)),
            now=at_wall(date(2026, 10, 26), time(9)),
        ),
        {"delivery", "contact"},
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_word_is_refused_exactly_while_something_speaks_against_it(story: str) -> None:
    about, expected = STORIES[story]
    assert against(about) == expected
    if expected:
        with pytest.raises(SpeaksAgainst):
            fairness.check_may_be_missed(about)
    else:
        fairness.check_may_be_missed(about)


@pytest.mark.parametrize("story", STORIES)
def test_every_finding_names_its_rule(story: str) -> None:
    about, _ = STORIES[story]
    assert all(one.rule.startswith("§ ") and str(one.text) for one in fairness.findings(about))


def test_a_refusal_says_what_speaks_against_it_and_by_which_rule() -> None:
    with pytest.raises(SpeaksAgainst) as error:
        fairness.check_may_be_missed(known(summons(), fact(FactKind.CONTACT)))
    assert "Am selben Tag" in error.value.message
    assert "§ 309 Absatz 3 Satz 2 SGB III" in error.value.message
    assert error.value.field == "outcome"


def test_a_talk_without_summons_says_that_nothing_follows() -> None:
    for chosen in (True, False):
        [first, *_] = fairness.findings(known(chosen=chosen))
        assert "Rechtsfolgen" in str(first.text)
        assert not first.speaks_against


def test_the_law_of_the_day_of_the_appointment_counts() -> None:
    def says(text: str) -> list[Rule]:
        change = date(2026, 7, 1)
        return [
            Rule("x", "alt", date(2005, 1, 1), lambda _: (True, text), change - timedelta(days=1)),
            Rule("x", "neu", change, lambda _: (False, text)),
        ]

    def sources(day: date) -> Sequence[str]:
        about = known(starts_at=at_wall(day, time(9)))
        return [one.rule for one in fairness.findings(about, rules=says("so"))]

    assert sources(date(2026, 6, 30)) == ["alt"]
    assert sources(date(2026, 7, 1)) == ["neu"]
