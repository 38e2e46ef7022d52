"""`portal backup` and `portal restore`: what was saved comes back whole, or is refused."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from portal.cli.database import ROLE
from portal.core import embedded
from portal.core.db import db
from tests.cli.conftest import Portal
from tests.factories import casefiles


@pytest.fixture
def saved(committed_app: Flask, portal: Portal, tmp_path: Path) -> Path:
    """Save an office with one document and one anchor."""
    with committed_app.test_request_context(base_url="http://localhost"):
        casefiles.document(db.session)
        db.session.commit()
    assert portal("anchor").code == 0
    answer = portal("backup", tmp_path / "saved")
    assert answer.code == 0, answer.err
    return tmp_path / "saved"


@pytest.fixture
def empty_office(
    server_url: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Point the command at an empty database and an empty folder."""
    name = f"portal_{worker_id}_restored"
    owner_url = embedded.ensure_database(server_url, name)
    monkeypatch.setenv("PORTAL_DATABASE_URL", embedded.role_url(owner_url, ROLE))
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", owner_url)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "restored"))
    yield
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_what_was_saved_comes_back(saved: Path, empty_office: None, portal: Portal):
    restored = portal("restore", saved)
    verified = portal("verify")

    assert (restored.code, verified.code) == (0, 0), restored.err
    assert "Alles unversehrt." in verified.out


def test_check_45_anchors_are_part_of_what_was_saved(
    saved: Path, empty_office: None, portal: Portal
):
    restored = portal("restore", saved)
    verified = portal("verify")

    assert (restored.code, verified.code) == (0, 0), verified.out
    assert ": 1 in Ordnung, der letzte davon vom" in verified.out


def test_check_45_a_damaged_anchor_in_a_backup_is_refused(
    saved: Path, empty_office: None, portal: Portal
):
    anchor = next((saved / "anker").iterdir())
    anchor.write_bytes(anchor.read_bytes()[:-1])

    assert anchor.name in portal("restore", saved).err


def test_check_46_a_restored_trail_is_as_protected_as_the_old_one(
    saved: Path, empty_office: None, portal: Portal
):
    assert portal("restore", saved).code == 0
    assert "✓ Rechte         portal_app kann" in portal("doctor").out


def test_the_role_of_the_portal_can_save_too(
    committed_app: Flask, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", "")

    answer = portal("backup", tmp_path / "saved")

    assert (answer.code, answer.err) == (0, "")


def test_nothing_is_restored_over_an_office(saved: Path, portal: Portal):
    answer = portal("restore", saved)

    assert answer.code == 2
    assert "Dieses Portal ist nicht leer." in answer.err


def test_a_damaged_backup_is_refused(saved: Path, empty_office: None, portal: Portal):
    file = next((saved / "dateien").iterdir())
    file.write_bytes(b"something else")

    answer = portal("restore", saved)

    assert answer.code == 2
    assert "Die Sicherung ist beschädigt." in answer.err
    assert file.name in answer.err


def test_a_folder_without_manifest_is_no_backup(saved: Path, empty_office: None, portal: Portal):
    (saved / "manifest.json").unlink()

    assert "keine vollständige Sicherung" in portal("restore", saved).err


def test_a_backup_never_overwrites(saved: Path, portal: Portal):
    answer = portal("backup", saved)

    assert answer.code == 2
    assert "ist nicht leer" in answer.err
