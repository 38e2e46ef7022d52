"""Staff pages of calendars: hours that come again, absences once and again and again."""

from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import rules as accounts_rules
from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import away, places, queries, rules, service, shown
from portal.calendars.forms import WORDS, AbsenceForm, HoursForm, RecurringAbsenceForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_calendars", __name__, url_prefix="/amt/termine/verfuegbarkeit")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums and of rules."""
    return {"words": WORDS, **shown.words()}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def hours() -> ResponseReturnValue:
    """Show the hours and absences of one officer."""
    officer = _officer()
    return _page(officer, _forms(officer))


@blueprint.post("/sprechzeiten")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def add_hours() -> ResponseReturnValue:
    """Add hours that come again."""
    officer = _officer()
    forms = _forms(officer)
    form = forms.hours
    if not form.validate():
        return _page(officer, forms), 422
    try:
        service.add_availability(
            db.session, officer=officer, by=signed_in_staff(), now=clock.now(), **form.hours
        )
    except PortalError as error:
        blame(form, error)
        return _page(officer, forms), error.status
    flash(_("Die Sprechzeit ist eingetragen."))
    return redirect(url_for(".hours", wer=officer.id))


@blueprint.post("/sprechzeiten/<uuid:id>/loeschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def remove_hours(id: UUID) -> ResponseReturnValue:
    """Take hours away."""
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
    officer = _officer()
    forms = _forms(officer)
    form = forms.absence
    if not form.validate():
        return _page(officer, forms), 422
    try:
        people, by = form.people, signed_in_staff()
        away.add_absences(db.session, officers=people, by=by, now=clock.now(), **form.absence)
    except PortalError as error:
        blame(form, error)
        return _page(officer, forms, error), error.status
    flash(_("Die Abwesenheit ist eingetragen."))
    return redirect(url_for(".hours", wer=officer.id))


@blueprint.post("/abwesenheiten/<uuid:id>/loeschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def remove_absence(id: UUID) -> ResponseReturnValue:
    """Take an absence away."""
    by = signed_in_staff()
    found = queries.absence_for(db.session, id, asker=by)
    away.remove_absence(db.session, absence=found, by=by, now=clock.now())
    flash(_("Die Abwesenheit ist gelöscht."))
    return redirect(url_for(".hours", wer=found.staff_member_id))


@blueprint.post("/wiederkehrend")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def add_recurring_absence() -> ResponseReturnValue:
    """Add an absence that comes again; appointments in its times must be settled first."""
    officer = _officer()
    forms = _forms(officer)
    form = forms.again
    if not form.validate():
        return _page(officer, forms), 422
    try:
        people, by, now = form.people, signed_in_staff(), clock.now()
        away.add_recurring_absences(db.session, officers=people, by=by, now=now, **form.absence)
    except PortalError as error:
        blame(form, error)
        return _page(officer, forms, error), error.status
    flash(_("Die Abwesenheit ist eingetragen. Sie gilt ab jetzt immer wieder."))
    return redirect(url_for(".hours", wer=officer.id))


@blueprint.post("/wiederkehrend/<uuid:id>/loeschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def remove_recurring_absence(id: UUID) -> ResponseReturnValue:
    """Take away what came again."""
    by = signed_in_staff()
    found = queries.recurring_absence_for(db.session, id, asker=by)
    away.remove_recurring_absence(db.session, absence=found, by=by, now=clock.now())
    flash(_("Die Abwesenheit ist gelöscht."))
    return redirect(url_for(".hours", wer=found.staff_member_id))


class _Forms(NamedTuple):
    """The three forms of the page; the one that was sent holds what was typed."""

    hours: HoursForm
    absence: AbsenceForm
    again: RecurringAbsenceForm


def _officer() -> StaffMember:
    """Return whose hours the address speaks of: one's own unless `wer` names a colleague."""
    asker = signed_in_staff()
    id = _id(request.args.get("wer")) or asker.id
    return queries.officer_to_plan(db.session, id, asker=asker)


def _forms(officer: StaffMember) -> _Forms:
    asker, today = signed_in_staff(), clock.local_date(clock.now())
    leads = accounts_rules.can(asker, Right.SEE_TEAM)
    others = queries.colleagues_to_plan(db.session, asker=asker) if leads else []
    hours = HoursForm(_sent_to("add_hours"), prefix="hours", valid_from=today)
    absence = AbsenceForm(_sent_to("add_absence"), prefix="absence")
    again = RecurringAbsenceForm(
        _sent_to("add_recurring_absence"), prefix="again", valid_from=today
    )
    kinds = queries.types_for(db.session, asker=asker)
    return _Forms(
        hours.offer(kinds, places.active_places(db.session)),
        absence.offer_colleagues(officer, others),
        again.offer_colleagues(officer, others),
    )


def _sent_to(name: str) -> Any:
    return request.form if request.endpoint == f"{blueprint.name}.{name}" else None


def _page(officer: StaffMember, forms: _Forms, error: PortalError | None = None) -> str:
    now = clock.now()
    return render_template(
        "calendars/hours.html",
        officer=officer,
        hours=queries.availabilities_of(db.session, officer=officer),
        absences=queries.absences_of(db.session, officer=officer, now=now),
        again=queries.recurring_absences_of(
            db.session, officer=officer, today=clock.local_date(now)
        ),
        hours_form=forms.hours,
        absence_form=forms.absence,
        again_form=forms.again,
        colliding=error.taken if isinstance(error, rules.Collides) else [],
    )


# What the address says


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
