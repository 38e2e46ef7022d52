"""Ten thousand messages to a mail server that limits its rate: none lost, none twice, how fast.

The server is real (aiosmtpd on loopback), and so is the worker. It takes `SERVER_A_SECOND` mails a
second and answers 451 to the rest, as large providers do; the office is told to send a little less.
`python -m tests.bench notifications`; SIZE in the environment makes it smaller.
"""

import asyncio
import collections
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.core import clock, embedded, jobs, schema
from portal.core.config import Settings
from portal.core.db import db
from portal.notifications import service
from portal.notifications.models import Message, MessageState
from tests.bench.figures import Figure, percentile

SIZE = int(os.environ.get("SIZE", "10000"))
SERVER_A_SECOND, OFFICE_A_MINUTE = 120, 6000
PATIENCE = 900


class Limited:
    """A mail server that counts what it takes in each second."""

    def __init__(self) -> None:
        self.taken: collections.Counter[str] = collections.Counter()
        self.in_second: collections.Counter[int] = collections.Counter()
        self.refused = 0
        self.lines = 0

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        self.lines += 1
        session.host_name = name
        return responses

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        second = int(time.monotonic())
        if self.in_second[second] >= SERVER_A_SECOND:
            self.refused += 1
            return "451 4.7.1 too many, come back later"
        self.in_second[second] += 1
        self.taken[envelope.rcpt_tos[0]] += 1
        return "250 OK"


def main(folder: str | None = None) -> Iterator[Figure]:
    """Enqueue everything, then let one worker carry it out."""
    home = Path(folder or tempfile.mkdtemp(prefix="portal-bench-"))
    url = embedded.ensure_database(embedded.start(home / "postgres"), "bench")
    schema.upgrade(url)
    server = Limited()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    app = create_app(
        Settings(
            database_url=url,
            demo=True,
            data_dir=home,
            smtp_url=f"smtp://127.0.0.1:{port}",
            smtp_per_minute=OFFICE_A_MINUTE,
        )
    )
    try:
        yield from _measured(app, url, server)
    finally:
        controller.stop()
        with app.app_context():
            db.engine.dispose()


def _measured(app: Flask, url: str, server: Limited) -> Iterator[Figure]:
    begun = time.perf_counter()
    _enqueue(app)
    yield Figure("messages written and enqueued", SIZE / (time.perf_counter() - begun), "1/s")
    begun = time.perf_counter()
    _work_until_done(app, url)
    took = time.perf_counter() - begun
    seconds = [server.in_second[s] for s in sorted(server.in_second)][1:-1] or [0]
    yield Figure("messages handed over", SIZE / took, "1/s")
    yield Figure("the rate that was allowed", OFFICE_A_MINUTE / 60, "1/s")
    yield Figure("most in one second", max(server.in_second.values()), "", bar=SERVER_A_SECOND)
    yield Figure("median second", statistics.median(seconds), "1/s")
    yield Figure("95 % of the seconds", percentile(seconds, 0.95), "1/s")
    yield Figure("refused by the server and sent later", server.refused, "")
    yield Figure("connections", server.lines, "", bar=SIZE / 20)
    yield Figure("lost", SIZE - len(server.taken), "", bar=0)
    yield Figure("sent twice", sum(server.taken.values()) - len(server.taken), "", bar=0)


def _enqueue(app: Flask) -> None:
    with app.app_context(), app.test_request_context(base_url=app.config["BASE_URL"]):
        for number in range(SIZE):
            service.send(
                db.session,
                template="document_received",
                address=f"n{number}@example.org",
                recipient_id=None,
                now=clock.now(),
                context={"owner": {"name": "Oksana"}, "path": "/", "now": clock.now()},
            )
            if number % 500 == 499:
                db.session.commit()
        db.session.commit()


def _work_until_done(app: Flask, url: str) -> None:
    """Run the worker in this process until no message waits."""
    jobs.bind_app(app)
    loop = asyncio.new_event_loop()
    worker = loop.create_task(
        jobs.run_worker(url, lanes=[jobs.Lane.USUAL], install_signal_handlers=False)
    )

    def run() -> None:
        asyncio.set_event_loop(loop)
        with_end = asyncio.gather(worker, return_exceptions=True)
        loop.run_until_complete(with_end)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    waiting = select(func.count()).where(Message.state == MessageState.WAITING)
    while time.monotonic() < until:
        time.sleep(1)
        with app.app_context():
            if not db.session.scalar(waiting):
                break
            db.session.rollback()
    loop.call_soon_threadsafe(worker.cancel)
    thread.join(30)
