"""What clock and queue do with paper: take it from the folder, sort it, forget old scans."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from portal.audit.models import SYSTEM
from portal.core.config import Settings
from portal.core.jobs import every, job
from portal.core.storage import CHUNK
from portal.intake import folder as scan_folder
from portal.intake import queries, rules, service, sorting
from portal.intake.models import ScanState
from portal.papers.limits import MAX_FILE_BYTES

log = logging.getLogger(__name__)

AT_ONCE = 20
FORGOTTEN_AFTER = timedelta(minutes=30)


@every("* * * * *", "intake.take_scans")
def take_scans(session: Session, *, now: datetime) -> None:
    """Take what lies still in the scan folder; what was taken in an earlier run leaves it now."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.scan_dir:
        return
    for count, path in enumerate(scan_folder.waiting(Path(settings.scan_dir))):
        if count == AT_ONCE:
            break
        if path.stat().st_size > MAX_FILE_BYTES or not path.stat().st_size:
            log.error("a file of the scan folder is empty or too large: %s", path.name)
            scan_folder.put_away(path, refused=True)
            continue
        scan, is_new = service.take(session, filename=path.name, chunks=_pieces(path), now=now)
        if is_new:
            sort.enqueue(session, scan_id=str(scan.id))
        else:  # its row was committed by the run before this one
            scan_folder.put_away(path, refused=scan.state is ScanState.REFUSED)


@job("intake.sort")
def sort(session: Session, *, now: datetime, scan_id: str) -> None:
    """File the pages of one scan behind their cover sheets; put the rest before the mailroom."""
    scan = queries.scan_to_sort(session, UUID(scan_id))
    if scan is not None and scan.page_count is None:
        sorting.sort(session, scan=scan, by=SYSTEM, now=now)


@every("*/15 * * * *", "intake.sort_forgotten")
def sort_forgotten(session: Session, *, now: datetime) -> None:
    """Queue scans again whose job was lost."""
    for id in queries.unsorted_since(session, before=now - FORGOTTEN_AFTER):
        sort.enqueue(session, scan_id=str(id))


@every("50 2 * * *", "intake.forget_scans")
def forget_scans(session: Session, *, now: datetime) -> None:
    """Forget whole scans whose papers have long been in their files."""
    for scan in queries.old_scans(session, before=now - rules.KEEP_SCANS):
        service.forget_scan(session, scan=scan, now=now)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
