"""20 MB through the door of uploads beside a plain loop; the memory of a process that receives."""

import io
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from portal.app import create_app
from portal.core import clock, embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from portal.uploads import receiving, service
from portal.uploads.protocol import Announced
from tests.bench.figures import Figure
from tests.factories import accounts

SIZE, SMALL = 20_000_000, 2_000_000
RUNS = 5
SHARE_BAR, MEMORY_BAR_MB = 70, 8
CHUNK = 64 * 1024


def main(folder: str | None = None) -> Iterator[Figure]:
    """Receive the same bytes again and again; the file is not looked at."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    content = os.urandom(SIZE)
    with app.app_context(), app.test_request_context():
        _received(app, content)  # warm: pool, key of the holder, folders
        ours = min(_received(app, content) for _ in range(RUNS))
        plain = min(_written(home, content) for _ in range(RUNS))
        yield Figure("upload of 20 MB: received, encrypted, committed", SIZE / ours / 1e6, "MB/s")
        yield Figure("the same bytes: AES-GCM, write, fsync", SIZE / plain / 1e6, "MB/s")
        share = 100 * plain / ours
        yield Figure("share of the plain loop", share, "%", bar=SHARE_BAR, at_least=True)
        yield from _memory(app, content)
        db.session.rollback()
        db.session.close()
        db.engine.dispose()


def _memory(app: Flask, content: bytes) -> Iterator[Figure]:
    """Compare how much more a process holds at most while it receives little and much."""
    with _highest() as small:
        _received(app, content[:SMALL])
    with _highest() as large:
        _received(app, content)
    yield Figure("memory while 2 MB come in", small[0] / 1024**2, "MB", bar=MEMORY_BAR_MB)
    yield Figure("memory while 20 MB come in", large[0] / 1024**2, "MB", bar=MEMORY_BAR_MB)


def _received(app: Flask, content: bytes) -> float:
    """Receive one upload; return the seconds from the first byte to the last commit."""
    citizen = accounts.citizen(db.session)
    said = Announced(len(content), "a.pdf", "", "bench", None, is_redacted=False)
    upload = service.begin(db.session, owner=citizen, sender=citizen, said=said, now=clock.now())
    id = upload.id
    db.session.commit()
    part = receiving.Part(io.BytesIO(content), len(content), 0)
    begun = time.perf_counter()
    receiving.receive(db.sessionmaker, upload_id=id, part=part, clock=clock.now)
    return time.perf_counter() - begun


def _written(home: Path, content: bytes) -> float:
    """Encrypt and write the same bytes in one file."""
    cipher, path = AESGCM(secrets.token_bytes(32)), home / secrets.token_hex(8)
    begun = time.perf_counter()
    with path.open("xb") as file:
        for number, start in enumerate(range(0, len(content), CHUNK)):
            nonce = number.to_bytes(12, "big")
            file.write(cipher.encrypt(nonce, content[start : start + CHUNK], None))
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - begun
    path.unlink()
    return took


@contextmanager
def _highest() -> Iterator[list[int]]:
    """Watch the memory of this process; the list holds by how many bytes it grew at most."""
    process, over, grown = psutil.Process(), threading.Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.002):
            grown[0] = max(grown[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield grown
    finally:
        over.set()
        watcher.join()
