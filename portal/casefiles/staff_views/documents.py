"""One document at a time: its pages beside what is known of it, and the decision."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import (
    forms,
    kinds,
    queries,
    readings,
    rules,
    service,
    shown,
)
from portal.casefiles.models import Document
from portal.casefiles.staff_views.blueprint import USUAL_PERIOD, blueprint
from portal.core import clock
from portal.core.browser import own_path
from portal.core.db import commits, db


@blueprint.get("/dokument/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def document(id: UUID) -> ResponseReturnValue:
    """Show one document beside what is known about it; the view is written down."""
    by = signed_in_staff()
    found = queries.document_for(db.session, id, by)
    readings.note_document(db.session, document=found, by=by, now=clock.now())
    due_on = clock.local_date(clock.now()) + USUAL_PERIOD
    form = forms.RejectForm(formdata=None, due_on=due_on, reason=kinds.usual_reason(found.state))
    return _document_page(found, form)


def _document_page(found: Document, form: forms.RejectForm) -> str:
    by = signed_in_staff()
    task = queries.request_after(db.session, document=found)
    return render_template(
        "casefiles/staff/document.html",
        document=found,
        form=form,
        state=shown.staff_state(found),
        details=shown.staff_details(found, task),
        pictures=shown.pictures(found, endpoint=".page") if rules.can_open(found, by) else [],
        may_accept=rules.can_accept(found, by),
        may_reject=rules.can_reject(found, by),
        next=request.values.get("next", ""),
    )


@blueprint.post("/dokument/<uuid:id>/annehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def accept(id: UUID) -> ResponseReturnValue:
    """Accept a document and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    service.accept(db.session, document=found, by=by, now=clock.now())
    flash(gettext("„%(title)s“ ist angenommen.", title=found.title), "success")
    return redirect(_next_after(found))


@blueprint.post("/dokument/<uuid:id>/noch-einmal")
@staff(Right.CHECK_DOCUMENTS)
@commits
def reject(id: UUID) -> ResponseReturnValue:
    """Ask for a document again and go on to the next item."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    form = forms.RejectForm()
    if not form.validate_on_submit():
        return _document_page(found, form), 422
    service.reject(
        db.session,
        document=found,
        reason=form.sentence,
        due_on=form.due_on.data,
        by=by,
        now=clock.now(),
    )
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=found.owner.name), "success")
    return redirect(_next_after(found))


def _next_after(found: Document) -> str:
    return own_path(request.form.get("next"), url_for("staff_inbox.next_item", von=found.id))
