"""Tagged PDF (PDF/UA-1, ISO 14289-1) from our own templates by WeasyPrint.

Templates lie in `templates/pdf/<name>.html` and extend `layouts/pdf.html`. The fetcher denies every
address but our own static files: what a citizen typed must never make the server fetch.
"""

import logging
import threading
from typing import Any

from flask import render_template
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from portal.core import paths

# A line for each step of each page drowns the log of the worker.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
logging.getLogger("fontTools").setLevel(logging.WARNING)

STATIC_URL = "https://static.invalid/"  # a reserved name (RFC 2606): it can never be asked for


class OwnFilesOnly(URLFetcher):
    """Answer for the files below `static/` and deny everything else."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Read one of our own static files; a ValueError leaves the place empty."""
        root = paths.STATIC.resolve()
        path = (root / url.removeprefix(STATIC_URL).partition("?")[0]).resolve()
        if not url.startswith(STATIC_URL) or not path.is_relative_to(root) or not path.is_file():
            raise ValueError("only own static files are fetched")
        return URLFetcherResponse(url, body=path.read_bytes())


class _Look:
    """Style sheet and fonts, read once by each thread: Pango's fonts are not for two at a time."""

    def __init__(self) -> None:
        self.fetcher = OwnFilesOnly()
        self.fonts = FontConfiguration()
        self.style = CSS(
            string=(paths.STATIC / "css" / "pdf.css").read_text("utf-8"),
            base_url=f"{STATIC_URL}css/",
            font_config=self.fonts,
            url_fetcher=self.fetcher,
        )


_own = threading.local()


def _look() -> _Look:
    if not hasattr(_own, "look"):
        _own.look = _Look()
    look: _Look = _own.look
    return look


def render(name: str, **context: Any) -> bytes:
    """Render `templates/pdf/<name>.html` to a tagged PDF and return its bytes."""
    return from_html(render_template(f"pdf/{name}.html", **context))


def from_html(html: str) -> bytes:
    """Turn a whole HTML page into a tagged PDF in the look of the office's letters."""
    look = _look()
    document = HTML(string=html, base_url=STATIC_URL, url_fetcher=look.fetcher)
    data: bytes = document.write_pdf(
        stylesheets=[look.style], font_config=look.fonts, pdf_variant="pdf/ua-1", pdf_tags=True
    )
    return data
