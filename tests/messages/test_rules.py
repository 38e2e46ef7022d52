"""Promises, signs and places as pure questions; no database is asked."""

import re
from datetime import date
from pathlib import Path

import pytest

import portal.messages
from portal.casefiles import deeds
from portal.core import placeholders
from portal.core.errors import InvalidInput
from portal.messages import blanks, law

LAND = "HE"


@pytest.mark.parametrize(
    ("came", "urgent", "until"),
    [
        (date(2026, 11, 27), False, date(2026, 12, 2)),  # Friday: Mon, Tue, Wed
        (date(2026, 11, 28), False, date(2026, 12, 2)),  # Saturday
        (date(2026, 12, 23), False, date(2026, 12, 29)),  # Christmas and a weekend between
        (date(2026, 12, 23), True, date(2026, 12, 24)),
        (date(2026, 12, 31), True, date(2027, 1, 4)),
    ],
)
def test_the_promise_counts_working_days(came: date, until: date, *, urgent: bool) -> None:
    assert law.answer_by(came, land=LAND, urgent=urgent) == until


def test_days_waited_are_working_days() -> None:
    assert law.days_between(date(2026, 11, 27), date(2026, 11, 27), land=LAND) == 0
    assert law.days_between(date(2026, 11, 27), date(2026, 11, 30), land=LAND) == 1
    assert law.days_between(date(2026, 12, 23), date(2026, 12, 28), land=LAND) == 2


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("Wir haben kein Geld.", 2),
        ("wir haben KEIN ESSEN", 2),
        ("Der Strom wird abgestellt", 2),
        ("Mein Vermieter hat die Wohnung gekündigt", 2),
        ("Hiermit widerspreche ich", 1),
        ("Ich stelle einen Antrag auf Möbel", 1),
        ("Ich beantrage Geld für Möbel", 1),
        ("Wo finde ich den Antrag?", None),
        ("Danke für das Geld", None),
        ("Der Strom ist teuer", None),
    ],
)
def test_signs_are_found_and_nothing_else(text: str, urgency: int | None) -> None:
    found = law.sign_in(text)
    assert (found.urgency if found else None) == urgency


@pytest.mark.parametrize("text", ["a" * 4_000, "kein " * 800, "wohnung " * 500, "stelle " * 500])
def test_no_text_makes_the_search_for_signs_slow(text: str) -> None:
    for _ in range(20):
        law.sign_in(text)


def test_a_value_is_never_read_again() -> None:
    values = {"name": "{{ mein_raum }} {% x %}", "mein_raum": "2.11"}
    assert placeholders.fill("An {{ name }}!", values) == "An {{ mein_raum }} {% x %}!"


def test_a_text_without_places_stays() -> None:
    text = "50 % von { 3 } und }{ sind 1,5"
    placeholders.names_in(text, known=blanks.WORDS)
    assert placeholders.fill(text, {}) == text


@pytest.mark.parametrize("text", ["{{}}", "{{ x }}", "{{ name|upper }}", "}}", "{# a #}", "{{\n}}"])
def test_what_looks_like_a_place_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        placeholders.names_in(text, known=blanks.WORDS)


def test_every_deed_of_a_case_has_german_words() -> None:
    found: set[str] = set()
    for file in Path(portal.messages.__file__).parent.glob("*.py"):
        found |= set(re.findall(r'"(messages\.[a-z_]+)"', file.read_text("utf-8")))
    of_no_case = {one for one in found if one.startswith("messages.block_")}
    assert found - of_no_case <= set(deeds.WORDS)
    assert len(found) > 10
