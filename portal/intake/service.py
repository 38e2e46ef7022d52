"""The verbs of paper: print a cover sheet, take a scan, file its pages, say why it cannot be.

The note of transfer says what became of each page: from which file, by which sheet or person, into
which document, with the hashes of both sides (BSI TR-03138 RESISCAN, transfer note).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit import service as audit
from portal.audit.models import SYSTEM, Acting
from portal.casefiles import service as casefiles
from portal.casefiles.models import Case, Channel, Document, DocumentKind, EvidenceRequest
from portal.core.db import new_id
from portal.core.vault import service as vault
from portal.inbox import service as inbox
from portal.inbox.models import ItemKind
from portal.intake import queries, rules
from portal.intake.cutting import Part
from portal.intake.models import CoverSheet, Scan, ScanState
from portal.uploads import service as uploads


def print_sheet(
    session: Session,
    *,
    case: Case,
    owner: Citizen,
    request: EvidenceRequest | None,
    by: StaffMember,
    now: datetime,
) -> CoverSheet:
    """Make a cover sheet for the papers of one person, or for the answer to one request."""
    sheet = CoverSheet(
        id=new_id(), case=case, owner=owner, request=request, made_at=now, made_by_name=by.name
    )
    session.add(sheet)
    audit.record(
        session,
        deed="intake.sheet_printed",
        subject=("cover_sheet", sheet.id),
        by=by,
        now=now,
        case_id=case.id,
        request=str(request.id) if request else None,
    )
    return sheet


def take(
    session: Session, *, filename: str, chunks: Iterable[bytes], now: datetime
) -> tuple[Scan, bool]:
    """Keep a file of the scan folder; return it, and whether it is new.

    The same bytes are one scan, however often they lie in the folder.
    """
    id = new_id()
    stored = vault.keep(session, holder=id, chunks=chunks, now=now)
    known = queries.scan_of(session, sha256=vault.sha256_of(stored))
    if known is not None:
        vault.forget(session, file_ids=[stored.id])
        return known, False
    scan = Scan(
        id=id,
        filename=filename,
        size=stored.size,
        sha256=vault.sha256_of(stored),
        file_id=stored.id,
        taken_at=now,
        note={"taken_at": now.isoformat(), "parts": []},
        pages=[],
    )
    session.add(scan)
    session.flush()  # the job needs the row
    audit.record(
        session,
        deed="intake.scan_taken",
        subject=("scan", scan.id),
        by=SYSTEM,
        now=now,
        sha256=scan.sha256,
        size=scan.size,
    )
    return scan, True


def refuse(session: Session, *, scan: Scan, why: str, now: datetime) -> None:
    """Say that a scan cannot be read; the mailroom scans the paper again."""
    scan.state, scan.fault = ScanState.REFUSED, why
    audit.record(
        session, deed="intake.scan_refused", subject=("scan", scan.id), by=SYSTEM, now=now, why=why
    )
    _ask_mailroom(session, scan=scan, reason=why, next_step="Papier noch einmal scannen", now=now)


def wait_for_somebody(session: Session, *, scan: Scan, reason: str, now: datetime) -> None:
    """Put pages that no cover sheet has sent anywhere before the people who sort paper."""
    _ask_mailroom(session, scan=scan, reason=reason, next_step="Scan zuordnen", now=now)


def file_part(
    session: Session,
    *,
    scan: Scan,
    part: Part,
    case: Case,
    owner: Citizen,
    kind: DocumentKind,
    title: str | None,
    request: EvidenceRequest | None,
    by: Acting,
    now: datetime,
    sheet: CoverSheet | None = None,
) -> Document:
    """Put some pages of a scan into a case as one document, and write it into the note."""
    [document] = casefiles.receive_all(
        session,
        case=case,
        owner=owner,
        groups=[
            uploads.receive_form_files(session, owner=owner, sender=owner, files=[part], now=now)
        ],
        kind=request.kind if request else kind,
        title=request.title if request else title,
        request=request,
        by=by,
        now=now,
        channel=Channel.PAPER,
    )
    _note(scan, document=document, part=part, sheet=sheet, by=by, now=now)
    audit.record(
        session,
        deed="intake.scan_filed",
        subject=("document", document.id),
        by=by,
        now=now,
        case_id=case.id,
        scan=str(scan.id),
        pages=list(part.pages),
        scan_sha256=scan.sha256,
    )
    return document


def finish(session: Session, *, scan: Scan, by: Acting, now: datetime) -> None:
    """Say that each page of the scan has found its place."""
    rules.check_waits(scan)
    scan.state, scan.filed_at, scan.filed_by_name = ScanState.FILED, now, by.actor.name
    forget_pages(session, scan=scan, numbers=[page.number for page in scan.pages])
    inbox.close_items(session, kind=ItemKind.SCAN, subject_id=scan.id, by=by, now=now)


def forget_pages(session: Session, *, scan: Scan, numbers: Sequence[int]) -> None:
    """Forget the pictures of pages that wait no more."""
    gone = [page for page in scan.pages if page.number in set(numbers)]
    pictures = [id for page in gone for id in (page.image_file_id, page.thumbnail_file_id)]
    for page in gone:
        scan.pages.remove(page)
    session.flush()  # the rows name the files
    vault.forget(session, file_ids=pictures)


def forget_scan(session: Session, *, scan: Scan, now: datetime) -> None:
    """Forget the file of an old scan; its note and hash stay."""
    if scan.file_id is None:
        return
    gone, scan.file_id = scan.file_id, None
    session.flush()  # the row names the file
    vault.forget(session, file_ids=[gone])
    audit.record(
        session, deed="intake.scan_forgotten", subject=("scan", scan.id), by=SYSTEM, now=now
    )


def _note(
    scan: Scan,
    *,
    document: Document,
    part: Part,
    sheet: CoverSheet | None,
    by: Acting,
    now: datetime,
) -> None:
    entry: dict[str, Any] = {
        "document": str(document.id),
        "pages": list(part.pages),
        "sha256": document.sha256,
        "by": by.actor.name,
        "at": now.isoformat(),
        "sheet": str(sheet.id) if sheet else None,
    }
    scan.note = {**scan.note, "parts": [*scan.note.get("parts", []), entry]}


def _ask_mailroom(
    session: Session, *, scan: Scan, reason: str, next_step: str, now: datetime
) -> None:
    inbox.open_item(
        session,
        kind=ItemKind.SCAN,
        subject_id=scan.id,
        case_id=None,
        title=f"Scan {scan.number}",
        person=gettext("noch nicht bekannt"),
        reason=reason,
        next_step=next_step,
        team_id=queries.mailroom(session).id,
        assignee_id=None,
        now=now,
    )
