"""Staff pages to give a booking another room."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import queries, rooming, rules
from portal.appointments.finding_forms import RoomForm
from portal.appointments.models import Booking
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_booking_rooms", __name__, url_prefix="/amt/termine")


@blueprint.get("/<uuid:id>/raum")
@staff(Right.MANAGE_APPOINTMENTS)
def choose(id: UUID) -> ResponseReturnValue:
    """Show the rooms that are free at the time of the talk."""
    booking = _booking(id)
    rules.check_can_change_room(booking, by=signed_in_staff(), now=clock.now())
    return _page(booking, _form(booking))


@blueprint.post("/<uuid:id>/raum")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def change(id: UUID) -> ResponseReturnValue:
    """Give the booking the room; the citizen gets a mail."""
    booking, by, now = _booking(id), signed_in_staff(), clock.now()
    form = _form(booking)
    if not form.validate():
        return _page(booking, form), 422
    try:
        rooming.change_room(db.session, booking=booking, room=form.chosen, by=by, now=now)
    except PortalError as error:
        blame(form, error)
        return _page(booking, form), error.status
    flash(_("Der Raum ist geändert. %(name)s weiß Bescheid.", name=booking.citizen.name))
    return redirect(url_for("staff_appointments.show", id=id))


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_staff())


def _form(booking: Booking) -> RoomForm:
    sent = request.form if request.method == "POST" else None
    rooms = rooming.rooms_for(db.session, booking, now=clock.now())
    return RoomForm(sent, room=str(booking.room_id)).offer(rooms)


def _page(booking: Booking, form: RoomForm) -> str:
    return render_template("appointments/staff/room.html", booking=booking, form=form)
