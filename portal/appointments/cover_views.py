"""Staff pages for a day on which somebody is missing: what is booked, and who takes it over."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import covering, queries, rules, seating
from portal.appointments.forms import WORDS, CancelForm, HandOverForm
from portal.appointments.models import Booking
from portal.appointments.shown import PAGE_WORDS
from portal.calendars import away
from portal.calendars import queries as calendars
from portal.calendars.forms import day_in_address
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_cover", __name__, url_prefix="/amt/termine/vertretung")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS, "rules": rules, **PAGE_WORDS}


@blueprint.get("/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def day(id: UUID) -> ResponseReturnValue:
    """List what is booked with one officer on one day, today unless the address says otherwise."""
    officer = _officer(id)
    return _day_page(officer, day_in_address(request.args.get("tag")))


@blueprint.post("/<uuid:id>/krank")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def fall_ill(id: UUID) -> ResponseReturnValue:
    """Keep an officer out of the calendar for the rest of today, and list what is booked."""
    officer, by = _officer(id), signed_in_staff()
    away.fall_ill(db.session, officer=officer, by=by, now=clock.now())
    flash(_("%(name)s ist für heute abwesend eingetragen.", name=officer.name))
    return redirect(url_for(".day", id=id))


@blueprint.get("/termin/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
def hand_over(id: UUID) -> ResponseReturnValue:
    """Show who is free at the time of one appointment."""
    booking = _booking(id)
    gone = _whose_place(booking)
    return _hand_over_page(booking, _form(booking, gone, sent=False), gone)


@blueprint.post("/termin/<uuid:id>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def give_to(id: UUID) -> ResponseReturnValue:
    """Give an appointment to a colleague at the same time; the citizen gets a mail."""
    booking, by = _booking(id), signed_in_staff()
    gone = _whose_place(booking)
    form = _form(booking, gone, sent=True)
    if not form.validate():
        return _hand_over_page(booking, form, gone), 422
    try:
        colleague = form.chosen
        now = clock.now()
        covering.hand_over(
            db.session, booking=booking, colleague=colleague, gone=gone.id, by=by, now=now
        )
    except PortalError as error:
        blame(form, error)
        return _hand_over_page(booking, form, gone), error.status
    flash(_("%(name)s übernimmt den Termin.", name=colleague.name))
    return redirect(_back(gone.id, booking.day))


def _back(officer: UUID, day: date) -> str:
    """Return to the list of the day where one may see it, else to the calendar."""
    me = signed_in_staff()
    planned = {one.id for one in calendars.colleagues_to_plan(db.session, asker=me)}
    if officer in planned:
        return url_for(".day", id=officer, tag=day)
    return url_for("staff_appointments.index", ab=day)


def _officer(id: UUID) -> StaffMember:
    return calendars.officer_to_plan(db.session, id, asker=signed_in_staff())


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_staff())


def _whose_place(booking: Booking) -> StaffMember:
    """Return whose place is to be taken: named in the address, else who has left, else the lead."""
    asked = request.args.get("fuer")
    sitting = [one.officer for one in seating.sittings(booking)]
    named = next((one for one in sitting if str(one.id) == asked), None)
    return named or covering.missing_of(booking) or booking.staff_member


def _form(booking: Booking, gone: StaffMember, *, sent: bool) -> HandOverForm:
    free = covering.colleagues_for(
        db.session,
        [booking],
        asker=signed_in_staff(),
        now=clock.now(),
        gone={booking.id: gone.id},
    )
    return HandOverForm(request.form if sent else None).offer(free[booking.id])


def _hand_over_page(booking: Booking, form: HandOverForm, gone: StaffMember) -> str:
    return render_template(
        "appointments/staff/hand_over.html",
        booking=booking,
        form=form,
        gone=gone,
        sittings=seating.sittings(booking),
    )


def _day_page(officer: StaffMember, day: date | None) -> str:
    asker, now = signed_in_staff(), clock.now()
    today = clock.local_date(now)
    shown = day or today
    ahead = covering.day_ahead(db.session, shown, officer=officer, asker=asker, now=now)
    return render_template(
        "appointments/staff/cover.html",
        officer=officer,
        day=shown,
        is_today=shown == today,
        is_away=away.is_away_for_today(db.session, officer=officer, now=now),
        ahead=ahead,
        colleagues=covering.colleagues_for(
            db.session,
            ahead.bookings,
            asker=asker,
            now=now,
            gone={one.id: officer.id for one in ahead.bookings},
        ),
        form=CancelForm(),
    )
