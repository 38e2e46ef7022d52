"""Reading a file as the filing plan orders it, and what is known of one document of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, text, union_all
from sqlalchemy import case as when_then
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Event
from portal.casefiles import filing, holds, queries, readings, retention
from portal.casefiles.filing import Section
from portal.casefiles.keeping import Hold
from portal.casefiles.models import Case, Document, EvidenceRequest, HandIn
from portal.casefiles.retention import Kept

FIRST_OF_EACH = 5
"""Documents of each section on the page that shows them all."""
OPENINGS_SHOWN = 30


@dataclass(frozen=True)
class Drawer:
    """One section of a case: how many documents lie there, and those that are shown."""

    section: Section
    count: int
    documents: Sequence[Document]


def drawers(
    session: Session,
    *,
    case: Case,
    asker: StaffMember,
    section: Section | None,
    offset: int = 0,
    limit: int = 50,
) -> list[Drawer]:
    """Return the sections with documents that the asker may read, in the order of the plan.

    Without a section, the newest few of each; with one, its documents from `offset` on. Newest
    first. The number of queries does not depend on how many there are.
    """
    counts = _counts(session, case=case, asker=asker)
    if section is None:
        shown = _newest_of_each(session, case=case, asker=asker)
    else:
        shown = _of_section(session, section, case=case, asker=asker, offset=offset, limit=limit)
    plan = filing.plan()
    lying: dict[str, list[Document]] = defaultdict(list)
    for document in shown:
        lying[plan.section_of(document.kind).number].append(document)
    return [
        Drawer(one, counts[one.number], lying[one.number])
        for one in plan.sections
        if counts[one.number] or one == section
    ]


def _counts(session: Session, *, case: Case, asker: StaffMember) -> dict[str, int]:
    found = session.execute(
        select(Document.kind, func.count())
        .where(
            Document.case_id == case.id,
            Document.merged_into_id.is_(None),
            *queries.seen_by(session, asker),
        )
        .group_by(Document.kind)
        .order_by(Document.kind)
    )
    counts: dict[str, int] = defaultdict(int)
    for kind, count in found:
        counts[filing.plan().section_of(kind).number] += count
    return counts


def _newest_of_each(session: Session, *, case: Case, asker: StaffMember) -> Sequence[Document]:
    place = (
        func.row_number()
        .over(
            partition_by=_section_number(),
            order_by=(Document.received_at.desc(), Document.id),
        )
        .label("place")
    )
    numbered = (
        select(Document.id, place)
        .where(
            Document.case_id == case.id,
            Document.merged_into_id.is_(None),
            *queries.seen_by(session, asker),
        )
        .subquery()
    )
    return session.scalars(
        _newest_first()
        .join(numbered, numbered.c.id == Document.id)
        .where(numbered.c.place <= FIRST_OF_EACH)
    ).all()


def _of_section(
    session: Session, section: Section, *, case: Case, asker: StaffMember, offset: int, limit: int
) -> Sequence[Document]:
    return session.scalars(
        _newest_first()
        .where(
            Document.case_id == case.id,
            Document.merged_into_id.is_(None),
            Document.kind.in_(section.kinds),
            *queries.seen_by(session, asker),
        )
        .offset(offset)
        .limit(limit)
    ).all()


def _newest_first() -> Select[Any]:
    return (
        select(Document)
        .options(joinedload(Document.owner), joinedload(Document.about))
        .order_by(Document.received_at.desc(), Document.id)
    )


def _section_number() -> Any:
    return when_then(
        *((Document.kind.in_(one.kinds), one.number) for one in filing.plan().sections), else_=""
    )


# One document


@dataclass(frozen=True)
class Version:
    """A document that is the same paper in another state, and how it came from the one before."""

    document: Document
    how: str


@dataclass(frozen=True)
class Filed:
    """What is known of a document beside its pages."""

    section: Section
    kept: Kept
    versions: Sequence[Version]
    holds: Sequence[Hold]
    openings: Sequence[Event]
    hand_in: HandIn | None
    about: Citizen | None


def filed(session: Session, *, document: Document, asker: StaffMember) -> Filed:
    """Return where a document lies, how long, its versions, holds, hand-in, and who opened it."""
    in_force = holds.in_force(session, case_id=document.case_id)
    plan = filing.plan()
    return Filed(
        section=plan.section_of(document.kind),
        kept=retention.kept(document, document.case, plan, holds=in_force),
        versions=versions_of(session, document=document, asker=asker),
        holds=[hold for hold in in_force if retention.holds_back(hold, document)],
        openings=readings.openings_of(session, document=document)[:OPENINGS_SHOWN],
        hand_in=session.get(HandIn, document.hand_in_id) if document.hand_in_id else None,
        about=session.get(Citizen, document.about_id) if document.about_id else None,
    )


def versions_of(session: Session, *, document: Document, asker: StaffMember) -> list[Version]:
    """Return all versions of a document that the asker may know of, oldest first; one is none.

    A version comes from another because it was asked for again, split off, or merged.
    """
    edges = session.execute(_edges(document.case_id)).all()
    ids = _reached(document.id, [(one, other) for one, other, _ in edges])
    if len(ids) == 1:
        return []
    how = {other: word for _, other, word in edges}
    found = session.scalars(
        select(Document)
        .where(Document.id.in_(ids), *queries.seen_by(session, asker))
        .order_by(Document.received_at, Document.id)
    ).all()
    return [Version(one, how.get(one.id, "first")) for one in found] if len(found) > 1 else []


def _edges(case_id: UUID) -> Any:
    """Select pairs of documents of a case, the earlier first, and how the later came from it."""
    again = (
        select(EvidenceRequest.rejected_document_id, Document.id, literal("again"))
        .join(Document, Document.request_id == EvidenceRequest.id)
        .where(
            EvidenceRequest.case_id == case_id, EvidenceRequest.rejected_document_id.is_not(None)
        )
    )
    split = select(Document.derived_from_id, Document.id, literal("split")).where(
        Document.case_id == case_id, Document.derived_from_id.is_not(None)
    )
    merged = select(Document.id, Document.merged_into_id, literal("merged")).where(
        Document.case_id == case_id, Document.merged_into_id.is_not(None)
    )
    return union_all(again, split, merged).order_by(text("1, 2"))


def _reached(start: UUID, edges: Iterable[tuple[UUID, UUID]]) -> set[UUID]:
    neighbours: dict[UUID, set[UUID]] = defaultdict(set)
    for one, other in edges:
        neighbours[one].add(other)
        neighbours[other].add(one)
    reached, waiting = {start}, [start]
    while waiting:
        new = neighbours[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached
