"""Searching documents by their words and by what is known of them, behind the wall.

A hit that shows a sentence of the paper is a reading: each search leaves one line in the trail, in
the chain of the case that was searched, else in that of the office. It names how many documents
were shown and from which a sentence was shown, never the words: they may be social data themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.elements import True_

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.casefiles import queries, rules, walls, words
from portal.casefiles.filing import Section
from portal.casefiles.keeping import DocumentWords
from portal.casefiles.models import Case, Document, DocumentKind, DocumentState, Verdict

AT_ONCE = 25
"""Hits on one page, and so the most texts that one search opens."""
SEARCHED_SIGNS = 50_000
"""How much of a text is looked through for the sentence to show."""

_BEGIN, _END = "\ue000", "\ue001"
_MARKED = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_OPTIONS = f'StartSel="{_BEGIN}", StopSel="{_END}", MaxFragments=1, MaxWords=28, MinWords=10'
# A prepared statement gets one plan for all words after a while, and rare words need another one
# than common ones: seconds instead of milliseconds.
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_HEADLINES = text(
    "SELECT ts_headline('german', one, any_of, :options)"
    " FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS pages (one, place),"
    " CAST(replace(CAST(plainto_tsquery('german', :query) AS text), '&', '|') AS tsquery)"
    " AS any_of ORDER BY place"
)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; `words` are numbers from `words.variants`, None without any."""

    words: Sequence[Sequence[int]] | None = None
    kind: DocumentKind | None = None
    section: Section | None = None
    person: UUID | None = None
    months: tuple[date, date] | None = None
    state: DocumentState | None = None
    case: Case | None = None


@dataclass(frozen=True)
class Piece:
    """A piece of the sentence around a hit, marked when it is what was looked for."""

    text: str
    is_marked: bool


def search(
    session: Session, wanted: Wanted, *, asker: StaffMember, offset: int = 0, limit: int = AT_ONCE
) -> tuple[Sequence[Document], bool]:
    """Return one page of what the asker may know of, newest first, and whether there is more.

    How many there are in all is not counted: that would read every hit of a common word.
    """
    session.execute(_PLAN_ANEW)
    ids = session.scalars(
        select(DocumentWords.document_id)
        .join(Document, Document.id == DocumentWords.document_id)
        .where(_in_open_cases(session, asker), queries.readable(asker), *_conditions(wanted))
        .order_by(DocumentWords.received_at.desc(), DocumentWords.document_id)
        .offset(offset)
        .limit(limit + 1)
    ).all()
    found = session.scalars(
        select(Document)
        .where(Document.id.in_(ids[:limit]), *queries.seen_by(session, asker))
        .order_by(Document.received_at.desc(), Document.id)
        .options(joinedload(Document.owner), joinedload(Document.about), joinedload(Document.case))
    ).all()
    return found, len(ids) > limit


def _in_open_cases(session: Session, asker: StaffMember) -> ColumnElement[bool]:
    """Return the condition that a file is open to the asker, as a plain list of files.

    The wall asks for many grounds. Asked once a file and not once a document, it costs the search
    of a million documents next to nothing; what is shown is held against the wall itself again.
    """
    opens = walls.opens(walls.standing_of(session, asker))
    if isinstance(opens, True_):
        return opens
    ids = session.scalars(select(Case.id).where(opens).order_by(Case.id)).all()
    return DocumentWords.case_id == any_(bindparam("open", list(ids), ARRAY(Uuid)))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.words is not None:
        asked.append(or_(*(DocumentWords.words.contains(list(some)) for some in wanted.words)))
    if wanted.case:
        asked.append(Document.case_id == wanted.case.id)
    if wanted.kind:
        asked.append(Document.kind == wanted.kind)
    if wanted.section:
        asked.append(Document.kind.in_(wanted.section.kinds))
    if wanted.state:
        asked.append(Document.state == wanted.state)
    if wanted.person:
        asked.append(func.coalesce(Document.about_id, Document.owner_id) == wanted.person)
    if wanted.months:
        first, last = wanted.months
        until = func.coalesce(Document.months_until, Document.months_from)
        asked.append(and_(Document.months_from <= last, until >= first))
    return asked


def sentences(
    session: Session, documents: Sequence[Document], *, query: str, asker: StaffMember
) -> dict[UUID, list[Piece]]:
    """Return the place around the first hit in the text of each document that the asker may open.

    Without a safe copy, a clean verdict or an open kind no text is opened at all.
    """
    readable = [one for one in documents[:AT_ONCE] if _may_be_read(one, asker)]
    texts = {one.id: "\n".join(words.texts_of(session, one)) for one in readable}
    texts = {id: _without_marks(written)[:SEARCHED_SIGNS] for id, written in texts.items()}
    if not any(texts.values()):
        return {}
    asked = {"texts": list(texts.values()), "query": query, "options": _OPTIONS}
    shown = session.scalars(_HEADLINES, asked)
    return {
        id: _pieces(found)
        for id, found in zip(texts, shown, strict=True)
        if found and _BEGIN in found
    }


def _may_be_read(document: Document, asker: StaffMember) -> bool:
    is_clean = document.from_office or document.verdict is Verdict.CLEAN
    return bool(document.text_file_id) and is_clean and rules.can_open(document, asker)


def _without_marks(written: str) -> str:
    return re.sub(f"[\0{_BEGIN}{_END}]", "", written)


def _pieces(headline: str) -> list[Piece]:
    line = " ".join(headline.split())
    parts = _MARKED.split(line)  # every second one was between the marks
    return [Piece(part, is_marked=place % 2 == 1) for place, part in enumerate(parts) if part]


def note(
    session: Session,
    *,
    shown: Sequence[Document],
    opened: Sequence[UUID],
    case: Case | None,
    by: StaffMember,
    now: datetime,
) -> None:
    """Write down that somebody has searched, and from which documents a sentence was shown."""
    audit.record(
        session,
        deed="casefiles.searched",
        subject=("case", case.id) if case else ("staff_member", by.id),
        by=by,
        now=now,
        case_id=case.id if case else None,
        shown=len(shown),
        sentences_of=[str(id) for id in opened],
    )
