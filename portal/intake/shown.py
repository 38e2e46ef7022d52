"""How scans are put into the rows that the components of a page take."""

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from portal.core.templating import short_moment, size
from portal.intake.models import Scan

Row = dict[str, Any]


def scan_rows(scans: Iterable[Scan]) -> list[Row]:
    """Write scans that wait, for `data_table`."""
    return [
        {
            "scan": {
                "label": gettext("Scan %(number)s", number=scan.number),
                "href": url_for("staff_intake.scan", id=scan.id),
            },
            "taken": short_moment(scan.taken_at),
            "pages": _pages(len(scan.pages)) if scan.page_count else gettext("wird gelesen"),
            "file": scan.filename,
        }
        for scan in scans
    ]


def pictures(scan: Scan) -> list[Row]:
    """Write the pages that wait, for `page_pictures`."""
    return [
        {
            "src": url_for("staff_intake.page", id=scan.id, number=page.number),
            "width": page.width,
            "height": page.height,
            "number": page.number,
        }
        for page in scan.pages
    ]


def details(scan: Scan) -> list[Row]:
    """Write the note of transfer, for `description_list` (BSI TR-03138 RESISCAN)."""
    return [
        {"term": gettext("Eingelesen"), "value": short_moment(scan.taken_at)},
        {"term": gettext("Datei"), "value": f"{scan.filename}, {size(scan.size)}"},
        {"term": gettext("Seiten"), "value": str(scan.page_count or "–")},
        {"term": gettext("Prüfsumme (SHA-256)"), "value": scan.sha256},
        *(
            {
                "term": gettext("Abgelegt"),
                "value": gettext(
                    "Seite %(pages)s, durch %(name)s", pages=_numbers(part), name=_by(part)
                ),
            }
            for part in scan.note.get("parts", [])
        ),
    ]


def _numbers(part: Row) -> str:
    return ", ".join(str(page) for page in part["pages"])


def _by(part: Row) -> str:
    return gettext("Deckblatt") if part["sheet"] else str(part["by"])


def _pages(count: int) -> str:
    return str(ngettext("%(num)d Seite", "%(num)d Seiten", count))
