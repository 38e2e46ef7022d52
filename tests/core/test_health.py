"""What machines may ask, and what a stranger learns from it: nothing (check 48)."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.core import health
from portal.core.config import Settings

TOKEN = "t" * 40


@pytest.fixture
def with_settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**fields: object) -> None:
        kept: Settings = app.config["SETTINGS"]
        monkeypatch.setitem(app.config, "SETTINGS", kept.model_copy(update=fields))

    return change


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (None, 404),
        ("", 404),
        ("Bearer ", 404),
        (f"Bearer {TOKEN[:-1]}", 404),
        (f"Bearer {TOKEN}x", 404),
        (f"Basic {TOKEN}", 404),
        (TOKEN, 404),
        ("Bearer ü", 404),
    ],
)
def test_check_48_figures_want_the_token(
    app: Flask, with_settings: Callable[..., None], given: str | None, status: int
) -> None:
    with_settings(demo=False, metrics_token=TOKEN)
    told = {} if given is None else {"Authorization": given}
    answer = app.test_client().get("/metrics", headers=told)
    assert answer.status_code == status
    assert ("python_info" in answer.text) is (status == 200)


def test_check_48_without_a_token_there_are_no_figures(
    app: Flask, with_settings: Callable[..., None]
) -> None:
    with_settings(demo=False, metrics_token="")
    for given in ("Bearer ", "Bearer None", "Bearer"):
        answer = app.test_client().get("/metrics", headers={"Authorization": given})
        assert answer.status_code == 404
    with_settings(demo=True, metrics_token="")
    assert app.test_client().get("/metrics").status_code == 200


def test_check_48_a_short_token_is_refused_at_the_start() -> None:
    good = {"secret_key": "s" * 40, "ticket_keys": ("t" * 40,), "base_url": "https://x.example"}
    [problem] = Settings(**good, metrics_token="short").problems()  # type: ignore[arg-type]
    assert problem.startswith("PORTAL_METRICS_TOKEN ")


def test_check_48_health_says_yes_or_no(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.test_client().get("/health/live").json == {"live": True}
    assert app.test_client().get("/health/ready").json == {"ready": True}

    def fail() -> None:
        raise OSError("/srv/portal/files: permission denied")

    monkeypatch.setattr(health, "store", fail)
    answer = app.test_client().get("/health/ready")
    assert (answer.status_code, answer.json) == (503, {"ready": False})
