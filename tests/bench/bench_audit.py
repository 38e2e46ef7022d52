"""Walking a trail of 1,000,000 events, in chains of fifty, and anchoring all of its heads."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.audit import anchors, queries, service
from portal.audit.models import Event
from portal.audit.rules import GENESIS, digest
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure

CHAINS, EACH = 20_000, 50
BAR_S, MEMORY_BAR_MB = 30, 50
BEGUN = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
COLUMNS = (
    "chain", "at", "actor_kind", "actor_id", "actor_name", "deed", "subject_kind", "subject_id",
    "facts", "previous_hash", "hash",
)  # fmt: skip


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill the trail, walk it, change one row in the middle of a chain and find it."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    with app.app_context():
        if not db.session.scalar(select(func.count(Event.id))):
            _fill(url)
        yield from _measure(db.session, home / "anchors")
        db.session.rollback()
        db.session.close()
        db.engine.dispose()


def _measure(session: Session, folder: Path) -> Iterator[Figure]:
    keys = anchors.keys_from(["the secret of the bench"])
    begun = time.perf_counter()
    service.anchor(session, folder=folder, keys=keys, now=BEGUN)
    session.commit()
    yield Figure(f"anchor the heads of {CHAINS:,} chains", time.perf_counter() - begun, "s")

    process = psutil.Process()
    before, begun = process.memory_info().rss, time.perf_counter()
    found = queries.examine(session, anchored=anchors.inspect(folder, keys=keys).heads())
    took, grown = time.perf_counter() - begun, process.memory_info().rss - before
    assert found.first is None
    assert found.events >= CHAINS * EACH
    yield Figure(f"verify {CHAINS * EACH:,} events", took, "s", bar=BAR_S)
    yield Figure("verify: memory that stays", grown / 1024**2, "MB", bar=MEMORY_BAR_MB)

    bad = CHAINS * EACH // 2
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE audit_events SET actor_name = 'x' WHERE id = :id"), {"id": bad})
    begun = time.perf_counter()
    broken = queries.first_break(session)
    yield Figure("name one changed row among them", time.perf_counter() - begun, "s", bar=BAR_S)
    assert broken
    assert broken.event_id == bad


def _fill(url: str) -> None:
    """Write the chains side by side, as deeds of many cases come in, with right hashes."""
    with psycopg.connect(url) as connection:
        with connection.cursor().copy(
            f"COPY audit_events ({', '.join(COLUMNS)}) FROM STDIN"
        ) as copy:
            for row in _rows():
                copy.write_row([row[column] for column in COLUMNS])
        connection.execute("ANALYZE audit_events")


def _rows() -> Iterator[dict[str, Any]]:
    last = {str(uuid.uuid4()): GENESIS for _ in range(CHAINS)}
    for turn in range(EACH):
        for number, (chain, previous) in enumerate(last.items()):
            facts = {"was": "missed", "fields": ["phone", "street"]} if turn % 3 == 0 else {}
            content: dict[str, Any] = {
                "chain": chain,
                "at": BEGUN + timedelta(days=turn, milliseconds=number),
                "actor_kind": "staff",
                "actor_id": chain,
                "actor_name": "Jana Müller-Lüdenscheidt",
                "deed": "casefiles.document_opened",
                "subject_kind": "document",
                "subject_id": chain,
                "facts": facts,
                "previous_hash": previous,
            }
            last[chain] = digest(**content)
            yield {**content, "facts": Jsonb(facts), "hash": last[chain]}
