"""Staff pages of a file as a whole: searching, holds, packages to take away.

A search is written down, and so is the fetching of a package: these GET views wear `@commits` for
the one line of the trail that they write.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import proved_lately, signed_in_staff, staff
from portal.casefiles import exports, file_jobs, file_shown, holds, queries, search, words
from portal.casefiles.file_forms import HoldForm, SearchForm, arguments_of, wanted_from
from portal.casefiles.models import Case, Document
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.requests import page_number
from portal.core.vault import service as vault
from portal.papers import filenames

blueprint = Blueprint("staff_files", __name__, url_prefix="/amt/akten")

SEARCH = "casefiles/staff/search.html"
HOLDS = "casefiles/staff/holds.html"
EXPORTS = "casefiles/staff/exports.html"


@blueprint.get("/suche")
@staff(Right.READ_FILES)
@commits
def search_all() -> ResponseReturnValue:
    """Search the documents of all files that are open to whoever asks."""
    return _search_page(None)


@blueprint.get("/<uuid:id>/suche")
@staff(Right.READ_FILES)
@commits
def search_case(id: UUID) -> ResponseReturnValue:
    """Search the documents of one file."""
    return _search_page(queries.case_for_staff(db.session, id, asker=signed_in_staff()))


def _search_page(case: Case | None) -> str:
    given, by, here = arguments_of(request.args), signed_in_staff(), page_number()
    query = given.get("suche", "").strip()
    asked = words.variants(db.session, query) if query else None
    rows, has_more = [], False
    if given and (asked is None or asked[0]):
        found, has_more = search.search(
            db.session,
            wanted_from(given, case=case, words=asked),
            asker=by,
            offset=(here - 1) * search.AT_ONCE,
        )
        sentences = search.sentences(db.session, found, query=query, asker=by) if query else {}
        opened = list(sentences)
        search.note(db.session, shown=found, opened=opened, case=case, by=by, now=clock.now())
        rows = file_shown.hit_rows(found, sentences, by)
    return render_template(
        SEARCH,
        case=case,
        form=SearchForm(request.args).offer(case),
        given=given,
        rows=rows,
        here=here,
        has_more=has_more,
    )


# Holds


@blueprint.get("/<uuid:id>/sperren")
@staff(Right.READ_FILES)
def held(id: UUID) -> ResponseReturnValue:
    """Show what of a file must not be erased, and why."""
    found = queries.case_for_staff(db.session, id, asker=signed_in_staff())
    form = HoldForm(formdata=None, document=request.args.get("dokument", "")[:40])
    return render_template(HOLDS, **_held(found, form))


@blueprint.post("/<uuid:id>/sperren")
@staff(Right.HOLD_FILES)
@commits
def hold(id: UUID) -> ResponseReturnValue:
    """Keep a file, or one document of it, from being erased."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    form = HoldForm()
    page = _held(found, form)
    if not form.validate_on_submit():
        return again(HOLDS, **page)
    try:
        holds.set_hold(
            db.session,
            case=found,
            document=page["document"],
            reason=form.reason.data or "",
            by=by,
            now=clock.now(),
        )
    except PortalError as error:
        return again(HOLDS, error=error, **page)
    flash(gettext("Die Aufbewahrungssperre gilt ab jetzt."), "success")
    return redirect(url_for(".held", id=id))


def _held(case: Case, form: HoldForm) -> dict[str, Any]:
    by = signed_in_staff()
    return {
        "case": case,
        "form": form,
        "document": _document(case, form.document_id),
        "rows": file_shown.hold_rows(holds.of_case(db.session, case=case), by),
        "may_hold": holds.can_hold(by),
    }


def _document(case: Case, id: UUID | None) -> Document | None:
    """Return the document that is meant; one of another file, or closed, is not there."""
    if id is None:
        return None
    found = queries.document_for(db.session, id, signed_in_staff())
    if found.case_id != case.id:
        raise NotFound
    return found


@blueprint.post("/sperre/<uuid:id>/aufheben")
@staff(Right.HOLD_FILES)
@commits
def lift(id: UUID) -> ResponseReturnValue:
    """End a hold."""
    by = signed_in_staff()
    found = holds.hold_to_lift(db.session, id, asker=by)
    holds.lift(db.session, hold=found, by=by, now=clock.now())
    flash(gettext("Die Aufbewahrungssperre ist aufgehoben."), "success")
    return redirect(url_for(".held", id=found.case_id))


# Packages of the whole file


@blueprint.get("/<uuid:id>/export")
@staff(Right.EXPORT_FILES)
def packages(id: UUID) -> ResponseReturnValue:
    """Show the packages that one has asked for, and how they stand."""
    by = signed_in_staff()
    exports.check_can_export(by)
    found = queries.case_for_staff(db.session, id, asker=by)
    mine = exports.of_case(db.session, case=found, asker=by)
    files = exports.files_of(db.session, mine)
    rows = file_shown.export_rows(mine, files, now=clock.now())
    return render_template(EXPORTS, case=found, rows=rows)


@blueprint.post("/<uuid:id>/export")
@staff(Right.EXPORT_FILES)
@proved_lately
@commits
def export(id: UUID) -> ResponseReturnValue:
    """Ask for a package of the whole file."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    made = exports.ask(db.session, case=found, by=by, now=clock.now())
    file_jobs.make_export.enqueue(db.session, export_id=str(made.id))
    flash(gettext("Der Export wird erstellt. Das dauert meist weniger als eine Minute."), "success")
    return redirect(url_for(".packages", id=id))


@blueprint.get("/export/<uuid:id>/datei")
@staff(Right.EXPORT_FILES)
@proved_lately
@commits
def fetch(id: UUID) -> ResponseReturnValue:
    """Send the package to be saved; this is written down."""
    by = signed_in_staff()
    found = exports.export_to_fetch(db.session, id, asker=by)
    file_id = exports.note_fetched(db.session, export=found, by=by, now=clock.now())
    case = queries.case_for_staff(db.session, found.case_id, asker=by)
    answer = Response(vault.stream(db.session, file_id), content_type="application/zip")
    name = f"Akte {case.file_reference}.zip"
    answer.headers["Content-Disposition"] = filenames.disposition(name)
    return answer
