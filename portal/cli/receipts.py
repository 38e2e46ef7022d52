"""What `portal verify` asks of receipts: that each still says what came in on that day."""

import hashlib
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.models import Event
from portal.casefiles import receipts
from portal.casefiles.models import Document, HandIn, Original
from portal.core.crypto import Tampered
from portal.core.errors import NotFound
from portal.core.vault import service as vault

CHUNK = 1000
LISTED, WRITTEN = "casefiles.handed_in", "casefiles.receipt_written"


def faults(session: Session) -> Iterator[str]:
    """Compute each list anew and compare it with the row, the trail, the files and the paper."""
    total = session.scalar(select(func.count()).select_from(HandIn)) or 0
    ids = session.scalars(select(HandIn.id).order_by(HandIn.at, HandIn.id)).all()
    for start in range(0, total, CHUNK):
        chunk = ids[start : start + CHUNK]
        kept, noted = _originals(session, chunk), _noted(session, chunk)
        hand_ins = session.scalars(
            select(HandIn).where(HandIn.id.in_(chunk)).order_by(HandIn.at, HandIn.id)
        ).all()
        there = _there(session, hand_ins)
        for hand_in in hand_ins:
            for fault in _faults_of(session, hand_in, kept.get(hand_in.id, set()), noted):
                yield f"Quittung {hand_in.code}: {fault}"
            if any(one not in there for one in _listed(hand_in)):
                yield f"Quittung {hand_in.code}: eine aufgeführte Datei fehlt"
        session.expunge_all()
        print(f"Quittungen werden geprüft: {start + len(chunk)} von {total}", flush=True)


def _listed(hand_in: HandIn) -> Iterator[tuple[UUID, str]]:
    """Name each original that the receipt lists, by its document and hash."""
    for document in hand_in.manifest["documents"]:
        for original in document["originals"]:
            yield UUID(document["id"]), original["sha256"]


def _there(session: Session, hand_ins: Sequence[HandIn]) -> set[tuple[UUID, str]]:
    """Return which of them are still here, in whatever case their documents lie by now."""
    ids = {document_id for hand_in in hand_ins for document_id, _ in _listed(hand_in)}
    rows = session.execute(
        select(Original.document_id, Original.sha256)
        .where(Original.document_id.in_(ids))
        .order_by(Original.id)
    )
    return {(document_id, sha256) for document_id, sha256 in rows}


def _originals(session: Session, ids: Sequence[UUID]) -> dict[UUID | None, set[str]]:
    """Return the hashes of the originals that belong to each hand-in by now."""
    found: dict[UUID | None, set[str]] = {}
    rows = session.execute(
        select(Document.hand_in_id, Original.sha256)
        .join(Original, Original.document_id == Document.id)
        .where(Document.hand_in_id.in_(ids))
        .order_by(Document.hand_in_id, Original.id)
    )
    for hand_in_id, sha256 in rows:
        found.setdefault(hand_in_id, set()).add(sha256)
    return found


def _noted(session: Session, ids: Sequence[UUID]) -> dict[tuple[str, str], str]:
    """Return the hashes that the trail keeps, by deed and hand-in."""
    named = {
        "casefiles.handed_in": "manifest_sha256",
        "casefiles.receipt_written": "receipt_sha256",
    }
    events = session.scalars(
        select(Event)
        .where(
            Event.subject_kind == "hand_in",
            Event.subject_id.in_([str(id) for id in ids]),
            Event.deed.in_(named),
        )
        .order_by(Event.id)
    )
    return {(one.deed, one.subject_id): one.facts[named[one.deed]] for one in events}


def _faults_of(
    session: Session, hand_in: HandIn, kept: set[str], noted: dict[tuple[str, str], str]
) -> Iterator[str]:
    manifest, id = hand_in.manifest, str(hand_in.id)
    if receipts.digest(manifest) != hand_in.manifest_sha256:
        yield "die Aufstellung ist verändert"
    elif noted.get((LISTED, id)) != hand_in.manifest_sha256:
        yield "das Protokoll nennt eine andere Aufstellung"
    elif manifest["code"] != hand_in.code or manifest["at"] != receipts.written(hand_in.at):
        yield "Code oder Zeit stimmen nicht mit der Aufstellung überein"
    listed = {one["sha256"] for document in manifest["documents"] for one in document["originals"]}
    if kept - listed:
        yield "eine Datei steht nicht in der Aufstellung"
    if hand_in.receipt_file_id is not None:
        if noted.get((WRITTEN, id)) != hand_in.receipt_sha256:
            yield "das Protokoll nennt ein anderes PDF"
        if fault := _fault_of_paper(session, hand_in.receipt_file_id, hand_in.receipt_sha256):
            yield fault


def _fault_of_paper(session: Session, file_id: UUID, sha256: str | None) -> str | None:
    try:
        content = vault.read(session, file_id)
    except NotFound:
        return "das PDF fehlt"
    except Tampered:
        return "das PDF ist verändert"
    return None if hashlib.sha256(content).hexdigest() == sha256 else "das PDF ist verändert"
