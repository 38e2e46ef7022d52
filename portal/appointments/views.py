"""Citizen pages of appointments: see, book, move, cancel. No page changes anything on GET."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import ics, queries, reasons, rules, service, shown, travel
from portal.appointments.forms import (
    WORDS,
    BookingForm,
    CancelForm,
    SlotForm,
)
from portal.appointments.models import Booking
from portal.calendars import queries as calendars
from portal.calendars import search
from portal.calendars.forms import day_in_address
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.slots import Slot
from portal.calendars.taking import TAKEN
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint("appointments", __name__, url_prefix="/termine")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums, and the rules that show or hide a button."""
    return {"words": WORDS, "rules": rules}


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """Show what is coming and what was."""
    citizen, now = signed_in_citizen(), clock.now()
    return render_template(
        "appointments/index.html",
        coming=queries.next_bookings(db.session, asker=citizen, now=now),
        past=queries.past_bookings(db.session, asker=citizen, now=now),
    )


# Booking


@blueprint.get("/neu")
@citizens(Power.BOOK)
def choose_kind() -> ResponseReturnValue:
    """Ask what the appointment is about."""
    types = calendars.types_for(db.session, asker=signed_in_citizen())
    return render_template("appointments/choose_kind.html", types=types)


@blueprint.get("/neu/<string:key>")
@citizens(Power.BOOK)
def choose_slot(key: str) -> ResponseReturnValue:
    """Show the free times of one week."""
    type, channel = _kind_asked_for(key)
    page = _slot_page(type, channel)
    return render_template("appointments/choose_slot.html", type=type, channel=channel, page=page)


@blueprint.get("/neu/<string:key>/bestaetigen")
@citizens(Power.BOOK)
def confirm(key: str) -> ResponseReturnValue:
    """Show the chosen time once more and ask what the citizen would like to say."""
    type, channel = _kind_asked_for(key)
    slot = Slot.read(request.args.get("slot", ""))
    if slot is None:
        flash(_("Wählen Sie bitte einen Termin aus."), "warning")
    elif not search.is_free(db.session, slot, type=type, channel=channel, now=clock.now()):
        flash(TAKEN, "warning")
    else:
        return render_template(
            "appointments/confirm.html",
            form=BookingForm(formdata=None, slot=slot.key),
            type=type,
            channel=channel,
            slot=slot,
            officer=search.officer_of(db.session, slot),
        )
    return redirect(url_for(".choose_slot", key=key, weg=channel))


@blueprint.post("/neu/<string:key>/bestaetigen")
@citizens(Power.BOOK)
@limited("booking")
@commits
def book(key: str) -> ResponseReturnValue:
    """Book the slot; whoever was too slow chooses again and keeps what was written."""
    type, channel = _kind_asked_for(key)
    form, citizen = BookingForm(), signed_in_citizen()
    if not form.validate():
        return _choose_again(type, channel, form), 422
    try:
        booking = service.book(
            db.session,
            citizen=citizen,
            type=type,
            channel=channel,
            slot=form.slot.chosen,
            note=form.note.data,
            by=citizen,
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return _choose_again(type, channel, form), error.status
    return redirect(url_for(".booked", id=booking.id))


@blueprint.get("/<uuid:id>/gebucht")
@citizens(Power.SEE)
def booked(id: UUID) -> ResponseReturnValue:
    """Say what was booked and what happens next."""
    return render_template("appointments/booked.html", booking=_booking(id))


def _choose_again(type: AppointmentType, channel: Channel, form: BookingForm) -> str:
    return render_template(
        "appointments/choose_again.html",
        form=form,
        type=type,
        channel=channel,
        page=_slot_page(type, channel),
    )


# One booking


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show one appointment with all that can be done with it."""
    booking, citizen = _booking(id), signed_in_citizen()
    costs = travel.travel_of(db.session, booking)
    return render_template(
        "appointments/show.html",
        booking=booking,
        reason=shown.reason_row(reasons.last_word(db.session, booking)),
        travel=shown.travel_rows(costs),
        may_ask_travel=costs is None and travel.can_ask(booking, by=citizen),
    )


@blueprint.get("/<uuid:id>/kalender.ics")
@citizens(Power.SEE)
def calendar(id: UUID) -> ResponseReturnValue:
    """Hand out the calendar entry."""
    entry = ics.entry_for(_booking(id), now=clock.now())
    return entry, {
        "Content-Type": f"{ics.CONTENT_TYPE}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{ics.FILENAME}"',
    }


@blueprint.get("/<uuid:id>/verschieben")
@citizens(Power.BOOK)
def choose_move(id: UUID) -> ResponseReturnValue:
    """Show other free times of the same kind."""
    booking = _booking(id)
    rules.check_can_move(booking, by=signed_in_citizen(), now=clock.now())
    return _move_page(booking, SlotForm(formdata=None))


@blueprint.post("/<uuid:id>/verschieben")
@citizens(Power.BOOK)
@limited("booking")
@commits
def move(id: UUID) -> ResponseReturnValue:
    """Move the appointment; until that has worked, the old time stays."""
    booking, form, citizen = _booking(id), SlotForm(), signed_in_citizen()
    if not form.validate():
        return _move_page(booking, form), 422
    try:
        slot, now = form.slot.chosen, clock.now()
        service.move(db.session, booking=booking, slot=slot, by=citizen, now=now)
    except PortalError as error:
        blame(form, error)
        return _move_page(booking, form), error.status
    flash(_("Ihr Termin ist verschoben. Die neue Zeit haben wir Ihnen auch per E-Mail geschickt."))
    return redirect(url_for(".show", id=id))


def _move_page(booking: Booking, form: SlotForm) -> str:
    page = _slot_page(booking.type, booking.channel, instead_of=booking)
    return render_template("appointments/move.html", booking=booking, form=form, page=page)


@blueprint.get("/<uuid:id>/absagen")
@citizens(Power.BOOK)
def ask_to_cancel(id: UUID) -> ResponseReturnValue:
    """Ask once more before cancelling."""
    booking = _booking(id)
    rules.check_can_cancel(booking, by=signed_in_citizen(), now=clock.now())
    return render_template("appointments/cancel.html", booking=booking, form=CancelForm())


@blueprint.post("/<uuid:id>/absagen")
@citizens(Power.BOOK)
@commits
def cancel(id: UUID) -> ResponseReturnValue:
    """Cancel the appointment."""
    service.cancel(db.session, booking=_booking(id), by=signed_in_citizen(), now=clock.now())
    flash(_("Ihr Termin ist abgesagt. Sie müssen nichts weiter tun."))
    return redirect(url_for(".index"))


# What the address says


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_citizen())


def _kind_asked_for(key: str) -> tuple[AppointmentType, Channel]:
    """Return the kind in the address and the channel in `weg`, else the kind's first."""
    type = calendars.type_for(db.session, key, asker=signed_in_citizen())
    asked = request.args.get("weg", type.channels[0])
    if asked not in type.channels:
        raise NotFound
    return type, Channel(asked)


def _slot_page(
    type: AppointmentType, channel: Channel, instead_of: Booking | None = None
) -> search.SlotPage:
    """Return the week of free times that begins on the day in `ab`."""
    citizen = signed_in_citizen()
    return search.slot_page(
        db.session,
        type=type,
        channel=channel,
        citizen=citizen,
        start=day_in_address(request.args.get("ab")),
        asker=citizen,
        now=clock.now(),
        instead_of=instead_of.id if instead_of else None,
    )
