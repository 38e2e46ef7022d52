"""Laying a paper into the file where it belongs, when it was handed in at the wrong place.

Who moves sees both files. Nobody else learns of the other one: the former owner's trail says only
that the paper has gone, the new owner's only that it has come. No byte is moved, but the keys of
its files are wrapped for the new file.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.casefiles import checking, queries, rules, words
from portal.casefiles.keeping import Hold
from portal.casefiles.models import (
    Case,
    Document,
    DocumentState,
    EvidenceRequest,
    Original,
    Page,
    RequestState,
)
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.vault import service as vault
from portal.core.vault.models import StoredFile

SHORTEST_REASON = 10
FAMILY = 50


def case_named(session: Session, reference: str, *, asker: StaffMember) -> Case:
    """Return the case with this file reference that the asker sees; closed is as not there."""
    number = reference.strip().upper().removeprefix("JC-").lstrip("0")
    found: Sequence[Case] = ()
    if number.isascii() and number.isdigit() and len(number) < len("2147483648"):
        found, _ = queries.cases_for_staff(session, asker=asker, search=number)
    case = next((one for one in found if str(one.number) == number), None)
    if case is None:
        raise InvalidInput(
            gettext("Unter diesem Aktenzeichen gibt es keine Akte, die Sie öffnen dürfen."),
            field="reference",
        )
    return case


def family_of(session: Session, document: Document) -> Sequence[Document]:
    """Return a document with all that share files with it: its parts, its whole, what it took in.

    They can only move together, for a page is shown with the key of the file it comes from.
    """
    ids = {document.id}
    for _ in range(FAMILY):
        originals = select(Original.id).where(Original.document_id.in_(ids))
        shown = select(Page.original_id).where(Page.document_id.in_(ids))
        owners = select(Original.document_id).where(Original.id.in_(shown))
        showing = select(Page.document_id).where(
            or_(Page.original_id.in_(originals), Page.original_id.in_(shown))
        )
        grown = ids | set(
            session.scalars(
                select(Document.id)
                .where(
                    or_(
                        Document.id.in_(owners),
                        Document.id.in_(showing),
                        Document.derived_from_id.in_(ids),
                        Document.merged_into_id.in_(ids),
                        Document.id.in_(
                            select(Document.merged_into_id).where(Document.id.in_(ids))
                        ),
                        Document.id.in_(
                            select(Document.derived_from_id).where(Document.id.in_(ids))
                        ),
                    )
                )
                .order_by(Document.id)
            )
        )
        if grown == ids:
            break
        ids = grown
    return session.scalars(
        select(Document)
        .where(Document.id.in_(ids))
        .options(
            selectinload(Document.originals),
            selectinload(Document.pages),
            joinedload(Document.owner),
            joinedload(Document.case),
        )
        .order_by(Document.id)
        .with_for_update(of=Document, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def move(
    session: Session,
    *,
    document: Document,
    to: Case,
    owner: Citizen,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> Sequence[Document]:
    """Give a paper, with all that shares files with it, to a person of another case.

    Return what has moved. What it had answered is open again for the former owner.
    """
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(
            gettext("Schreiben Sie in einem Satz, warum es dorthin gehört."), field="reason"
        )
    if owner.id not in {member.citizen_id for member in to.members}:
        raise InvalidInput(gettext("Wählen Sie eine Person dieser Akte."), field="owner")
    if document.owner_id == owner.id:
        raise InvalidInput(gettext("Dort liegt das Dokument schon."), field="owner")
    family = family_of(session, document)
    _check(session, family, by)
    for one in family:
        _move_one(session, one, to=to, owner=owner, reason=reason, by=by, now=now)
    files = session.scalars(
        select(StoredFile)
        .where(StoredFile.id.in_({id for one in family for id in _files_of(one)}))
        .order_by(StoredFile.id)
    ).all()
    vault.hand_over(session, files=files, to=to.id, now=now)
    return family


def _check(session: Session, family: Sequence[Document], by: StaffMember) -> None:
    for one in family:
        try:
            if one.merged_into_id is None:
                rules.check_can_move(one, by)
        except Conflict as refused:
            if len(family) == 1:
                raise
            raise Conflict(
                gettext(
                    "Das Dokument teilt sich seine Dateien mit anderen, die nicht mehr in eine "
                    "andere Akte können. Legen Sie erst zusammen, was zusammengehört."
                )
            ) from refused
    held = select(Hold.id).where(
        Hold.document_id.in_([one.id for one in family]), Hold.lifted_at.is_(None)
    )
    if session.scalar(held.order_by(Hold.id).limit(1)):
        raise Conflict(gettext("Dieses Dokument ist festgehalten und bleibt in dieser Akte."))


def _move_one(
    session: Session,
    document: Document,
    *,
    to: Case,
    owner: Citizen,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> None:
    was_open = document.state in rules.UNDECIDED and document.merged_into_id is None
    audit.record(
        session,
        deed="casefiles.document_moved_out",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=document.case_id,
        owner=document.owner_id,
        sha256=document.sha256,
        reason=reason,
    )
    checking.close_items(session, document=document, by=by, now=now)
    _open_again(session, document)
    document.case, document.owner = to, owner
    document.hand_in_id = document.about_id = None  # the receipt stays with whom it was given
    words.index_anew(session, document=document)
    audit.record(
        session,
        deed="casefiles.document_moved_in",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=to.id,
        owner=owner.id,
        sha256=document.sha256,
        reason=reason,
    )
    if was_open:
        arrived = gettext("Aus einer anderen Akte hierher gelegt.")
        checking.put_before_office(session, document=document, reason=arrived, now=now)


def _open_again(session: Session, document: Document) -> None:
    """Open what the paper had answered, unless another one answers it, too."""
    if document.request_id is None:
        return
    request = session.get_one(EvidenceRequest, document.request_id)
    document.request_id = None
    session.flush()  # the next question is about what is left
    others = select(Document.id).where(
        Document.request_id == request.id, Document.state != DocumentState.REJECTED
    )
    left = session.scalar(others.order_by(Document.id).limit(1))
    if left is None and RequestState.OPEN in rules.REQUEST_TRANSITIONS[request.state]:
        request.state = RequestState.OPEN
        request.closed_at = None


def _files_of(document: Document) -> set[UUID]:
    single = (document.served_file_id, document.archive_file_id, document.text_file_id)
    return {
        *(id for id in single if id),
        *(original.file_id for original in document.originals),
        *(page.image_file_id for page in document.pages),
        *(page.thumbnail_file_id for page in document.pages),
    }


def person_of(case: Case, id: str | None) -> Citizen:
    """Return the person of the case with this id."""
    for member in case.members:
        if str(member.citizen_id) == id:
            return member.citizen
    raise NotFound
