"""Citizen pages of appointments: see, book, move, cancel. No page changes anything on GET.

A time is held before it is booked: two tabs, the back button and a second device each meet a hold
that is there, one that has run out, or the appointment that was made of it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import (
    cards,
    holding,
    ics,
    outcome_shown,
    queries,
    reasons,
    rules,
    seating,
    service,
    travel,
)
from portal.appointments.cards import Needs
from portal.appointments.finding_forms import WishForm
from portal.appointments.forms import (
    WORDS,
    CancelForm,
    ChooseForm,
    ConfirmForm,
    NeedsForm,
    SlotForm,
)
from portal.appointments.models import Booking, BookingState
from portal.appointments.shown import PAGE_WORDS
from portal.calendars import queries as calendars
from portal.calendars import rules as calendar_rules
from portal.calendars import search
from portal.calendars.forms import day_in_address
from portal.calendars.kind_forms import spoken
from portal.calendars.models import AppointmentType, Channel
from portal.calendars.skills import languages_spoken
from portal.calendars.wishes import ANY_TIME, Seat, seats_for
from portal.casefiles import queries as casefiles
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Conflict, NotFound, PortalError
from portal.core.fields import blame

blueprint = Blueprint("appointments", __name__, url_prefix="/termine")

NEXT_TIMES = 6
"""How many times of the most usual kind stand on the first page."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums, and the rules that show or hide a button."""
    return {"words": WORDS, "rules": rules, "spoken": spoken, **PAGE_WORDS}


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
    """Ask what the appointment is about; the most usual kind shows its next times at once."""
    citizen = signed_in_citizen()
    types = calendars.types_for(db.session, asker=citizen)
    kinds = {type: calendar_rules.channels_for(type, by=citizen) for type in types}
    kinds = {type: channels for type, channels in kinds.items() if channels}
    first = next(iter(kinds), None)
    page = _slot_page(first, kinds[first][0]).first(NEXT_TIMES) if first else None
    return render_template(
        "appointments/choose_kind.html",
        kinds=kinds,
        first=first,
        page=page,
        form=SlotForm(formdata=None),
    )


@blueprint.get("/neu/<string:key>")
@citizens(Power.BOOK)
def choose_slot(key: str) -> ResponseReturnValue:
    """Show the free times of one week, those that suit."""
    type, channel = _kind_asked_for(key)
    wishes = _wishes(type)
    return render_template(
        "appointments/choose_slot.html",
        type=type,
        channel=channel,
        page=_slot_page(type, channel, wishes),
        form=SlotForm(formdata=None),
        wishes=wishes,
    )


@blueprint.post("/neu/<string:key>")
@citizens(Power.BOOK)
@limited("hold")
@commits
def hold(key: str) -> ResponseReturnValue:
    """Hold the time while the citizen confirms; what was typed before goes with it."""
    type, channel = _kind_asked_for(key)
    form, citizen, now = ChooseForm(), signed_in_citizen(), clock.now()
    wishes = _wishes(type)
    if not form.validate():
        return _choose_again(type, channel, form), 422
    try:
        held = holding.hold(
            db.session,
            citizen=citizen,
            type=type,
            channel=channel,
            slot=form.slot.chosen,
            by=citizen,
            now=now,
            note=form.note.data if form.typed.data else None,
            seats=seats_for(type, wishes.language),
        )
        if form.typed.data:
            cards.write(db.session, booking=held, needs=form.said, by=citizen, now=now)
    except PortalError as error:
        blame(form, error)
        return _choose_again(type, channel, form), error.status
    return redirect(url_for(".confirm", key=key, id=held.id, weg=channel, **wishes.kept))


@blueprint.get("/neu/<string:key>/<uuid:id>")
@citizens(Power.BOOK)
def confirm(key: str, id: UUID) -> ResponseReturnValue:
    """Show the held time once more, and ask what the citizen would like to say."""
    type, channel = _kind_asked_for(key)
    citizen, kept = signed_in_citizen(), _wishes(type).kept
    held = queries.held_or_made(db.session, id, asker=citizen)
    if held is None or not rules.is_held(held, now=clock.now()):
        if held is not None and held.state != BookingState.HELD:
            return redirect(url_for(".booked", id=id))
        flash(holding.LAPSED, "warning")
        return redirect(url_for(".choose_slot", key=key, weg=channel, **kept))
    card = queries.card_of(db.session, held) or queries.last_card_of(db.session, citizen)
    form = ConfirmForm.of(Needs.on(card), note=held.note)
    return render_template("appointments/confirm.html", form=form, held=held, kept=kept)


