"""The log: one record a line, whatever was sent, and nothing of people in it (check 41)."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.core import logs
from portal.core.config import Settings

ID = "5cf5e2e9-3f59-4a8c-a1f0-6a3d0f3b1f6e"
SECRET = "Yk3_" * 10 + "abc"
ATTACK = (
    "/konto\r\n2026-11-26T00:00:00.000+00:00 CRITICAL root [-] all is lost\x1b[2J\x1b]0;owned\x07"
    "\u202e\u2028\x85\0"
)


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[Callable[[], list[str]]]:
    """Log as a process does; the function returns the lines written so far."""
    root, written = logging.getLogger(), io.StringIO()
    kept, level = root.handlers[:], root.level
    logs.configure(request.param, level=logging.INFO)
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield lambda: written.getvalue().splitlines()
    root.handlers[:] = kept
    root.setLevel(level)


def test_check_41_an_attack_stays_in_its_line(log: Callable[[], list[str]]) -> None:
    logging.getLogger("portal.test").warning("not found: %s", ATTACK)
    [line] = log()
    assert line.isprintable()
    assert "not found: /konto" in line
    assert "all is lost" in line


@given(message=st.text())
def test_check_41_whatever_is_logged_is_one_line_of_visible_signs(message: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (message,), None)
    for kind in logs.FORMATTERS.values():
        [line] = kind().format(record).splitlines() or [""]
        line.encode()
        assert not any(ord(sign) < 32 for sign in line)


@pytest.mark.parametrize(
    ("logged", "written"),
    [
        (f"/bestaetigen/{ID}/{SECRET}", f"/bestaetigen/{ID}/…"),
        (f"/passwort-neu/{ID}/{SECRET[:25]}", f"/passwort-neu/{ID}/…"),
        (
            f"http://localhost/passwort-neu/{ID}/{SECRET}?x=1",
            f"http://localhost/passwort-neu/{ID}/…?…",
        ),
        ("GET /anmelden/rueckweg?code=abc&state=def HTTP/1.1", "GET /anmelden/rueckweg?… HTTP/1.1"),
        (f"ticket {SECRET} refused", "ticket … refused"),
        ("mail to oksana.kovalenko@beispiel.de failed", "mail to …@… failed"),
        (
            "duplicate key\nDETAIL:  Key (email)=(Oksana) already exists.",
            "duplicate key\\nDETAIL: …",
        ),
        (f"/antraege/{ID}/person", f"/antraege/{ID}/person"),
        ("Der Job 4711 war verwaist: neu", "Der Job 4711 war verwaist: neu"),
    ],
)
def test_check_41_secrets_and_people_are_cut(logged: str, written: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (logged,), None)
    assert logs.TextFormatter().format(record).partition("] ")[2] == written
    assert json.loads(logs.JsonFormatter().format(record))["message"] == written


def test_check_41_a_trace_belongs_to_its_record_and_is_harmless(
    log: Callable[[], list[str]],
) -> None:
    try:
        int(f"bad input {ATTACK} from oksana@beispiel.de")
    except ValueError:
        logging.getLogger("portal.test").exception("failed")
    first, *rest = log()
    assert all(line.startswith("  | ") for line in rest)
    whole = "\n".join((first, *rest))
    assert "Traceback" in whole
    assert "oksana" not in whole
    assert "\x1b" not in whole


@pytest.fixture
def office() -> Flask:
    app = Flask(__name__)
    app.config["SETTINGS"] = Settings(demo=True)
    logs.init_app(app)

    @app.get("/<path:rest>")
    def fail(rest: str) -> str:
        raise RuntimeError(rest)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_check_41_a_request_is_found_by_the_id_that_its_answer_names(
    office: Flask, log: Callable[[], list[str]]
) -> None:
    answer = office.test_client().get(f"/bestaetigen/{ID}/{SECRET}?email=a@b.de")
    assert answer.status_code == 500
    assert SECRET not in "".join(log())
    assert answer.headers["X-Request-Id"] in log()[0]
    assert office.test_client().get("/x").headers["X-Request-Id"] != answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (0, "abcdef-123456", False),
        (1, "abcdef-123456", True),
        (1, "x" * 200, False),
        (1, "a b\x1b[2J", False),
        (1, "", False),
    ],
)
def test_only_a_trusted_proxy_names_a_request(
    office: Flask, proxies: int, given: str, *, taken: bool
) -> None:
    office.config["SETTINGS"] = Settings(demo=True, trusted_proxies=proxies)
    answer = office.test_client().get("/x", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is taken


def test_check_41_what_people_typed_is_in_no_database_error(rolled_back_app: Flask) -> None:
    assert rolled_back_app.config["SQLALCHEMY_ENGINES"]["default"]["hide_parameters"] is True
