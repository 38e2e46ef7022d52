"""What the environment and the command line make of each other; no database."""

import argparse
from pathlib import Path

import pytest

from portal.cli.commands import settings_of
from portal.cli.processes import environment, media_environment
from portal.cli.up import _programs
from portal.core.config import Settings


def _typed(**options: object) -> Settings:
    return settings_of(argparse.Namespace(**options))


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*Settings.model_fields, "media_host", "media_port", "media_udp_port"):
        monkeypatch.delenv(f"PORTAL_{name.upper()}", raising=False)


def test_addresses_follow_the_port():
    settings = _typed(demo=True, port=9000)

    assert settings.base_url == "http://localhost:9000"
    assert settings.media_url == "ws://localhost:9001"
    assert media_environment(settings)["PORTAL_MEDIA_PORT"] == "9001"
    assert media_environment(settings)["PORTAL_MEDIA_UDP_PORT"] == "9002"
    assert ":9000/intern/medien/" in media_environment(settings)["PORTAL_MEDIA_EVENTS_URL"]


def test_an_address_that_was_set_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.jobcenter.example")

    assert _typed(port=9000).base_url == "https://portal.jobcenter.example"


def test_what_was_typed_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_PORT", "7000")
    monkeypatch.setenv("PORTAL_DATA_DIR", "elsewhere")

    settings = _typed(port=9000, data_dir=tmp_path)

    assert (settings.port, settings.data_dir) == (9000, tmp_path)


def test_media_keeps_what_the_operator_has_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_MEDIA_UDP_PORT", "40000")

    assert media_environment(_typed())["PORTAL_MEDIA_UDP_PORT"] == "40000"


def test_only_the_supervisor_lets_no_talk_finish(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_MEDIA_DRAIN_LIMIT", "600")
    [supervised] = [it for it in _programs(_typed(demo=True)) if it.name == "media"]

    assert "PORTAL_MEDIA_DRAIN_LIMIT" not in media_environment(_typed())
    # It kills what has not ended after a few seconds, and waits for its ports at the next start.
    assert supervised.environment["PORTAL_MEDIA_DRAIN_LIMIT"] == "0"


def test_media_takes_calls_from_pages_of_this_portal_only():
    settings = Settings(base_url="https://portal.jobcenter.example/")

    allowed = media_environment(settings)["PORTAL_MEDIA_ALLOWED_ORIGINS"]

    assert allowed == "https://portal.jobcenter.example"


def test_check_46_a_child_does_not_learn_the_address_of_the_owner(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", "postgresql://owner:secret@db/portal")

    written = environment(_typed(demo=True))

    assert written["PORTAL_DATABASE_OWNER_URL"] == ""
    assert "secret@db" not in str(written)


def test_anchors_lie_in_the_data_folder_unless_told_otherwise(tmp_path: Path):
    assert _typed(data_dir=tmp_path).anchors == tmp_path / "anchors"
    assert Settings(anchor_dir="/mnt/anker").anchors == Path("/mnt/anker")


def test_a_child_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch):
    settings = _typed(demo=True, port=9000).model_copy(
        update={"ticket_keys": ("new", "old"), "interfaces": ("staff",), "web_workers": 3}
    )

    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings


def test_check_47_what_lies_in_a_file_stays_out_of_the_environment_of_a_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "key").write_text("a-secret-that-is-long-enough-for-everybody", "utf-8")
    monkeypatch.setenv("PORTAL_SECRET_KEY_FILE", str(tmp_path / "key"))
    settings = _typed(demo=True)

    told = environment(settings)

    assert settings.secret_key.startswith("a-secret")
    assert settings.secret_key not in told.values()
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
