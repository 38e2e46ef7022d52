"""Scanners for documents: one that obeys, and the real one."""

import pytest
from flask import Flask

from portal.core.malware import Clamd
from tests.casefiles.pipeline import Scanner
from tests.clamd import RunningClamd


@pytest.fixture
def scanner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scanner:
    made = Scanner()
    monkeypatch.setitem(app.extensions, "virus_scanner", made)
    return made


@pytest.fixture
def real_scanner(app: Flask, monkeypatch: pytest.MonkeyPatch, clamd: RunningClamd) -> RunningClamd:
    monkeypatch.setitem(app.extensions, "virus_scanner", Clamd(clamd.url))
    return clamd
