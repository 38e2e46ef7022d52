"""Signing in with a password, and what a session adds to each page."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask

from portal.accounts import passwords
from portal.app import create_app
from portal.core import embedded, schema
from portal.core.config import Settings
from portal.core.db import db
from tests.bench.figures import Figure, percentile
from tests.client import PortalClient
from tests.factories.accounts import citizen

ROUNDS = 60
PASSWORD = "grüner tee am morgen"
SIGN_IN_BAR_MS, PAGE_BAR_MS = 400, 50


def main(folder: str | None = None) -> Iterator[Figure]:
    """Sign in again and again, and open a page with and without a session."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    app = create_app(Settings(database_url=url, demo=True, data_dir=home))
    yield from _measure(app)
    with app.app_context():
        db.engine.dispose()


def _measure(app: Flask) -> Iterator[Figure]:
    kept = passwords.hash_of(PASSWORD)
    with app.app_context():
        person = citizen(db.session, password_hash=kept)
        address = person.email
        db.session.commit()
    client = PortalClient(app, app.response_class, use_cookies=True)
    nobody = PortalClient(app, app.response_class, use_cookies=True)
    form = {"address": address, "password": PASSWORD, "csrf_token": client.csrf_token()}

    def sign_in() -> None:
        assert client.post("/anmelden", data=form).status_code == 302
        form["csrf_token"] = client.csrf_token()

    hashing = _times(lambda: passwords.fits(kept, PASSWORD))
    signing_in = _times(sign_in)
    yield Figure("sign in with a password, p95", percentile(signing_in, 0.95), "ms", SIGN_IN_BAR_MS)
    yield Figure("  of which hashing, p50", percentile(hashing, 0.5), "ms")
    apart = _times(lambda: nobody.get("/hilfe"))
    inside = _times(lambda: client.get("/hilfe"))
    yield Figure("a page without a session, p50", percentile(apart, 0.5), "ms")
    yield Figure("the same signed in, p95", percentile(inside, 0.95), "ms", PAGE_BAR_MS)
    yield Figure(
        "what the session adds, p50", percentile(inside, 0.5) - percentile(apart, 0.5), "ms"
    )


def _times(deed: Callable[[], object]) -> list[float]:
    """Return how many milliseconds each of many runs takes."""
    deed()
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        deed()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken
