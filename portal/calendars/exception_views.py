"""Staff pages about single days that differ from the rule of hours."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import queries, service, shown
from portal.calendars.forms import WORDS, ExceptionForm, day_in_address
from portal.calendars.models import Availability
from portal.calendars.slots import at_wall
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint(
    "staff_exceptions",
    __name__,
    url_prefix="/amt/termine/verfuegbarkeit/sprechzeiten/<uuid:id>/ausnahmen",
)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS, **shown.words()}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def index(id: UUID) -> ResponseReturnValue:
    """List the days that differ."""
    return _page(_hours(id), ExceptionForm(formdata=None))


@blueprint.post("")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def add(id: UUID) -> ResponseReturnValue:
    """Take one day out, or add one."""
    hours, form, by = _hours(id), ExceptionForm(), signed_in_staff()
    if not form.validate():
        return _page(hours, form), 422
    day, out = form.day.data or date.min, form.kind.data == "aus"
    try:
        service.make_exception(db.session, hours=hours, day=day, out=out, by=by, now=clock.now())
    except PortalError as error:
        blame(form, error)
        return _page(hours, form), error.status
    booked = _booked(hours, day) if out else 0
    if not booked:
        flash(_("Die Ausnahme ist eingetragen."))
        return redirect(url_for(".index", id=id))
    flash(_("Die Ausnahme ist eingetragen. Diese Termine sind noch gebucht und bleiben es."))
    return redirect(url_for("staff_cover.day", id=hours.staff_member_id, tag=day))


@blueprint.post("/aufheben")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def undo(id: UUID) -> ResponseReturnValue:
    """Let one day follow the rule again."""
    hours, day = _hours(id), day_in_address(request.form.get("day"))
    if day is None:
        raise NotFound
    service.undo_exception(db.session, hours=hours, day=day, by=signed_in_staff(), now=clock.now())
    flash(_("An diesem Tag gilt wieder die Regel."))
    return redirect(url_for(".index", id=id))


def _booked(hours: Availability, day: date) -> int:
    """Count what stands in hours that fall out; what is only held is no appointment yet."""
    first, last = at_wall(day, hours.starts), at_wall(day, hours.ends)
    taken = queries.taken_within(
        db.session, first, last, officer=hours.staff_member, now=clock.now()
    )
    return len([one for one in taken if one.held_until is None])


def _hours(id: UUID) -> Availability:
    return queries.availability_for(db.session, id, asker=signed_in_staff())


def _page(hours: Availability, form: ExceptionForm) -> str:
    own = hours.staff_member_id == signed_in_staff().id
    return render_template("calendars/exceptions.html", hours=hours, form=form, is_own=own)
