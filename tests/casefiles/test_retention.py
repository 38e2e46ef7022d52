"""Until when a document is kept: counted from the end of a calendar year, and holds win."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from flask import Flask

from portal.casefiles import filing, retention
from portal.casefiles.keeping import Hold
from portal.casefiles.models import Case, Document, DocumentKind

PLAN = filing.plan()


@pytest.fixture(autouse=True)
def _in_german(rolled_back_app: Flask) -> object:
    with rolled_back_app.test_request_context():
        yield


def case(award_until: date | None = date(2027, 3, 31)) -> Case:
    return Case(id=uuid4(), award_until=award_until)


def document(of: Case, kind: DocumentKind = DocumentKind.BANK_STATEMENTS, year: int = 2026):
    received = datetime(year, 11, 26, 9, 0, tzinfo=UTC)
    return Document(id=uuid4(), case_id=of.id, kind=kind, received_at=received)


def test_bank_statements_stay_ten_years_after_the_year_in_which_the_award_ended() -> None:
    here = case()
    kept = retention.kept(document(here), here, PLAN)
    assert kept.until == date(2037, 12, 31)
    assert "10 Jahre ab Ende 2027" in kept.reason
    assert "B 14 AS 7/19 R" in kept.reason
    assert "Landesarchiv" in kept.reason


def test_without_an_award_the_period_has_not_begun() -> None:
    here = case(award_until=None)
    assert retention.until(document(here), here, PLAN) is None
    assert "beginnt erst" in retention.kept(document(here), here, PLAN).reason


def test_what_came_in_after_the_award_counts_from_its_own_day() -> None:
    here = case(award_until=date(2025, 6, 30))
    assert retention.until(document(here, year=2026), here, PLAN) == date(2036, 12, 31)


def test_a_note_of_a_talk_counts_from_the_day_it_came_in() -> None:
    here = case(award_until=None)
    note = document(here, DocumentKind.CONSULTATION_NOTE)
    assert retention.until(note, here, PLAN) == date(2031, 12, 31)


def test_the_turn_of_the_year_is_that_of_the_office() -> None:
    here = case(award_until=None)
    note = document(here, DocumentKind.CONSULTATION_NOTE)
    note.received_at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # already January in Germany
    assert retention.until(note, here, PLAN) == date(2032, 12, 31)


def test_a_hold_on_the_case_or_on_the_document_wins() -> None:
    here = case()
    mine, other = document(here), document(here)
    for hold in (Hold(case_id=here.id), Hold(case_id=here.id, document_id=mine.id)):
        kept = retention.kept(mine, here, PLAN, holds=[hold])
        assert (kept.until, kept.is_held) == (None, True)
        assert "Aufbewahrungssperre" in kept.reason
    only_mine = Hold(case_id=here.id, document_id=mine.id)
    assert retention.until(other, here, PLAN, holds=[only_mine]) == date(2037, 12, 31)


def test_a_hold_that_was_lifted_or_is_of_another_file_counts_no_more() -> None:
    here = case()
    lifted = Hold(case_id=here.id, lifted_at=datetime(2026, 11, 27, tzinfo=UTC))
    elsewhere = Hold(case_id=uuid4())
    assert retention.until(document(here), here, PLAN, holds=[lifted, elsewhere])
