"""What stays of what people paste (bad input)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import cleaning


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Oksana ", "Oksana"),
        ("Ada\0Lovelace", "AdaLovelace"),
        ("Ada\r\nSet-Cookie: x=y", "Ada Set-Cookie: x=y"),
        ("\u202a+49 641 5550123\u202c", "+49 641 5550123"),
        ("\u202eegatsnegeG\u2066", "egatsnegeG"),
        ("Mu\u0308ller", "Müller"),
        ("Tab\tund\x0bmehr\x1b[2J", "Tab und mehr[2J"),
        ("👩‍👩‍👧‍👦 🏳️‍🌈", "👩‍👩‍👧‍👦 🏳️‍🌈"),
        ("שלום\u200f!", "שלום\u200f!"),
        ("Đặng Thị Hồng", "Đặng Thị Hồng"),
        ("\u2028\u2029", ""),
    ],
)
def test_one_line(typed: str, kept: str) -> None:
    assert cleaning.one_line(typed) == kept


def test_several_lines_keep_line_feeds_only() -> None:
    assert cleaning.lines("eins\r\nzwei\rdrei\u2028vier\x85\n\tfünf\0\u202e ") == (
        "eins\nzwei\ndrei\nvier\n\n fünf"
    )


@given(st.text())
def test_nothing_unseen_stays_and_cleaning_twice_changes_nothing(typed: str) -> None:
    for clean, allowed in ((cleaning.one_line, set()), (cleaning.lines, {"\n"})):
        kept = clean(typed)
        controls = {sign for sign in kept if unicodedata.category(sign) in {"Cc", "Cs"}}
        assert controls <= allowed
        assert unicodedata.is_normalized("NFC", kept)
        assert clean(kept) == kept
        kept.encode()
