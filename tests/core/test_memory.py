"""What a process that serves does not do again and again."""

import gc
import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.core import memory, pdf
from portal.core.db import db


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector of circular garbage as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collector")
def test_what_is_loaded_is_looked_through_no_more() -> None:
    """Given a loaded process, when it settles, then the collector leaves what is there alone."""
    memory.settle()
    assert gc.get_freeze_count() > 100_000
    assert gc.get_threshold()[0] == memory.NEW_OBJECTS


def test_a_request_ends_without_a_thread_of_its_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a session in use, when its context ends, then it is closed and no thread was begun."""
    begun: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", begun.append)
    with app.app_context():
        session = db.session
        session.begin()
    assert not session.in_transaction()
    assert not begun


def test_threads_do_not_share_fonts() -> None:
    """Given two threads, when both look for style sheet and fonts, then each keeps its own."""
    looks = [pdf._look(), pdf._look()]
    other = threading.Thread(target=lambda: looks.append(pdf._look()))
    other.start()
    other.join()
    assert looks[0] is looks[1]
    assert looks[2] is not looks[0]
    assert looks[2].fonts is not looks[0].fonts
