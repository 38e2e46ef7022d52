"""Staff pages of what somebody needs for a talk: the card, the interpreter, a slip to take home."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import cards, queries, rules
from portal.appointments.cards import Needs
from portal.appointments.forms import WORDS, InterpreterForm, NeedsForm
from portal.appointments.models import Booking
from portal.appointments.shown import PAGE_WORDS
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_appointments_needs", __name__, url_prefix="/amt/termine")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS, "rules": rules, **PAGE_WORDS}


@blueprint.get("/<uuid:id>/was-gebraucht-wird")
@staff(Right.MANAGE_APPOINTMENTS)
def ask(id: UUID) -> ResponseReturnValue:
    """Show the card, to fill it in for somebody on the phone or at the desk."""
    booking = _booking(id)
    rules.check_can_say_needs(booking, by=signed_in_staff(), now=clock.now())
    form = NeedsForm.of(Needs.on(queries.card_of(db.session, booking)))
    return render_template("appointments/staff/needs.html", booking=booking, form=form)


@blueprint.post("/<uuid:id>/was-gebraucht-wird")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def say(id: UUID) -> ResponseReturnValue:
    """Write down what the citizen needs."""
    booking, form, by = _booking(id), NeedsForm(), signed_in_staff()
    if not form.validate():
        return render_template("appointments/staff/needs.html", booking=booking, form=form), 422
    cards.write(db.session, booking=booking, needs=form.said, by=by, now=clock.now())
    flash(_("Gespeichert. Es steht beim Termin."))
    return redirect(url_for("staff_appointments.show", id=id))


@blueprint.get("/<uuid:id>/dolmetschen")
@staff(Right.MANAGE_APPOINTMENTS)
def ask_interpreter(id: UUID) -> ResponseReturnValue:
    """Ask who translates."""
    booking = _booking(id)
    rules.check_can_say_needs(booking, by=signed_in_staff(), now=clock.now())
    return _interpreter_page(booking, InterpreterForm(formdata=None))


@blueprint.post("/<uuid:id>/dolmetschen")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def arrange(id: UUID) -> ResponseReturnValue:
    """Write down who translates; the citizen reads it at the appointment."""
    booking, form, by = _booking(id), InterpreterForm(), signed_in_staff()
    if not form.validate():
        return _interpreter_page(booking, form), 422
    who = form.interpreter.data or ""
    cards.arrange(db.session, booking=booking, interpreter=who, by=by, now=clock.now())
    flash(_("Gespeichert. Die Bürgerin oder der Bürger liest es beim Termin."))
    return redirect(url_for("staff_appointments.show", id=id))


@blueprint.get("/<uuid:id>/zettel")
@staff(Right.MANAGE_APPOINTMENTS)
def slip(id: UUID) -> ResponseReturnValue:
    """Show the appointment as a slip of paper, for people without mail."""
    return render_template("appointments/staff/slip.html", booking=_booking(id))


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_staff())


def _interpreter_page(booking: Booking, form: InterpreterForm) -> str:
    card = queries.card_of(db.session, booking)
    return render_template(
        "appointments/staff/interpreter.html", booking=booking, form=form, card=card
    )
