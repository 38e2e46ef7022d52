"""What a request must be before a view sees it: whole, and from a known number of proxies away."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.core.errors import CutOff

CUT_OFF = (
    "Die Übertragung ist abgebrochen, bevor alles angekommen ist. Es wurde nichts gespeichert. "
    "Bitte senden Sie noch einmal."
)

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def count_every_body(application: Wsgi) -> Wsgi:
    """Make Werkzeug compare the bytes of a body with the bytes announced.

    gunicorn says of each body that it ends by itself (`wsgi.input_terminated`) and hands a cut-off
    one over without a word (benoitc/gunicorn#3234). With a declared length that promise is taken
    back, so that a short read raises `ClientDisconnected`.
    """

    def counted(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)  # Werkzeug asks only whether it is there
        return application(environ, start_response)

    return counted


def _read_whole_form() -> None:
    """Parse the form now, so that a cut-off one never reaches a view."""
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        try:
            request.form  # noqa: B018 (reading it parses the body)
        except ClientDisconnected as error:
            raise CutOff(CUT_OFF) from error


def init_app(app: Flask) -> None:
    """Trust the configured proxies and count every body; runs before the CSRF check."""
    proxies = app.config["SETTINGS"].trusted_proxies
    wsgi: Any = count_every_body(app.wsgi_app)
    if proxies:
        wsgi = ProxyFix(wsgi, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    app.before_request(_read_whole_form)
