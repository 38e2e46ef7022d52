"""Staff pages of decisions: write one, check it, issue it, release or send back one of others.

Opening a decision is written down in the trail. These GET views therefore wear `@commits`: the
audit row is the one thing that they write.
"""

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.decisions import forms, queries, rules, service, shown, words
from portal.decisions.forms import DecisionForm, DeedForm, SendBackForm
from portal.decisions.models import Decision, DecisionState

blueprint = Blueprint("staff_decisions", __name__, url_prefix="/amt/entscheidungen")

EDIT, CHECK = "decisions/staff/edit.html", "decisions/staff/check.html"


@blueprint.post("/antrag/<uuid:application_id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def begin(application_id: UUID) -> ResponseReturnValue:
    """Begin a decision on an application, or go on with the open one."""
    me = signed_in_staff()
    application = service.application_for(db.session, application_id, by=me)
    made = service.begin(db.session, application=application, by=me, now=clock.now())
    return redirect(
        url_for(".check" if made.state is DecisionState.SUBMITTED else ".edit", id=made.id)
    )


@blueprint.get("/akte/<uuid:case_id>")
@staff(Right.PROCESS_APPLICATIONS)
def of_case(case_id: UUID) -> ResponseReturnValue:
    """List the decisions of a case, the newest first."""
    me = signed_in_staff()
    case = casefiles.case_for_staff(db.session, case_id, asker=me)
    found = queries.decisions_of_case(db.session, case_id=case.id, asker=me)
    return render_template("decisions/staff/case.html", case=case, rows=shown.of_staff(found))


@blueprint.get("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def edit(id: UUID) -> ResponseReturnValue:
    """Show the form of a draft; what is on its way or out is only looked at."""
    decision = queries.decision_for(db.session, id, asker=signed_in_staff())
    if decision.state is not DecisionState.DRAFT:
        return redirect(url_for(".check", id=id))
    service.record_view(db.session, decision=decision, by=signed_in_staff(), now=clock.now())
    return _form_page(decision, forms.of(decision))


@blueprint.post("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def save(id: UUID) -> ResponseReturnValue:
    """Keep what was typed, and go on to the letter."""
    me = signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    form = _offered(DecisionForm(), decision)
    if not form.validate_on_submit():
        return _refused(decision, form)
    try:
        service.save(
            db.session,
            decision=decision,
            typed=form.typed,
            revision=form.seen,
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        return _refused(decision, form, error)
    return redirect(url_for(".check", id=id))


@blueprint.get("/<uuid:id>/pruefen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def check(id: UUID) -> ResponseReturnValue:
    """Show the letter as it will go out, what is missing, and who must look at it."""
    decision = queries.decision_for(db.session, id, asker=signed_in_staff())
    service.record_view(db.session, decision=decision, by=signed_in_staff(), now=clock.now())
    return _check_page(decision, SendBackForm(formdata=None))


@blueprint.post("/<uuid:id>/erlassen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def finish(id: UUID) -> ResponseReturnValue:
    """Issue the decision, or hand it to a second person where the rules ask for one."""
    me = signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    is_out = service.finish(db.session, decision=decision, by=me, now=clock.now())
    if not is_out:
        flash(gettext("Die Entscheidung liegt jetzt zur Freigabe."), "success")
        return redirect(url_for(".check", id=id))
    flash(gettext("Der Bescheid ist geschrieben und geht jetzt hinaus."), "success")
    return redirect(url_for("staff_inbox.next_item", von=decision.application_id))


@blueprint.post("/<uuid:id>/freigeben")
@staff(Right.RELEASE_DECISIONS)
@commits
def release(id: UUID) -> ResponseReturnValue:
    """Release a decision of somebody else."""
    me = signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    service.release(db.session, decision=decision, by=me, now=clock.now())
    flash(gettext("Freigegeben. Der Bescheid geht jetzt hinaus."), "success")
    return redirect(url_for("staff_inbox.next_item", von=id))


@blueprint.post("/<uuid:id>/zurueckgeben")
@staff(Right.RELEASE_DECISIONS)
@commits
def send_back(id: UUID) -> ResponseReturnValue:
    """Send a decision back with a reason."""
    form, me = SendBackForm(), signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _check_page(decision, form), 422
    service.send_back(
        db.session, decision=decision, why=form.why.data or "", by=me, now=clock.now()
    )
    flash(gettext("Zurückgegeben. Der Grund steht bei der Entscheidung."), "success")
    return redirect(url_for("staff_inbox.next_item", von=id))


@blueprint.post("/<uuid:id>/zurueckholen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def take_back(id: UUID) -> ResponseReturnValue:
    """Take a decision that waits for release back to the desk."""
    me = signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    service.take_back(db.session, decision=decision, by=me, now=clock.now())
    return redirect(url_for(".edit", id=id))


@blueprint.post("/<uuid:id>/verwerfen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def discard(id: UUID) -> ResponseReturnValue:
    """Put a draft away."""
    me = signed_in_staff()
    decision = queries.decision_for(db.session, id, asker=me, lock=True)
    service.discard(db.session, decision=decision, by=me, now=clock.now())
    flash(gettext("Der Entwurf ist verworfen."), "success")
    return redirect(shown.subject_address(decision))


def _offered(form: DecisionForm, decision: Decision) -> DecisionForm:
    known = queries.blocks_now(db.session)
    hearings = queries.hearings_of(db.session, citizen=decision.citizen)
    return form.offer(decision, known.values(), hearings)


def _refused(decision: Decision, form: DecisionForm, error: PortalError | None = None) -> Response:
    """Show the form again with what was typed; what the session holds of it is forgotten."""
    if error is not None:
        form.refuse(error)
    db.session.rollback()
    found = queries.decision_for(db.session, decision.id, asker=signed_in_staff())
    page = make_response(_form_page(found, form), error.status if error else 422)
    if error is not None and error.status == 409:
        form.revision.data = str(found.revision)
        page = make_response(_form_page(found, form), 409)
    return page


def _form_page(decision: Decision, form: DecisionForm) -> str:
    names = [member.citizen.name for member in decision.case.members]
    return render_template(
        EDIT,
        decision=decision,
        form=_offered(form, decision).with_lines([] if decision.amounts else names),
        subject=shown.subject_address(decision),
        values=shown.values(decision, form=service.form_title(db.session, decision)),
        title=service.form_title(db.session, decision),
        words=words,
    )


def _check_page(decision: Decision, sending_back: SendBackForm) -> str:
    me, now = signed_in_staff(), clock.now()
    may_release = rules.can_release(decision, by=me)
    signed_by = me.name if may_release else decision.prepared_by.name
    return render_template(
        CHECK,
        decision=decision,
        form=sending_back,
        deed=DeedForm(formdata=None),
        view=shown.check(db.session, decision, signed_by=signed_by, now=now),
        may_release=may_release,
        subject=shown.subject_address(decision),
        words=words,
        states=DecisionState,
    )
