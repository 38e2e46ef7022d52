"""Staff pages for team leads: how full each desk is, and how much each person works."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.inbox import assigning
from portal.inbox.workload_forms import ShareForm
from portal.office import workload

blueprint = Blueprint("staff_workload", __name__, url_prefix="/amt/auslastung")


@blueprint.get("")
@staff(Right.SEE_TEAM)
def index() -> ResponseReturnValue:
    """Show the desks of the own team, the fullest first."""
    desks = assigning.desks(
        db.session, team_id=signed_in_staff().team_id, now=clock.now(), land=_land()
    )
    return render_template("inbox/staff/workload/index.html", desks=desks)


@blueprint.get("/<uuid:id>")
@staff(Right.SEE_TEAM)
def show(id: UUID) -> ResponseReturnValue:
    """Ask how much somebody works."""
    member = _member(id)
    share = workload.share_of(db.session, member)
    return _page(ShareForm(percent=share.percent, takes_items=share.takes_items), member)


@blueprint.post("/<uuid:id>")
@staff(Right.SEE_TEAM)
@commits
def set_share(id: UUID) -> ResponseReturnValue:
    """Write down how much somebody works."""
    member, form = _member(id), ShareForm()
    if not form.validate_on_submit():
        return _page(form, member), 422
    try:
        workload.set_work_share(
            db.session,
            member=member,
            percent=form.percent.data or 0,
            takes_items=bool(form.takes_items.data),
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return _page(form, member), error.status
    flash(gettext("Gespeichert: %(name)s.", name=member.name), "success")
    return redirect(url_for(".index"), 303)


def _member(id: UUID) -> StaffMember:
    return accounts.colleague_for(db.session, str(id), asker=signed_in_staff())


def _page(form: ShareForm, member: StaffMember) -> str:
    return render_template("inbox/staff/workload/show.html", form=form, member=member)


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land
