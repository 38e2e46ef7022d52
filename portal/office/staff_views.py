"""Staff pages about absences and conflicts of interest, below the own account."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.office import queries, rules, service
from portal.office.forms import KIND_NAMES, SubstitutionForm

blueprint = Blueprint("staff_office", __name__, url_prefix="/amt/konto")


@blueprint.get("/vertretung")
@staff(Right.USE_INBOX)
def substitutions() -> ResponseReturnValue:
    """Show who stands in for whom, and the form to enter an absence."""
    return _page(_form())


@blueprint.post("/vertretung")
@staff(Right.USE_INBOX)
@commits
def substitute() -> ResponseReturnValue:
    """Enter an absence with a substitute."""
    form, me = _form(), signed_in_staff()
    if not form.validate_on_submit():
        return _page(form), 422
    people = {
        str(one.id): one
        for found in (queries.possible_absent, queries.possible_substitutes)
        for one in found(db.session, asker=me)
    }
    try:
        made = service.substitute(
            db.session,
            absent=people[form.absent.data],
            substitute=people[form.substitute.data],
            by=me,
            now=clock.now(),
            **form.days,
        )
    except PortalError as error:
        form.refuse(error)
        return _page(form), error.status
    flash(gettext("%(name)s weiß jetzt Bescheid.", name=made.substitute.name), "success")
    return redirect(url_for(".substitutions"))


@blueprint.post("/vertretung/<uuid:id>/beenden")
@staff(Right.USE_INBOX)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """End a substitution at once."""
    me = signed_in_staff()
    found = queries.substitution_for(db.session, id, asker=me)
    service.end_substitution(db.session, substitution=found, by=me, now=clock.now())
    flash(gettext("Die Vertretung ist beendet."), "success")
    return redirect(url_for(".substitutions"))


@blueprint.get("/befangenheit")
@staff()
def conflicts() -> ResponseReturnValue:
    """Show which files are closed to oneself, to the team (for its lead) or to anybody."""
    return render_template(
        "office/staff/conflicts.html",
        conflicts=queries.conflicts_for(db.session, asker=signed_in_staff()),
        kinds=KIND_NAMES,
        rules=rules,
    )


@blueprint.post("/befangenheit/<uuid:id>/aufheben")
@staff()
@commits
def lift(id: UUID) -> ResponseReturnValue:
    """Open the files again to somebody else."""
    me = signed_in_staff()
    found = queries.conflict_for(db.session, id, asker=me)
    service.lift_conflict(db.session, conflict=found, by=me, now=clock.now())
    flash(gettext("%(name)s darf wieder mitarbeiten.", name=found.staff_member.name), "success")
    return redirect(url_for(".conflicts"))


def _form() -> SubstitutionForm:
    me = signed_in_staff()
    return SubstitutionForm().offer(
        queries.possible_absent(db.session, asker=me),
        queries.possible_substitutes(db.session, asker=me),
    )


def _page(form: SubstitutionForm) -> str:
    me, today = signed_in_staff(), clock.local_date(clock.now())
    return render_template(
        "office/staff/substitutions.html",
        form=form,
        substitutions=queries.substitutions_for(db.session, asker=me, today=today),
        today=today,
        rules=rules,
    )
