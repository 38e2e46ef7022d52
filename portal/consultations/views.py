"""Waiting room and call for citizens; each address belongs to one booking of the asker."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.consultations import (
    answers,
    doors,
    ending_shown,
    participants,
    profiles,
    queries,
    roles,
    rules,
    service,
    shown,
)
from portal.consultations.forms import CallbackForm, TakingPartForm
from portal.consultations.note_forms import RemarkForm
from portal.consultations.queries import Room
from portal.consultations.rules import Stage
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound

blueprint = Blueprint("consultations", __name__, url_prefix="/beratung")
doors.offer(blueprint, layout="layouts/citizen.html", is_guest=False)


@blueprint.get("/<uuid:id>")
@citizens(Power.BOOK)
def room(id: UUID) -> ResponseReturnValue:
    """Show where the citizen stands: too early, open, waiting, in the talk, over."""
    found = _room(id)
    stage = _stage(found)
    if stage == Stage.ADMITTED:
        return redirect(url_for(".call", id=id))
    return render_template(f"consultations/{stage}.html", **_words(stage, found))


@blueprint.get("/<uuid:id>/eintreten")
@citizens(Power.BOOK)
def enter(id: UUID) -> ResponseReturnValue:
    """Take who comes from a message to the open door; the page presses the button for them."""
    found = _room(id)
    stage = _stage(found)
    if stage != Stage.OPEN:
        return redirect(url_for(".room", id=id))
    return render_template("consultations/open.html", **_words(stage, found) | {"goes_in": True})


@blueprint.get("/<uuid:id>/geraete")
@citizens(Power.BOOK)
def devices(id: UUID) -> ResponseReturnValue:
    """Let people try camera, microphone and speaker, and choose how to take part."""
    found = _room(id)
    stage = _stage(found)
    if stage == Stage.ADMITTED:
        return redirect(url_for(".call", id=id))
    answers.allow_call()
    return render_template("consultations/devices.html", **_words(stage, found))


@blueprint.post("/<uuid:id>/warten")
@citizens(Power.BOOK)
@commits
def wait(id: UUID) -> ResponseReturnValue:
    """Take a place in the waiting room."""
    found = _room(id)
    form = TakingPartForm()
    if not form.validate():
        return redirect(url_for(".devices", id=id))
    service.arrive(
        db.session,
        booking=found.booking,
        taking_part=form.choice,
        otherwise=profiles.way_of(profiles.of(db.session, found.booking.citizen_id)),
        by=signed_in_citizen(),
        now=clock.now(),
    )
    return redirect(url_for(".room", id=id))


@blueprint.post("/<uuid:id>/da")
@citizens(Power.BOOK)
@commits
def still_here(id: UUID) -> ResponseReturnValue:
    """Note that the page of a waiting person is open."""
    ticket = _room(id).ticket
    if ticket is not None:
        service.report_waiting(ticket, now=clock.now())
    return jsonify(here=True)


@blueprint.get("/<uuid:id>/stand")
@citizens(Power.BOOK)
def state(id: UUID) -> ResponseReturnValue:
    """Tell an open page where its owner stands now."""
    found = _room(id)
    stage = _stage(found)
    states = shown.words(found, stage, found.ticket, found.booking.citizen)
    words = render_template("consultations/_state_words.html", **states)
    return jsonify(stage=stage, words=words)


@blueprint.post("/<uuid:id>/gehen")
@citizens(Power.BOOK)
@commits
def leave(id: UUID) -> ResponseReturnValue:
    """Give up the place in the waiting room."""
    found = _room(id)
    if found.ticket is not None:
        service.leave(
            db.session,
            ticket=found.ticket,
            booking=found.booking,
            by=signed_in_citizen(),
            now=clock.now(),
        )
    return redirect(url_for(".room", id=id))


@blueprint.get("/<uuid:id>/rueckruf")
@citizens(Power.BOOK)
def callback_page(id: UUID) -> ResponseReturnValue:
    """Ask under which number the citizen can be called."""
    found = _room(id)
    form = CallbackForm(phone=found.booking.citizen.phone)
    return render_template("consultations/callback.html", room=found, form=form)


@blueprint.post("/<uuid:id>/rueckruf")
@citizens(Power.BOOK)
@limited("callback")
@commits
def callback(id: UUID) -> ResponseReturnValue:
    """Ask for a telephone call instead of the video."""
    found, form = _room(id), CallbackForm()
    if not form.validate():
        return render_template("consultations/callback.html", room=found, form=form), 422
    service.ask_for_callback(
        db.session,
        booking=found.booking,
        phone=form.phone.data or "",
        by=signed_in_citizen(),
        now=clock.now(),
    )
    flash(gettext("Wir haben Ihren Wunsch notiert und rufen Sie an."), "success")
    return redirect(url_for(".room", id=id))


@blueprint.get("/<uuid:id>/gespraech")
@citizens(Power.BOOK)
def call(id: UUID) -> ResponseReturnValue:
    """Show the call to who was admitted; everybody else goes back to the waiting room."""
    found = _room(id)
    if _stage(found) != Stage.ADMITTED:
        return redirect(url_for(".room", id=id))
    answers.allow_call()
    return render_template(
        "consultations/call.html",
        room=found,
        history=_history(found),
        you=roles.participant_of(signed_in_citizen()),
        remark_form=RemarkForm(formdata=None),
    )


@blueprint.get("/<uuid:id>/nachrichten")
@citizens(Power.BOOK)
def messages(id: UUID) -> ResponseReturnValue:
    """Hand out the chat to who was admitted."""
    found = _room(id)
    if _stage(found) != Stage.ADMITTED:
        raise NotFound
    return jsonify(_history(found))


@blueprint.post("/<uuid:id>/ticket")
@citizens(Power.BOOK)
@limited("call")
@commits
def ticket(id: UUID) -> ResponseReturnValue:
    """Hand out the short-lived ticket for the media process."""
    return answers.ticket(_room(id), by=signed_in_citizen())


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_citizen())


def _history(found: Room) -> list[dict[str, str]]:
    me = signed_in_citizen()
    return queries.history_of(db.session, consultation=found.consultation, viewer=me)


def _stage(found: Room) -> Stage:
    return rules.stage(found.booking, found.consultation, found.ticket, now=clock.now())


def _words(stage: Stage, found: Room) -> dict[str, Any]:
    citizen = found.booking.citizen
    words = shown.words(found, stage, found.ticket, citizen)
    return words | shown.ways(found.ticket, citizen) | _afterwards(stage, found)


def _afterwards(stage: Stage, found: Room) -> dict[str, Any]:
    """Return what the page of an ended talk shows to the citizen alone: the note is theirs."""
    if stage != Stage.ENDED or found.consultation is None:
        return {}
    return {
        **ending_shown.goes_on(found.consultation),
        "took_part": participants.of(db.session, found.booking, found.consultation),
        "remarks": queries.remarks_of(db.session, consultation=found.consultation),
        "papers": queries.papers_of(db.session, consultation=found.consultation),
        "remark_form": RemarkForm(formdata=None),
    }
