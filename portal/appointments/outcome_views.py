"""Staff pages about the end of an appointment: notes, reasons, travel costs, disturbances."""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import (
    booking_page,
    evidence_notes,
    heard_page,
    queries,
    reasons,
    rules,
    travel,
)
from portal.appointments.heard_page import HeardForm
from portal.appointments.models import Booking, FactKind
from portal.appointments.outcome_forms import (
    AnswerReasonForm,
    DecideTravelForm,
    DisturbanceForm,
    NoteForm,
)
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame
from portal.core.templating import moment

blueprint = Blueprint("staff_outcomes", __name__, url_prefix="/amt/termine")


@blueprint.post("/<uuid:id>/notiz")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def note(id: UUID) -> ResponseReturnValue:
    """Write down that somebody got in touch, or that it was the fault of the office."""
    booking, form = _booking(id), NoteForm()
    if not form.validate():
        return booking_page.page(booking, note_form=form), 422
    try:
        _note(booking, form)
    except PortalError as error:
        blame(form, error)
        return booking_page.page(booking, note_form=form), error.status
    flash(_("Notiert."))
    return _back(id)


def _note(booking: Booking, form: NoteForm) -> None:
    by, now, text = signed_in_staff(), clock.now(), form.text.data.strip()
    if form.what.data == FactKind.OFFICE_AWAY:
        evidence_notes.note_own_fault(db.session, booking=booking, text=text, by=by, now=now)
        return
    evidence_notes.note_contact(db.session, booking=booking, at=form.at, text=text, by=by, now=now)


@blueprint.get("/<uuid:id>/grund-aufschreiben")
@staff(Right.MANAGE_APPOINTMENTS)
def hear_reason(id: UUID) -> ResponseReturnValue:
    """Ask what the citizen has said on the telephone, by post or at the desk."""
    booking = _booking(id)
    rules.check_can_give_reason(booking, by=signed_in_staff())
    return _hear_page(booking, HeardForm.blank())


@blueprint.post("/<uuid:id>/grund-aufschreiben")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def take_reason(id: UUID) -> ResponseReturnValue:
    """Keep the reason as if the citizen had given it."""
    booking, form = _booking(id), HeardForm()
    if not form.validate():
        return _hear_page(booking, form), 422
    try:
        reasons.give_reason(
            db.session,
            booking=booking,
            text=form.words.data.strip(),
            groups=[],
            by=form.heard(by=signed_in_staff(), citizen=booking.citizen),
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return _hear_page(booking, form), error.status
    flash(_("Der Grund ist aufgeschrieben."))
    return _back(id)


def _hear_page(booking: Booking, form: HeardForm) -> str:
    return heard_page.page(
        form,
        heading=_("Grund aufschreiben, nicht zu kommen"),
        about=f"{booking.citizen.name}, {moment(booking.starts_at)}",
        back=url_for("staff_appointments.show", id=booking.id),
    )


@blueprint.post("/<uuid:id>/grund")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def answer_reason(id: UUID) -> ResponseReturnValue:
    """Accept or refuse the reason that the citizen gave."""
    booking, form = _booking(id), AnswerReasonForm()
    if not form.validate():
        return booking_page.page(booking, reason_form=form), 422
    try:
        reasons.decide_on_reason(
            db.session,
            booking=booking,
            accepted=form.accepted.data == "ja",
            text=form.answer.data.strip(),
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return booking_page.page(booking, reason_form=form), error.status
    flash(_("Ihre Antwort ist eingetragen. %(name)s weiß Bescheid.", name=booking.citizen.name))
    return _back(id)


@blueprint.post("/<uuid:id>/fahrkosten")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def decide_travel(id: UUID) -> ResponseReturnValue:
    """Decide on travel costs."""
    booking, form = _booking(id), DecideTravelForm()
    if not form.validate():
        return booking_page.page(booking, travel_form=form), 422
    try:
        travel.decide(
            db.session,
            booking=booking,
            granted=form.granted.data == "ja",
            amount=_cents(form.granted_amount.data),
            reason=(form.decision.data or "").strip(),
            by=signed_in_staff(),
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return booking_page.page(booking, travel_form=form), error.status
    flash(_("Die Entscheidung ist eingetragen. %(name)s weiß Bescheid.", name=booking.citizen.name))
    return _back(id)


@blueprint.get("/stoerungen")
@staff(Right.STEER_CARE)
def disturbances() -> ResponseReturnValue:
    """Show what did not work, and ask for what is new."""
    return _disturbances(DisturbanceForm(formdata=None))


@blueprint.post("/stoerungen")
@staff(Right.STEER_CARE)
@commits
def record_disturbance() -> ResponseReturnValue:
    """Write an outage down for everybody who had an appointment then."""
    by, form = signed_in_staff(), DisturbanceForm()
    if not form.validate():
        return _disturbances(form), 422
    starts_at, ends_at = form.span
    try:
        evidence_notes.record_disturbance(
            db.session,
            starts_at=starts_at,
            ends_at=ends_at,
            text=form.text.data.strip(),
            by=by,
            now=clock.now(),
        )
    except PortalError as error:
        blame(form, error)
        return _disturbances(form), error.status
    flash(_("Die Störung ist eingetragen. Sie steht bei allen Terminen dieser Zeit."))
    return redirect(url_for(".disturbances"))


def _disturbances(form: DisturbanceForm) -> str:
    found = queries.disturbances(db.session)
    return render_template("appointments/staff/disturbances.html", form=form, found=found)


def _booking(id: UUID) -> Booking:
    return queries.booking_for(db.session, id, asker=signed_in_staff())


def _back(id: UUID) -> ResponseReturnValue:
    return redirect(url_for("staff_appointments.show", id=id))


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)
