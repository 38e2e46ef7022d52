"""Laying a document into the file where it belongs: first the file, then the person and why."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import moving, queries, readings, rules
from portal.casefiles.models import Case, Document
from portal.casefiles.processing_forms import MoveForm
from portal.casefiles.staff_views.blueprint import blueprint
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError


@blueprint.get("/dokument/<uuid:id>/andere-akte")
@staff(Right.CHECK_DOCUMENTS)
@commits
def choose_case(id: UUID) -> ResponseReturnValue:
    """Ask for the file; once it is named, show its people. Both views are written down."""
    by, reference = signed_in_staff(), request.args.get("reference", "")
    found = queries.document_for(db.session, id, by)
    rules.check_can_move(found, by)
    readings.note_document(db.session, document=found, by=by, now=clock.now())
    form = MoveForm(formdata=None, reference=reference)
    if not reference:
        return _page(found, form)
    try:
        to = moving.case_named(db.session, reference, asker=by)
    except PortalError as error:
        form.reference.errors = [error.message]
        return _page(found, form), error.status
    readings.note_case(db.session, case=to, by=by, now=clock.now())
    return _page(found, form, to)


@blueprint.post("/dokument/<uuid:id>/andere-akte")
@staff(Right.CHECK_DOCUMENTS)
@commits
def move(id: UUID) -> ResponseReturnValue:
    """Give the document to a person of the named case."""
    by = signed_in_staff()
    found = queries.document_to_decide(db.session, id, by)
    form = MoveForm()
    to = moving.case_named(db.session, form.reference.data or "", asker=by)
    form.owner.choices = _people(to)
    if not form.validate_on_submit():
        return _page(found, form, to), 422
    moving.move(
        db.session,
        document=found,
        to=to,
        owner=moving.person_of(to, form.owner.data),
        reason=form.reason.data or "",
        by=by,
        now=clock.now(),
    )
    flash(gettext("Das Dokument liegt jetzt in der Akte %(number)s.", number=to.file_reference))
    return redirect(url_for("staff_inbox.next_item", von=id))


def _people(to: Case) -> list[tuple[str, str]]:
    return [(str(member.citizen_id), member.citizen.name) for member in to.members]


def _page(found: Document, form: MoveForm, to: Case | None = None) -> str:
    if to is not None:
        form.owner.choices = _people(to)
        form.owner.data = form.owner.data or form.owner.choices[0][0]
    family = moving.family_of(db.session, found)
    return render_template(
        "casefiles/staff/move.html", document=found, form=form, case=to, together=len(family)
    )
