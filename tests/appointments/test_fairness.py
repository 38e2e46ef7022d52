"""May it be called missed? A hundred stories (`vignettes`) against the answer of the check."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from portal.appointments import fairness
from portal.appointments.fairness import Circumstances, Finding, Rule, SpeaksAgainst
from portal.appointments.models import BookingFact, FactKind
from portal.calendars.slots import at_wall
from portal.postbox.rules import deemed_by_portal, deemed_by_post
from tests.appointments.vignettes import by_day, by_letter
from tests.appointments.vignettes.telling import FREE, NOTIFIED, POSTED, Cited

DAY = date(2026, 11, 16)
NINE = at_wall(DAY, time(9))
TOMORROW = NINE + timedelta(days=1)
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


VIGNETTES = {**by_letter.STORIES, **by_day.STORIES}


def cited(findings: Iterable[Finding]) -> set[Cited]:
    return {Cited(one.key, one.valid_from) for one in findings if one.speaks_against}


@pytest.mark.parametrize("story", VIGNETTES)
def test_the_word_is_refused_exactly_while_something_speaks_against_it(story: str) -> None:
    told = VIGNETTES[story]
    assert cited(fairness.findings(told.about)) == told.against
    if told.against:
        with pytest.raises(SpeaksAgainst):
            fairness.check_may_be_missed(told.about)
    else:
        fairness.check_may_be_missed(told.about)


@pytest.mark.parametrize("story", VIGNETTES)
def test_the_rule_that_decides_counts_on_that_day_in_the_version_that_is_named(story: str) -> None:
    told = VIGNETTES[story]
    in_force = [one for one in fairness.RULES if one.counts_on(told.about.day)]
    assert told.decides in [Cited(one.key, one.valid_from) for one in in_force]
    for one in fairness.findings(told.about):
        assert one.rule.startswith(("§ ", "Hausregel"))
        assert str(one.text)
        assert f"gilt seit {one.valid_from:%d.%m.%Y}" in one.cited


def test_a_hundred_stories_know_every_rule_in_every_version_on_both_sides() -> None:
    assert len(by_letter.STORIES) + len(by_day.STORIES) == len(VIGNETTES) >= 100
    told = VIGNETTES.values()
    known = {Cited(one.key, one.valid_from) for one in fairness.RULES}
    assert {one.decides for one in told} == known
    never = {FREE}  # that a talk was free speaks against nothing
    assert {cite for one in told for cite in one.against} == known - never


def test_the_days_of_the_letters_are_those_of_the_law() -> None:
    assert len(POSTED) + len(NOTIFIED) >= 10
    for sent, counts in POSTED:
        assert deemed_by_post(sent) == counts
    for sent, counts in NOTIFIED:
        assert deemed_by_portal(at_wall(sent, time(23, 59))) == counts


def test_a_refusal_says_what_speaks_against_it_and_by_which_rule() -> None:
    with pytest.raises(SpeaksAgainst) as error:
        fairness.check_may_be_missed(known(summons(), fact(FactKind.CONTACT)))
    assert "Am selben Tag" in error.value.message
    assert "(§ 309 Absatz 3 Satz 2 SGB III, gilt seit 01.01.2005)" in error.value.message
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
