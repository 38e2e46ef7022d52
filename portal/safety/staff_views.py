"""Pages of staff: a call for help, who answers it, and what happened."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments.models import Booking
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame
from portal.core.requests import page_number
from portal.safety import queries, rules, service
from portal.safety.forms import KINDS, IncidentForm, ReplyForm
from portal.safety.models import SafetyIncident

blueprint = Blueprint("staff_safety", __name__, url_prefix="/amt")

ON_ONE_PAGE = 50


@blueprint.get("/hilferuf/stand")
@staff(Right.SEE_TEAM)
def waiting() -> ResponseReturnValue:
    """Tell an open page of a lead who calls for help now."""
    alerts = queries.open_alerts(db.session, asker=signed_in_staff(), now=clock.now())
    return jsonify(count=len(alerts), words=render_template("safety/_calls.html", alerts=alerts))


@blueprint.post("/hilferuf/neu/<uuid:booking_id>")
@staff(Right.USE_INBOX)
@commits
def call(booking_id: UUID) -> ResponseReturnValue:
    """Call for help out of an appointment."""
    by = signed_in_staff()
    service.raise_alert(db.session, booking=_booking(booking_id), by=by, now=clock.now())
    return redirect(url_for(".own", booking_id=booking_id))


@blueprint.get("/hilferuf/termin/<uuid:booking_id>")
@staff(Right.USE_INBOX)
def own(booking_id: UUID) -> ResponseReturnValue:
    """Show the one who called whether somebody is on the way."""
    return render_template("safety/own.html", **_own(booking_id))


@blueprint.get("/hilferuf/termin/<uuid:booking_id>/stand")
@staff(Right.USE_INBOX)
def own_state(booking_id: UUID) -> ResponseReturnValue:
    """Tell an open page of the one who called whether somebody is on the way."""
    return jsonify(words=render_template("safety/_own.html", **_own(booking_id)))


@blueprint.get("/hilferuf/<uuid:id>")
@staff(Right.USE_INBOX)
def show(id: UUID) -> ResponseReturnValue:
    """Show who calls, out of which appointment and where they are."""
    by = signed_in_staff()
    alert = queries.alert_for(db.session, id, asker=by)
    can_answer = rules.leads(by) and alert.raised_by_id != by.id and alert.ended_at is None
    return render_template("safety/show.html", alert=alert, can_answer=can_answer)


@blueprint.post("/hilferuf/<uuid:id>/gesehen")
@staff(Right.SEE_TEAM)
@commits
def see(id: UUID) -> ResponseReturnValue:
    """Say that one is on the way."""
    by = signed_in_staff()
    alert = queries.alert_for(db.session, id, asker=by, lock=True)
    service.see(db.session, alert=alert, by=by, now=clock.now())
    return redirect(url_for(".show", id=id))


@blueprint.post("/hilferuf/<uuid:id>/beenden")
@staff(Right.SEE_TEAM)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """End a call for help."""
    by = signed_in_staff()
    alert = queries.alert_for(db.session, id, asker=by, lock=True)
    service.end(db.session, alert=alert, by=by, now=clock.now())
    flash(gettext("Der Hilferuf ist beendet."), "success")
    return redirect(url_for(".show", id=id))


@blueprint.get("/vorfaelle")
@staff(Right.USE_INBOX)
def incidents() -> ResponseReturnValue:
    """List what I have told, and as a lead what my team has told."""
    here = page_number()
    found = queries.incidents_for(
        db.session,
        asker=signed_in_staff(),
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE + 1,
    )
    return render_template(
        "safety/incidents.html",
        rows=[_row(one) for one in found[:ON_ONE_PAGE]],
        here=here,
        has_more=len(found) > ON_ONE_PAGE,
    )


@blueprint.get("/vorfaelle/neu")
@staff(Right.USE_INBOX)
def tell() -> ResponseReturnValue:
    """Ask what happened; `?termin=` names the appointment it happened in."""
    now = clock.now()
    form = IncidentForm(formdata=None, day=clock.local_date(now), time=clock.local(now).time())
    return _incident_page(form)


@blueprint.post("/vorfaelle/neu")
@staff(Right.USE_INBOX)
@commits
def report() -> ResponseReturnValue:
    """Keep what happened."""
    form = IncidentForm()
    if not form.validate():
        return _incident_page(form), 422
    try:
        made = service.report(
            db.session,
            booking=_named_booking(),
            told=form.told,
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return _incident_page(form), error.status
    flash(gettext("Danke, dass Sie es gemeldet haben. Ihre Leitung weiß Bescheid."), "success")
    return redirect(url_for(".incident", id=made.id))


@blueprint.get("/vorfaelle/<uuid:id>")
@staff(Right.USE_INBOX)
def incident(id: UUID) -> ResponseReturnValue:
    """Show what happened and what was done about it."""
    found = queries.incident_for(db.session, id, asker=signed_in_staff())
    return _shown_incident(found, ReplyForm(formdata=None))


@blueprint.post("/vorfaelle/<uuid:id>/antwort")
@staff(Right.SEE_TEAM)
@commits
def reply(id: UUID) -> ResponseReturnValue:
    """Write down what was done about it."""
    by, form = signed_in_staff(), ReplyForm()
    found = queries.incident_for(db.session, id, asker=by, lock=True)
    if not form.validate():
        return _shown_incident(found, form), 422
    service.reply(db.session, incident=found, answer=form.answer.data or "", by=by, now=clock.now())
    return redirect(url_for(".incident", id=id))


def _booking(id: UUID) -> Booking:
    return queries.booking_of(db.session, id, asker=signed_in_staff())


def _named_booking() -> Booking | None:
    id = request.args.get("termin", type=UUID)
    return _booking(id) if id else None


def _own(booking_id: UUID) -> dict[str, Any]:
    booking = _booking(booking_id)
    alert = queries.own_alert(db.session, booking=booking, asker=signed_in_staff())
    return {"booking": booking, "alert": alert}


def _incident_page(form: IncidentForm) -> str:
    return render_template("safety/tell.html", form=form, booking=_named_booking())


def _shown_incident(found: SafetyIncident, form: ReplyForm) -> str:
    by = signed_in_staff()
    can_reply = found.answered_at is None and rules.leads(by) and found.reported_by_id != by.id
    return render_template(
        "safety/incident.html", row=_row(found), incident=found, form=form, can_reply=can_reply
    )


def _row(found: SafetyIncident) -> dict[str, Any]:
    return {
        "href": url_for(".incident", id=found.id),
        "incident": found,
        "kinds": ", ".join(str(KINDS[kind]) for kind in KINDS if kind.value in found.kinds),
    }
