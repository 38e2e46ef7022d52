"""Writing a receipt, and how long after the hand-in it is there: real commits, a real worker."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.casefiles import receipt_paper, service
from portal.casefiles.models import DocumentKind, HandIn
from portal.core import clock, embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.factories import accounts, casefiles, papers

DOCUMENTS, RENDERED, HANDED_IN = 5, 20, 10
RENDER_BAR_MS, THERE_BAR_S, PATIENCE_S = 400, 2, 60


def main(folder: str | None = None) -> Iterator[Figure]:
    """Render receipts of five documents; then hand in with a worker beside and wait for each."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    yield from _rendered(app)
    yield from _there(app, url, home)
    with app.app_context():
        db.engine.dispose()


def _hand_in(app: Flask) -> UUID:
    """Hand in photos, each a document of its own, and commit."""
    with app.test_request_context(base_url="http://localhost"):
        owner = accounts.citizen(db.session)
        made = service.hand_in(
            db.session,
            owner=owner,
            groups=[
                casefiles.sent(db.session, owner, casefiles.upload(papers.picture(width=400 + n)))
                for n in range(DOCUMENTS)
            ],
            kind=DocumentKind.PAYSLIPS,
            title=None,
            request=None,
            now=clock.now(),
        )
        id = made[0].hand_in_id
        db.session.commit()
    assert id is not None
    return id


def _rendered(app: Flask) -> Iterator[Figure]:
    id, taken = _hand_in(app), []
    with app.test_request_context(base_url="http://localhost"):
        hand_in = db.session.get_one(HandIn, id)
        db.session.refresh(hand_in, ["owner", "case"])
        receipt_paper.render(hand_in)  # the first loads the fonts
        for _ in range(RENDERED):
            begun = time.perf_counter()
            receipt_paper.render(hand_in)
            taken.append((time.perf_counter() - begun) * 1000)
        db.session.rollback()
    yield Figure("receipt as PDF/UA: p50", percentile(taken, 0.5), "ms")
    yield Figure("receipt as PDF/UA: p95", percentile(taken, 0.95), "ms", bar=RENDER_BAR_MS)


def _there(app: Flask, url: str, home: Path) -> Iterator[Figure]:
    settings = {"PORTAL_DATABASE_URL": url, "PORTAL_DATA_DIR": str(home), "PORTAL_DEMO": "true"}
    with subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "worker"],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            _wait_for(app, _hand_in(app))  # the worker starts and loads the fonts
            taken = [_wait_for(app, _hand_in(app)) for _ in range(HANDED_IN)]
        finally:
            worker.terminate()
    yield Figure("hand-in to receipt: p50", percentile(taken, 0.5), "s")
    yield Figure("hand-in to receipt: p95", percentile(taken, 0.95), "s", bar=THERE_BAR_S)


def _wait_for(app: Flask, id: UUID) -> float:
    """Return how many seconds after its commit a receipt was there."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_S:
        with app.app_context():
            if db.session.scalar(select(HandIn.receipt_file_id).where(HandIn.id == id)):
                return time.perf_counter() - begun
        time.sleep(0.02)
    raise TimeoutError(f"no receipt after {PATIENCE_S} s")
