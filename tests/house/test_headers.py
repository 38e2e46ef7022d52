"""Every page of the house, for everybody: exactly these headers, and cookies that keep to us."""

import re
from collections.abc import Iterable, Iterator

import pytest
from flask.testing import FlaskClient

from portal.core.config import Settings
from tests.house.world import PEOPLE, Office

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-…'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self' ws://localhost:8001; media-src 'self' blob:; "
    "manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; report-uri /csp-bericht; report-to csp"
)
NO_DEVICES = "camera=(), microphone=(), display-capture=(), geolocation=(), payment=(), usb=()"
DEVICES = NO_DEVICES.replace("camera=()", "camera=(self)").replace(
    "microphone=(), display-capture=()", "microphone=(self), display-capture=(self)"
)
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": NO_DEVICES,
    "Reporting-Endpoints": 'csp="/csp-bericht"',
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Request-Id": "…",
}
KEPT_AND_ASKED = "private, no-cache"
SEALED = "default-src 'none'; sandbox"
DIFFERENT: dict[str, dict[str, str]] = {
    "casefiles.hand_in": {"Permissions-Policy": DEVICES},
    "application_papers.need": {"Permissions-Policy": DEVICES},
    "application_part_papers.need": {"Permissions-Policy": DEVICES},
    "summonses.show": {"Permissions-Policy": DEVICES},
    "outcomes.ask_reason": {"Permissions-Policy": DEVICES},
    "outcomes.ask_travel": {"Permissions-Policy": DEVICES},
    "hearings.show": {"Permissions-Policy": DEVICES},
    "consultations.devices": {"Permissions-Policy": DEVICES},
    "consultations.call": {"Permissions-Policy": DEVICES},
    "staff_consultations.devices": {"Permissions-Policy": DEVICES},
    "staff_consultations.call": {"Permissions-Policy": DEVICES},
    "rehearsal.index": {"Permissions-Policy": DEVICES},
    "guests.devices": {"Permissions-Policy": DEVICES},
    "colleagues.devices": {"Permissions-Policy": DEVICES},
    "threads.new": {"Permissions-Policy": DEVICES},
    "threads.show": {"Permissions-Policy": DEVICES},
    "consultation_table.page": {"Content-Security-Policy": SEALED},
    "casefiles.page": {"Content-Security-Policy": SEALED},
    "casefiles.thumbnail": {"Content-Security-Policy": SEALED},
    "casefiles.download": {"Content-Security-Policy": SEALED},
    "hand_ins.receipt": {"Content-Security-Policy": SEALED},
    "instant.receipt": {"Content-Security-Policy": SEALED},
    "staff_casefiles.page": {"Content-Security-Policy": SEALED},
    "staff_casefiles.thumbnail": {"Content-Security-Policy": SEALED},
    "staff_casefiles.download": {"Content-Security-Policy": SEALED},
    "postbox.download": {"Content-Security-Policy": SEALED},
    "staff_postbox.download": {"Content-Security-Policy": SEALED},
    "staff_intake.page": {"Content-Security-Policy": SEALED},
    "dev.mail_as_sent": {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "sandbox allow-popups"
    },
    # Programs ask again and again: they keep what they have and ask whether it is still true.
    "feeds.subscribed": {"Cache-Control": KEPT_AND_ASKED},
    "feeds.calendar": {"Cache-Control": KEPT_AND_ASKED},
    "feeds.entry": {"Cache-Control": KEPT_AND_ASKED},
    "style_sheet": {"Cache-Control": "public, max-age=31536000, immutable"},
}
"""What differs, and only where the page is shown (200)."""

NOT_OURS = {"Content-Type", "Content-Length", "Location", "Set-Cookie", "Vary", "Retry-After"}
NOT_OURS |= {"Content-Disposition", "Allow", "ETag", "Date"}
TLS = "https://portal.example"


