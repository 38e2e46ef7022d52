"""Saving and showing one page of a draft with 1,000 answers, loading the catalogue, one receipt.

The big form is made here: a hundred pages with ten questions, half of them under a condition.
"""

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from flask import Flask

from portal.app import create_app
from portal.applications import jobs, lint, queries, service, shelf
from portal.applications.definitions import Form
from portal.applications.places import Place
from portal.core import clock, embedded, memory, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.client import PortalClient
from tests.factories import accounts, applications

PAGES, EACH, ROUNDS, RECEIPTS = 100, 10, 200, 10
SAVE_BAR_MS, SHOW_BAR_MS, RECEIPT_BAR_MS, LOAD_BAR_S = 50, 50, 400, 1


def main(folder: str | None = None) -> Iterator[Figure]:
    """Fill one big and one small draft and work on them."""
    yield from _load()
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    memory.settle()  # as a process that serves does
    form = big_form()
    shelf.shipped()[form.form, form.version] = form
    yield from _pages(app)
    yield from _receipts(app)
    del shelf.shipped()[form.form, form.version]
    with app.app_context():
        db.engine.dispose()


def big_form() -> Form:
    """Make a form of 1,000 questions."""
    text = {"de": "Frage", "en": "Question"}
    pages: list[dict[str, Any]] = []
    for page in range(PAGES):
        questions = [
            {"id": f"q_{page}_{number}", "type": "text", "label": text} for number in range(EACH)
        ]
        pages.append({"id": f"seite-{page}", "title": text, "questions": questions})
        if page % 2:
            pages[page]["when"] = {"answered": f"q_{page - 1}_0"}
    section = {"id": "all_of_it", "title": text, "why": text, "pages": pages}
    made = {
        "form": "bench",
        "version": 1,
        "valid_from": "2026-07-01",
        "legal_basis": "–",
        "minutes": 60,
        "title": text,
        "purpose": text,
        "sections": [section],
    }
    form = shelf.read(yaml.safe_dump(made))
    assert not lint.faults(form)
    return form


def _load() -> Iterator[Figure]:
    shelf.shipped.cache_clear()
    shelf.parts.cache_clear()
    begun = time.perf_counter()
    forms = shelf.shipped()
    found = [fault for form in forms.values() for fault in lint.faults(form)]
    assert not found
    took = time.perf_counter() - begun
    yield Figure(f"catalogue read and checked, {len(forms)} forms", took, "s", bar=LOAD_BAR_S)


def _pages(app: Flask) -> Iterator[Figure]:
    with app.test_request_context():
        person = accounts.citizen(db.session)
        draft = service.start(db.session, form="bench", by=person, now=clock.now())
        service.save_answers(
            db.session,
            filled=queries.filled_for(db.session, draft.id, asker=person),
            answers={
                Place(f"q_{page}_{number}"): "Antwort ä ß –"
                for page in range(PAGES)
                for number in range(EACH)
            },
            by=person,
            now=clock.now(),
        )
        browser = PortalClient(app, app.response_class, use_cookies=True)
        address = f"/antraege/{draft.id}"
        db.session.commit()
        browser.sign_in(person)
    token = browser.csrf_token()
    pages = itertools.cycle(range(PAGES))

    def save() -> None:
        page = next(pages)
        typed = {f"q_{page}_{number}": "neu" for number in range(EACH)} | {"csrf_token": token}
        answer = super(PortalClient, browser).open(
            f"{address}/seite-{page}", method="POST", data=typed
        )
        assert answer.status_code == 302

    def show() -> None:
        answer = super(PortalClient, browser).open(f"{address}/seite-{next(pages)}")
        assert answer.status_code == 200

    yield from _figures("save a page, 1,000 answers", save, ROUNDS, SAVE_BAR_MS)
    yield from _figures("show a page, 1,000 answers", show, ROUNDS, SHOW_BAR_MS)


def _receipts(app: Flask) -> Iterator[Figure]:
    with app.test_request_context():
        sent = []
        for _ in range(RECEIPTS + 1):
            sent.append(applications.sent(db.session, accounts.citizen(db.session)).id)
            db.session.commit()
        ids = iter(sent)

        def write() -> None:
            jobs.write_receipt(db.session, now=clock.now(), application_id=str(next(ids)))
            db.session.commit()

        write()  # the first loads the fonts
        yield from _figures("receipt as PDF/UA", write, RECEIPTS, RECEIPT_BAR_MS)


def _figures(what: str, act: Callable[[], None], rounds: int, bar: float) -> Iterator[Figure]:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    yield Figure(f"{what}: p50", percentile(taken, 0.5), "ms")
    yield Figure(f"{what}: p95", percentile(taken, 0.95), "ms", bar=bar)
