"""Tagged PDF (PDF/UA-1, ISO 14289-1) from our own templates by WeasyPrint.

Templates lie in `templates/pdf/<name>.html`, extending `layouts/pdf.html`. The fetcher denies every
address but our own fonts and style sheets: what a citizen typed must never make the server fetch.
"""

from pathlib import Path
from typing import Any

from flask import render_template
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.core import paths


class _OwnFilesOnly(URLFetcher):
    """Answer for files below `static/` and nothing else."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Read one of our own static files; deny all others."""
        prefix = "static:"
        if not url.startswith(prefix):
            raise FatalURLFetchingError(f"denied: {url[:80]}")
        path = (paths.STATIC / url.removeprefix(prefix)).resolve()
        if not path.is_relative_to(paths.STATIC.resolve()):
            raise FatalURLFetchingError("denied: outside")
        return URLFetcherResponse(url, body=path.read_bytes())


def render(name: str, **context: Any) -> bytes:
    """Render `templates/pdf/<name>.html` to a tagged PDF and return its bytes."""
    html = render_template(f"pdf/{name}.html", **context)
    fonts = FontConfiguration()
    fetcher = _OwnFilesOnly()
    style = CSS(
        string=Path(paths.STATIC / "css" / "pdf.css").read_text("utf-8"),
        base_url="static:css/",
        font_config=fonts,
        url_fetcher=fetcher,
    )
    document = HTML(string=html, base_url="static:", url_fetcher=fetcher)
    data: bytes = document.write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True
    )
    return data
