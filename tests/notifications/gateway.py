"""A real SMS gateway on loopback, for tests: it takes, refuses, waits, or sends elsewhere."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-token-of-the-gateway"


@dataclass
class Gateway:
    """What came in, and how the gateway answers."""

    url: str = ""
    answers: int = 202
    redirects_to: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    waits: threading.Event | None = None


@contextmanager
def running() -> Iterator[Gateway]:
    """Run a gateway in a thread of its own."""
    gateway = Gateway()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.note_and_answer()

        def do_GET(self) -> None:
            self.note_and_answer()

        def note_and_answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            gateway.headers.append({name.lower(): word for name, word in self.headers.items()})
            gateway.taken.append(json.loads(body or b"{}"))
            if gateway.waits:
                gateway.waits.wait(10)
            self.send_response(302 if gateway.redirects_to else gateway.answers)
            if gateway.redirects_to:
                self.send_header("Location", gateway.redirects_to)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # callers hang up
    gateway.url = f"http://127.0.0.1:{server.server_port}/sms"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield gateway
    finally:
        if gateway.waits:
            gateway.waits.set()
        server.shutdown()
        server.server_close()
