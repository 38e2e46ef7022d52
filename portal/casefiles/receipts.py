"""Receipts: each hand-in gets one, in the transaction in which its documents come in.

What the receipt lists (the manifest) is kept as it was on that day: titles and kinds may be put
right later, documents split and joined, the receipt goes on to say what came. Its paper is written
by a job (`receipt_paper`); whether a receipt is genuine is answered in `verifying`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.accounts.models import Citizen
from portal.accounts.pages import office
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.casefiles import jobs, queries, receipt_codes
from portal.casefiles.models import Case, Channel, Document, DocumentKind, HandIn
from portal.core.db import new_id
from portal.core.errors import NotFound

VERSION = 1


@dataclass(frozen=True)
class Paper:
    """A document that has just come in, with the pages that were counted when it was looked at."""

    document: Document
    pages: int


def open_hand_in(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    papers: Sequence[Paper],
    channel: Channel,
    by: Acting,
    now: datetime,
) -> HandIn:
    """Write down what came with this hand-in and have its receipt written at once.

    `papers` are new documents of the owner that are flushed, with their originals.
    """
    code, by_name = receipt_codes.draw(), by.actor.name
    manifest = {
        "version": VERSION,
        "office": office(),
        "file_reference": case.file_reference,
        "code": code,
        "at": written(now),
        "channel": channel.value,
        "by": by_name,
        "documents": [_listed(paper) for paper in papers],
    }
    hand_in = HandIn(
        id=new_id(),
        case_id=case.id,
        owner_id=owner.id,
        code=code,
        at=now,
        channel=channel,
        by_name=by_name,
        manifest=manifest,
        manifest_sha256=digest(manifest),
    )
    session.add(hand_in)
    session.flush()  # the documents name the row
    for paper in papers:
        paper.document.hand_in_id = hand_in.id
    audit.record(
        session,
        deed="casefiles.handed_in",
        subject=("hand_in", hand_in.id),
        by=by,
        now=now,
        case_id=case.id,
        channel=channel.value,
        documents=len(papers),
        manifest_sha256=hand_in.manifest_sha256,
    )
    jobs.write_receipt.enqueue(session, hand_in_id=str(hand_in.id))
    return hand_in


def _listed(paper: Paper) -> dict[str, Any]:
    document = paper.document
    return {
        "id": str(document.id),
        "title": document.title,
        "kind": document.kind.value,
        "pages": paper.pages,
        "size": document.size,
        "sha256": document.sha256,
        "originals": [
            {"filename": one.filename, "size": one.size, "sha256": one.sha256}
            for one in document.originals
        ],
    }


def written(moment: datetime) -> str:
    """Write a moment as a manifest does: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()


def digest(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 over a manifest as canonical JSON (sorted, no spaces, UTF-8)."""
    canonical = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def pages_in(hand_in: HandIn) -> int:
    """Count the pages of all documents of a hand-in, as they arrived."""
    return sum(document["pages"] for document in hand_in.manifest["documents"])


# Reading: whoever must not know of a paper must not know of the receipt that lists it


def _hand_ins(session: Session, asker: Citizen) -> Select[HandIn]:
    found = select(HandIn).where(HandIn.owner_id == asker.id)
    hidden = queries.hidden_kinds(session, asker=asker)
    return found.where(not_(_lists(hidden))) if hidden else found


def _lists(kinds: frozenset[DocumentKind]) -> ColumnElement[bool]:
    """Return the condition that a hand-in has a paper of these kinds, then or by now."""
    now = (
        select(Document.id)
        .where(Document.hand_in_id == HandIn.id, Document.kind.in_(kinds))
        .correlate(HandIn)
        .exists()
    )
    then = [HandIn.manifest.contains({"documents": [{"kind": kind.value}]}) for kind in kinds]
    return or_(now, *then)


def hand_ins_of(
    session: Session, *, asker: Citizen, offset: int = 0, limit: int = 20
) -> tuple[Sequence[HandIn], int]:
    """Return one page of the hand-ins of the citizen, newest first, and how many there are."""
    found = _hand_ins(session, asker)
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page = found.order_by(HandIn.at.desc(), HandIn.id).offset(offset).limit(limit)
    return session.scalars(page).all(), count


def hand_in_for(session: Session, id: UUID, asker: Citizen) -> HandIn:
    """Return one hand-in with its documents; raise `NotFound` when it is not yours to know."""
    found = session.scalar(
        _hand_ins(session, asker).where(HandIn.id == id).options(selectinload(HandIn.documents))
    )
    if found is None:
        raise NotFound
    return found


def hand_in_of(session: Session, *, document: Document, asker: Citizen) -> HandIn | None:
    """Return the hand-in that a document came with, where the asker may know of it."""
    if document.hand_in_id is None:
        return None
    return session.scalar(_hand_ins(session, asker).where(HandIn.id == document.hand_in_id))


def latest_of(documents: Sequence[Document]) -> UUID | None:
    """Return the hand-in of what was just taken in: of a double click, the first one's."""
    newest = max(documents, key=lambda document: document.received_at)
    return newest.hand_in_id
