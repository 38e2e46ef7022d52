"""The same paper twice: where the same bytes have come in before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.casefiles import queries
from portal.casefiles.models import Document, DocumentState, Original


@dataclass(frozen=True)
class Twins:
    """Where the same bytes lie: papers that the asker may open, and whether there are others."""

    seen: Sequence[Document]
    elsewhere: bool


def twins_of(session: Session, *, document: Document, asker: StaffMember) -> Twins:
    """Return where a document, or a file of it, has come in before.

    A part that was split off has no bytes of its own, so nothing is the same as it. Of a file that
    is closed to the asker only that there is one is said, neither which nor how often.
    """
    if document.derived_from_id is not None or document.from_office:
        return Twins((), elsewhere=False)
    ids = session.scalars(
        select(Document.id).where(_same(document)).order_by(Document.received_at, Document.id)
    ).all()
    seen = queries.documents_among(session, ids, asker=asker)
    return Twins(seen, elsewhere=len(seen) < len(ids))


def _same(document: Document) -> ColumnElement[bool]:
    """Compare with whole papers everywhere, and with each file of a paper in the same case."""
    hashes = {document.sha256, *(original.sha256 for original in document.originals)}
    a_file = (
        select(Original.id)
        .where(Original.document_id == Document.id, Original.sha256.in_(hashes))
        .exists()
    )
    return and_(
        Document.id != document.id,
        Document.derived_from_id.is_(None),
        Document.merged_into_id.is_(None),
        Document.from_office.is_(False),
        Document.state != DocumentState.REJECTED,
        or_(Document.sha256.in_(hashes), and_(Document.case_id == document.case_id, a_file)),
    )
