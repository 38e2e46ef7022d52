"""The filing plan: whole, in order, every kind of document in exactly one section."""

import pytest
import yaml
from pydantic import ValidationError

from portal.casefiles import filing
from portal.casefiles.models import DocumentKind


def changed(**fields: object) -> str:
    """Write the plan of the office with other fields."""
    return yaml.safe_dump({**yaml.safe_load(filing.PLAN.read_text("utf-8")), **fields})


def test_every_kind_of_document_lies_in_exactly_one_section() -> None:
    filed = [kind for section in filing.plan().sections for kind in section.kinds]
    assert sorted(filed) == sorted(DocumentKind)


def test_a_section_says_how_long_why_and_where_that_is_written() -> None:
    section = filing.plan().section_of(DocumentKind.BANK_STATEMENTS)
    assert section.years == 10
    assert section.counts_from is filing.CountsFrom.AWARD_END
    assert "B 14 AS 7/19 R" in section.source
    assert "Schwärzen" in section.reason
    assert filing.plan().section(section.number) is section
    assert filing.plan().section("99") is None
    assert filing.plan().draft_days == 90


def test_a_plan_that_forgets_a_kind_is_refused() -> None:
    sections = yaml.safe_load(filing.PLAN.read_text("utf-8"))["sections"]
    with pytest.raises(ValidationError, match="asset_proof"):
        filing.read(changed(sections=[one for one in sections if one["number"] != "04"]))


def test_a_plan_that_files_a_kind_twice_or_numbers_wrongly_is_refused() -> None:
    sections = yaml.safe_load(filing.PLAN.read_text("utf-8"))["sections"]
    sections[0]["kinds"].append("asset_proof")
    with pytest.raises(ValidationError, match="in several sections"):
        filing.read(changed(sections=sections))
    with pytest.raises(ValidationError, match="ascending"):
        filing.read(changed(sections=[*sections, sections[0]]))


def test_unknown_words_in_a_plan_are_refused() -> None:
    with pytest.raises(ValidationError):
        filing.read(changed(colour="blue"))
