"""Staff pages of calendars: weekly hours and absences."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import queries, rules, service
from portal.calendars.forms import WORDS, AbsenceForm, HoursForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_calendars", __name__, url_prefix="/amt/termine/verfuegbarkeit")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums."""
    return {"words": WORDS}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def hours() -> ResponseReturnValue:
    """Show the weekly hours and absences of one officer."""
    return _hours_page(_officer(), _hours_form(), _absence_form())


@blueprint.post("/sprechzeiten")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def add_hours() -> ResponseReturnValue:
    """Add weekly hours."""
    officer, form = _officer(), _hours_form()
    if not form.validate():
        return _hours_page(officer, form, _absence_form()), 422
    try:
        service.add_availability(
            db.session, officer=officer, by=signed_in_staff(), now=clock.now(), **form.hours
        )
    except PortalError as error:
        blame(form, error)
        return _hours_page(officer, form, _absence_form()), error.status
    flash(_("Die Sprechzeit ist eingetragen."))
    return redirect(url_for(".hours", wer=officer.id))


@blueprint.post("/sprechzeiten/<uuid:id>/loeschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def remove_hours(id: UUID) -> ResponseReturnValue:
    """Take weekly hours away."""
    by = signed_in_staff()
    found = queries.availability_for(db.session, id, asker=by)
    service.remove_availability(db.session, hours=found, by=by, now=clock.now())
    flash(_("Die Sprechzeit ist gelöscht. Gebuchte Termine bleiben."))
    return redirect(url_for(".hours", wer=found.staff_member_id))


@blueprint.post("/abwesenheiten")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def add_absence() -> ResponseReturnValue:
    """Add an absence; appointments in its time are listed and must be settled first."""
    officer, form = _officer(), _absence_form()
    if not form.validate():
        return _hours_page(officer, _hours_form(), form), 422
    try:
        service.add_absence(
            db.session, officer=officer, by=signed_in_staff(), now=clock.now(), **form.absence
        )
    except PortalError as error:
        blame(form, error)
        return _hours_page(officer, _hours_form(), form, error), error.status
    flash(_("Die Abwesenheit ist eingetragen."))
    return redirect(url_for(".hours", wer=officer.id))


@blueprint.post("/abwesenheiten/<uuid:id>/loeschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def remove_absence(id: UUID) -> ResponseReturnValue:
    """Take an absence away."""
    by = signed_in_staff()
    found = queries.absence_for(db.session, id, asker=by)
    service.remove_absence(db.session, absence=found, by=by, now=clock.now())
    flash(_("Die Abwesenheit ist gelöscht."))
    return redirect(url_for(".hours", wer=found.staff_member_id))


def _officer() -> StaffMember:
    """Return whose hours the address speaks of: one's own unless `wer` names a colleague."""
    asker = signed_in_staff()
    id = _id(request.args.get("wer")) or asker.id
    return queries.officer_to_plan(db.session, id, asker=asker)


def _hours_form() -> HoursForm:
    types = queries.types_for(db.session, asker=signed_in_staff())
    sent = request.form if request.endpoint == f"{blueprint.name}.add_hours" else None
    form = HoursForm(sent, prefix="hours", valid_from=clock.local_date(clock.now()))
    return form.offer(types)


def _absence_form() -> AbsenceForm:
    sent = request.form if request.endpoint == f"{blueprint.name}.add_absence" else None
    return AbsenceForm(sent, prefix="absence")


def _hours_page(
    officer: StaffMember,
    hours_form: HoursForm,
    absence_form: AbsenceForm,
    error: PortalError | None = None,
) -> str:
    colliding = error.taken if isinstance(error, rules.Collides) else []
    return render_template(
        "calendars/hours.html",
        officer=officer,
        hours=queries.availabilities_of(db.session, officer=officer),
        absences=queries.absences_of(db.session, officer=officer, now=clock.now()),
        hours_form=hours_form,
        absence_form=absence_form,
        colliding=colliding,
    )


# What the address says


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