@blueprint.post("/neu/<string:key>/<uuid:id>")
@citizens(Power.BOOK)
@limited("booking")
@commits
def book(key: str, id: UUID) -> ResponseReturnValue:
    """Book the held time; whoever was too slow chooses again and keeps what was written."""
    type, channel = _kind_asked_for(key)
    form, citizen = ConfirmForm(), signed_in_citizen()
    held = queries.held_or_made(db.session, id, asker=citizen)
    try:
        if held is None:
            raise Conflict(holding.LAPSED, field="slot")
        if not form.validate():
            kept = _wishes(type).kept
            return render_template(
                "appointments/confirm.html", form=form, held=held, kept=kept
            ), 422
        booking = holding.confirm(
            db.session,
            held=held,
            note=form.note.data,
            needs=form.said,
            by=citizen,
            now=clock.now(),
        )
    except PortalError as error:
        again = ChooseForm()
        blame(again, error)
        return _choose_again(type, channel, again), error.status
    return redirect(url_for(".booked", id=booking.id))


@blueprint.get("/<uuid:id>/gebucht")
@citizens(Power.SEE)
def booked(id: UUID) -> ResponseReturnValue:
    """Say what was booked and what happens next."""
    return render_template("appointments/booked.html", booking=_booking(id))


def _choose_again(type: AppointmentType, channel: Channel, form: ChooseForm) -> str:
    wishes = _wishes(type)
    return render_template(
        "appointments/choose_again.html",
        form=form,
        type=type,
        channel=channel,
        page=_slot_page(type, channel, wishes),
        wishes=wishes,
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
        card=queries.card_of(db.session, booking),
        reason=outcome_shown.reason_row(reasons.last_word(db.session, booking)),
        travel=outcome_shown.travel_rows(costs),
        may_ask_travel=costs is None and travel.can_ask(booking, by=citizen),
        sees_letters=casefiles.sees_letters(db.session, asker=citizen),
    )


