"""Staff pages of objections: time and form, reinstatement, the way to the answer."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.applications import service as applications
from portal.applications.models import ApplicationState
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.decisions import objecting, objection_shown, queries, rules, service
from portal.decisions.forms import FormMetForm, ReinstateForm
from portal.decisions.models import Objection, ObjectionState, WrittenForm

blueprint = Blueprint("staff_objections", __name__, url_prefix="/amt/widersprueche")

PAGE = "decisions/staff/objection.html"
REINSTATING = "wiedereinsetzung"
"""What the names begin with in the second form of the page."""


@blueprint.get("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show time and form of an objection; the view is written down."""
    me = signed_in_staff()
    objection = queries.objection_for(db.session, id, asker=me)
    applications.record_view(db.session, application=objection.application, by=me, now=clock.now())
    form = FormMetForm(formdata=None, met_on=clock.local_date(clock.now()))
    return render_template(PAGE, form=form, **_shown(objection))


@blueprint.post("/<uuid:id>/form")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def note_form(id: UUID) -> ResponseReturnValue:
    """Note that the signed paper came, or that it was put on record."""
    form, me = FormMetForm(), signed_in_staff()
    objection = queries.objection_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit() or form.met_on.data is None:
        return again(PAGE, form, **_shown(objection))
    kind, on = WrittenForm(form.form.data), form.met_on.data
    try:
        objecting.note_form(
            db.session, objection=objection, form=kind, on=on, by=me, now=clock.now()
        )
    except PortalError as error:
        return again(PAGE, form, error, **_shown(objection))
    flash(gettext("Vermerkt."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/wiedereinsetzung")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def reinstate(id: UUID) -> ResponseReturnValue:
    """Answer whether a missed period is healed."""
    form, me = ReinstateForm(prefix=REINSTATING), signed_in_staff()
    objection = queries.objection_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return again(PAGE, FormMetForm(formdata=None), **_shown(objection, form))
    objecting.reinstate(
        db.session,
        objection=objection,
        is_reinstated=form.answer.data == "ja",
        why=form.why.data or "",
        by=me,
        now=clock.now(),
    )
    flash(gettext("Die Antwort ist eingetragen."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/antwort")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Begin the answer: remedy it, or refuse it."""
    me = signed_in_staff()
    objection = queries.objection_for(db.session, id, asker=me)
    application = service.application_for(db.session, id, by=me)
    made = service.begin(
        db.session, application=application, objection=objection, by=me, now=clock.now()
    )
    return redirect(url_for("staff_decisions.edit", id=made.id))


def _shown(objection: Objection, reinstating: ReinstateForm | None = None) -> dict[str, Any]:
    found = rules.timeliness(objection)
    return {
        "objection": objection,
        "said": objection_shown.said(objection),
        "facts": objection_shown.facts(objection),
        "letter_address": objection_shown.letter_address(objection),
        "reinstating": reinstating or ReinstateForm(formdata=None, prefix=REINSTATING),
        "is_late": found.is_text_late or found.is_form_late,
        "is_form_missing": objection.form is WrittenForm.MISSING,
        "is_open": objection.state is ObjectionState.OPEN
        and objection.application.state is not ApplicationState.WITHDRAWN,
    }
