"""Bodies that are cut off on their way: nothing of them reaches a view."""

import contextlib
import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from portal.core import errors, requests
from portal.core.config import Settings
from portal.core.requests import LAST_PAGE, count_every_body, page_number
from portal.core.server import WebServer


def office(*, proxies: int = 0) -> tuple[Flask, list[int]]:
    """Build a bare application that counts what reaches its view."""
    app = Flask(__name__)
    app.config["SETTINGS"] = Settings(demo=True, trusted_proxies=proxies)
    reached: list[int] = []
    blueprint = Blueprint("echo", __name__)

    @blueprint.post("/")
    def take() -> ResponseReturnValue:
        reached.append(len(request.form.get("text", "")))
        return f"{request.remote_addr} {request.scheme}"

    @app.errorhandler(errors.PortalError)
    def say(error: errors.PortalError) -> ResponseReturnValue:
        return error.message, error.status

    app.register_blueprint(blueprint)
    requests.init_app(app)
    return app, reached


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=cut"


def body_of(kind: str) -> bytes:
    if kind == FORM:
        return b"text=" + b"x" * 5000
    head = b'--cut\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    return head + b"x" * 5000 + b"\r\n--cut--\r\n"


def send(port: int, kind: str, *, share: float) -> bytes:
    """Announce a whole body, send a share of it, and hang up the sending half."""
    body = body_of(kind)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind.encode(), len(body))
        )
        wire.sendall(body[: int(len(body) * share)])
        wire.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):  # gunicorn hangs up on what it cannot read
            while piece := wire.recv(65536):
                answer += piece
    return answer


@pytest.fixture
def werkzeug() -> Iterator[tuple[int, list[int]]]:
    app, reached = office()
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, reached
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.parametrize("kind", [FORM, PARTS])
def test_a_whole_body_arrives(werkzeug: tuple[int, list[int]], kind: str) -> None:
    port, reached = werkzeug
    assert b" 200 " in send(port, kind, share=1)
    assert reached == [5000]


@pytest.mark.parametrize("kind", [FORM, PARTS])
@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_a_cut_off_body_is_refused(
    werkzeug: tuple[int, list[int]], kind: str, share: float
) -> None:
    port, reached = werkzeug
    answer = send(port, kind, share=share)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"abgebrochen" in answer
    assert reached == []


def test_the_promise_of_the_server_is_taken_back_when_a_length_was_announced() -> None:
    seen: list[dict[str, object]] = []

    def inner(environ: dict[str, object], _start: object) -> list[bytes]:
        seen.append(dict(environ))
        return []

    counted = count_every_body(inner)  # type: ignore[arg-type]
    counted({"CONTENT_LENGTH": "5", "wsgi.input_terminated": True}, None)
    counted({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}, None)
    assert [environ.get("wsgi.input_terminated") for environ in seen] == [None, True]


@pytest.mark.parametrize(
    ("proxies", "address", "scheme"), [(0, "127.0.0.1", "http"), (1, "203.0.113.9", "https")]
)
def test_what_a_proxy_says_counts_only_if_it_is_trusted(
    proxies: int, address: str, scheme: str
) -> None:
    app, _ = office(proxies=proxies)
    said = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}
    assert app.test_client().post("/", headers=said).text == f"{address} {scheme}"


@pytest.mark.slow
def test_gunicorn_hands_no_cut_off_body_over() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app, _ = office()
    server = WebServer(lambda: app, Settings(demo=True, port=port, web_workers=1, web_threads=2))
    process = multiprocessing.get_context("fork").Process(target=server.run)
    process.start()
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        assert b" 200 " in send(port, FORM, share=1)
        for kind in (FORM, PARTS):
            for share in (0, 0.5, 0.999):
                assert b" 400 " in send(port, kind, share=share).split(b"\r\n")[0]
    finally:
        process.terminate()
        process.join(10)


@pytest.mark.parametrize("path", ["/%00", "/?seite=%00", "/?%00=1", "/?a=b%00c&a=d"])
def test_a_nul_in_an_address_is_refused(path: str) -> None:
    app, reached = office()
    assert app.test_client().post(path).status_code == 400
    assert reached == []


def test_a_nul_in_a_header_is_refused() -> None:
    app, reached = office()
    told = {"HTTP_USER_AGENT": "Mozilla\0"}
    assert app.test_client().post("/", environ_overrides=told).status_code == 400
    assert reached == []


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_a_nul_in_a_form_is_dropped(kind: str) -> None:
    app, reached = office()
    answer = app.test_client().post("/", data={"te\0xt": "a\0b"}, content_type=kind)
    assert answer.status_code == 200
    assert reached == [2]


def test_a_body_without_files_is_small() -> None:
    app, reached = office()
    app.config["MAX_FORM_MEMORY_SIZE"] = 1000
    assert (
        app.test_client().post("/", data=b"text=" + b"x" * 996, content_type=FORM).status_code
        == 413
    )
    assert (
        app.test_client().post("/", data=b"text=" + b"x" * 995, content_type=FORM).status_code
        == 200
    )
    assert reached == [995]


def _echo(number: int) -> str:
    return str(number)


@pytest.mark.parametrize(
    ("number", "status"), [("1", 200), (2**31 - 1, 200), (2**31, 404), ("9" * 5000, 404)]
)
def test_a_number_in_an_address_fits_into_a_column(number: object, status: int) -> None:
    app, _ = office()
    app.add_url_rule("/seite/<int:number>", view_func=_echo)
    assert app.test_client().get(f"/seite/{number}").status_code == status


@pytest.mark.parametrize(
    ("asked", "page"), [("", 1), ("3", 3), ("0", 1), ("-9", 1), ("x", 1), ("9" * 40, LAST_PAGE)]
)
def test_a_page_of_a_list_is_within_reach(asked: str, page: int) -> None:
    app, _ = office()
    with app.test_request_context(query_string={"seite": asked}):
        assert page_number() == page
