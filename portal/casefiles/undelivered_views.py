"""The staff page of a case about messages that did not arrive."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.forms import ButtonForm
from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries, undelivered
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_undelivered", __name__, url_prefix="/amt/akten")


@blueprint.get("/<uuid:id>/nicht-angekommen")
@staff(Right.READ_FILES)
def show(id: UUID) -> ResponseReturnValue:
    """Show what did not arrive, why, and how else to reach the person."""
    case = queries.case_for_staff(db.session, id, asker=signed_in_staff())
    people = {member.citizen_id: member.citizen for member in case.members}
    return render_template(
        "casefiles/staff/undelivered.html",
        case=case,
        people=people,
        messages=undelivered.of_case(db.session, case, now=clock.now()),
        form=ButtonForm(),
    )


@blueprint.post("/<uuid:id>/nicht-angekommen")
@staff(Right.READ_FILES)
@commits
def settle(id: UUID) -> ResponseReturnValue:
    """Say that the person was reached otherwise."""
    me = signed_in_staff()
    case = queries.case_for_staff(db.session, id, asker=me)
    undelivered.close(db.session, case=case, by=me, now=clock.now())
    flash(_("Erledigt. Kommt wieder etwas zurück, steht es neu im Eingang."), "success")
    return redirect(url_for("staff_casefiles.case", id=id))
