"""Waiting room and call for the officer of a booking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.consultations import (
    answers,
    calling_in,
    ending_shown,
    guest_queries,
    next_talk,
    notes,
    notices,
    participants,
    profiles,
    queries,
    roles,
    rules,
    service,
    table_shown,
)
from portal.consultations.guest_forms import NAMES
from portal.consultations.guest_models import Guest, GuestRole
from portal.consultations.note_forms import DraftForm, NoteForm
from portal.consultations.pick_forms import PickForm
from portal.consultations.queries import Room
from portal.core import browser, clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, NotFound

blueprint = Blueprint("staff_consultations", __name__, url_prefix="/amt/beratung")


@blueprint.get("")
@staff(Right.HOLD_CONSULTATIONS)
def index() -> ResponseReturnValue:
    """List the talks of today with who waits."""
    return render_template("consultations/staff/index.html", **_today())


@blueprint.get("/stand")
@staff(Right.HOLD_CONSULTATIONS)
def index_state() -> ResponseReturnValue:
    """Tell an open list who waits now."""
    return jsonify(words=render_template("consultations/staff/_today.html", **_today()))


@blueprint.get("/<uuid:id>")
@staff(Right.HOLD_CONSULTATIONS)
def room(id: UUID) -> ResponseReturnValue:
    """Show one talk: who waits and since when, the note, the end."""
    found = _room(id)
    talk = found.consultation
    ended = talk is not None and talk.ended_at is not None
    after = next_talk.of_ended(db.session, talk) if talk is not None and ended else None
    took_part = participants.of(db.session, found.booking, talk)
    return render_template(
        "consultations/staff/room.html", next=after, took_part=took_part, **_shown(found)
    )


@blueprint.get("/<uuid:id>/stand")
@staff(Right.HOLD_CONSULTATIONS)
def state(id: UUID) -> ResponseReturnValue:
    """Tell an open page who waits now."""
    found = _room(id)
    words = render_template("consultations/staff/_waiting.html", **_shown(found))
    return jsonify(stage=rules.state_of(found.consultation), words=words)


@blueprint.get("/<uuid:id>/geraete")
@staff(Right.HOLD_CONSULTATIONS)
def devices(id: UUID) -> ResponseReturnValue:
    """Let the officer try camera, microphone and speaker."""
    found = _room(id)
    browser.allow_devices()
    return render_template("consultations/staff/devices.html", room=found)


@blueprint.post("/<uuid:id>/einlassen/<uuid:ticket_id>")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def admit(id: UUID, ticket_id: UUID) -> ResponseReturnValue:
    """Let a waiting person in and go into the call."""
    ticket = queries.waiting_ticket_for(db.session, ticket_id, asker=signed_in_staff())
    service.admit(
        db.session,
        ticket=ticket,
        booking=ticket.consultation.booking,
        by=signed_in_staff(),
        now=clock.now(),
    )
    return redirect(url_for(".call", id=id))


@blueprint.post("/<uuid:id>/zurueck/<uuid:ticket_id>")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def send_back(id: UUID, ticket_id: UUID) -> ResponseReturnValue:
    """Ask a person to wait once more."""
    ticket = queries.waiting_ticket_for(db.session, ticket_id, asker=signed_in_staff())
    service.send_back(
        db.session,
        ticket=ticket,
        booking=ticket.consultation.booking,
        by=signed_in_staff(),
        now=clock.now(),
    )
    return redirect(url_for(".room", id=id))


@blueprint.post("/<uuid:id>/sagen")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def say(id: UUID) -> ResponseReturnValue:
    """Show a ready-made sentence to everybody who waits."""
    key = request.form.get("key", "")
    notices.say(db.session, room=_room(id), key=key, by=signed_in_staff(), now=clock.now())
    return redirect(url_for(".room", id=id))


@blueprint.post("/<uuid:id>/rufen/<uuid:ticket_id>")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def call_in(id: UUID, ticket_id: UUID) -> ResponseReturnValue:
    """Call somebody by short message who went away from the waiting room."""
    found = _room(id)
    ticket = queries.waiting_ticket_for(db.session, ticket_id, asker=signed_in_staff())
    if ticket.consultation_id != (found.consultation and found.consultation.id):
        raise NotFound
    calling_in.call_in(
        db.session, ticket=ticket, booking=found.booking, by=signed_in_staff(), now=clock.now()
    )
    return redirect(url_for(".room", id=id))


@blueprint.get("/<uuid:id>/gespraech")
@staff(Right.HOLD_CONSULTATIONS)
def call(id: UUID) -> ResponseReturnValue:
    """Show the call with chat, note and the documents of the citizen."""
    found = _room(id)
    if not rules.is_open(found.booking, found.consultation, now=clock.now()):
        return redirect(url_for(".room", id=id))
    answers.allow_call()
    return render_template(
        "consultations/staff/call.html",
        history=_history(found),
        **table_shown.lies_on(found, asker=signed_in_staff()),
        you=roles.participant_of(signed_in_staff()),
        pick_form=PickForm(formdata=None),
        **_shown(found) | {"form": ending_shown.form_of(found, by=signed_in_staff())},
    )


@blueprint.get("/<uuid:id>/nachrichten")
@staff(Right.HOLD_CONSULTATIONS)
def messages(id: UUID) -> ResponseReturnValue:
    """Hand out the chat."""
    return jsonify(_history(_room(id)))


@blueprint.post("/<uuid:id>/ticket")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def ticket(id: UUID) -> ResponseReturnValue:
    """Hand out the short-lived ticket for the media process."""
    return answers.ticket(_room(id), by=signed_in_staff())


@blueprint.post("/<uuid:id>/notiz")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def save_note(id: UUID) -> ResponseReturnValue:
    """Keep the draft of the note while it is written."""
    form, now = DraftForm(), clock.now()
    if not form.can_be_kept:
        raise InvalidInput(gettext("Die Notiz ist zu lang."), field="note")
    notes.save(
        db.session, booking=_room(id).booking, words=form.words(), by=signed_in_staff(), now=now
    )
    return jsonify(saved=clock.local(now).strftime("%H:%M"))


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_staff())


def _history(found: Room) -> list[dict[str, str]]:
    me = signed_in_staff()
    return queries.history_of(db.session, consultation=found.consultation, viewer=me)


def _shown(found: Room) -> dict[str, Any]:
    """Return what the pages of one talk show."""
    booking, talk, by, now = found.booking, found.consultation, signed_in_staff(), clock.now()
    invited = guest_queries.guests_of(db.session, booking)
    return {
        "room": found,
        "state": rules.state_of(talk),
        "is_open": rules.is_open(booking, talk, now=now),
        "can_end": rules.can_end(booking, talk, by=by),
        "opens_at": rules.opens_at(booking),
        "places": _places(found, invited, now=now),
        "expected": [guest for guest in invited if _is_expected(found, guest)],
        "role_names": NAMES,
        "equipment": profiles.for_officer(profiles.of(db.session, booking.citizen_id)),
        "sentences": notices.SENTENCES,
        "said": notices.words_of(notices.last_of(db.session, talk)),
        "form": NoteForm.of(talk),
    }


def _places(found: Room, invited: Sequence[Guest], *, now: datetime) -> list[dict[str, Any]]:
    """Return who came, guests with their role and who invited them."""
    guests = {guest.id: guest for guest in invited}
    return [
        {
            "ticket": ticket,
            "guest": guests.get(ticket.person_id),
            "role": NAMES[GuestRole(ticket.role)] if ticket.person_id in guests else None,
            "waits": ticket.state in queries.WAITS,
            "is_there": rules.is_still_there(ticket, now=now),
            "was_on_time": rules.was_on_time(found.booking, ticket),
        }
        for ticket in found.tickets
    ]


def _is_expected(found: Room, guest: Guest) -> bool:
    return guest.ended_at is None and found.place_of(guest) is None


def _today() -> dict[str, Any]:
    now, me = clock.now(), signed_in_staff()
    rooms = queries.rooms_of_day(db.session, asker=me, now=now)
    invited = guest_queries.guests_of_bookings(db.session, [room.booking for room in rooms])
    return {
        "rows": [
            {
                "room": room,
                "state": rules.state_of(room.consultation),
                "places": _places(room, invited, now=now),
                "is_over": rules.is_over(room.booking, now=now),
            }
            for room in rooms
        ],
        "invited": guest_queries.invited_talks(db.session, asker=me, now=now),
        "today": clock.local_date(now),
    }
