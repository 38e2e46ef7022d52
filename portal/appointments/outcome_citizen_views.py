"""Citizen pages about one appointment: why I could not come, and what the way has cost."""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import queries, reasons, rules, seating, travel
from portal.appointments.models import Booking, Way
from portal.appointments.outcome_forms import ReasonForm, TravelForm
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame
from portal.uploads import baskets
from portal.uploads.models import Upload

blueprint = Blueprint("outcomes", __name__, url_prefix="/termine")


@blueprint.get("/<uuid:id>/grund")
@citizens(Power.UPLOAD)
def ask_reason(id: UUID) -> ResponseReturnValue:
    """Ask why somebody cannot come, or could not."""
    booking = _booking(id)
    rules.check_can_give_reason(booking, by=signed_in_citizen())
    return _reason_page(booking, ReasonForm(formdata=None))


@blueprint.post("/<uuid:id>/grund")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def give_reason(id: UUID) -> ResponseReturnValue:
    """Keep the reason with its papers."""
    booking, form, citizen = _booking(id), ReasonForm(), signed_in_citizen()
    if not form.validate():
        return _reason_page(booking, form), 422
    try:
        reasons.give_reason(
            db.session,
            booking=booking,
            text=form.text.data.strip(),
            groups=_papers(form),
            by=citizen,
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        blame(form, error)
        return _reason_page(_booking(id), form), error.status
    flash(_("Wir haben Ihre Nachricht. Wir prüfen sie und schreiben Ihnen."))
    return redirect(url_for("appointments.show", id=id))


@blueprint.get("/<uuid:id>/fahrkosten")
@citizens(Power.UPLOAD)
def ask_travel(id: UUID) -> ResponseReturnValue:
    """Ask what the way to the office has cost."""
    booking = _booking(id)
    travel.check_can_ask(booking, by=signed_in_citizen())
    if travel.travel_of(db.session, booking):
        return redirect(url_for("appointments.show", id=id))
    return _travel_page(booking, TravelForm(formdata=None))


@blueprint.post("/<uuid:id>/fahrkosten")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def send_travel(id: UUID) -> ResponseReturnValue:
    """Ask for travel costs, with the receipts."""
    booking, form, citizen = _booking(id), TravelForm(), signed_in_citizen()
    if not form.validate():
        return _travel_page(booking, form), 422
    try:
        travel.ask(
            db.session,
            booking=booking,
            way=Way(form.way.data),
            kilometres=form.kilometres.data,
            amount=_cents(form.amount.data),
            reason=(form.reason.data or "").strip(),
            groups=_papers(form),
            by=citizen,
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        blame(form, error)
        return _travel_page(_booking(id), form), error.status
    flash(_("Wir haben Ihren Antrag auf Fahrkosten. Wir prüfen ihn und schreiben Ihnen."))
    return redirect(url_for("appointments.show", id=id))


def _papers(form: ReasonForm | TravelForm) -> list[list[Upload]]:
    if not form.picked and not form.upload_ids:
        return []
    return baskets.picked(form.upload_ids, form.picked, together=form.together.data)


def _reason_page(booking: Booking, form: ReasonForm) -> str:
    allow_devices()
    basket = f"grund-{booking.id}"
    return render_template(
        "appointments/reason.html",
        booking=booking,
        names=seating.names,
        form=form,
        basket=basket,
        waiting=baskets.waiting(basket),
    )


def _travel_page(booking: Booking, form: TravelForm) -> str:
    allow_devices()
    basket = f"fahrkosten-{booking.id}"
    return render_template(
        "appointments/travel.html",
        booking=booking,
        names=seating.names,
        form=form,
        rate=travel.rate_on(booking.day),
        basket=basket,
        waiting=baskets.waiting(basket),
    )


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_citizen())


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)
