"""Operations: the media servers, what runs on them, and whether they take new talks."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.consultations import nodes
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("media_nodes", __name__, url_prefix="/amt/verwaltung/videoserver")


@blueprint.get("")
@staff(Right.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the media servers with load, talks and people."""
    now = clock.now()
    rows = [
        {"node": node, "talks": talks, "lives": nodes.is_living(node, now=now)}
        for node, talks in nodes.all_nodes(db.session)
    ]
    return render_template("consultations/staff/nodes.html", rows=rows, default=nodes.default())


@blueprint.post("/<string(maxlength=64):id>/leeren")
@staff(Right.ADMINISTER)
@commits
def drain(id: str) -> ResponseReturnValue:
    """Let a media server finish its talks and take no new ones."""
    nodes.drain(db.session, id=id, draining=True, by=signed_in_staff(), now=clock.now())
    flash(gettext("%(name)s nimmt keine neuen Gespräche mehr an.", name=id), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<string(maxlength=64):id>/oeffnen")
@staff(Right.ADMINISTER)
@commits
def reopen(id: str) -> ResponseReturnValue:
    """Let a media server take new talks again."""
    nodes.drain(db.session, id=id, draining=False, by=signed_in_staff(), now=clock.now())
    flash(gettext("%(name)s nimmt wieder neue Gespräche an.", name=id), "success")
    return redirect(url_for(".index"))
