"""What is about to be asked for, before it is a request: plain values."""

from dataclasses import dataclass
from datetime import date

from portal.casefiles import law
from portal.casefiles.models import DocumentKind


@dataclass(frozen=True)
class Wish:
    """One paper that the office needs: what, why, by what law, for which months."""

    kind: DocumentKind
    why: str
    title: str = ""
    legal_basis: str | None = law.DUTY
    months_from: date | None = None
    months_until: date | None = None
