"""`portal anchor` writes the heads down; `portal verify` says in German what does not fit them."""

from pathlib import Path

import pytest
from flask import Flask

from portal.core.db import db
from tests import owner
from tests.audit.test_trail import deed
from tests.cli.conftest import Portal


@pytest.fixture
def folder(committed_app: Flask) -> Path:
    """Write three deeds of one case; return the folder of the anchors."""
    with committed_app.app_context():
        for name in ("things.made", "things.moved", "things.sent"):
            deed(db.session, name)
        db.session.commit()
    anchors: Path = committed_app.config["SETTINGS"].anchors
    return anchors


def tamper(app: Flask, statement: str) -> None:
    """Do what the owner of the database can do."""
    with owner.connection(app) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def test_without_anchors_verify_says_what_it_cannot_see(portal: Portal, folder: Path):
    answer = portal("verify")

    assert answer.code == 0
    assert "Protokoll: 3 Einträge in 1 Ketten." in answer.out
    assert "Anker: noch keiner." in answer.out


def test_an_anchor_is_written_once_for_the_same_deeds(portal: Portal, folder: Path):
    first, second = portal("anchor"), portal("anchor")

    assert (first.code, second.code) == (0, 0)
    assert "Anker 1 ist geschrieben: 1 Ketten." in first.out
    assert "Öffentlicher Schlüssel: " in first.out
    assert "Seit dem letzten Anker ist nichts geschehen." in second.out
    assert len(list(folder.iterdir())) == 1
    verified = portal("verify")
    assert verified.code == 0
    assert f"Anker in {folder}: 1 in Ordnung, der letzte davon vom" in verified.out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE audit_events SET deed = 'x' WHERE deed = 'things.moved'",
            "Eintrag 2 der Kette 11111111-1111-4111-8111-111111111111 vom {day} wurde verändert.",
        ),
        ("DELETE FROM audit_events WHERE deed = 'things.moved'", "passt nicht zum Eintrag davor"),
        ("DELETE FROM audit_events WHERE deed = 'things.sent'", "fehlt. Ein Anker nennt ihn."),
        ("TRUNCATE audit_events", "fehlt. Ein Anker nennt ihn."),
    ],
)
def test_check_45_verify_names_the_first_bad_row(
    portal: Portal, committed_app: Flask, folder: Path, statement: str, said: str
):
    portal("anchor")
    tamper(committed_app, statement)

    answer = portal("verify")

    assert answer.code == 1
    before, _, after = said.partition("{day}")
    assert before in answer.out
    assert after in answer.out


def test_check_45_verify_names_an_altered_anchor(portal: Portal, folder: Path):
    portal("anchor")
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b"11111111", b"22222222"))

    answer = portal("verify")

    assert answer.code == 1
    assert f"Anker 1 in {folder} wurde verändert." in answer.out


def test_check_45_verify_misses_the_newest_anchor(portal: Portal, folder: Path):
    portal("anchor")
    [file] = folder.iterdir()
    file.unlink()

    answer = portal("verify")

    assert answer.code == 1
    assert f"Anker 1 in {folder} fehlt." in answer.out


def test_after_a_change_of_the_secret_verify_says_what_helps(
    portal: Portal, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    key = portal("anchor").out.rpartition("Öffentlicher Schlüssel: ")[2].strip()
    monkeypatch.setenv("PORTAL_SECRET_KEY", "another secret, as long as it has to be")

    answer = portal("verify")

    assert answer.code == 1
    assert f"Anker 1 in {folder} trägt eine fremde Unterschrift ({key})" in answer.out
    assert "Der frühere gehört dahinter" in answer.out


def test_anchors_may_lie_elsewhere(
    portal: Portal, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORTAL_ANCHOR_DIR", str(tmp_path / "elsewhere"))

    portal("anchor")

    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
    assert not folder.exists()
