"""The staff pages about hand-overs: the table of all steps, and what hangs in one."""

from uuid import UUID

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotFound
from portal.handover import queries
from portal.handover.steps import STEPS

blueprint = Blueprint("staff_hand_overs", __name__, url_prefix="/amt/uebergaben")


@blueprint.get("")
@staff(Right.USE_INBOX)
def index() -> ResponseReturnValue:
    """Show each step with its limit, and what hangs in the own team."""
    now, land = clock.now(), current_app.config["SETTINGS"].land
    team_id = signed_in_staff().team_id
    rows = [(step, step.late(db.session, step.before(now, land=land), team_id)) for step in STEPS]
    return render_template("handover/staff/index.html", rows=rows, team_id=team_id)


@blueprint.get("/<uuid:id>")
@staff(Right.USE_INBOX)
def show(id: UUID) -> ResponseReturnValue:
    """Show what hangs in one step of the own team; the rest of the house has one team, too."""
    now, land = clock.now(), current_app.config["SETTINGS"].land
    team_id = signed_in_staff().team_id
    step = next((one for one in STEPS if one.item_id(team_id) == id), None)
    if step is None:
        raise NotFound
    before = step.before(now, land=land)
    late = [*step.late(db.session, before, team_id)]
    if queries.team_for_the_rest(db.session) == team_id:
        late += [one for one in step.late(db.session, before, None) if one.team_id is None]
    return render_template("handover/staff/show.html", id=id, step=step, late=late)
