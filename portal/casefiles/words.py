"""Words to find documents by, kept as keyed hashes: the database can match them, never read them.

PostgreSQL turns texts into German stems; HMAC-SHA256 (RFC 2104) under a key of the ring turns each
stem into a number of 63 bits. The text itself stays encrypted in the store.

What the paper says gives its stems. What the office calls it (title, kind, name of the file, person
and months) gives its plain words as well, and their beginnings from four letters on: German joins
words, and who looks for „Miete“ or „Lohn“ means „Mietvertrag“ and „Lohnabrechnung“, too. Beginnings
of every word of the text would make an entry ten times as long, so the text has none.
"""

import hmac
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date

from flask_babel import force_locale, format_date
from sqlalchemy import literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.casefiles import kinds
from portal.casefiles.keeping import DocumentWords
from portal.casefiles.models import Document
from portal.core import crypto
from portal.core.vault import service as vault

LONGEST_PAGE = 200_000
"""Signs of one page; a tsvector holds a megabyte."""
MOST_WORDS = 20_000
MOST_ASKED = 10
LONGEST_QUERY = 200
BEGINNINGS = range(4, 16)

_PURPOSE = "words of documents"
_MARK = "\0which key"  # no word has a NUL
_SIGNS = re.compile(r"[\W_]+")
_STEMS = text(
    "SELECT DISTINCT word FROM unnest(CAST(:texts AS text[])) AS one,"
    " unnest(tsvector_to_array(to_tsvector(CAST(:way AS regconfig), one))) AS word ORDER BY word"
)
_MONTHS_OF_A_LONG_TIME = 36


def index(session: Session, *, document: Document, texts: Sequence[str]) -> None:
    """Write down by which words a document is found; `texts` is what its pages say, one each."""
    session.flush()  # the words name the row of the document
    key = crypto.keys_for(_PURPOSE)[0]
    about = _about(session, document)
    pages = [_tidy(page)[:LONGEST_PAGE] for page in texts]
    plain = _lexemes(session, about, way="simple")
    found = plain | _lexemes(session, about + pages, way="german") | _beginnings(plain)
    values = {
        "case_id": document.case_id,
        "received_at": document.received_at,
        "key_mark": _hash(key, _MARK),
        "words": sorted({_hash(key, word) for word in sorted(found)[:MOST_WORDS]}),
    }
    session.execute(
        insert(DocumentWords)
        .values(document_id=document.id, **values)
        .on_conflict_do_update(index_elements=[DocumentWords.document_id], set_=values)
    )


def index_anew(session: Session, *, document: Document) -> None:
    """Index a document with the text that is kept of it, if any: its title, kind or key changed."""
    index(session, document=document, texts=texts_of(session, document))


def texts_of(session: Session, document: Document) -> list[str]:
    """Return what the pages of a document say, one text each; nothing when nobody has read it."""
    if document.text_file_id is None:
        return []
    kept = vault.read(session, document.text_file_id).decode("utf-8")
    if kept.startswith("["):
        return [str(page) for page in json.loads(kept)]
    return kept.split("\f")


def hashes(session: Session, query: str) -> list[int]:
    """Return the numbers of the words that somebody looks for; all must be there."""
    return variants(session, query)[0]


def variants(session: Session, query: str) -> list[list[int]]:
    """Return the same for every key of the ring: until a new key has hashed all, both are asked.

    Words that German grammar needs everywhere („die“, „und“) are passed over, unless there is
    nothing else: somebody may be called „Will“.
    """
    asked = [_tidy(query)[:LONGEST_QUERY]]
    found = _lexemes(session, asked, way="german") or _lexemes(session, asked, way="simple")
    chosen = sorted(found)[:MOST_ASKED]
    return [[_hash(key, word) for word in chosen] for key in crypto.keys_for(_PURPOSE)]


def unindexed(session: Session, *, limit: int) -> Sequence[Document]:
    """Return documents without words, or whose words an older key has hashed."""
    mark = _hash(crypto.keys_for(_PURPOSE)[0], _MARK)
    missing = ~select(literal(1)).where(DocumentWords.document_id == Document.id).exists()
    stale = (
        select(literal(1))
        .where(DocumentWords.document_id == Document.id, DocumentWords.key_mark != mark)
        .exists()
    )
    return session.scalars(
        select(Document).where(missing | stale).order_by(Document.id).limit(limit)
    ).all()


def in_months(first: date | None, last: date | None) -> str:
    """Write the months of a document in German: „Oktober 2026 November 2026“."""
    if first is None:
        return ""
    last = last or first
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    months = [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(min(count, _MONTHS_OF_A_LONG_TIME))
    ]
    with force_locale("de"):
        return " ".join(str(format_date(month, "MMMM y")) for month in months)


def _about(session: Session, document: Document) -> list[str]:
    """Return what the office knows of a document, as texts."""
    people = {id for id in (document.owner_id, document.about_id) if id}
    names = session.scalars(
        select(Citizen.first_name + " " + Citizen.last_name)
        .where(Citizen.id.in_(people))
        .order_by(Citizen.id)
    ).all()
    parts = [document.title, document.filename, kinds.german_name(document.kind), *names]
    parts.append(in_months(document.months_from, document.months_until))
    known = [_tidy(part) for part in parts if part]
    return known + [_SIGNS.sub(" ", part) for part in known]  # „lohn_oktober.pdf“ is three words


def _lexemes(session: Session, texts: Sequence[str], *, way: str) -> set[str]:
    return set(session.scalars(_STEMS, {"texts": list(texts), "way": way}))


def _beginnings(words: Iterable[str]) -> set[str]:
    return {word[:length] for word in words for length in BEGINNINGS if length < len(word)}


def _tidy(written: str) -> str:
    return written.replace("\0", "")


def _hash(key: bytes, word: str) -> int:
    """Return 63 bits of the keyed hash: a number that a column of PostgreSQL takes."""
    return int.from_bytes(hmac.digest(key, word.encode(), "sha256")[:8]) >> 1