def shown(answered: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers of an answer without what belongs to its content."""
    headers = {name: value for name, value in answered if name not in NOT_OURS}
    policy = headers["Content-Security-Policy"]
    headers["Content-Security-Policy"] = re.sub(r"'nonce-[\w-]{22}'", "'nonce-…'", policy)
    if re.fullmatch(r"[0-9a-f]{12}", headers["X-Request-Id"]):
        headers["X-Request-Id"] = "…"
    return headers


@pytest.mark.parametrize("who", PEOPLE)
def test_check_21_every_page_has_exactly_these_headers(furnished_office: Office, who: str) -> None:
    reach = furnished_office.reach(who)
    wrong = {}
    for address, endpoint in reach.pages.items():
        status, headers = reach.answers[address]
        wanted = EVERYWHERE | (DIFFERENT.get(endpoint, {}) if status == 200 else {})
        if shown(headers) != wanted:
            wrong[f"{endpoint} {status}"] = set(shown(headers).items()) ^ set(wanted.items())
    assert wrong == {}


def test_check_21_every_page_of_the_house_was_asked(furnished_office: Office) -> None:
    office = furnished_office
    seen = {endpoint for who in PEOPLE for endpoint in office.reach(who).pages.values()}
    rules = [rule for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert {str(rule.endpoint) for rule in rules} - seen <= {"static", "dev.enclosure"}


@pytest.fixture
def over_tls(furnished_office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Let the office be reached over TLS, as its factory would configure it."""
    for who in PEOPLE:
        furnished_office.reach(who)  # found out before the cookies get other names
    config = furnished_office.app.config
    demo: Settings = config["SETTINGS"]
    monkeypatch.setitem(config, "SETTINGS", demo.model_copy(update={"base_url": TLS}))
    monkeypatch.setitem(config, "BASE_URL", TLS)
    monkeypatch.setitem(config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(config, "SESSION_COOKIE_NAME", "__Host-portal")
    return furnished_office


def strangers(office: Office) -> FlaskClient:
    """Return a browser that has no cookie yet."""
    return FlaskClient(office.app, office.app.response_class, use_cookies=True)


def test_check_21_over_tls_the_browser_stays_with_tls(over_tls: Office) -> None:
    with over_tls.undone(), strangers(over_tls).get("/anmelden", base_url=TLS) as answer:
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_check_12_every_cookie_of_every_route_belongs_to_this_host_alone(over_tls: Office) -> None:
    """Ask every route once and send every form as everybody, signing in included."""
    office, seen = over_tls, set()
    for who in PEOPLE:
        client = office.browser(who)
        plain = client._cookies.values()
        for cookie in list(plain):  # the same session, as it is called over TLS
            client.set_cookie(f"__Host-{cookie.key}", cookie.value, domain="portal.example")
        one_each = {endpoint: address for address, endpoint in office.reach(who).pages.items()}
        pages = [("GET", address, {}) for address in one_each.values()]
        forms = [("POST", form.action, form.filled()) for _, form in office.targets(who)]
        for method, address, data in [*pages, *forms]:
            with (
                office.undone(),
                client.open(
                    address, method=method, data=data, base_url=TLS, headers={"Referer": f"{TLS}/"}
                ) as answer,
            ):
                for cookie in answer.headers.getlist("Set-Cookie"):
                    seen.add(cookie.partition("=")[0])
                    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
                    assert cookie.startswith("__Host-"), (address, cookie)
                    assert {"secure", "httponly", "path=/"} <= attributes, (address, cookie)
                    assert {"samesite=lax", "samesite=strict"} & attributes, (address, cookie)
                    assert not any(part.startswith("domain") for part in attributes)
    assert {"__Host-portal", "__Host-sprache"} <= seen


FORM = "application/x-www-form-urlencoded"
FAILING = {
    400: ("POST", "/anmelden", {"data": {"email": "x"}}),
    403: ("POST", "/anmelden", {"headers": {"Sec-Fetch-Site": "cross-site"}}),
    404: ("GET", "/gibt-es-nicht", {}),
    405: ("POST", "/hilfe", {}),
    413: ("POST", "/anmelden", {"data": b"email=" + b"x" * 3_000_000, "content_type": FORM}),
}


@pytest.mark.parametrize("status", FAILING)
def test_check_21_errors_have_the_same_headers(furnished_office: Office, status: int) -> None:
    method, address, request = FAILING[status]
    client = furnished_office.browser("nobody")
    if status == 405:
        request = {"data": {"csrf_token": client.get("/dev/csrf").text}}
    with furnished_office.undone(), client.open(address, method=method, **request) as answer:
        assert answer.status_code == status
        assert shown(answer.headers) == EVERYWHERE
        assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/anmelden", "/static/js/main.js", "/health/live"])
def test_check_48_what_nobody_needs_is_refused(
    furnished_office: Office, method: str, path: str
) -> None:
    sent = {"X-Secret": "do-not-echo"}
    with furnished_office.browser("nobody").open(path, method=method, headers=sent) as answer:
        assert answer.status_code in {400, 405}
        assert "do-not-echo" not in answer.text


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/js/", "/static/../portal/app.py"])
def test_check_48_no_folder_is_listed(furnished_office: Office, path: str) -> None:
    with furnished_office.browser("nobody").get(path) as answer:
        assert answer.status_code in {404, 308}
        assert answer.headers["Cache-Control"] == "no-store"


def test_check_48_nothing_runs_in_debug_mode(furnished_office: Office) -> None:
    assert furnished_office.app.debug is False
    assert furnished_office.app.jinja_env.globals.get("debug") is None
