"""The law of the Sofortantrag: month's end in Berlin, later starts, urgency, numbers."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.service.secrets import hash_of
from portal.casefiles import receipt_codes
from portal.core.errors import InvalidInput
from portal.instant import codes, rules, words
from portal.instant.models import Emergency, InstantState
from tests.factories.instant import LAND, TYPED


@pytest.mark.parametrize(
    ("received_at", "day"),
    [
        # 30 November 23:59:59 and 1 December 00:00:01 on the wall in Berlin (UTC+1)
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC), date(2026, 12, 1)),
        # in summer Berlin is two hours ahead
        (datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 31, 22, 0, 0, tzinfo=UTC), date(2026, 8, 1)),
        # the night in which the clock is put back, and the turn of the year
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_it_counts_from_the_first_of_its_month_in_berlin(received_at: datetime, day: date) -> None:
    assert rules.effective_from(received_at) == day


def test_a_later_start_is_kept_and_an_earlier_one_is_none() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert rules.effective_from(now, chosen=date(2026, 12, 1)) == date(2026, 12, 1)
    assert rules.effective_from(now, chosen=date(2026, 10, 1)) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("chosen", "is_good"),
    [
        (date(2026, 11, 1), False),
        (date(2026, 10, 31), False),
        (date(2026, 11, 2), True),
        (date(2026, 12, 1), True),
        (date(2027, 11, 28), True),
        (date(2027, 11, 29), False),
        (date(9999, 12, 31), False),
    ],
)
def test_a_later_start_is_later_and_within_a_year(
    app: Flask, chosen: date, *, is_good: bool
) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    with app.test_request_context():
        if is_good:
            rules.check_start(chosen, now=now)
            return
        with pytest.raises(InvalidInput) as refused:
            rules.check_start(chosen, now=now)
    assert refused.value.field == "later_from"


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2026, 11, 28), date(9999, 1, 1)])
def test_nobody_was_born_then(app: Flask, day: date) -> None:
    with app.test_request_context(), pytest.raises(InvalidInput):
        rules.check_birth_date(day, now=datetime(2026, 11, 27, 12, tzinfo=UTC))


def test_every_emergency_opens_the_urgent_lane_and_none_does_not() -> None:
    for one in Emergency:
        assert (rules.urgency([one]) == 2) is (one is not Emergency.NONE), one
    assert rules.urgency([]) == 0


def test_the_reason_is_said_in_words(app: Flask) -> None:
    with app.test_request_context():
        named = [Emergency.NO_MONEY, Emergency.HOME]
        said = words.why_urgent(named, "Miete Freitag fällig")
        assert said == "kein Geld, Miete oder Wohnung: „Miete Freitag fällig“"
        assert words.why_urgent([Emergency.NONE], "Miete") is None
        assert set(words.EMERGENCIES) == set(Emergency)
        assert set(words.STATES) == set(words.TONES) == set(InstantState)


def test_none_beside_something_is_a_slip_and_the_need_counts() -> None:
    answers = rules.answers(TYPED | {"emergencies": ["none", "energy"]})
    assert answers["emergencies"] == ["energy"]
    assert rules.answers(TYPED)["emergencies"] == ["none"]


@pytest.mark.parametrize(
    ("received_at", "level", "day"),
    [
        (datetime(2026, 11, 26, 12, tzinfo=UTC), 2, date(2026, 11, 27)),
        (datetime(2026, 11, 27, 22, tzinfo=UTC), 2, date(2026, 11, 30)),  # Friday night → Monday
        (datetime(2026, 12, 24, 12, tzinfo=UTC), 2, date(2026, 12, 28)),  # over Christmas
        (datetime(2026, 11, 27, 0, 35, tzinfo=UTC), 2, date(2026, 11, 27)),  # before ten: this day
        (datetime(2026, 11, 28, 7, tzinfo=UTC), 2, date(2026, 11, 30)),  # Saturday morning
        (datetime(2026, 11, 26, 12, tzinfo=UTC), 0, date(2026, 11, 30)),
    ],
)
def test_somebody_looks_by_a_working_day(received_at: datetime, level: int, day: date) -> None:
    assert rules.due_on(received_at, level, land=LAND) == day


def test_each_state_has_a_line_in_the_table_and_ends_are_ends() -> None:
    assert set(rules.TRANSITIONS) == set(InstantState)
    assert not rules.TRANSITIONS[InstantState.WITHDRAWN]
    assert not rules.TRANSITIONS[InstantState.ANSWERED]


def test_the_period_is_the_one_in_force() -> None:
    assert rules.period_kept(date(2026, 11, 27)) == timedelta(days=183)
    assert rules.period_kept(date(2020, 1, 1)) == timedelta(days=183)


# Numbers and codes


def test_one_wrong_digit_and_two_in_the_wrong_order_are_found() -> None:
    for _ in range(50):
        number = codes.draw_number()
        assert rules.read_number(f" {number[:4]} - {number[4:]}") == number
        for place, digit in enumerate(number):
            for other in set("0123456789") - {digit}:
                assert rules.read_number(number[:place] + other + number[place + 1 :]) is None


def test_the_check_digit_is_that_of_luhn() -> None:
    """7992739871 has the check digit 3: the example that every description of Luhn gives."""
    assert rules.check_digit("7992739871") == "3"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "٣٢٣٢٣٢٣٢", "abcdefgh", "-" * 40])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert rules.read_number(typed) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_made_code_is_read_as_any_other(digest: bytes) -> None:
    code = receipt_codes.made_from(digest)
    assert receipt_codes.read(code) == code
    assert receipt_codes.read(code.lower().replace("-", " ")) == code


def test_the_code_follows_from_the_form_and_from_nothing_in_the_database(app: Flask) -> None:
    one, other = uuid4(), uuid4()
    with app.app_context():
        code = codes.code_of(one)
        assert code is not None
        assert code == codes.code_of(one)
        assert code != codes.code_of(other)
        assert codes.code_of(one, code_hash=hash_of(code)) == code
        assert codes.code_of(other, code_hash=hash_of(code)) is None


@pytest.mark.parametrize("token", ["", "x", "WyJhIiwgImIiXQ.AAAA", "a.b.c", "\0", "ß" * 500])
def test_a_form_that_we_never_showed_has_no_key(app: Flask, token: str) -> None:
    with app.app_context():
        assert codes.read_form(token) is None
        shown = codes.new_form(None)
        assert codes.read_form(shown) is not None
        body, signature = shown.split(".")
        assert codes.read_form(f"{body}.{signature[::-1]}") is None
