"""The `portal` command in this process, on a database of its own."""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from portal.cli.commands import main
from portal.core.config import Settings


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


Portal = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """Give back what the command changes in its process."""
    mask, on_term = os.umask(0o022), signal.getsignal(signal.SIGTERM)
    level = logging.getLogger().level
    yield
    os.umask(mask)
    signal.signal(signal.SIGTERM, on_term)
    logging.getLogger().setLevel(level)


@pytest.fixture
def portal(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Portal:
    """Return a function that runs one command on the office of `committed_app`."""
    settings: Settings = committed_app.config["SETTINGS"]
    monkeypatch.setenv("PORTAL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PORTAL_DATABASE_OWNER_URL", settings.database_owner_url)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PORTAL_DEMO", "true")

    def run(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return run
