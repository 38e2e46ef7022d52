"""Citizen pages of events: look, take a seat, wait for one. Who else is there is on no page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import queries as appointments
from portal.appointments.groups import queries, rules, seating, waiting
from portal.appointments.groups.forms import WORDS, EventsForm, RegisterForm, WaitForm
from portal.appointments.groups.queries import Filter
from portal.appointments.groups.shown import event_cards, state_of
from portal.calendars import places
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("groups", __name__, url_prefix="/termine/gruppen")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """Give the pages the German words of the enums."""
    return {"words": WORDS, "rules": rules}


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """Show the events to come with how many seats are left, and for what one waits."""
    citizen, now = signed_in_citizen(), clock.now()
    houses = places.active_places(db.session)
    form = EventsForm(request.args).offer(houses, today=clock.local_date(now))
    wanted = _wanted(form) if form.validate() else Filter()
    events = queries.open_events(db.session, asker=citizen, now=now, wanted=wanted)
    return render_template(
        "groups/index.html",
        form=form,
        wanted=wanted,
        cards=event_cards(
            events,
            taken=appointments.taken_seats(db.session, events, now=now),
            waiting=queries.waiting_counts(db.session, events),
            own=queries.own_seats(db.session, events, asker=citizen),
            now=now,
        ),
        wishes=queries.wishes_of(db.session, asker=citizen, now=now),
    )


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show one event and the one thing to do: take a seat, wait for one, answer an offer."""
    return _page(id)


@blueprint.post("/<uuid:id>/anmelden")
@citizens(Power.BOOK)
@limited("booking")
@commits
def register(id: UUID) -> ResponseReturnValue:
    """Take a seat, or the one that is on offer."""
    citizen, now = signed_in_citizen(), clock.now()
    event = queries.event_for(db.session, id, asker=citizen)
    try:
        booking = seating.register(db.session, event=event, citizen=citizen, by=citizen, now=now)
    except PortalError as error:
        return _page(id, problem=error.message), error.status
    return redirect(url_for("appointments.booked", id=booking.id))


@blueprint.post("/<uuid:id>/warteliste")
@citizens(Power.BOOK)
@limited("booking")
@commits
def wait(id: UUID) -> ResponseReturnValue:
    """Go on the list."""
    citizen, now, form = signed_in_citizen(), clock.now(), WaitForm()
    event = queries.event_for(db.session, id, asker=citizen)
    others = bool(form.takes_others.data)
    try:
        waiting.wait(
            db.session, event=event, citizen=citizen, takes_others=others, by=citizen, now=now
        )
    except PortalError as error:
        return _page(id, problem=error.message), error.status
    flash(_("Sie stehen auf der Warteliste. Wird ein Platz frei, schreiben wir Ihnen."))
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/warteliste/verlassen")
@citizens(Power.BOOK)
@commits
def leave(id: UUID) -> ResponseReturnValue:
    """Leave the list; a seat that is on offer goes to the next."""
    citizen = signed_in_citizen()
    event = queries.event_for(db.session, id, asker=citizen)
    wish = queries.wish_of(db.session, event=event, citizen=citizen)
    if wish is not None:
        waiting.leave(db.session, wish=wish, by=citizen, now=clock.now())
        flash(_("Sie stehen nicht mehr auf der Warteliste."))
    return redirect(url_for(".show", id=id))


def _page(id: UUID, *, problem: str | None = None) -> str:
    citizen, now = signed_in_citizen(), clock.now()
    event = queries.event_for(db.session, id, asker=citizen)
    wish = queries.wish_of(db.session, event=event, citizen=citizen)
    return render_template(
        "groups/show.html",
        event=event,
        state=state_of(
            event,
            taken=appointments.taken_seats(db.session, [event], now=now).get(event.id, 0),
            ahead=queries.count_ahead(db.session, event, citizen=citizen, now=now),
            seat=queries.seat_of(db.session, event=event, citizen=citizen),
            wish=wish,
            place=queries.place_in_line(db.session, wish) if wish else None,
            by=citizen,
            now=now,
        ),
        form=RegisterForm(formdata=None),
        wait_form=WaitForm(formdata=None, takes_others=bool(wish and wish.takes_others)),
        problem=problem,
    )


def _wanted(form: EventsForm) -> Filter:
    first, end = form.days or (None, None)
    return Filter(
        first=first,
        end=end,
        language=form.sprache.data or None,
        place_id=UUID(form.ort.data) if form.ort.data else None,
    )
