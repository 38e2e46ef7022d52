"""Sorting a scan: behind each cover sheet lies the paper of one person; the rest waits."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.audit.models import Acting
from portal.casefiles import rules as casefiles_rules
from portal.casefiles.models import Case, DocumentKind, EvidenceRequest
from portal.core.errors import PortalError
from portal.core.storage import CHUNK
from portal.core.vault import service as vault
from portal.intake import cutting, queries, rules, service
from portal.intake.cutting import OpenScan, Section, Unreadable
from portal.intake.models import CoverSheet, Scan, ScanPage

NO_SHEET = "Kein Deckblatt mit lesbarem Code gefunden."
SOME_WITHOUT_SHEET = "Vor dem ersten Deckblatt liegen Seiten."
CANNOT_OPEN = "Die Datei vom Scanner lässt sich nicht öffnen."


def sort(session: Session, *, scan: Scan, by: Acting, now: datetime) -> None:
    """File what lies behind cover sheets; show the rest to those who sort paper."""
    rules.check_waits(scan)
    try:
        with cutting.opened(session, scan) as paper:
            scan.page_count = paper.page_count
            rest = [
                page
                for section in paper.sections()
                if not _file(session, scan=scan, paper=paper, section=section, by=by, now=now)
                for page in section.pages
            ]
            _show(session, scan=scan, paper=paper, pages=rest, now=now)
    except Unreadable:
        service.refuse(session, scan=scan, why=CANNOT_OPEN, now=now)
        return
    if not rest:
        service.finish(session, scan=scan, by=by, now=now)
        return
    reason = SOME_WITHOUT_SHEET if len(rest) < paper.page_count - 1 else NO_SHEET
    service.wait_for_somebody(session, scan=scan, reason=reason, now=now)


def assign(
    session: Session,
    *,
    scan: Scan,
    pages: Sequence[int],
    case: Case,
    owner: Citizen,
    kind: DocumentKind,
    title: str | None,
    request: EvidenceRequest | None,
    by: StaffMember,
    now: datetime,
) -> None:
    """File the pages that somebody of the office has given to a person."""
    rules.check_who_sorts(by)
    rules.check_waits(scan)
    with cutting.opened(session, scan) as paper:
        service.file_part(
            session,
            scan=scan,
            part=paper.part(pages),
            case=case,
            owner=owner,
            kind=kind,
            title=title,
            request=request,
            by=by,
            now=now,
        )
    service.forget_pages(session, scan=scan, numbers=pages)
    if not scan.pages:
        service.finish(session, scan=scan, by=by, now=now)


def _file(
    session: Session, *, scan: Scan, paper: OpenScan, section: Section, by: Acting, now: datetime
) -> bool:
    """File one section; return whether its sheet is known."""
    sheet = queries.sheet(session, section.sheet_id) if section.sheet_id else None
    if sheet is None:
        return False
    service.file_part(
        session,
        scan=scan,
        part=paper.part(section.pages),
        case=sheet.case,
        owner=sheet.owner,
        kind=DocumentKind.OTHER,
        title=None,
        request=_open_request(sheet),
        by=by,
        now=now,
        sheet=sheet,
    )
    return True


def _open_request(sheet: CoverSheet) -> EvidenceRequest | None:
    """Return the request of the sheet while a paper can still answer it."""
    if sheet.request is None:
        return None
    try:
        casefiles_rules.check_can_answer(sheet.request, sheet.owner)
    except PortalError:
        return None
    return sheet.request


def _show(
    session: Session, *, scan: Scan, paper: OpenScan, pages: Sequence[int], now: datetime
) -> None:
    if not pages:
        return
    for number, picture, small, size in paper.pictures(pages):
        image, thumbnail = (
            vault.keep(session, holder=scan.id, chunks=_pieces(path), now=now).id
            for path in (picture, small)
        )
        scan.pages.append(
            ScanPage(
                number=number,
                image_file_id=image,
                thumbnail_file_id=thumbnail,
                width=size["width"],
                height=size["height"],
            )
        )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
