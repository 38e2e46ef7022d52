"""How long items may take, and what the days say in words."""

from datetime import date, timedelta

import pytest
from flask import Flask

from portal.core import working_days
from portal.inbox import clocks
from portal.inbox.models import ItemKind

HE, BY = "HE", "BY,catholic"
MONDAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _german(app: Flask) -> object:
    with app.test_request_context():
        yield


@pytest.mark.parametrize("kind", ItemKind)
def test_every_kind_has_a_clock_of_its_own(kind: ItemKind) -> None:
    assert kind.value in clocks.CLOCKS
    assert clocks.due_on(kind, MONDAY, land=HE) > MONDAY


def test_a_kind_without_a_row_has_the_usual_clock() -> None:
    assert clocks.due_on("something_new", MONDAY, land=HE) == date(2026, 11, 9)


def test_a_new_row_counts_from_its_day_only(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (
        clocks.Clock(5, 1, clocks.USUALLY[0].right),
        clocks.Clock(2, 1, clocks.USUALLY[0].right, since=date(2026, 11, 3)),
    )
    monkeypatch.setattr(clocks, "CLOCKS", {"document": (old, new)})
    assert clocks.due_on("document", MONDAY, land=HE) == date(2026, 11, 9)
    assert clocks.due_on("document", date(2026, 11, 3), land=HE) == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("opened", "days", "land", "last"),
    [
        (date(2026, 11, 2), 5, HE, date(2026, 11, 9)),  # over a weekend
        (date(2026, 11, 7), 1, HE, date(2026, 11, 10)),  # came on a Saturday: counts from Monday
        (date(2026, 12, 23), 3, HE, date(2026, 12, 29)),  # Christmas Day is a Friday
        (date(2026, 5, 20), 2, HE, date(2026, 5, 22)),
        (date(2027, 1, 5), 1, HE, date(2027, 1, 6)),
        (date(2027, 1, 5), 1, BY, date(2027, 1, 7)),  # Epiphany in Bavaria
    ],
)
def test_working_days_of_the_land(opened: date, days: int, land: str, last: date) -> None:
    assert clocks.later(opened, days, land=land) == last


def test_counting_agrees_with_walking() -> None:
    for land in (HE, BY):
        for first in (date(2026, 12, 14) + timedelta(days=n) for n in range(9)):
            for span in range(60):
                last = first + timedelta(days=span)
                walked = sum(
                    working_days.is_working_day(first + timedelta(days=n), land=land)
                    for n in range(1, span + 1)
                )
                assert clocks.between(first, last, land=land) == walked
                assert clocks.between(last, first, land=land) == -walked


@pytest.mark.parametrize(
    ("today", "urgency", "words"),
    [
        (date(2026, 11, 2), 0, None),
        (date(2026, 11, 13), 0, None),  # 9 of 15
        (date(2026, 11, 18), 0, "Frist 12 von 15 Tagen"),
        (date(2026, 11, 20), 1, "Frist 14 von 15 Tagen"),
        (date(2026, 11, 23), 1, "Frist heute"),
        (date(2026, 11, 24), 2, "Frist seit einem Arbeitstag vorbei"),
        (date(2026, 11, 28), 2, "Frist seit 4 Arbeitstagen vorbei"),
    ],
)
def test_what_the_days_say(today: date, urgency: int, words: str | None) -> None:
    said = clocks.weighed(date(2026, 11, 23), 15, today=today, land=HE)
    assert (said.urgency, said.words) == (urgency, words)


def test_a_day_at_the_weekend_says_that_friday_is_the_last() -> None:
    saturday = date(2026, 11, 28)
    said = clocks.weighed(saturday, 5, today=date(2026, 11, 27), land=HE)
    assert (said.urgency, said.words) == (1, "Heute ist der letzte Arbeitstag")


def test_why_it_is_urgent_is_one_sentence() -> None:
    said = clocks.sentence("kein Geld, Miete Freitag fällig", "Frist 12 von 15 Tagen")
    assert said == "kein Geld, Miete Freitag fällig, Frist 12 von 15 Tagen."
    assert clocks.sentence("Schon ein Satz.", None) == "Schon ein Satz."
    assert clocks.sentence(None, " ") is None


@pytest.mark.parametrize(
    ("kind", "received", "limit"),
    [
        ("application", date(2026, 5, 27), date(2026, 11, 28)),
        ("application", date(2026, 8, 31), date(2027, 3, 1)),  # no 31 in February
        ("objection", date(2026, 8, 26), date(2026, 11, 27)),
        ("document", date(2026, 5, 27), None),
    ],
)
def test_when_one_may_sue_for_failure_to_act(kind: str, received: date, limit: date | None) -> None:
    assert clocks.limit_on(kind, received) == limit


def test_the_limit_is_said_thirty_days_before() -> None:
    limit = date(2026, 11, 28)
    assert clocks.near_limit(limit, today=date(2026, 10, 28)).words is None
    said = clocks.near_limit(limit, today=date(2026, 10, 29))
    assert said.urgency == clocks.LIMIT
    assert said.words == "Untätigkeitsklage möglich ab 28.11.2026 (§ 88 SGG)"
