"""A phone that loses the network in the middle of an upload, against the real web server.

gunicorn hands a cut-off body over without a word (benoitc/gunicorn#3234): what arrived must be
compared with what was announced, and nothing of it may stay.
"""

import os
import socket
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.casefiles.models import Document
from portal.core.db import db
from portal.core.storage import store
from tests.client import PortalClient
from tests.factories import accounts, papers
from tests.processes import forked

pytestmark = pytest.mark.slow

BOUNDARY = "portal-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port(committed_app: Flask) -> Iterator[int]:
    """Start gunicorn on loopback with one worker of two threads."""
    settings = committed_app.config["SETTINGS"]
    chosen = free_port()
    server = forked.start(
        "gunicorn", "tests.casefiles.serving:application",
        "--bind", f"127.0.0.1:{chosen}", "--worker-class", "gthread", "--threads", "2",
        "--log-level", "error",
        env={
            **os.environ,
            "PORTAL_DEMO": "1",
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_DATA_DIR": str(settings.data_dir),
            "PORTAL_BASE_URL": settings.base_url,
        },
    )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", chosen)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError("gunicorn did not start")
        yield chosen
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def signed_in(committed_app: Flask) -> tuple[str, str]:
    """Sign a citizen in; return the cookie and a token for forms."""
    with committed_app.app_context():
        accounts.team(db.session)
        citizen = accounts.citizen(db.session)
        db.session.commit()
        client = PortalClient(committed_app, committed_app.response_class, use_cookies=True)
        client.sign_in(citizen)
    token = client.csrf_token()
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return f"portal={cookie.value}", token


def body_of(token: str) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"csrf_token": token, "kind": "payslips", "title": ""}.items()
    ]
    photo = papers.phone_photo()
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="foto.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    return b"".join([*parts, head, photo, f"\r\n--{BOUNDARY}--\r\n".encode()])


def post(port: int, cookie: str, body: bytes, *, announced: int) -> bytes:
    """Send a body whose length may differ from the announced one, and stop sending."""
    head = (
        "POST /unterlagen/neu HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {announced}\r\nConnection: close\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def taken(app: Flask) -> tuple[int, int]:
    """Count the documents and the files."""
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Document))
        return count or 0, len(list(store().entries()))


def test_a_cut_off_upload_stores_nothing_and_says_so(
    committed_app: Flask, port: int, signed_in: tuple[str, str]
) -> None:
    cookie, token = signed_in
    whole = body_of(token)
    for missing in (1, 400, 1_000_000):
        answer = post(port, cookie, whole[:-missing], announced=len(whole))
        assert answer.startswith(b"HTTP/1.1 400 "), missing
        assert b"Es wurde nichts gespeichert" in answer
        assert taken(committed_app) == (0, 0)

    answer = post(port, cookie, whole, announced=len(whole))
    assert answer.startswith(b"HTTP/1.1 302 ")
    assert taken(committed_app) == (1, 1)
