"""Until when a document is kept, and why: pure arithmetic over the filing plan.

Nothing is deleted here. A hold wins over every date.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from portal.casefiles.filing import CountsFrom, Plan, Section
from portal.casefiles.keeping import Hold
from portal.casefiles.models import Case, Document
from portal.core import clock


@dataclass(frozen=True)
class Kept:
    """Until when a document stays (`None`: no day can be named now) and why, in words."""

    until: date | None
    reason: str
    is_held: bool = False


def until(
    document: Document, case: Case, plan: Plan, *, holds: Collection[Hold] = ()
) -> date | None:
    """Return the last day of the period; None while it has not begun, or a hold is in force."""
    return kept(document, case, plan, holds=holds).until


def kept(document: Document, case: Case, plan: Plan, *, holds: Collection[Hold] = ()) -> Kept:
    """Return until when the document is kept, with the reason; `holds` are those of its case."""
    if any(holds_back(hold, document) for hold in holds):
        return Kept(None, gettext("Gesperrt durch Aufbewahrungssperre"), is_held=True)
    section = plan.section_of(document.kind)
    begins = _begins(document, case, section)
    if begins is None:
        return Kept(
            None,
            gettext(
                "Die Frist von %(years)s Jahren beginnt erst mit dem Ende der Leistung.",
                years=section.years,
            ),
        )
    return Kept(date(begins.year + section.years, 12, 31), _reason(section, begins.year))


def holds_back(hold: Hold, document: Document) -> bool:
    """Tell whether a hold is in force and keeps this document from being deleted."""
    return (
        hold.lifted_at is None
        and hold.case_id == document.case_id
        and hold.document_id in {None, document.id}
    )


def _begins(document: Document, case: Case, section: Section) -> date | None:
    """Return the day in whose calendar year the period begins to count.

    What came in after the last award ended belongs to what came next: it counts from its own day.
    """
    received = clock.local_date(document.received_at)
    if section.counts_from is CountsFrom.RECEIVED:
        return received
    return max(case.award_until, received) if case.award_until else None


def _reason(section: Section, year: int) -> str:
    words = gettext(
        "%(years)s Jahre ab Ende %(year)s. %(reason)s (%(source)s) Vor dem Löschen wird die Akte"
        " dem Landesarchiv angeboten.",
        years=section.years,
        year=year,
        reason=section.reason,
        source=section.source,
    )
    return str(words)
