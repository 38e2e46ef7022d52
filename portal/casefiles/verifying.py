"""Is this receipt genuine? Asked by anyone, without signing in.

Who has the code of a receipt, or its PDF byte for byte, learns when it was given and the page
counts and hashes that it lists: what stands on the paper in their hand, and neither names nor
titles. A document alone, without the code, is never confirmed: otherwise whoever has a copy of a
paper could find out that somebody has handed it in here. A receipt that was changed, one that never
was and a document without a code therefore get the same answer.

The confirmation of an application is known by its file as well: it is a paper of the office. So is
the receipt of an application without a form (`lodgements`), which is known by its code, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.casefiles import lodgements, receipt_codes
from portal.casefiles.lodgements import Lodgement
from portal.casefiles.models import Document, DocumentKind, HandIn


class Finding(StrEnum):
    """What was found; each is one sentence on the page."""

    GENUINE = "genuine"
    SAME_RECEIPT = "same_receipt"
    SAME_DOCUMENT = "same_document"
    SAME_CONFIRMATION = "same_confirmation"
    LODGED = "lodged"
    SAME_LODGED = "same_lodged"
    OTHER_FILE = "other_file"
    NO_SUCH_CODE = "no_such_code"


@dataclass(frozen=True)
class Listed:
    """One document of a receipt as anyone may see it: its number, its pages, its hashes."""

    number: int
    pages: int
    sha256: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What can be said; `number` is the document that a file is, counted from 1."""

    finding: Finding
    hand_in: HandIn | None = None
    number: int | None = None
    confirmed_at: datetime | None = None
    lodged: Lodgement | None = None

    @property
    def is_genuine(self) -> bool:
        """Tell whether there is such a receipt and nothing speaks against the file."""
        return self.hand_in is not None and self.finding is not Finding.OTHER_FILE

    @property
    def listed(self) -> Sequence[Listed]:
        """Return what the receipt lists."""
        return _listed(self.hand_in) if self.hand_in else ()


def answer(session: Session, *, code: str, sha256: str | None) -> Answer:
    """Say what a code is, what a file is, or whether a file belongs to a code.

    `code` is as it was typed, empty when only a file was sent; `sha256` is the hash of the file.
    """
    if code:
        known = receipt_codes.read(code)
        hand_in = _hand_in(session, HandIn.code == known) if known else None
        if hand_in is not None:
            return _of_code(hand_in, sha256)
        lodged = lodgements.by_code(session, known) if known else None
        return _of_lodged(lodged, sha256) if lodged else Answer(Finding.NO_SUCH_CODE)
    if hand_in := _hand_in(session, HandIn.receipt_sha256 == sha256):
        return Answer(Finding.SAME_RECEIPT, hand_in)
    if lodged := lodgements.by_receipt(session, sha256):
        return Answer(Finding.SAME_LODGED, lodged=lodged)
    if confirmed_at := _confirmation(session, sha256):
        return Answer(Finding.SAME_CONFIRMATION, confirmed_at=confirmed_at)
    return Answer(Finding.OTHER_FILE)


def _confirmation(session: Session, sha256: str | None) -> datetime | None:
    """Return when the office has filed this confirmation of an application, if it has."""
    return session.scalar(
        select(Document.received_at)
        .where(
            Document.sha256 == sha256,
            Document.kind == DocumentKind.RECEIPT,
            Document.from_office,
        )
        .order_by(Document.received_at, Document.id)
        .limit(1)
    )


def _hand_in(session: Session, condition: ColumnElement[bool]) -> HandIn | None:
    return session.scalar(select(HandIn).where(condition).order_by(HandIn.id).limit(1))


def _of_code(hand_in: HandIn, sha256: str | None) -> Answer:
    if sha256 is None:
        return Answer(Finding.GENUINE, hand_in)
    if sha256 == hand_in.receipt_sha256:
        return Answer(Finding.SAME_RECEIPT, hand_in)
    for listed in _listed(hand_in):
        if sha256 in listed.sha256:
            return Answer(Finding.SAME_DOCUMENT, hand_in, listed.number)
    return Answer(Finding.OTHER_FILE, hand_in)


def _of_lodged(lodged: Lodgement, sha256: str | None) -> Answer:
    if sha256 is None:
        return Answer(Finding.LODGED, lodged=lodged)
    if sha256 == lodged.receipt_sha256:
        return Answer(Finding.SAME_LODGED, lodged=lodged)
    return Answer(Finding.OTHER_FILE)


def _listed(hand_in: HandIn) -> list[Listed]:
    return [
        Listed(number, document["pages"], tuple(one["sha256"] for one in document["originals"]))
        for number, document in enumerate(hand_in.manifest["documents"], 1)
    ]
