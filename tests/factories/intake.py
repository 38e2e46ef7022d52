"""Scans that wait for somebody who knows whose they are."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.vault import service as vault
from portal.intake import service
from portal.intake.models import Scan, ScanPage
from tests.factories import papers


def scan(
    session: Session, *, pages: int = 2, filename: str = "scan.pdf", now: datetime | None = None
) -> Scan:
    """Let a letter lie in the intake, opened and with pictures of its pages, without a sheet."""
    now = now or clock.now()
    made, _ = service.take(session, filename=filename, chunks=[papers.pdf(pages)], now=now)
    picture = papers.picture()
    made.page_count = pages
    made.pages = [
        ScanPage(
            number=number,
            image_file_id=vault.keep(session, holder=made.id, chunks=[picture], now=now).id,
            thumbnail_file_id=vault.keep(session, holder=made.id, chunks=[picture], now=now).id,
            width=600,
            height=800,
        )
        for number in range(1, pages + 1)
    ]
    service.wait_for_somebody(session, scan=made, reason="Kein Deckblatt.", now=now)
    session.flush()
    return made
