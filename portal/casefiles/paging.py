"""The verbs of pages: split, merge, turn, put in order. What arrived is never touched.

Pages are rows that name a page of an original; these verbs move the rows between documents and let
the worker make the safe copies anew (`jobs.remake`). Each has its way back until the paper is
decided: what was split off can be merged again, what was merged can be taken apart, a turn can be
turned back, and the order as handed in can be had again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import queries as audit_queries
from portal.audit import service as audit
from portal.casefiles import checking, jobs, rules
from portal.casefiles.models import Document, DocumentState, Original, Page
from portal.core.db import new_id
from portal.core.errors import Conflict, InvalidInput
from portal.core.jobs import waiting

FULL_TURN = 360
QUARTER_TURNS = (90, 180, 270)


def split(
    session: Session,
    *,
    document: Document,
    firsts: Iterable[int],
    by: StaffMember,
    now: datetime,
) -> list[Document]:
    """Split a document before the pages `firsts`; return the new documents, in order."""
    rules.check_can_arrange(document, by)
    pages = _pages(session, document)
    starts = sorted(set(firsts) - {1})
    if not starts or starts[0] < 1 or starts[-1] > len(pages):
        raise InvalidInput(
            gettext("Kreuzen Sie an, mit welchen Seiten ein neues Dokument anfängt."),
            field="firsts",
        )
    ends = [*starts[1:], len(pages) + 1]
    parts = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 2):
        part = _part_of(document, number=number)
        session.add(part)
        session.flush()  # the pages name their new document
        _put(part, pages[start - 1 : end - 1])
        parts.append(part)
    document.page_count = starts[0] - 1
    _changed(session, document)
    audit.record(
        session,
        deed="casefiles.document_split",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        parts=[part.id for part in parts],
        before_pages=starts,
    )
    for part in parts:
        part.owner, part.case = document.owner, document.case
        reason = gettext("Abgetrennt von „%(title)s“.", title=document.title)
        checking.put_before_office(session, document=part, reason=reason, now=now)
        _changed(session, part)
    return parts


def _part_of(document: Document, *, number: int) -> Document:
    """Make a document without originals of its own; it is decided on once its copy is made."""
    return Document(
        id=new_id(),
        case_id=document.case_id,
        owner_id=document.owner_id,
        request_id=document.request_id,
        kind=document.kind,
        title=gettext("%(title)s, Teil %(number)s", title=document.title, number=number),
        filename=document.filename,
        content_type=document.content_type,
        size=document.size,
        sha256=document.sha256,
        hand_in_id=document.hand_in_id,
        about_id=document.about_id,
        months_from=document.months_from,
        months_until=document.months_until,
        verdict=document.verdict,
        finding=document.finding,
        scanned_at=document.scanned_at,
        derived_from_id=document.id,
        is_redacted=document.is_redacted,
        state=DocumentState.RECEIVED,
        received_at=document.received_at,
    )


def merge(
    session: Session, *, document: Document, other: Document, by: StaffMember, now: datetime
) -> None:
    """Put the pages of `other` behind those of `document`; `other` is listed no more.

    It keeps what arrived, its receipt and its trail, and what it answers is settled together with
    `document`.
    """
    for one in (document, other):
        rules.check_can_arrange(one, by)
    if document.id == other.id or document.owner_id != other.owner_id:
        raise Conflict(gettext("Zusammenlegen lassen sich nur zwei Dokumente derselben Person."))
    own, added = _pages(session, document), _pages(session, other)
    _put(document, [*own, *added])
    document.page_count, other.page_count = len(own) + len(added), 0
    _set_aside(session, other, into=document, pages=added, by=by, now=now)
    _changed(session, document)


def set_aside_as_same(
    session: Session, *, document: Document, twin: Document, by: StaffMember, now: datetime
) -> None:
    """Set a paper aside that is the same as `twin` of the same person: it keeps its pages.

    What it answers is settled with the twin, at once when the twin is accepted already.
    """
    rules.check_can_arrange(document, by)
    rules.check_stands_alone(twin)
    beside = document.case_id == twin.case_id and document.owner_id == twin.owner_id
    if document.id == twin.id or not beside:
        raise Conflict(gettext("Das ist nicht dasselbe Dokument derselben Person."))
    _set_aside(session, document, into=twin, pages=(), by=by, now=now)
    if twin.state is DocumentState.ACCEPTED:
        checking.settle(session, document=twin, now=now)


def _set_aside(
    session: Session,
    document: Document,
    *,
    into: Document,
    pages: Sequence[Page],
    by: StaffMember,
    now: datetime,
) -> None:
    document.merged_into_id = into.id
    session.flush()  # what is asked next must see it
    audit.record(
        session,
        deed="casefiles.document_merged",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        into=into.id,
        pages=[[page.original_id, page.original_page] for page in pages],
    )
    checking.close_items(session, document=document, by=by, now=now)


def unmerge(
    session: Session, *, document: Document, into: Document, by: StaffMember, now: datetime
) -> None:
    """Take a document out again that was merged into another, with the pages it had brought."""
    if document.merged_into_id != into.id:
        raise Conflict(gettext("Diese Dokumente sind nicht zusammengelegt."))
    rules.check_can_arrange(into, by)
    brought = _brought(session, document)
    pages = _pages(session, into)
    back = [page for page in pages if _names(page) in brought]
    if len(back) == len(pages):
        raise Conflict(gettext("Dann bliebe keine Seite übrig. Teilen Sie das Dokument anders."))
    document.merged_into_id = None
    if back:
        _put(document, back)
        _put(into, [page for page in pages if page not in back])
        into.page_count = len(pages) - len(back)
        if document.served_file_id:  # else the worker counts them when it makes the first copy
            document.page_count = len(back)
        _changed(session, document)
        _changed(session, into)
    audit.record(
        session,
        deed="casefiles.document_unmerged",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        out_of=into.id,
    )
    reason = gettext("Wieder von „%(title)s“ getrennt.", title=into.title)
    checking.put_before_office(session, document=document, reason=reason, now=now)


def _brought(session: Session, document: Document) -> set[tuple[str, int]]:
    """Read from the trail which pages a document brought when it was merged."""
    for event in reversed(audit_queries.events_about(session, kind="document", id=document.id)):
        if event.deed == "casefiles.document_merged":
            return {(str(original), int(page)) for original, page in event.facts["pages"]}
    return set()


def _names(page: Page) -> tuple[str, int]:
    return str(page.original_id), page.original_page


def rotate(
    session: Session,
    *,
    document: Document,
    turns: Mapping[int, int],
    by: StaffMember,
    now: datetime,
) -> None:
    """Turn pages clockwise: `turns` names by the number of a page how many degrees more."""
    rules.check_can_arrange(document, by)
    pages = _pages(session, document)
    if not turns or not set(turns) <= {page.number for page in pages}:
        raise InvalidInput(gettext("Wählen Sie Seiten, die es gibt."), field="pages")
    if not set(turns.values()) <= set(QUARTER_TURNS):
        raise InvalidInput(gettext("Seiten lassen sich nur um ganze Ecken drehen."), field="turn")
    for page in pages:
        page.rotation = (page.rotation + turns.get(page.number, 0)) % FULL_TURN
    _changed(session, document)
    audit.record(
        session,
        deed="casefiles.pages_turned",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        turns={str(number): degrees for number, degrees in sorted(turns.items())},
    )


def reorder(
    session: Session,
    *,
    document: Document,
    order: Sequence[int],
    by: StaffMember,
    now: datetime,
) -> None:
    """Put the pages in order: `order` names each page once, by the number that it has now."""
    rules.check_can_arrange(document, by)
    pages = _pages(session, document)
    if sorted(order) != [page.number for page in pages]:
        raise InvalidInput(gettext("Nennen Sie jede Seite genau einmal."), field="order")
    _put(document, [pages[number - 1] for number in order])
    _changed(session, document)
    audit.record(
        session,
        deed="casefiles.pages_put_in_order",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        order=list(order),
    )


def order_as_handed_in(session: Session, *, document: Document) -> list[int]:
    """Return the order that puts the pages back as the files came in."""
    arrived = session.execute(
        select(Page.number)
        .join(Original, Original.id == Page.original_id)
        .join(Document, Document.id == Original.document_id)
        .where(Page.document_id == document.id)
        .order_by(Document.received_at, Document.id, Original.number, Page.original_page)
    )
    return list(arrived.scalars())


def is_being_remade(session: Session, *, document: Document) -> bool:
    """Tell whether the pictures and the copy are behind what the pages say."""
    return str(document.id) in waiting(session, jobs.remake, argument="document_id")


def parts_of(session: Session, *, document: Document) -> Sequence[Document]:
    """Return what was split off from a document or merged into it, oldest first."""
    return session.scalars(
        select(Document)
        .where(
            (Document.merged_into_id == document.id)
            | ((Document.derived_from_id == document.id) & Document.merged_into_id.is_(None))
        )
        .order_by(Document.received_at, Document.id)
    ).all()


def open_beside(
    session: Session, *, document: Document, besides: Sequence[Document] = (), limit: int = 20
) -> Sequence[Document]:
    """Return other undecided documents of the same person, which could be merged with it."""
    return session.scalars(
        select(Document)
        .where(
            Document.owner_id == document.owner_id,
            Document.case_id == document.case_id,
            Document.id.not_in({document.id, *(one.id for one in besides)}),
            Document.merged_into_id.is_(None),
            Document.from_office.is_(False),
            Document.state.in_((DocumentState.RECEIVED, DocumentState.IN_REVIEW)),
            select(Page.id).where(Page.document_id == Document.id).exists(),
        )
        .order_by(Document.received_at.desc(), Document.id)
        .limit(limit)
    ).all()


def _pages(session: Session, document: Document) -> list[Page]:
    return list(
        session.scalars(select(Page).where(Page.document_id == document.id).order_by(Page.number))
    )


def _put(document: Document, pages: Sequence[Page]) -> None:
    """Give pages to a document in this order, by their columns: collections are read anew later."""
    for number, page in enumerate(pages, 1):
        page.document_id, page.number = document.id, number


def _changed(session: Session, document: Document) -> None:
    """Let the worker make the copy and the pictures anew; what was read of the pages is old."""
    session.flush()  # the job, and who reads the pages next, must see them where they are now
    session.expire(document, ["pages"])
    jobs.remake.enqueue(session, document_id=str(document.id))
