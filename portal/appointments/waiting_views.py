"""Citizen pages of the waiting list: join, look, leave, and answer an offer."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import offering, queries, rules, seating, waiting
from portal.appointments.forms import WORDS
from portal.appointments.models import Booking
from portal.appointments.waiting_forms import OWN, AnswerForm, WaitForm, kinds_to_wait_for
from portal.appointments.waiting_models import OfferState
from portal.calendars import queries as calendars
from portal.calendars.models import AppointmentType
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint("waiting_list", __name__, url_prefix="/termine")

USUAL_WAIT = timedelta(days=28)


@blueprint.get("/warteliste")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """Show for what one waits, an offer first."""
    citizen, now = signed_in_citizen(), clock.now()
    return render_template(
        "appointments/waiting/index.html",
        entries=waiting.entries_of(db.session, asker=citizen),
        offer=waiting.open_offer_of(db.session, asker=citizen, now=now),
        kinds=kinds_to_wait_for(calendars.types_for(db.session, asker=citizen)),
        words=WORDS,
    )


@blueprint.get("/warteliste/<string:key>")
@citizens(Power.BOOK)
def ask(key: str) -> ResponseReturnValue:
    """Ask which times would suit."""
    type, booking = _kind(key), _instead_of()
    today = clock.local_date(clock.now())
    form = WaitForm(
        formdata=None,
        channels=[type.channels[0].value],
        first_day=today,
        last_day=booking.day if booking else today + USUAL_WAIT,
    )
    return _page(type, form, booking)


@blueprint.post("/warteliste/<string:key>")
@citizens(Power.BOOK)
@limited("booking")
@commits
def join(key: str) -> ResponseReturnValue:
    """Put oneself on the list, or change the entry."""
    type, booking, citizen = _kind(key), _instead_of(), signed_in_citizen()
    own = _own_officer()
    form = WaitForm().offer(type, has_own=own is not None)
    if not form.validate():
        return _page(type, form, booking), 422
    try:
        waiting.join(
            db.session,
            citizen=citizen,
            type=type,
            officer_id=own if form.who.data == OWN else None,
            now=clock.now(),
            **form.wishes(booking),
        )
    except PortalError as error:
        blame(form, error)
        return _page(type, form, booking), error.status
    flash(_("Sie stehen auf der Warteliste. Wird etwas frei, schreiben wir Ihnen."))
    return redirect(url_for(".index"))


@blueprint.post("/warteliste/<uuid:id>/verlassen")
@citizens(Power.BOOK)
@commits
def leave(id: UUID) -> ResponseReturnValue:
    """Leave the list."""
    citizen = signed_in_citizen()
    entry = waiting.entry_for(db.session, id, asker=citizen)
    try:
        waiting.leave(db.session, entry=entry, by=citizen, now=clock.now())
    except PortalError as error:
        flash(error.message, "warning")
    else:
        flash(_("Sie stehen nicht mehr auf der Warteliste."))
    return redirect(url_for(".index"))


@blueprint.get("/angebot/<uuid:id>")
@citizens(Power.BOOK)
def offer(id: UUID) -> ResponseReturnValue:
    """Show a time that is held, until when, and both answers alike."""
    found = waiting.offer_for(db.session, id, asker=signed_in_citizen())
    is_open = found.state == OfferState.OPEN and found.expires_at > clock.now()
    return render_template(
        "appointments/waiting/offer.html",
        offer=found,
        is_open=is_open,
        form=AnswerForm(formdata=None),
        words=WORDS,
        names=seating.names,
    )


@blueprint.post("/angebot/<uuid:id>")
@citizens(Power.BOOK)
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Take the time or let it go to the next."""
    citizen, form, now = signed_in_citizen(), AnswerForm(), clock.now()
    found = waiting.offer_for(db.session, id, asker=citizen)
    if not form.validate():
        return redirect(url_for(".offer", id=id))
    if form.answer.data == "leave":
        offering.decline(db.session, offer=found, now=now)
        flash(_("In Ordnung. Der Termin geht an jemand anderen, Sie bleiben auf der Warteliste."))
        return redirect(url_for(".index"))
    try:
        booking = offering.accept(db.session, offer=found, by=citizen, now=now)
    except PortalError as error:
        flash(error.message, "warning")
        return redirect(url_for(".index"))
    return redirect(url_for("appointments.booked", id=booking.id))


def _kind(key: str) -> AppointmentType:
    type = calendars.type_for(db.session, key, asker=signed_in_citizen())
    if not kinds_to_wait_for([type]):
        raise NotFound
    return type


def _instead_of() -> Booking | None:
    """Return the appointment that would be given up, when the address names one."""
    try:
        id = UUID(request.args.get("statt", ""))
    except ValueError:
        return None
    booking = queries.booking_for(db.session, id, asker=signed_in_citizen())
    rules.check_can_move(booking, by=signed_in_citizen(), now=clock.now())
    return booking


def _own_officer() -> UUID | None:
    case = casefiles.case_of(db.session, asker=signed_in_citizen())
    return case.integration_officer_id if case else None


def _page(type: AppointmentType, form: WaitForm, booking: Booking | None) -> str:
    form.offer(type, has_own=_own_officer() is not None)
    return render_template(
        "appointments/waiting/join.html", type=type, form=form, booking=booking, words=WORDS
    )
