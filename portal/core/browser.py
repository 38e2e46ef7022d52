"""What every answer tells the browser, and what every changing request must prove.

Headers after OWASP ASVS 5.0 chapter 3 and the checks 19 to 22: strict CSP with a nonce, no framing,
no sniffing, no caching of personal pages, `Sec-Fetch-Site` and CSRF token on every change.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from portal.core.config import Settings
from portal.core.errors import NotAllowed

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


_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def nonce() -> str:
    """Return the nonce of this answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def allow_devices() -> None:
    """Let this page ask for camera and microphone (device check, call, taking a photo)."""
    g.allow_devices = True


def forget_everything(answer: BaseResponse) -> BaseResponse:
    """Let the browser throw away what it keeps of the portal, after signing out (ASVS 14.3.1)."""
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def own_path(target: str | None, default: str) -> str:
    """Return `target` if it is a path of this portal, else `default` (ASVS 3.7.2)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in target) or "\\" in target:
        return default
    return target


def _refuse_foreign_changes() -> None:
    if request.method in _UNSAFE and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise NotAllowed("Diese Anfrage kam von einer fremden Seite und wurde nicht ausgeführt.")


def init_app(app: Flask) -> None:
    """Set the headers on every answer and check every change."""
    settings: Settings = app.config["SETTINGS"]
    csrf.init_app(app)
    app.before_request(_refuse_foreign_changes)

    @app.after_request
    def set_headers(answer: Response) -> Response:
        own = f"'self' {settings.media_url}"
        headers = answer.headers
        headers.setdefault(
            "Content-Security-Policy",
            "; ".join(
                (
                    "default-src 'none'",
                    f"script-src 'self' 'nonce-{nonce()}'",
                    "style-src 'self'",
                    "img-src 'self' data: blob:",
                    "font-src 'self'",
                    f"connect-src {own}",
                    "media-src 'self' blob:",
                    "manifest-src 'self'",
                    "worker-src 'self'",
                    "object-src 'none'",
                    "base-uri 'none'",
                    "form-action 'self'",
                    "frame-ancestors 'none'",
                )
            ),
        )
        devices = "self" if g.get("allow_devices") else ""
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
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
        return answer
