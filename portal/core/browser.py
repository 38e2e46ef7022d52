"""What every answer tells the browser, and what a request from a browser must prove.

Headers after OWASP ASVS 5.0 chapter 3 and the checks 19 to 22: strict CSP with a nonce, no framing,
no sniffing, no caching of personal pages. A change needs the CSRF token and a page of our own as
its origin; from foreign pages nothing is handed out but to who follows a link (Fetch Metadata,
„resource isolation policy“). What the policy has blocked is reported to `core.csp_reports`.
"""

import logging
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from portal.core.config import Settings
from portal.core.errors import NotAllowed

log = logging.getLogger(__name__)

_MARK = "~"


class MarkedCsrf(CSRFProtect):
    """Take tokens that carry a mark behind them: for what their form was rendered.

    The mark proves nothing and is no secret. Who gives the marks compares them (`form_mark`).
    """

    def _get_csrf_token(self) -> str | None:
        token, _, mark = (super()._get_csrf_token() or "").partition(_MARK)
        g.form_mark = mark
        return token or None


csrf = MarkedCsrf()


def mark_forms(mark: str) -> None:
    """Let every token of this answer carry `mark`."""
    g.csrf_token = f"{generate_csrf().partition(_MARK)[0]}{_MARK}{mark}"


def form_mark() -> str:
    """Return the mark of the form that was sent, or nothing."""
    return str(g.get("form_mark", ""))


def token_again() -> str:
    """Return a token for sending the same form once more: it keeps the mark that the form had."""
    token = str(generate_csrf()).partition(_MARK)[0]
    return f"{token}{_MARK}{form_mark()}" if form_mark() else token


REPORTS = "/csp-bericht"
FOREIGN_CHANGE = "Diese Anfrage kam von einer fremden Seite und wurde nicht ausgeführt."
FOREIGN_VIEW = "Eine fremde Seite wollte diese Seite einbinden. Bitte öffnen Sie sie selbst."
LONGEST_PATH = 2000

_SAFE = {"GET", "HEAD", "OPTIONS"}
_FOREIGN = {"cross-site", "same-site"}


def nonce() -> str:
    """Return the nonce of this answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def allow_devices() -> None:
    """Let this page ask for camera and microphone (device check, call, taking a photo)."""
    g.allow_devices = True


def allow_media(addresses: Sequence[str]) -> None:
    """Let this page connect to these media servers besides the one of the settings (CSP)."""
    g.media_addresses = tuple(addresses)


def own_path(target: str | None, default: str) -> str:
    """Return `target` if it is a path of this portal, else `default` (ASVS 3.7.2)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if len(target) > LONGEST_PATH or "\\" in target or not target.isprintable():
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def cookie_name(name: str) -> str:
    """Return the name of a cookie; over TLS its prefix binds it to this host (RFC 6265bis 4.1)."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def keep(answer: AnyResponse, name: str, value: str, *, seconds: int) -> None:
    """Let the browser keep a small value for some time; no script reads it."""
    answer.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def forget_everything(answer: AnyResponse) -> AnyResponse:
    """Let the browser forget what it has kept of the portal besides cookies (ASVS 14.3.1).

    For signing out. Cookies stay: the language, and that this browser is known to an account.
    """
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _refuse_foreign() -> None:
    """Refuse what foreign pages send or want to embed; a browser that says nothing proves less.

    Reports of blocked content come from the browser itself, from sealed pages even as „cross-site“.
    """
    if request.path == REPORTS:
        return
    if request.method not in _SAFE and not _comes_from_us():
        log.warning("refused a change from a foreign page: %s", request.path)
        raise NotAllowed(FOREIGN_CHANGE)
    if request.method in _SAFE and not _may_be_shown():
        log.warning("refused to be embedded or read by a foreign page: %s", request.path)
        raise NotAllowed(FOREIGN_VIEW)


def _comes_from_us() -> bool:
    """Tell whether our own page sends this; without Fetch Metadata the origin must be ours."""
    site = request.headers.get("Sec-Fetch-Site")
    if site == "same-origin":
        return True
    origin = request.headers.get("Origin")
    return site not in _FOREIGN and (origin is None or origin in _own_origins())


def _own_origins() -> set[str]:
    at = urlsplit(current_app.config["BASE_URL"])
    return {f"{at.scheme}://{at.netloc}", request.host_url.rstrip("/")}


def _may_be_shown() -> bool:
    """Tell whether a person opens this: a link may come from anywhere, a part of a page not."""
    if request.headers.get("Sec-Fetch-Site") not in _FOREIGN:
        return True
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return opened and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _policy(settings: Settings) -> str:
    media = " ".join(dict.fromkeys((settings.media_url, *g.get("media_addresses", ()))))
    rules = [
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce()}'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        f"connect-src 'self' {media}",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        f"report-uri {REPORTS}",
        "report-to csp",
    ]
    return "; ".join(rules)


def _is_for_keeps(answer: Response) -> bool:
    """Tell whether this is a static file: found, without anything personal in it."""
    return request.endpoint == "static" and answer.status_code < 400


def init_app(app: Flask) -> None:
    """Set the headers on every answer and check every request."""
    app.before_request(_refuse_foreign)
    csrf.init_app(app)
    app.jinja_env.globals["token_again"] = token_again

    @app.after_request
    def set_headers(answer: Response) -> Response:
        settings: Settings = current_app.config["SETTINGS"]
        devices = "self" if g.get("allow_devices") else ""
        headers = answer.headers
        headers.setdefault("Content-Security-Policy", _policy(settings))
        headers.setdefault("Reporting-Endpoints", f'csp="{REPORTS}"')
        headers.setdefault(
            "Permissions-Policy",
            f"camera=({devices}), microphone=({devices}), display-capture=({devices}), "
            "geolocation=(), payment=(), usb=()",
        )
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        if not _is_for_keeps(answer):
            headers.setdefault("Cache-Control", "no-store")
        return answer
