"""Reports of blocked content: little is read, nothing believed, a flood cut off (check 20)."""

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core import csp_reports

OLD_SHAPE = "application/csp-report"
NEW_SHAPE = "application/reports+json"
SECRET = "/bestaetigen/5cf5e2e9-3f59-4a8c-a1f0-6a3d0f3b1f6e/" + "sEcReT-" * 6 + "x"


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    csp_reports._taken.clear()
    yield app.test_client()
    csp_reports._taken.clear()


def send(browser: FlaskClient, report: object, shape: str = OLD_SHAPE) -> TestResponse:
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    return browser.post("/csp-bericht", data=body, content_type=shape)


def blocked(**told: str) -> dict[str, dict[str, str]]:
    return {
        "csp-report": {
            "effective-directive": "script-src-elem",
            "blocked-uri": "https://evil.example/a?token=1",
            "document-uri": f"http://localhost{SECRET}?code=123",
            **told,
        }
    }


@pytest.mark.parametrize("shape", [OLD_SHAPE, NEW_SHAPE])
def test_check_20_a_report_becomes_one_line_without_secrets(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture, shape: str
) -> None:
    new = {
        "type": "csp-violation",
        "body": {
            "effectiveDirective": "script-src-elem",
            "blockedURL": "https://evil.example/a?token=1",
            "documentURL": f"http://localhost{SECRET}?code=123",
        },
    }
    with caplog.at_level(logging.WARNING, "portal.core.csp_reports"):
        answer = send(browser, blocked() if shape == OLD_SHAPE else [new], shape)
    assert (answer.status_code, answer.data) == (204, b"")
    [message] = caplog.messages
    assert message.startswith("content was blocked: script-src-elem evil.example on /bestaetigen/")
    assert "sEcReT" not in message
    assert "token" not in message
    assert "code" not in message


@pytest.mark.parametrize(
    "report",
    [b"", b"{", b"[" * 10_000, b"\xff\xfe", b"null", b"[1, null, {}]", {"csp-report": "x"}],
)
def test_check_20_what_is_no_report_leaves_no_line(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture, report: object
) -> None:
    assert send(browser, report).status_code == 204
    assert caplog.messages == []


def test_check_20_a_report_forges_no_line(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = {"effective-directive": "x\nERROR root", "blocked-uri": "http://[", "document-uri": "\n"}
    assert send(browser, blocked(**told)).status_code == 204
    assert caplog.messages == ["content was blocked: x ? on ?"]


def test_check_20_a_large_report_is_not_read(browser: FlaskClient) -> None:
    assert send(browser, b"x" * (csp_reports.BODY_LIMIT + 1)).status_code == 413


def test_check_20_a_flood_is_cut_off(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [send(browser, blocked()) for _ in range(csp_reports.IN_A_MINUTE + 5)]
    assert [answer.status_code for answer in answers].count(204) == csp_reports.IN_A_MINUTE
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert len([line for line in caplog.messages if "blocked" in line]) == csp_reports.IN_A_MINUTE


def test_check_20_many_reports_at_once_are_a_few_lines(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    one = {"body": {"effectiveDirective": "img-src"}}
    assert send(browser, [one] * 50, NEW_SHAPE).status_code == 204
    assert len(caplog.messages) == csp_reports.AT_ONCE


def test_check_20_sealed_pages_may_report(browser: FlaskClient) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
    assert browser.post("/csp-bericht", data=b"{}", headers=sent).status_code == 204
