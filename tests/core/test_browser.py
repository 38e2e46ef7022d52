"""What every answer tells the browser, and what a change must prove."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.app import _flask_config
from portal.core.browser import forget_everything, own_path
from portal.core.config import Settings
from tests.client import PortalClient
from tests.factories.accounts import citizen

PAGES = ("/anmelden", "/health/live", "/gibt-es-nicht", "/konto", "/amt/eingang", "/dev/postfach")


@pytest.fixture
def plain(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(plain: FlaskClient, path: str) -> None:
    headers = plain.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == policy["style-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


def test_the_nonce_is_new_each_time_and_the_page_uses_it(plain: FlaskClient) -> None:
    seen = set()
    for _ in range(3):
        answer = plain.get("/anmelden")
        found = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        assert found
        assert len(found[1]) >= 20
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {found[1]}
        seen.add(found[1])
    assert len(seen) == 3


def test_static_files_are_kept_by_the_browser_and_pages_are_not(plain: FlaskClient) -> None:
    with plain.get("/static/js/main.js") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/konto", "/konto"),
        ("/antraege?schritt=2&x=a/b", "/antraege?schritt=2&x=a/b"),
        ("/", "/"),
        (None, "/start"),
        ("", "/start"),
        ("konto", "/start"),
        ("https://evil.example", "/start"),
        ("//evil.example", "/start"),
        ("///evil.example", "/start"),
        ("/\\evil.example", "/start"),
        ("\\\\evil.example", "/start"),
        ("/konto\\@evil.example", "/start"),
        ("javascript:alert(1)", "/start"),
        ("/\t/evil.example", "/start"),
        ("/konto\r\nSet-Cookie: a=b", "/start"),
        ("http:evil.example", "/start"),
        (" /konto", "/start"),
    ],
)
def test_check_24_the_way_back_is_a_path_of_ours(target: str | None, where: str) -> None:
    assert own_path(target, "/start") == where


def _as_a_browser_reads(target: str) -> str:
    """Take out and turn around what the URL standard of browsers does before it looks at a URL."""
    bare = target.strip("".join(map(chr, range(33))))
    return re.sub(r"[\t\r\n]", "", bare).replace("\\", "/")


PIECES = ["\t", "\n", "\r", "\0", " ", "ü", "\ud800", "\u2028", "evil.example", "javascript:"]
PIECES += ["/", "\\", ".", ":", "@", "?", "#", "%2f", "%5c", "%09", "http", "https:", "konto"]


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(PIECES)).map("".join),
    )
)
@settings(max_examples=500)
def test_check_24_whatever_is_asked_for_the_browser_stays_with_us(target: str) -> None:
    path = own_path(target, "/start")
    assert path in {target, "/start"}
    seen = _as_a_browser_reads(path)
    assert re.match(r"/(?!/)", seen), seen
    assert urlsplit(urljoin("https://portal.example/anmelden", seen)).netloc == "portal.example"
    sent = redirect(path).get_wsgi_headers({"wsgi.url_scheme": "https", "HTTP_HOST": "a.example"})
    assert sent["Location"].isascii()  # and it can be written into a header


def test_check_24_a_foreign_way_back_leads_nowhere(client: PortalClient, session: Session) -> None:
    client.sign_in(citizen(session))
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert client.get("/anmelden", query_string={"next": target}).location == "/"
    assert client.get("/anmelden", query_string={"next": "/konto"}).location == "/konto"


def test_check_12_signing_out_can_empty_the_browser() -> None:
    answer = forget_everything(Response())
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


SIGN_OUT = "/konto/ueberall-abmelden"
OURS, FOREIGN = "http://localhost", "https://evil.example"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Origin": OURS}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Origin": OURS}, 302),
        ({}, 302),  # a browser from before 2020 that sends neither: the token protects
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ({"Sec-Fetch-Site": "none", "Origin": FOREIGN}, 403),
        ({"Origin": FOREIGN}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:9000"}, 403),
    ],
)
def test_check_19_a_change_comes_from_a_page_of_ours(
    client: PortalClient, session: Session, told: dict[str, str], status: int
) -> None:
    client.sign_in(citizen(session))
    answer = client.post_form(SIGN_OUT, headers=told)
    assert answer.status_code == status
    assert ("fremden Seite" in answer.text) is (status == 403)


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        ("same-origin", "cors", "empty", 200),
        ("same-origin", "no-cors", "image", 200),
        ("none", "navigate", "document", 200),
        ("cross-site", "navigate", "document", 200),  # a link in a mail or on another site
        ("same-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "object", 403),
        ("same-site", "navigate", "embed", 403),
        ("cross-site", "no-cors", "image", 403),
        ("cross-site", "no-cors", "script", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "websocket", "websocket", 403),
    ],
)
@pytest.mark.parametrize("path", ["/anmelden", "/static/js/main.js"])
def test_check_19_no_foreign_page_embeds_or_reads_ours(
    plain: FlaskClient, path: str, site: str, mode: str, dest: str, status: int
) -> None:
    told = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    with plain.get(path, headers=told) as answer:
        assert answer.status_code == status


def test_a_change_without_a_token_is_refused_with_words_that_help(client: PortalClient) -> None:
    answer = client.post("/anmelden", data={"email": "a@b.de", "password": "x"})
    assert answer.status_code == 400
    assert "steht noch da" in answer.text


@pytest.mark.parametrize("token", ["", "x", "Ijk4OSI.aaaa.bbbb"])
def test_a_wrong_token_is_refused(client: PortalClient, token: str) -> None:
    assert client.post("/anmelden", data={"csrf_token": token}).status_code == 400


def test_the_token_of_another_session_is_refused(app: Flask, client: PortalClient) -> None:
    other = PortalClient(app, app.response_class, use_cookies=True)
    token = other.csrf_token()
    client.csrf_token()
    assert client.post("/anmelden", data={"csrf_token": token}).status_code == 400


def test_over_tls_the_cookie_belongs_to_this_host_alone() -> None:
    tls = Settings(base_url="https://portal.example", database_url="postgresql://x/y")
    config = _flask_config(tls)
    assert config["SESSION_COOKIE_NAME"] == "__Host-portal"
    assert config["SESSION_COOKIE_SECURE"] is True
    assert config["SESSION_COOKIE_HTTPONLY"] is True
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"
