"""Staff pages on which events are planned and changed."""

from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments.group_models import GroupEvent
from portal.appointments.groups import planning, queries, rules
from portal.appointments.groups.forms import PlanForm
from portal.appointments.groups.staff_views import blueprint
from portal.calendars import places
from portal.calendars import queries as calendars
from portal.core import clock, templating
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame


@blueprint.get("/neu")
@staff(Right.MANAGE_APPOINTMENTS)
def new() -> ResponseReturnValue:
    """Ask for a new event; with `von` it is like another one."""
    by = signed_in_staff()
    model = _model()
    if model is not None:
        return _new_page(PlanForm.of(model, copy=True), model)
    kinds = calendars.group_types(db.session)
    asked = request.args.get("art")
    kind = next((one for one in kinds if one.key == asked), kinds[0] if kinds else None)
    form = PlanForm(formdata=None, lead=str(by.id))
    if kind is not None:
        form = PlanForm(
            formdata=None,
            lead=str(by.id),
            kind=str(kind.id),
            seats=kind.seats,
            channel=kind.channels[0].value,
            closes_hours=kind.lead_hours,
        )
    return _new_page(form, None)


@blueprint.post("/neu")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def plan() -> ResponseReturnValue:
    """Plan an event, or a series; days that are not possible are named."""
    by, now = signed_in_staff(), clock.now()
    form = _offered(PlanForm(), _model())
    if not form.validate():
        return _new_page(form, None), 422
    left_out: list[tuple[date, str]] = []
    try:
        wanted, rule = form.plan(team=by.team, now=now), form.rule
        if rule is None:
            events = [planning.plan(db.session, wanted=wanted, by=by, now=now)]
        else:
            events, left_out = planning.plan_series(
                db.session, wanted=wanted, rule=rule, by=by, now=now
            )
    except PortalError as error:
        blame(form, error)
        return _new_page(form, None), error.status
    flash(ngettext("Geplant: %(num)d Termin.", "Geplant: %(num)d Termine.", len(events)))
    if left_out:
        said = "; ".join(f"{templating.short_day(day)}: {why}" for day, why in left_out)
        flash(_("Nicht geplant: %(days)s", days=said), "warning")
    return redirect(url_for(".show", id=events[0].id))


@blueprint.get("/<uuid:id>/aendern")
@staff(Right.MANAGE_APPOINTMENTS)
def edit(id: UUID) -> ResponseReturnValue:
    """Show the facts of an event, to change them."""
    event = queries.event_to_lead(db.session, id, asker=signed_in_staff())
    rules.check_can_change(event, by=signed_in_staff(), now=clock.now())
    return _edit_page(event, PlanForm.of(event, copy=False))


@blueprint.post("/<uuid:id>/aendern")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def change(id: UUID) -> ResponseReturnValue:
    """Change an event; who has a seat is told when time or place are others."""
    by, now = signed_in_staff(), clock.now()
    event = queries.event_to_lead(db.session, id, asker=by)
    form = _offered(PlanForm(), event)
    form.kind.data = str(event.type_id)  # an event stays of its kind
    if not form.validate():
        return _edit_page(event, form), 422
    try:
        wanted = form.plan(team=event.team or by.team, now=now, opens_at=event.opens_at)
        lost = planning.change(db.session, event=event, wanted=wanted, by=by, now=now)
    except PortalError as error:
        blame(form, error)
        return _edit_page(event, form), error.status
    flash(_("Gespeichert. Bei neuer Zeit oder neuem Ort haben alle eine Nachricht bekommen."))
    if lost:
        flash(
            ngettext(
                "%(num)d Person hat dann schon einen anderen Termin. Ihr Platz ist wieder frei.",
                "%(num)d Menschen haben dann schon einen anderen Termin. Ihre Plätze sind wieder"
                " frei.",
                len(lost),
            ),
            "warning",
        )
    return redirect(url_for(".show", id=id))


def _model() -> GroupEvent | None:
    """Return the event that the address names as a model."""
    try:
        id = UUID(request.args.get("von", ""))
    except ValueError:
        return None
    return queries.event_for_staff(db.session, id, asker=signed_in_staff())


def _offered(form: PlanForm, event: GroupEvent | None) -> PlanForm:
    """Offer what there is to choose from; what the event has already stays possible."""
    by = signed_in_staff()
    kinds = list(calendars.group_types(db.session))
    leaders = list(queries.possible_leaders(db.session, asker=by, event=event))
    if event is not None and event.type not in kinds:
        kinds.append(event.type)
    houses = places.active_places(db.session)
    rooms = places.rooms_by_place(db.session)
    return form.offer(
        types=kinds,
        rooms=[room for house in houses for room in rooms.get(house.id, []) if room.is_active],
        places=houses,
        leaders=leaders,
    )


def _new_page(form: PlanForm, model: GroupEvent | None) -> str:
    form = _offered(form, model or _model())
    return render_template("groups/staff/plan.html", form=form, event=None)


def _edit_page(event: GroupEvent, form: PlanForm) -> str:
    form = _offered(form, event)
    return render_template("groups/staff/plan.html", form=form, event=event)
