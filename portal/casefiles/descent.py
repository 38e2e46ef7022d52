"""Which documents were split off or joined: what a document came from and where it went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_
from sqlalchemy.orm import Session

from portal.casefiles import queries
from portal.casefiles.models import Document
from portal.casefiles.rules import Reader


@dataclass(frozen=True)
class Descent:
    """The relatives of a document that the asker may see; the oldest first."""

    came_from: Document | None = None
    split_into: Sequence[Document] = ()
    joined_into: Document | None = None
    joined_from: Sequence[Document] = ()


def of(session: Session, *, document: Document, asker: Reader) -> Descent:
    """Return what was made of a document, and from what it was made."""
    found = session.scalars(
        queries.documents(session, asker)
        .where(
            or_(
                Document.id.in_((document.derived_from_id, document.merged_into_id)),
                Document.derived_from_id == document.id,
                Document.merged_into_id == document.id,
            ),
            Document.id != document.id,
        )
        .order_by(None)
        .order_by(Document.received_at, Document.id)
    ).all()
    by_id = {one.id: one for one in found}
    return Descent(
        came_from=by_id.get(document.derived_from_id) if document.derived_from_id else None,
        split_into=[one for one in found if one.derived_from_id == document.id],
        joined_into=by_id.get(document.merged_into_id) if document.merged_into_id else None,
        joined_from=[one for one in found if one.merged_into_id == document.id],
    )
