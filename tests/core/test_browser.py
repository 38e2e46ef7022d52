"""What every answer tells the browser, and what a change must prove."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import _flask_config
from portal.core.browser import own_path
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
def test_the_way_back_is_a_path_of_ours(target: str | None, where: str) -> None:
    assert own_path(target, "/start") == where


def test_a_change_from_a_foreign_page_is_refused(client: PortalClient, session: Session) -> None:
    client.sign_in(citizen(session))
    path = "/konto/ueberall-abmelden"
    foreign = client.post_form(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert "fremden Seite" in foreign.text
    own = client.post_form(path, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 302


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
    settings = Settings(base_url="https://portal.example", database_url="postgresql://x/y")
    config = _flask_config(settings)
    assert config["SESSION_COOKIE_NAME"] == "__Host-portal"
    assert config["SESSION_COOKIE_SECURE"] is True
    assert config["SESSION_COOKIE_HTTPONLY"] is True
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"
