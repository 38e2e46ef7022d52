"""All documents that wait: one table with what is suggested, and a deed for many at once."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import checking, queries, shown, waiting
from portal.casefiles.models import Document, DocumentKind
from portal.casefiles.processing_forms import WaitingForm
from portal.casefiles.staff_views.blueprint import blueprint
from portal.casefiles.waiting import Filters, Whose
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput
from portal.core.requests import page_number

ON_ONE_PAGE = 25


@blueprint.get("/dokumente")
@staff(Right.CHECK_DOCUMENTS)
def waiting_documents() -> ResponseReturnValue:
    """List what waits, oldest first, each with its suggestion."""
    by, filters, here = signed_in_staff(), _filters(), page_number()
    found, count = waiting.documents(
        db.session,
        asker=by,
        filters=filters,
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    return render_template(
        "casefiles/staff/waiting.html",
        rows=_rows(found),
        count=count,
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
        arguments=_arguments(filters),
        filters=filters,
        filter_form=WaitingForm(request.args),
        whose=shown.WHOSE,
        undo=shown.undo(waiting.accepted_lately(db.session, asker=by, now=clock.now())),
    )


def _rows(found: Any) -> list[dict[str, Any]]:
    return shown.waiting_rows(
        found, waiting.suggestions(db.session, found), next_arguments=_arguments(_filters())
    )


@blueprint.get("/dokumente/annehmen")
@staff(Right.CHECK_DOCUMENTS)
def ask_accept_many() -> ResponseReturnValue:
    """Show once more what would be accepted, and as what."""
    found = _ticked(signed_in_staff())
    return render_template(
        "casefiles/staff/accept_many.html",
        rows=_rows(found),
        count=len(found),
        arguments=_arguments(_filters()),
    )


@blueprint.post("/dokumente/annehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def accept_many() -> ResponseReturnValue:
    """Accept the ticked documents with what is suggested for each."""
    by = signed_in_staff()
    found = _ticked(by)
    checking.accept_all(
        db.session,
        documents=found,
        suggestions=waiting.suggestions(db.session, found),
        by=by,
        now=clock.now(),
    )
    flash(
        ngettext(
            "%(num)d Dokument ist angenommen.", "%(num)d Dokumente sind angenommen.", len(found)
        ),
        "success",
    )
    return redirect(url_for(".waiting_documents", **_arguments(_filters())))


def _ticked(by: StaffMember) -> list[Document]:
    typed = request.values.getlist("id", type=UUID)[:ON_ONE_PAGE]
    found = list(waiting.some(db.session, typed, asker=by))
    if not found:
        raise InvalidInput(
            gettext("Kreuzen Sie Dokumente an. Vielleicht hat jemand sie schon geprüft.")
        )
    return found


@blueprint.get("/dokumente/naechstes")
@staff(Right.CHECK_DOCUMENTS)
def next_waiting() -> ResponseReturnValue:
    """After a deed: open the next document of the list, or the list when it is empty."""
    by, filters = signed_in_staff(), _filters()
    before = request.args.get("nach", type=UUID)
    here = (
        next(iter(queries.documents_among(db.session, [before], asker=by)), None)
        if before
        else None
    )
    found = waiting.after(db.session, here, asker=by, filters=filters)
    if found is None:
        flash(gettext("Hier endet die Liste."), "info")
        return redirect(url_for(".waiting_documents", **_arguments(filters)))
    return redirect(shown.in_a_row(found, _arguments(filters)))


def _filters() -> Filters:
    given = request.values
    kind, whose = given.get("art"), given.get("wer")
    return Filters(
        whose=Whose(whose) if whose in set(Whose) else Whose.ALL,
        kind=DocumentKind(kind) if kind in set(DocumentKind) else None,
        case_id=given.get("akte", type=UUID),
    )


def _arguments(filters: Filters) -> dict[str, Any]:
    given = {
        "wer": filters.whose.value if filters.whose is not Whose.ALL else None,
        "art": filters.kind.value if filters.kind else None,
        "akte": str(filters.case_id) if filters.case_id else None,
    }
    return {name: value for name, value in given.items() if value}
