"""Nothing serves real people with example secrets, short ones, or without TLS."""

import pytest

from portal.cli.commands import main


@pytest.mark.parametrize("command", ["up", "web", "media", "worker"])
@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "", "PORTAL_SECRET_KEY ist der Beispielwert"),
        ("TICKET_KEYS", "short", "PORTAL_TICKET_KEYS ist der Beispielwert oder kürzer"),
        ("BASE_URL", "http://portal.example", "PORTAL_BASE_URL muss mit https:// beginnen"),
    ],
)
def test_no_start_with(
    command: str,
    name: str,
    value: str,
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a-secret-that-is-long-enough-for-everybody")
    monkeypatch.setenv("PORTAL_TICKET_KEYS", "a-secret-that-is-long-enough-for-everybody")
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.jobcenter.example")
    monkeypatch.setenv(f"PORTAL_{name}", value)

    assert main([command]) == 2
    assert complaint in capsys.readouterr().err
