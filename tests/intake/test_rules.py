"""Which pages somebody names, and how a scan is cut at its cover sheets."""

from uuid import uuid4

import pytest
from flask import Flask

from portal.core.errors import InvalidInput
from portal.intake import rules
from portal.intake.cutting import Section, sections_of

FIRST, SECOND = uuid4(), uuid4()


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> object:
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("typed", "pages"),
    [("", [1, 2, 3, 5]), ("2", [2]), ("1-3", [1, 2, 3]), ("5, 1–2", [5, 1, 2]), (" 3 ", [3])],
)
def test_pages_are_named_one_by_one_or_as_a_range(typed: str, pages: list[int]) -> None:
    assert rules.pages_named(typed, waiting={5, 1, 2, 3}) == pages


@pytest.mark.parametrize("typed", ["4", "1-9999", "2,2", "3-1", "x", "1-", "1;2", "-1", "0"])
def test_what_is_no_waiting_page_is_said(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.pages_named(typed, waiting={1, 2, 3, 5})
    assert refused.value.field == "pages"


@pytest.mark.parametrize(
    ("sheets", "sections"),
    [
        ({}, [Section(None, (1, 2, 3, 4, 5))]),
        ({1: FIRST}, [Section(FIRST, (2, 3, 4, 5))]),
        ({1: FIRST, 4: SECOND}, [Section(FIRST, (2, 3)), Section(SECOND, (5,))]),
        ({3: FIRST}, [Section(None, (1, 2)), Section(FIRST, (4, 5))]),
        ({1: FIRST, 2: SECOND, 5: FIRST}, [Section(SECOND, (3, 4))]),
    ],
)
def test_a_cover_sheet_begins_a_section_and_is_no_page_of_it(
    sheets: dict[int, object], sections: list[Section]
) -> None:
    assert sections_of(sheets, page_count=5) == sections  # type: ignore[arg-type]
