"""Which request a paper may answer: kind, name and months, each with its reason."""

from datetime import date

import pytest

from portal.casefiles import matching
from portal.casefiles.matching import Paper
from portal.casefiles.models import DocumentKind, EvidenceRequest
from portal.core import clock
from portal.core.db import new_id

NOV = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _texts(session: object) -> None:
    """Reasons are texts, and texts need an application."""


def asked(
    kind: DocumentKind = DocumentKind.BANK_STATEMENTS,
    title: str = "Kontoauszüge",
    months: tuple[date, date] | None = (date(2026, 7, 1), date(2026, 9, 1)),
) -> EvidenceRequest:
    start, end = months or (None, None)
    return EvidenceRequest(
        id=new_id(),
        kind=kind,
        title=title,
        months_from=start,
        months_until=end,
        asked_at=clock.now(),
    )


@pytest.mark.parametrize(
    ("paper", "why"),
    [
        (Paper(kind=DocumentKind.BANK_STATEMENTS), "gleiche Art"),
        (Paper(filename="Kontoauszug_2026-08.pdf"), "der Name enthält"),
        (Paper(filename="KONTOAUSZÜGE.PDF"), "der Name enthält"),
        (Paper(title="Sparkasse August 2026"), "Zeitraum passt"),
        (Paper(filename="umsatzliste 09.2026.pdf"), "Zeitraum passt: September 2026"),
    ],
)
def test_a_paper_fits_with_its_reason(paper: Paper, why: str) -> None:
    (fit,) = matching.fits([asked()], paper)
    assert why in fit.in_words


@pytest.mark.parametrize(
    "paper",
    [
        Paper(),
        Paper(filename="IMG_20261126_104500.jpg"),
        Paper(filename="scan.pdf", title="Brief"),
        Paper(kind=DocumentKind.PAYSLIPS, filename="kontoauszug.pdf"),
        Paper(filename="Kontoauszug März 2026.pdf"),
    ],
)
def test_a_paper_that_says_something_else_does_not_fit(paper: Paper) -> None:
    assert matching.fits([asked()], paper) == []


def test_the_months_decide_between_two_requests_of_one_kind() -> None:
    early, late = asked(), asked(months=(date(2026, 10, 1), date(2026, 10, 1)))
    paper = Paper(kind=DocumentKind.BANK_STATEMENTS, filename="auszug oktober 2026.pdf")
    assert matching.fits([early, late], paper)[0].request is late


def test_own_words_of_a_request_count() -> None:
    gym = asked(DocumentKind.OTHER, "Bescheinigung Sportverein", months=None)
    (fit,) = matching.fits([gym], Paper(filename="sportverein-beitrag.pdf"))
    assert "sportverein" in fit.in_words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Lohn Oktober", [date(2026, 10, 1)]),
        ("Lohn Dezember", [date(2025, 12, 1)]),
        ("gehalt_2026-09", [date(2026, 9, 1)]),
        ("09.2025 bis 11.2025", [date(2025, 9, 1), date(2025, 11, 1)]),
        ("Marz und März 2026", [date(2026, 3, 1)]),
        ("Markus Augustin, Maier", []),
        ("IMG_20261126_104500", []),
    ],
)
def test_months_are_read_from_names(words: str, found: list[date]) -> None:
    assert matching.months_named(words, today=NOV) == found
