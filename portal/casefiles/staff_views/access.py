"""Files that are closed to somebody, and emergencies that open one."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import (
    accesses,
    emergency_queries,
    forms,
    queries,
    shown,
)
from portal.casefiles.models import AccessOutcome, Case
from portal.casefiles.staff_views.blueprint import blueprint
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, PortalError
from portal.office.forms import ConflictForm

ANSWERS = {"ja": AccessOutcome.GRANTED, "nein": AccessOutcome.REFUSED}


@blueprint.get("/<uuid:id>/befangenheit")
@staff(Right.READ_FILES)
def conflict(id: UUID) -> ResponseReturnValue:
    """Ask whose file it is before it is closed to oneself."""
    return _conflict_page(queries.case_for_staff(db.session, id, asker=signed_in_staff()))


@blueprint.post("/<uuid:id>/befangenheit")
@staff(Right.READ_FILES)
@commits
def keep_out(id: UUID) -> ResponseReturnValue:
    """Close the file to oneself at once."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    form = ConflictForm().offer(member.citizen for member in found.members)
    if not form.validate_on_submit():
        return _conflict_page(found, form), 422
    accesses.keep_out(
        db.session,
        case=found,
        citizen=next(m.citizen for m in found.members if str(m.citizen_id) == form.citizen.data),
        kind=form.chosen_kind,
        reason=form.reason.data or "",
        by=by,
        now=clock.now(),
    )
    flash(gettext("Die Akte ist jetzt für Sie geschlossen. Danke für Ihre Offenheit."), "success")
    return redirect(url_for(".index"))


def _conflict_page(found: Case, form: ConflictForm | None = None) -> str:
    people = [member.citizen for member in found.members]
    form = form or ConflictForm(formdata=None, citizen=str(people[0].id)).offer(people)
    return render_template("casefiles/staff/conflict.html", form=form, case=found)


@blueprint.get("/notfallzugriff")
@staff(Right.READ_FILES)
def emergency() -> ResponseReturnValue:
    """Ask which file is needed in an emergency, and why."""
    return render_template("casefiles/staff/emergency.html", form=forms.EmergencyForm())


@blueprint.post("/notfallzugriff")
@staff(Right.READ_FILES)
@commits
def ask_in_emergency() -> ResponseReturnValue:
    """Ask a second person for access; the answer is the same whether there is such a file."""
    form = forms.EmergencyForm()
    page = "casefiles/staff/emergency.html"
    if not form.validate_on_submit():
        return render_template(page, form=form), 422
    found = emergency_queries.case_to_ask_for(
        db.session,
        reference=form.reference.data or "",
        name=form.name.data or "",
        born=form.born.data,
    )
    try:
        accesses.ask(
            db.session,
            case=found,
            reason=form.reason.data or "",
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return render_template(page, form=form), error.status
    return redirect(url_for(".emergency", gefragt=1))


@blueprint.get("/freigaben")
@staff(Right.APPROVE_ACCESS)
def approvals() -> ResponseReturnValue:
    """Show the emergencies that wait for a second person."""
    waiting = emergency_queries.accesses_waiting(db.session, asker=signed_in_staff())
    return render_template(
        "casefiles/staff/approvals.html",
        waiting=[(access, shown.emergency(access)) for access in waiting],
    )


@blueprint.post("/freigaben/<uuid:id>")
@staff(Right.APPROVE_ACCESS)
@commits
def approve(id: UUID) -> ResponseReturnValue:
    """Grant or refuse access as second person."""
    by = signed_in_staff()
    found = emergency_queries.access_to_decide(db.session, id, asker=by)
    outcome = ANSWERS.get(request.form.get("antwort", ""))
    if outcome is None:
        raise InvalidInput(gettext("Sagen Sie bitte ja oder nein."))
    accesses.decide(db.session, access=found, outcome=outcome, by=by, now=clock.now())
    flash(gettext("%(name)s weiß jetzt Bescheid.", name=found.staff_member.name), "success")
    return redirect(url_for(".approvals"))
