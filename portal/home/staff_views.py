"""The staff's start page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.session import signed_in_staff, staff
from portal.appointments.forms import WORDS
from portal.core import clock
from portal.core.db import db
from portal.home import staff_queries, staff_shown

blueprint = Blueprint("staff_home", __name__, url_prefix="/amt")


@blueprint.get("")
@staff()
def index() -> ResponseReturnValue:
    """Show today's talks, the own items, and in numbers what must not be missed."""
    day = staff_queries.staff_day(db.session, asker=signed_in_staff(), now=clock.now())
    return render_template(
        "home/staff/index.html",
        day=day,
        glances=staff_shown.glances(day.glances, approvals=len(day.approvals)),
        words=WORDS,
    )
