"""`portal doctor` names what is wrong; `portal verify` finds what is no longer what was kept."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.casefiles.models import Document, HandIn
from portal.core.db import db
from portal.core.vault.models import StoredPiece
from tests import owner
from tests.clamd import RunningClamd
from tests.cli.conftest import Portal
from tests.factories import casefiles


@pytest.fixture
def document(committed_app: Flask) -> Document:
    """Hand in a document and have it prepared."""
    with committed_app.test_request_context(base_url="http://localhost"):
        made = casefiles.document(db.session)
        db.session.commit()
        db.session.refresh(made, ["originals", "pages"])
        db.session.expunge_all()
    return made


def _file_of(app: Flask, file_id: UUID) -> Path:
    folder: Path = app.config["SETTINGS"].data_dir
    with app.app_context():
        key = db.session.scalar(select(StoredPiece.key).where(StoredPiece.file_id == file_id))
    assert key is not None
    return folder / "files" / key[:2] / key


def test_doctor_checks_everything_and_names_what_is_missing(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_MEDIA_INTERNAL_URL", "http://127.0.0.1:9")

    answer = portal("doctor")

    assert answer.code == 1
    failed = [line for line in answer.out.splitlines() if "✗" in line]
    assert len(failed) == 1
    assert "Läuft portal media?" in failed[0]
    assert answer.out.count("✓") == 16


def test_check_46_doctor_tells_who_can_change_the_trail(
    portal: Portal, committed_app: Flask, monkeypatch: pytest.MonkeyPatch
):
    assert "✓ Rechte         portal_app kann das Protokoll lesen" in portal("doctor").out

    monkeypatch.setenv("PORTAL_DATABASE_URL", committed_app.config["SETTINGS"].owner_url)
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", "")

    assert "✗ Rechte         Die Datenbankrolle postgres kann" in portal("doctor").out


def test_doctor_asks_the_virus_scanner(
    portal: Portal, clamd: RunningClamd, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_CLAMD_URL", clamd.url)
    assert "✓ Virenprüfung   clamd antwortet, findet das Testzeichen" in portal("doctor").out

    clamd.kill()

    assert "✗ Virenprüfung   Es wird nicht geprüft: " in portal("doctor").out


def test_doctor_tells_of_example_secrets(portal: Portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_DEMO", "false")

    answer = portal("doctor")

    assert "✗ Einstellungen" in answer.out
    assert "PORTAL_SECRET_KEY ist der Beispielwert" in answer.out
    assert "✗ E-Mail" in answer.out
    assert "✗ SMS" in answer.out


def test_doctor_tells_of_a_silent_database(portal: Portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")

    answer = portal("doctor")

    assert answer.code == 1
    assert "✗ Datenbank" in answer.out
    assert "✓ PDF" in answer.out


def test_verify_finds_everything_whole(portal: Portal, document: Document):
    answer = portal("verify")

    assert (answer.code, answer.err) == (0, "")
    assert "Alles unversehrt." in answer.out
    assert "Dateien werden geprüft: 4 von 4" in answer.out


def test_verify_finds_a_changed_file(portal: Portal, committed_app: Flask, document: Document):
    file = _file_of(committed_app, document.originals[0].file_id)
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    answer = portal("verify")

    assert answer.code == 1
    assert f"Unterlage {document.id}" in answer.out
    assert "die Datei ist verändert" in answer.out


def test_verify_finds_a_missing_file(portal: Portal, committed_app: Flask, document: Document):
    _file_of(committed_app, document.originals[0].file_id).unlink()
    _file_of(committed_app, document.pages[0].image_file_id).unlink()

    answer = portal("verify")

    assert answer.code == 1
    assert answer.out.count("die Datei fehlt") == 2
    assert f"Unterlage {document.id}" in answer.out


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (
            "manifest",
            "jsonb_set(manifest, '{documents,0,pages}', '9')",
            "Aufstellung ist verändert",
        ),
        ("manifest_sha256", "repeat('0', 64)", "Aufstellung ist verändert"),
        ("at", "at - interval '1 day'", "Code oder Zeit stimmen nicht"),
        ("receipt_sha256", "repeat('0', 64)", "das PDF ist verändert"),
    ],
)
def test_verify_finds_a_changed_receipt(
    portal: Portal, committed_app: Flask, document: Document, column: str, value: str, words: str
):
    with committed_app.test_request_context(base_url="http://localhost"):
        casefiles.receipt(db.session, db.session.scalars(select(HandIn)).one())
        db.session.commit()
    assert "Quittungen werden geprüft: 1 von 1" in portal("verify").out
    with owner.connection(committed_app) as connection:
        connection.execute(f"UPDATE hand_ins SET {column} = {value}")

    answer = portal("verify")

    assert answer.code == 1
    assert words in answer.out


def test_verify_finds_a_file_that_a_receipt_lists_and_nobody_has(
    portal: Portal, committed_app: Flask, document: Document
):
    with owner.connection(committed_app) as connection:
        connection.execute("DELETE FROM document_pages")
        connection.execute("DELETE FROM document_originals")

    answer = portal("verify")

    assert answer.code == 1
    assert "eine aufgeführte Datei fehlt" in answer.out


def test_verify_finds_a_receipt_with_one_flipped_bit(
    portal: Portal, committed_app: Flask, document: Document
):
    with committed_app.test_request_context(base_url="http://localhost"):
        hand_in = db.session.scalars(select(HandIn)).one()
        casefiles.receipt(db.session, hand_in)
        code, file_id = hand_in.code, hand_in.receipt_file_id
        db.session.commit()
    assert portal("verify").code == 0
    file = _file_of(committed_app, file_id)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    answer = portal("verify")

    assert answer.code == 1
    assert f"Quittung {code}: das PDF ist verändert" in answer.out


def test_verify_finds_a_changed_trail(portal: Portal, committed_app: Flask, document: Document):
    with owner.connection(committed_app) as connection:
        connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        connection.execute("UPDATE audit_events SET actor_name = 'Niemand'")

    answer = portal("verify")

    assert answer.code == 1
    assert "Eintrag 1 der Kette" in answer.out
