"""How a file as a whole is put into the rows that the components of a page take."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext

from portal.accounts.models import StaffMember
from portal.casefiles import exports, holds, kinds, months, rules, shown
from portal.casefiles.filed import Drawer, Filed, Version
from portal.casefiles.filing import Section
from portal.casefiles.keeping import CaseExport, Hold
from portal.casefiles.models import Case, Document
from portal.casefiles.search import Piece
from portal.core.templating import day, moment, short_day, short_moment, size
from portal.core.vault.models import StoredFile

Row = dict[str, Any]

HOW: dict[str, LazyString] = {
    "first": lazy_gettext("Zuerst eingegangen"),
    "again": lazy_gettext("Noch einmal abgegeben"),
    "split": lazy_gettext("Abgetrennt"),
    "merged": lazy_gettext("Zusammengeführt"),
}


def drawers(found: Iterable[Drawer], case: Case, chosen: Section | None) -> list[Row]:
    """Write the sections of a case: heading, how many, rows, and the way to the rest."""
    return [
        {
            "number": drawer.section.number,
            "title": drawer.section.title,
            "count": drawer.count,
            "href": url_for("staff_casefiles.case", id=case.id, teil=drawer.section.number),
            "is_chosen": drawer.section == chosen,
            "rows": document_rows(drawer.documents, case),
        }
        for drawer in found
    ]


def document_rows(documents: Iterable[Document], case: Case) -> list[Row]:
    """Write documents of a section for `data_table`, with person and months."""
    return [
        {
            **row,
            "owner": (document.about or document.owner).name,
            "months": _months(document),
        }
        for document, row in _with_rows(list(documents), case)
    ]


def _with_rows(documents: Sequence[Document], case: Case) -> Iterable[tuple[Document, Row]]:
    return zip(documents, shown.document_rows(documents, case), strict=True)


def filed_rows(document: Document, filed: Filed) -> list[Row]:
    """Write where a document lies and how long it is kept, for `description_list`."""
    person = filed.about or document.owner
    rows = [
        {
            "term": gettext("Abschnitt"),
            "value": f"{filed.section.number} {filed.section.title}",
        },
        {"term": gettext("Betrifft"), "value": person.name},
        {"term": gettext("Monate"), "value": _months(document)},
        {
            "term": gettext("Quittung"),
            "value": filed.hand_in and f"{filed.hand_in.code}, {short_moment(filed.hand_in.at)}",
        },
        {
            "term": gettext("Aufbewahrt bis"),
            "value": day(filed.kept.until) if filed.kept.until else gettext("noch kein Datum"),
        },
        {"term": gettext("Warum so lange"), "value": filed.kept.reason},
    ]
    return [row for row in rows if row["value"]]


def version_rows(versions: Iterable[Version], here: Document) -> list[Row]:
    """Write the versions of a document for `data_table`; the one that is open has no link."""
    return [
        {
            "title": one.document.title
            if one.document.id == here.id
            else {
                "label": one.document.title,
                "href": url_for("staff_casefiles.document", id=one.document.id),
            },
            "how": HOW[one.how],
            "received": short_moment(one.document.received_at),
            "state": shown.staff_state(one.document),
        }
        for one in versions
    ]


def opening_rows(filed: Filed) -> list[Row]:
    """Write who opened a document, for `data_table`."""
    return shown.event_rows(filed.openings, {})


# Searching


def hit_rows(
    documents: Iterable[Document], sentences: Mapping[UUID, Sequence[Piece]], asker: StaffMember
) -> list[Row]:
    """Write the hits of a search for `hit_list`; months, person and file stand below the title."""
    return [
        {
            "title": document.title,
            "href": url_for("staff_casefiles.document", id=document.id),
            "meta": _meta(document),
            "state": shown.staff_state(document),
            "pieces": sentences.get(document.id, ()),
            "is_closed": not rules.can_open(document, asker),
        }
        for document in documents
    ]


def _meta(document: Document) -> str:
    parts = (
        kinds.NAMES[document.kind],
        (document.about or document.owner).name,
        _months(document),
        gettext("eingegangen %(day)s", day=short_day(document.received_at)),
        document.case.file_reference,
    )
    return " · ".join(str(part) for part in parts if part)


# Holds and exports


def hold_rows(found: Iterable[Hold], asker: StaffMember) -> list[Row]:
    """Write holds: what is held, since when, by whom and why; titles of closed papers stay closed.

    `lift_href` stands where the asker may end the hold.
    """
    return [
        {
            "what": _held(hold, asker),
            "reason": hold.reason,
            "set": f"{short_moment(hold.set_at)}, {hold.set_by.name}",
            "lifted": f"{short_moment(hold.lifted_at)}, {hold.lifted_by.name}"
            if hold.lifted_at and hold.lifted_by
            else None,
            "lift_href": url_for("staff_files.lift", id=hold.id)
            if hold.lifted_at is None and holds.can_hold(asker)
            else None,
        }
        for hold in found
    ]


def _held(hold: Hold, asker: StaffMember) -> str:
    if hold.document_id is None:
        return str(gettext("Ganze Akte"))
    if hold.document and rules.can_read_kind(hold.document, asker):
        return hold.document.title
    return str(gettext("Ein Dokument"))


def export_rows(
    found: Iterable[CaseExport], files: Mapping[UUID, StoredFile], *, now: datetime
) -> list[Row]:
    """Write packages: when asked for, how they stand, and where to fetch them."""
    return [_export(one, files.get(one.file_id) if one.file_id else None, now) for one in found]


def _export(export: CaseExport, file: StoredFile | None, now: datetime) -> Row:
    row: Row = {"asked": short_moment(export.asked_at), "href": None, "size": None, "sha256": None}
    if export.failed_at:
        return row | {"state": {"label": gettext("Misslungen"), "tone": "danger"}}
    if exports.is_waiting(export):
        return row | {"state": {"label": gettext("Wird erstellt"), "tone": "info"}}
    if file is None or now >= export.expires_at:
        return row | {"state": {"label": gettext("Abgelaufen"), "tone": "neutral"}}
    return row | {
        "state": {"label": gettext("Bereit"), "tone": "success"},
        "until": moment(export.expires_at),
        "href": url_for("staff_files.fetch", id=export.id),
        "size": size(file.size),
        "sha256": file.sha256,
    }


def _months(document: Document) -> str | None:
    return months.in_words(document.months_from, document.months_until) or None