@blueprint.get("/<uuid:id>/kalender.ics")
@citizens(Power.SEE)
def calendar(id: UUID) -> ResponseReturnValue:
    """Hand out the calendar entry."""
    booking = _booking(id)
    return ics.entry_for(booking, now=clock.now()), {
        "Content-Type": ics.content_type(booking),
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
@limited("hold")
@commits
def hold_move(id: UUID) -> ResponseReturnValue:
    """Hold the new time; until it is confirmed, the old one stays."""
    booking, form, citizen = _booking(id), SlotForm(), signed_in_citizen()
    if not form.validate():
        return _move_page(booking, form), 422
    try:
        held = holding.hold(
            db.session,
            citizen=citizen,
            type=booking.type,
            channel=booking.channel,
            slot=form.slot.chosen,
            by=citizen,
            now=clock.now(),
            instead_of=booking,
            seats=seating.seats_of(booking, booking.others),
        )
    except PortalError as error:
        blame(form, error)
        return _move_page(booking, form), error.status
    return redirect(url_for(".confirm_move", id=id, held_id=held.id))


@blueprint.get("/<uuid:id>/verschieben/<uuid:held_id>")
@citizens(Power.BOOK)
def confirm_move(id: UUID, held_id: UUID) -> ResponseReturnValue:
    """Show the old and the new time."""
    booking, now = _booking(id), clock.now()
    held = queries.held_or_made(db.session, held_id, asker=signed_in_citizen())
    if held is None or not rules.is_held(held, now=now):
        if booking.moved_from is None:
            flash(holding.LAPSED, "warning")
        return redirect(url_for(".show", id=id))
    rules.check_can_move(booking, by=signed_in_citizen(), now=now)
    return render_template(
        "appointments/confirm_move.html", booking=booking, held=held, form=CancelForm()
    )


@blueprint.post("/<uuid:id>/verschieben/<uuid:held_id>")
@citizens(Power.BOOK)
@limited("booking")
@commits
def move(id: UUID, held_id: UUID) -> ResponseReturnValue:
    """Move the appointment to the time that was held for it."""
    booking, citizen, now = _booking(id), signed_in_citizen(), clock.now()
    held = queries.held_or_made(db.session, held_id, asker=citizen)
    try:
        if held is None:
            raise Conflict(holding.LAPSED, field="slot")
        holding.confirm_move(db.session, booking=booking, held=held, by=citizen, now=now)
    except PortalError as error:
        form = SlotForm()
        blame(form, error)
        return _move_page(booking, form), error.status
    flash(_("Ihr Termin ist verschoben. Die neue Zeit haben wir Ihnen auch per E-Mail geschickt."))
    return redirect(url_for(".show", id=id))


def _move_page(booking: Booking, form: SlotForm) -> str:
    page = _slot_page(booking.type, booking.channel, instead_of=booking)
    return render_template("appointments/move.html", booking=booking, form=form, page=page)


@blueprint.get("/<uuid:id>/was-sie-brauchen")
@citizens(Power.BOOK)
def ask_needs(id: UUID) -> ResponseReturnValue:
    """Show the card of a booking, to change it."""
    booking = _booking(id)
    rules.check_can_say_needs(booking, by=signed_in_citizen(), now=clock.now())
    form = NeedsForm.of(Needs.on(queries.card_of(db.session, booking)))
    return render_template("appointments/needs.html", booking=booking, form=form)


@blueprint.post("/<uuid:id>/was-sie-brauchen")
@citizens(Power.BOOK)
@commits
def say_needs(id: UUID) -> ResponseReturnValue:
    """Write down what the citizen needs for the talk."""
    booking, form, by = _booking(id), NeedsForm(), signed_in_citizen()
    if not form.validate():
        return render_template("appointments/needs.html", booking=booking, form=form), 422
    cards.write(db.session, booking=booking, needs=form.said, by=by, now=clock.now())
    flash(_("Gespeichert. Wer mit Ihnen spricht, liest es vor dem Gespräch."))
    return redirect(url_for(".show", id=id))


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
    citizen = signed_in_citizen()
    type = calendars.type_for(db.session, key, asker=citizen)
    channels = calendar_rules.channels_for(type, by=citizen)
    asked = request.args.get("weg", next(iter(channels), None))
    if asked not in channels:
        raise NotFound
    return type, Channel(asked)


def _wishes(type: AppointmentType) -> WishForm:
    """Return what the address says about the times that suit."""
    citizen = signed_in_citizen()
    case = casefiles.case_of(db.session, asker=citizen)
    is_free = rules.own_officer_only(type, case, by=citizen) is None
    return WishForm(request.args).offer(
        channels=calendar_rules.channels_for(type, by=citizen),
        languages=languages_spoken(db.session),
        own=queries.own_officer(db.session, case) if is_free else None,
    )


def _slot_page(
    type: AppointmentType,
    channel: Channel,
    wishes: WishForm | None = None,
    instead_of: Booking | None = None,
) -> search.SlotPage:
    """Return the week of free times that begins on the day in `ab`.

    Who moves an appointment is offered times beside the old one only: both are taken at once until
    the new one is confirmed.
    """
    citizen = signed_in_citizen()
    case = casefiles.case_of(db.session, asker=citizen)
    only = rules.own_officer_only(type, case, by=citizen)
    return search.slot_page(
        db.session,
        type=type,
        channel=channel,
        citizen=citizen,
        start=day_in_address(request.args.get("ab")),
        asker=citizen,
        now=clock.now(),
        officer=only or (wishes.officer if wishes else None),
        seats=_seats_asked(type, wishes, instead_of),
        filter=wishes.filter if wishes else ANY_TIME,
    )


def _seats_asked(
    type: AppointmentType, wishes: WishForm | None, instead_of: Booking | None
) -> Sequence[Seat]:
    if instead_of is not None:
        return seating.seats_of(instead_of, instead_of.others)
    return seats_for(type, wishes.language if wishes else None)
