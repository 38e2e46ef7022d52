"""What a request must be before a view sees it.

Whole, from a known number of proxies away, and without what PostgreSQL cannot take: a NUL in an
address or a header is refused, in a form it is dropped, and no number in an address is larger than
a column.
"""

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from portal.core import hashed
from portal.core.cleaning import without_nul
from portal.core.errors import CutOff
from portal.core.storage import said_of_disks

CUT_OFF = (
    "Die Übertragung ist abgebrochen, bevor alles angekommen ist. Es wurde nichts gespeichert. "
    "Bitte senden Sie noch einmal."
)

STREAMED = "application/offset+octet-stream"  # tus 1.0.0: a part of a file

P = ParamSpec("P")
R = TypeVar("R")

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


LAST_PAGE = 100_000


def page_number() -> int:
    """Return which page of a list `?seite=` asks for: at least the first, and none out of reach."""
    return min(max(1, request.args.get("seite", 1, int)), LAST_PAGE)


class ColumnNumber(IntegerConverter):
    """A number in an address: `<int:…>` takes what fits into a column of PostgreSQL."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map, **limits: Any) -> None:
        super().__init__(map, **{"max": 2**31 - 1, **limits})


def _refuse_nul() -> None:
    """Refuse an address or a header with a NUL: no browser sends one."""
    told = (request.path, *(word for pair in request.args.items(multi=True) for word in pair))
    if any("\0" in word for word in told) or any("\0" in value for _, value in request.headers):
        raise BadRequest


def _drop_nul() -> None:
    """Take each NUL out of a form: it may stand in what somebody has pasted."""
    if any("\0" in word for pair in request.form.items(multi=True) for word in pair):
        request.form = ImmutableMultiDict(  # Werkzeug caches it the same way
            (without_nul(name), without_nul(value))
            for name, value in request.form.items(multi=True)
        )
    for files in request.files.listvalues():
        for file in files:
            file.filename = without_nul(file.filename or "") or None


def streams(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that reads a large body bit by bit; nothing else of that size is let in."""
    view.streams = True  # type: ignore[attr-defined]
    return view


def _is_streamed() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.mimetype == STREAMED and getattr(view, "streams", False)


def _read_whole_form() -> None:
    """Parse the form now, so that a cut-off one never reaches a view.

    Only files may be large: Werkzeug reads any other body into memory as a whole.
    """
    if request.mimetype != "multipart/form-data" and not _is_streamed():
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "hashes_files", False):
        # The hook that Werkzeug documents for where the bytes of a file go.
        request._get_file_stream = hashed.stream  # type: ignore[assignment]  # noqa: SLF001
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        try:
            with said_of_disks():  # a large file waits on one while it is parsed
                request.form  # noqa: B018 (reading it parses the body)
        except ClientDisconnected as error:
            raise CutOff(CUT_OFF) from error
        _drop_nul()


def init_app(app: Flask) -> None:
    """Trust the configured proxies and check every request; runs before the CSRF check."""
    proxies = app.config["SETTINGS"].trusted_proxies
    wsgi: Any = count_every_body(app.wsgi_app)
    if proxies:
        wsgi = ProxyFix(wsgi, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    app.url_map.converters["int"] = ColumnNumber
    app.before_request(_refuse_nul)
    app.before_request(_read_whole_form)
