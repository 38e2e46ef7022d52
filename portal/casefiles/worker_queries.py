"""What the worker and the clock ask of the digital file; they ask for nobody, so there is no asker.

What people get to see is asked in `queries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, and_, func, select, union_all
from sqlalchemy.orm import Session, selectinload

from portal.casefiles.models import Document, DocumentState, Original, Page, Verdict


def document_to_prepare(session: Session, id: UUID) -> Document | None:
    """Return a document with what its preparation needs, locked until the work is done."""
    return session.scalar(
        select(Document)
        .where(Document.id == id)
        .options(
            selectinload(Document.originals),
            selectinload(Document.pages),
            selectinload(Document.owner),
            selectinload(Document.case),
        )
        .with_for_update(of=Document, key_share=True)
    )


def unprepared_since(session: Session, *, before: datetime, limit: int = 100) -> Sequence[UUID]:
    """Return documents that came in before a moment, wait for the worker and are not held."""
    return session.scalars(
        select(Document.id)
        .where(
            Document.state == DocumentState.RECEIVED,
            Document.verdict != Verdict.HELD,
            Document.merged_into_id.is_(None),
            Document.received_at < before,
        )
        .order_by(Document.received_at, Document.id)
        .limit(limit)
    ).all()


def number_unprepared(session: Session) -> int:
    """Count the documents that came in and that nobody can look at yet."""
    waits = select(func.count()).where(
        Document.state == DocumentState.RECEIVED, Document.merged_into_id.is_(None)
    )
    return session.scalar(waits) or 0


def originals_by_id(session: Session, ids: Sequence[UUID]) -> dict[UUID, Original]:
    """Return originals, of whichever document."""
    found = session.scalars(select(Original).where(Original.id.in_(ids)).order_by(Original.id))
    return {original.id: original for original in found}


def unused_files(session: Session, file_ids: Sequence[UUID], *, case_id: UUID) -> list[UUID]:
    """Return which of these files no document of the case names any more."""
    pages = select(Page).join(Page.document).where(Document.case_id == case_id)
    originals = select(Original).join(Original.document).where(Document.case_id == case_id)
    documents = select(Document).where(Document.case_id == case_id)
    named: CompoundSelect[Any] = union_all(
        pages.with_only_columns(Page.image_file_id),
        pages.with_only_columns(Page.thumbnail_file_id),
        originals.with_only_columns(Original.file_id),
        documents.with_only_columns(Document.served_file_id),
        documents.with_only_columns(Document.archive_file_id),
        documents.with_only_columns(Document.text_file_id),
    )
    used = set(session.execute(named).scalars())
    return [id for id in file_ids if id not in used]


# Reading by machine


def document_to_read(session: Session, id: UUID) -> Document | None:
    """Return a prepared document that nobody has read by machine yet; it is not locked."""
    return session.scalar(select(Document).where(Document.id == id, _unread()))


def _unread() -> ColumnElement[bool]:
    return and_(
        Document.page_count.is_not(None),
        Document.text_file_id.is_(None),
        Document.served_file_id.is_not(None),
        Document.state != DocumentState.BLOCKED,
    )


def lock_served(session: Session, document: Document, served_file_id: UUID) -> bool:
    """Lock the row; tell whether it still shows this copy and nobody has read it meanwhile."""
    found = session.scalar(
        select(Document)
        .where(Document.id == document.id, Document.served_file_id == served_file_id, _unread())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found is not None


def unread_since(session: Session, *, before: datetime, limit: int = 20) -> Sequence[UUID]:
    """Return documents that came in before a moment and that nobody has read, newest first."""
    return session.scalars(
        select(Document.id)
        .where(Document.received_at < before, _unread())
        .order_by(Document.received_at.desc(), Document.id)
        .limit(limit)
    ).all()


# What the virus scanner holds up


@dataclass(frozen=True)
class Held:
    """How many documents wait for the virus scanner, and since when the oldest does."""

    count: int
    since: datetime


def held(session: Session) -> Held | None:
    """Return what the virus scanner holds up, if anything."""
    count, since = session.execute(
        select(func.count(), func.min(Document.received_at)).where(_is_held())
    ).one()
    return Held(count, since) if count else None


def _is_held() -> ColumnElement[bool]:
    return and_(Document.verdict == Verdict.HELD, Document.state == DocumentState.RECEIVED)


def held_documents(
    session: Session, *, since: datetime | None = None, limit: int = 500
) -> Sequence[UUID]:
    """Return documents that are held, the oldest first; with `since`, those that came later."""
    later = () if since is None else (Document.received_at >= since,)
    return session.scalars(
        select(Document.id)
        .where(_is_held(), *later)
        .order_by(Document.received_at, Document.id)
        .limit(limit)
    ).all()


def has_verdicts_since(session: Session, since: datetime, *, besides: Document) -> bool:
    """Tell whether the scanner has spoken of another document since a moment."""
    found = select(Document.id).where(Document.scanned_at > since, Document.id != besides.id)
    return bool(session.scalar(select(found.exists())))
