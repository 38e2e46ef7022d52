"""Months, placeholders and transitions: no database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from portal.core import placeholders
from portal.core.errors import InvalidInput
from portal.decisions import blocks, law, months, rules
from portal.decisions.models import DecisionState, Ruling
from portal.postbox.models import LetterKind


@dataclass
class Line:
    """What one person gets."""

    person: str
    first_month: date
    last_month: date
    cents: int


JAN, MAR, DEC = date(2027, 1, 1), date(2027, 3, 1), date(2027, 12, 1)


def test_months_that_read_alike_are_said_once():
    lines = [Line("Oksana", JAN, DEC, 103_300), Line("Mila", MAR, DEC, 35_700)]
    first, rest = months.spans(lines)
    assert (first.first, first.last, first.total) == (JAN, date(2027, 2, 1), 103_300)
    assert (rest.first, rest.last, rest.total, rest.count) == (MAR, DEC, 139_000, 10)
    assert months.total(lines) == 12 * 103_300 + 10 * 35_700


def test_a_gap_is_no_month_and_equal_months_after_it_are_their_own():
    lines = [Line("Oksana", JAN, JAN, 100), Line("Oksana", MAR, MAR, 100)]
    assert [(one.first, one.last) for one in months.spans(lines)] == [(JAN, JAN), (MAR, MAR)]


def test_months_that_follow_on_another_with_the_same_amounts_are_joined():
    lines = [Line("Oksana", JAN, date(2027, 2, 1), 100), Line("Oksana", MAR, DEC, 100)]
    assert [(one.first, one.last) for one in months.spans(lines)] == [(JAN, DEC)]


def test_nobody_gets_two_amounts_in_one_month():
    assert months.twice([Line("Mila", JAN, MAR, 1), Line("MILA", MAR, DEC, 2)]) == "MILA"
    assert months.twice([Line("Mila", JAN, JAN, 1), Line("Mila", MAR, DEC, 2)]) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ iban }}",
        "{{ name.__class__.__mro__ }}",
        "{{ name|upper }}",
        "{{ 7 * 7 }}",
        "{{ range(10) }}",
        "{% for x in name %}{% endfor %}",
        "{% include 'letters/summons_2.html' %}",
        "{% set name = 1 %}",
        "{{ name",
        "{{ }}",
        "{# still #}",
        "{{ 'text' }}",
        "{{ name ~ ab }}",
    ],
)
def test_only_known_names_may_stand_in_braces(text):
    with pytest.raises(InvalidInput):
        placeholders.names_in(text, known=blocks.KNOWN)


def test_what_is_filled_in_is_not_read_again():
    known = dict.fromkeys(blocks.KNOWN, "x") | {"name": "{{ ab }}<b>"}
    assert blocks.filled("Guten Tag {{ name }}", known, title="t") == "Guten Tag {{ ab }}<b>"


def test_an_empty_placeholder_is_said_before_sending():
    known = dict.fromkeys(blocks.KNOWN, "x") | {"frist_bis": None}
    with pytest.raises(InvalidInput, match="frist_bis"):
        blocks.filled("Die Frist endete am {{ frist_bis }}.", known, title="verspaetet")


@pytest.mark.parametrize("block", blocks.SHIPPED, ids=lambda one: one.key)
def test_shipped_blocks_hold_known_placeholders_and_plain_quotes(block):
    placeholders.names_in(block.text, known=blocks.KNOWN)
    assert '"' not in block.text
    assert block.rulings


def test_every_ruling_has_a_letter_and_at_least_one_block():
    for ruling in Ruling:
        assert blocks.fitting(blocks.current([]), ruling), ruling
        rule = law.RULINGS[ruling]
        assert (rule.outcome is None) == (rule.letter is LetterKind.INTERIM)


def test_what_is_out_does_not_move_any_more():
    for state in (DecisionState.ISSUED, DecisionState.DISCARDED):
        assert not rules.TRANSITIONS[state]


def test_an_objection_is_answered_within_three_months():
    assert rules.answer_due_on(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == date(2027, 3, 1)
    assert rules.answer_due_on(datetime(2026, 11, 30, 12, tzinfo=UTC)) == date(2027, 2, 28)


def test_thresholds_are_dated():
    assert law.release_rule(date(2020, 1, 1)) is law.RELEASE_RULES[0]
    assert law.release_rule(date(2030, 1, 1)) is law.RELEASE_RULES[-1]
