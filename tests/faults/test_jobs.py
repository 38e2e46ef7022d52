"""Faults 5, 6, 7 and 14: processes and the database are killed in the middle, clocks are wrong."""

import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.app import create_app
from portal.audit.models import Event
from portal.casefiles.models import Document
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.factories import papers
from tests.faults import lab
from tests.processes.running import wait_for

pytestmark = pytest.mark.slow

PHOTO = papers.phone_photo()
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def prepared(app: Flask) -> int:
    with app.app_context():
        ready = Document.page_count.is_not(None)
        count = db.session.scalar(select(func.count()).select_from(Document).where(ready))
        db.session.rollback()
        return count or 0


def deeds(app: Flask, deed: str) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Event).where(Event.deed == deed))
        db.session.rollback()
        return count or 0


def test_fault_05_a_hand_in_sent_again_and_again_is_one(committed_app: Flask) -> None:
    citizen = lab.sign_in(committed_app)
    with lab.serving(committed_app) as web, ThreadPoolExecutor(8) as phones:
        sent = [phones.submit(lab.hand_in, web, citizen, PHOTO) for _ in range(12)]
        time.sleep(0.4)
        web.workers()[0].kill()  # in the middle of some of them
        answers = [one.result() for one in sent]
        wait_for(lambda: lab.hand_in(web, citizen, PHOTO) == 302)
    assert {status for status in answers if status} <= {302, 429}, answers
    assert len(lab.check_promise(committed_app, [lab.sha256(PHOTO)])) == 1


def test_fault_06_the_work_of_a_killed_worker_is_done_once(
    committed_app: Flask, tmp_path: Path
) -> None:
    citizen = lab.sign_in(committed_app)
    with lab.serving(committed_app, workers=1) as web:
        assert lab.hand_in(web, citizen, PHOTO) == 302
    with lab.working(committed_app, log=tmp_path / "first.log") as first:
        wait_for(lambda: bool(psutil.Process(first.pid).children(recursive=True)))
        for process in [*psutil.Process(first.pid).children(recursive=True), first]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # while it opens the photo
        first.wait(10)
    assert prepared(committed_app) == 0
    with lab.working(committed_app, log=tmp_path / "second.log"):
        wait_for(lambda: prepared(committed_app) == 1, 90)
    [document] = lab.check_promise(committed_app, [lab.sha256(PHOTO)])
    assert len(document.pages) == 1
    assert deeds(committed_app, "casefiles.document_prepared") == 1


@pytest.fixture
def own_server(tmp_path: Path, server_url: str) -> Iterator[tuple[Flask, Path]]:
    """Start a PostgreSQL that only this test uses, so that it may be killed.

    It lies outside of pytest's folder, where PostgreSQL does not run when root tests.
    """
    home = Path(tempfile.mkdtemp(prefix="portal-fault-"))
    folder = home / "postgres"
    url = embedded.ensure_database(embedded.start(folder), "office")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=tmp_path / "data"))
    yield app, folder
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(home, ignore_errors=True)


def test_fault_07_a_database_that_falls_over_loses_nothing(
    own_server: tuple[Flask, Path], tmp_path: Path
) -> None:
    app, folder = own_server
    citizen = lab.sign_in(app)
    files = [papers.picture(width=900 + n) for n in range(12)]
    promised: list[str] = []

    def send(content: bytes) -> None:
        if lab.hand_in(web, citizen, content, lab.sha256(content)[:8]) == 302:
            promised.append(lab.sha256(content))

    log = tmp_path / "worker.log"
    with lab.serving(app) as web, lab.working(app, log=log) as worker:
        wait_for(lambda: listens(app))
        breaking = threading.Timer(1.0, restart, [folder])
        breaking.start()
        with ThreadPoolExecutor(3) as phones:
            list(phones.map(send, files))
        breaking.join()
        wait_for(lambda: lab.hand_in(web, citizen, PHOTO) == 302)
        promised.append(lab.sha256(PHOTO))
        # A worker that was listening falls with its database, and the supervisor starts another.
        wait_for(lambda: worker.poll() is not None)
        with lab.working(app, log=log):
            wait_for(lambda: prepared(app) >= len(promised), 120)
    lab.check_promise(app, promised)


def listens(app: Flask) -> bool:
    """Tell whether a worker waits for jobs."""
    with app.app_context():
        found = db.session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        )
        db.session.rollback()
        return bool(found)


def restart(folder: Path) -> None:
    """Let PostgreSQL fall over and come back, as after a power cut of its machine."""
    control = [str(embedded.binaries() / "pg_ctl"), "-D", str(folder), "-w"]
    subprocess.run(
        [*control, "-m", "immediate", "-l", str(folder / "again.log"), "restart"],
        user=folder.stat().st_uid,
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime lies elsewhere on this machine")
def test_fault_14_a_worker_with_a_wrong_clock_does_nothing_early_and_nothing_twice(
    committed_app: Flask, tmp_path: Path
) -> None:
    citizen = lab.sign_in(committed_app)
    with lab.serving(committed_app, workers=1) as web:
        assert lab.hand_in(web, citizen, PHOTO) == 302
    with committed_app.app_context():
        db.session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)"
                " VALUES ('portal', 'vault.remove', '{\"keys\": []}', now() + interval '1 hour')"
            )
        )
        db.session.commit()
    ahead = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+3h"}
    with (
        lab.working(committed_app, log=tmp_path / "ahead.log", **ahead),
        lab.working(committed_app, log=tmp_path / "right.log"),
    ):
        wait_for(lambda: prepared(committed_app) == 1, 90)
        time.sleep(3)
        with committed_app.app_context():
            early = db.session.scalar(
                text("SELECT status FROM procrastinate_jobs WHERE task_name = 'vault.remove'")
            )
            db.session.rollback()
    assert early == "todo", "the clock of the database decides"
    assert deeds(committed_app, "casefiles.document_prepared") == 1
    lab.check_promise(committed_app, [lab.sha256(PHOTO)])
