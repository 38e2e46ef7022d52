"""The fault lab: an office of real processes that tests break, and the promise that must hold.

No acknowledged byte is lost, no unacknowledged byte is shown, no job is lost, nothing happens
twice, every row has its file and every file its row, or is swept.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import requests
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from portal.casefiles.models import Document
from portal.core import clock
from portal.core.config import Settings
from portal.core.db import db
from portal.core.storage import store
from portal.core.vault import removing
from portal.core.vault import service as vault
from portal.core.vault.models import StoredPiece
from tests.client import PortalClient
from tests.factories import accounts
from tests.house.tree import ROOT
from tests.processes import forked
from tests.processes.running import free_port, wait_for

PATIENCE = 60.0


@dataclass(frozen=True)
class Citizen:
    """A signed-in person at a phone: cookie and token for forms."""

    cookies: dict[str, str]
    token: str


def sign_in(app: Flask) -> Citizen:
    """Open an account with a session."""
    with app.app_context():
        accounts.team(db.session)
        citizen = accounts.citizen(db.session)
        db.session.commit()
        client = PortalClient(app, app.response_class, use_cookies=True)
        client.sign_in(citizen)
    token = client.csrf_token()
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return Citizen({"portal": cookie.value}, token)


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Return the environment of a process of this office."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_BASE_URL": settings.base_url,
        **changes,
    }


def begin(
    module: str,
    *words: str,
    env: Mapping[str, str],
    wrapped: Sequence[str],
    log: Path = Path(os.devnull),
) -> forked.Process | subprocess.Popen[bytes]:
    """Start a module: from nothing where something must be around it from its beginning."""
    if not wrapped and "LD_PRELOAD" not in env:
        return forked.start(module, *words, env=env, log=log)
    with log.open("ab") as output:
        command = [*wrapped, sys.executable, "-m", module, *words]
        return subprocess.Popen(command, env=env, stdout=output, stderr=output)


class Web:
    """gunicorn with its workers, on loopback."""

    def __init__(
        self,
        settings: Settings,
        *,
        workers: int = 2,
        wrapped: Sequence[str] = (),
        **changes: str,
    ) -> None:
        self.port = free_port()
        self.process = begin(
            "gunicorn", "tests.casefiles.serving:application", "--preload",
            "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", "4",
            "--workers", str(workers), "--log-level", "critical", "--graceful-timeout", "5",
            env=environment(settings, **changes), wrapped=wrapped,
        )  # fmt: skip
        wait_for(self.answers, PATIENCE)

    def answers(self) -> bool:
        """Tell whether it serves."""
        assert self.process.poll() is None, "gunicorn ended"
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.address}/health/live", timeout=2).status_code == 200
        return False

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        """Return the processes that serve: not those in which they open files meanwhile."""
        arbiter = psutil.Process(self.process.pid)
        while Path(arbiter.exe()).resolve() != Path(sys.executable).resolve():
            [arbiter] = arbiter.children()  # what it is wrapped in
        return arbiter.children()

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(15)


@contextlib.contextmanager
def serving(app: Flask, **options: object) -> Iterator[Web]:
    """Serve the office for the block."""
    web = Web(app.config["SETTINGS"], **options)  # type: ignore[arg-type]
    try:
        yield web
    finally:
        web.stop()


@contextlib.contextmanager
def working(
    app: Flask, *, wrapped: Sequence[str] = (), log: Path = Path(os.devnull), **changes: str
) -> Iterator[forked.Process | subprocess.Popen[bytes]]:
    """Let a worker carry out jobs for the block."""
    env = environment(app.config["SETTINGS"], **changes)
    process = begin("portal.cli", "worker", env=env, wrapped=wrapped, log=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def hand_in(web: Web, citizen: Citizen, content: bytes, name: str = "foto.jpg") -> int | None:
    """Hand a file in; return the status of the answer, or None when there was none."""
    with contextlib.suppress(requests.RequestException):
        answer = requests.post(
            f"{web.address}/unterlagen/neu",
            data={"csrf_token": citizen.token, "kind": "payslips", "title": name},
            files={"files": (name, content, "image/jpeg")},
            cookies=citizen.cookies,
            allow_redirects=False,
            timeout=30,
        )
        return answer.status_code
    return None


def sha256(content: bytes) -> str:
    """Return the hash by which a file is found again."""
    return hashlib.sha256(content).hexdigest()


def documents(session: Session) -> list[Document]:
    """Return every document with its originals."""
    return list(
        session.scalars(
            select(Document)
            .options(selectinload(Document.originals), selectinload(Document.pages))
            .order_by(Document.received_at, Document.id)
        )
    )


def check_promise(app: Flask, acknowledged: Collection[str] = ()) -> list[Document]:
    """Check what must hold after every fault; `acknowledged` are hashes that somebody was promised.

    Return the documents.
    """
    with app.app_context():
        found = documents(db.session)
        hashes = [document.sha256 for document in found]
        assert set(acknowledged) <= set(hashes), "an acknowledged file is lost"
        assert len(hashes) == len(set(hashes)), "something happened twice"
        for document in found:
            for original in document.originals:
                content = vault.read(db.session, original.file_id)
                assert sha256(content) == original.sha256, "a shown byte is not the one that came"
        removing.sweep(db.session, now=clock.now() + timedelta(hours=25))
        lying = {key for key, _ in store().entries()}
        named = set(db.session.scalars(select(StoredPiece.key).order_by(StoredPiece.key)))
        assert named <= lying, "a row has lost its file"
        assert lying <= named, "a file has no row and was not swept"
        failed = db.session.scalar(
            # What the clock does comes again by itself, with its next tick.
            text(
                "SELECT count(*) FROM procrastinate_jobs"
                " WHERE status = 'failed' AND NOT jsonb_exists(args, 'timestamp')"
            )
        )
        assert failed == 0, "a job was given up"
        db.session.expunge_all()  # what is loaded stays loaded
        db.session.rollback()
        return found
