"""Figures of the house: asked of the database, and no reason to fall silent when it is away."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.core import clock, figures, storage, tallies
from portal.core.vault import removing

NOW = clock.now()


def test_tallies_add_up(session: Session) -> None:
    for by in (1, 4):
        tallies.add(session, "files_swept", by=by)
    tallies.add(session, "scan_verdicts", kind="clean")
    written = figures.written(session, now=NOW).decode()
    assert 'portal_files_swept_total{kind=""} 5.0' in written
    assert 'portal_scan_verdicts_total{kind="clean"} 1.0' in written
    assert 'portal_readings_failed_total{kind=""} 0.0' in written, "what never happened is told"


def test_swept_files_are_counted(session: Session) -> None:
    storage.store().put(storage.new_key(), [b"lost"])
    removing.sweep(session, now=NOW + timedelta(days=3))
    counted = session.get_one(tallies.Tally, ("files_swept", ""))
    assert counted.number >= 1


def test_without_the_database_a_process_tells_of_itself(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Session, now: datetime) -> Iterator[Metric]:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setitem(app.extensions, "figures", (fail,))
    assert b"python_info" in figures.written(session, now=NOW)
