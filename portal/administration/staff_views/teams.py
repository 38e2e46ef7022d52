"""The teams of the office: who is how many, a new one, another name."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.service import teams
from portal.accounts.session import proved_lately, signed_in_staff, staff
from portal.administration import queries
from portal.administration.forms import TeamForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("administration_teams", __name__, url_prefix="/amt/verwaltung/teams")

INDEX = "administration/staff/teams.html"
RENAME = "administration/staff/rename_team.html"


@blueprint.get("")
@staff(Right.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the teams, with the form for a new one."""
    return render_template(
        INDEX, form=TeamForm(formdata=None), teams=queries.team_sizes(db.session)
    )


@blueprint.post("")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def add() -> ResponseReturnValue:
    """Make a team."""
    form, me = TeamForm(), signed_in_staff()
    try:
        if not form.validate_on_submit():
            return again(INDEX, form, teams=queries.team_sizes(db.session))
        team = teams.add_team(db.session, name=form.team.data or "", by=me, now=clock.now())
    except PortalError as error:
        return again(INDEX, form, error, teams=queries.team_sizes(db.session))
    flash(gettext("Das Team „%(name)s“ ist angelegt.", name=team.name), "success")
    return redirect(url_for(".index"))


@blueprint.get("/<uuid:id>/umbenennen")
@staff(Right.ADMINISTER)
def ask_name(id: UUID) -> ResponseReturnValue:
    """Show the form for another name."""
    team = accounts.team_by_id(db.session, id)
    return render_template(RENAME, form=TeamForm(data={"team": team.name}), team=team)


@blueprint.post("/<uuid:id>/umbenennen")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def rename(id: UUID) -> ResponseReturnValue:
    """Give the team another name."""
    form, team, me = TeamForm(), accounts.team_by_id(db.session, id), signed_in_staff()
    if not form.validate_on_submit():
        return again(RENAME, form, team=team)
    name = form.team.data or ""
    try:
        teams.rename_team(db.session, team=team, name=name, by=me, now=clock.now())
    except PortalError as error:
        return again(RENAME, form, error, team=team)
    flash(gettext("Das Team heißt jetzt „%(name)s“.", name=team.name), "success")
    return redirect(url_for(".index"))
