"""Fault 18: a backup made while people hand in, restored on an empty machine, proves everything."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from portal.app import create_app
from portal.core import embedded
from portal.core.config import Settings
from portal.core.db import db
from tests.factories import papers
from tests.faults import lab

pytestmark = pytest.mark.slow


@pytest.fixture
def empty_office(
    committed_app: Flask, server_url: str, worker_id: str, tmp_path: Path
) -> Iterator[Settings]:
    """Return the settings of an office with nothing in it."""
    name = f"portal_{worker_id}_restored_fault"
    url = embedded.ensure_database(server_url, name)
    yield Settings(
        database_url=url, database_owner_url=url, demo=True, data_dir=tmp_path / "restored"
    )
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def portal(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    owner = settings.database_owner_url or settings.database_url
    return subprocess.run(
        [sys.executable, "-m", "portal.cli", *words],
        env=lab.environment(settings, PORTAL_DATABASE_OWNER_URL=owner),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_fault_18_what_was_promised_before_the_backup_comes_back_whole(
    committed_app: Flask, empty_office: Settings, tmp_path: Path
) -> None:
    citizen = lab.sign_in(committed_app)
    stop = threading.Event()
    before: list[str] = []

    def go_on_handing_in(web: lab.Web) -> None:
        for number in range(200):
            if stop.is_set():
                return
            lab.hand_in(web, citizen, papers.picture(width=801 + number), f"{number}.jpg")

    with lab.serving(committed_app) as web:
        for number in range(4):
            content = papers.picture(height=601 + number)
            assert lab.hand_in(web, citizen, content, f"before-{number}.jpg") == 302
            before.append(lab.sha256(content))
        people = threading.Thread(target=go_on_handing_in, args=[web])
        people.start()
        try:
            saved = portal(committed_app.config["SETTINGS"], "backup", str(tmp_path / "saved"))
        finally:
            stop.set()
            people.join(60)
    assert saved.returncode == 0, saved.stderr

    restored = portal(empty_office, "restore", str(tmp_path / "saved"))
    assert restored.returncode == 0, restored.stderr
    verified = portal(empty_office, "verify")
    assert verified.returncode == 0, verified.stdout
    assert "Alles unversehrt." in verified.stdout
    app = create_app(empty_office)
    lab.check_promise(app, before)
    with app.app_context():
        db.engine.dispose()
