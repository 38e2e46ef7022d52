"""What can go wrong, as one tree, and the one table that gives each its HTTP status.

    PortalError
    ├── InvalidInput      what was typed or sent cannot be taken
    │   ├── CutOff        fewer bytes arrived than were announced
    │   └── TooLarge      more than the limit allows
    ├── SignedOut         nobody is signed in (any more): the answer to a script
    ├── NotAllowed        known person, missing right
    ├── NotFound          does not exist, or is not yours: the answer is the same
    ├── Conflict          somebody was faster, or the thing has moved on
    ├── Expired           was valid once
    ├── TooMany           slow down
    └── Unavailable       something outside of the portal does not answer
        └── NoRoom        the file store is full

The message of an error is German, for the person at the screen, and says what to do next.
"""

from collections.abc import Sequence

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException


class PortalError(Exception):
    """Carry a German sentence for the person at the screen."""

    status = 500

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(PortalError):
    """What was typed or sent cannot be taken."""

    status = 422


class CutOff(InvalidInput):
    """Fewer bytes arrived than were announced."""

    status = 400


class TooLarge(InvalidInput):
    """More was sent than the limit allows."""

    status = 413


class SignedOut(PortalError):
    """Nobody is signed in: a script hears it, a page leads to the sign-in instead."""

    status = 401


class NotAllowed(PortalError):
    """The person is known, the right is missing."""

    status = 403


NOTHING_HERE = "Diese Seite gibt es nicht."


class NotFound(PortalError):
    """The thing does not exist or is not yours; nobody learns which."""

    status = 404

    def __init__(self, message: str = NOTHING_HERE) -> None:
        super().__init__(message)


class Conflict(PortalError):
    """Somebody was faster, or the thing has moved on."""

    status = 409


class Expired(PortalError):
    """It was valid once."""

    status = 410


class TooMany(PortalError):
    """Too many attempts; `retry_after` is in seconds.

    `typed` is the form that was sent, field by field: the page offers to send it once more.
    """

    status = 429

    def __init__(
        self, message: str, *, retry_after: int = 60, typed: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.typed = typed


class Unavailable(PortalError):
    """Something outside of the portal does not answer."""

    status = 503


class NoRoom(Unavailable):
    """The file store is full."""

    status = 507


def _page(status: int, message: str | None, *, typed: Sequence[tuple[str, str]] = ()) -> Response:
    """Render the page of `status` in the layout of the interface that was asked.

    A script that asks for JSON gets the sentence alone. On the page, the heading says that there
    is nothing here, in the language of the reader.
    """
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(message=message), status)
    staff = request.path == "/amt" or request.path.startswith("/amt/")
    return make_response(
        render_template(
            "errors/error.html",
            status=status,
            message=message if message != NOTHING_HERE else None,
            staff=staff,
            typed=typed,
            back=_form_page(),
        ),
        status,
    )


def _form_page() -> str | None:
    """Return the address of the form whose sending failed, if it can be shown again."""
    asked = current_app.create_url_adapter(request)
    if request.method != "POST" or asked is None or not asked.test(request.path, method="GET"):
        return None
    return request.full_path.rstrip("?")


def init_app(app: Flask) -> None:
    """Answer every error with a page that says what to do next."""

    def portal_error(error: PortalError) -> Response:
        if not isinstance(error, TooMany):
            return _page(error.status, error.message)
        page = _page(error.status, error.message, typed=error.typed)
        page.headers["Retry-After"] = str(error.retry_after)
        return page

    def http_error(error: HTTPException) -> Response:
        if isinstance(error, CSRFError):
            return _page(
                400,
                "Ihre Sitzung ist abgelaufen. Gehen Sie zurück und senden Sie noch einmal: "
                "Was Sie eingegeben haben, steht noch da.",
            )
        if error.response is not None:
            return make_response(error.response)
        page = _page(error.code or 500, None)
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                page.headers[name] = value
        return page

    app.register_error_handler(PortalError, portal_error)
    app.register_error_handler(HTTPException, http_error)
