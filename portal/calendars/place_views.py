"""Pages of the administration about places and rooms."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import places
from portal.calendars.models import Place, Room
from portal.calendars.place_forms import ClosureForm, PlaceForm, RoomForm
from portal.calendars.rules import Collides
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_places", __name__, url_prefix="/amt/verwaltung/orte")

PLACE, ROOM = "calendars/place.html", "calendars/room.html"


@blueprint.get("")
@staff(Right.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the places with their rooms."""
    return render_template(
        "calendars/places.html",
        places=places.all_places(db.session),
        rooms=places.rooms_by_place(db.session),
    )


@blueprint.get("/neu")
@staff(Right.ADMINISTER)
def new_place() -> ResponseReturnValue:
    """Show the form for a new place."""
    return render_template(PLACE, form=PlaceForm(), place=None)


@blueprint.post("/neu")
@staff(Right.ADMINISTER)
@commits
def add_place() -> ResponseReturnValue:
    """Write down a new place."""
    return _save_place(None)


@blueprint.get("/<uuid:id>")
@staff(Right.ADMINISTER)
def place(id: UUID) -> ResponseReturnValue:
    """Show the form of one place."""
    found = places.place_by_id(db.session, id)
    return render_template(PLACE, form=PlaceForm(obj=found), place=found)


@blueprint.post("/<uuid:id>")
@staff(Right.ADMINISTER)
@commits
def change_place(id: UUID) -> ResponseReturnValue:
    """Write down what is different at a place."""
    return _save_place(places.place_by_id(db.session, id))


@blueprint.get("/<uuid:id>/raum")
@staff(Right.ADMINISTER)
def new_room(id: UUID) -> ResponseReturnValue:
    """Show the form for a new room."""
    return _room_page(places.place_by_id(db.session, id), None, RoomForm())


@blueprint.post("/<uuid:id>/raum")
@staff(Right.ADMINISTER)
@commits
def add_room(id: UUID) -> ResponseReturnValue:
    """Write down a new room."""
    return _save_room(places.place_by_id(db.session, id), None)


@blueprint.get("/raum/<uuid:id>")
@staff(Right.ADMINISTER)
def room(id: UUID) -> ResponseReturnValue:
    """Show one room: its form, and when it is closed."""
    found = places.room_by_id(db.session, id)
    return _room_page(found.place, found, RoomForm(obj=found))


@blueprint.post("/raum/<uuid:id>")
@staff(Right.ADMINISTER)
@commits
def change_room(id: UUID) -> ResponseReturnValue:
    """Write down what is different about a room."""
    found = places.room_by_id(db.session, id)
    return _save_room(found.place, found)


@blueprint.post("/raum/<uuid:id>/sperren")
@staff(Right.ADMINISTER)
@commits
def close_room(id: UUID) -> ResponseReturnValue:
    """Close a room for some days."""
    found, form = places.room_by_id(db.session, id), _closure_form(request.form)
    shown = RoomForm(formdata=None, obj=found)
    if not form.validate():
        return _room_page(found.place, found, shown, form), 422
    try:
        by, now = signed_in_staff(), clock.now()
        places.close_room(db.session, room=found, by=by, now=now, **form.closure)
    except PortalError as error:
        form.refuse(error)
        return _room_page(found.place, found, shown, form, error), error.status
    flash(_("Der Raum ist gesperrt."))
    return redirect(url_for(".room", id=id))


@blueprint.post("/sperre/<uuid:id>/aufheben")
@staff(Right.ADMINISTER)
@commits
def reopen_room(id: UUID) -> ResponseReturnValue:
    """Let a room be used again."""
    closure = places.closure_by_id(db.session, id)
    places.reopen_room(db.session, closure=closure, by=signed_in_staff(), now=clock.now())
    flash(_("Die Sperre ist aufgehoben."))
    return redirect(url_for(".room", id=closure.room_id))


def _save_place(place: Place | None) -> ResponseReturnValue:
    form = PlaceForm()
    if not form.validate():
        return again(PLACE, form, place=place)
    try:
        places.save_place(
            db.session, place=place, by=signed_in_staff(), now=clock.now(), **form.given
        )
    except PortalError as error:
        return again(PLACE, form, error, place=place)
    flash(_("Der Ort ist gespeichert."))
    return redirect(url_for(".index"))


def _save_room(place: Place, room: Room | None) -> ResponseReturnValue:
    form = RoomForm()
    if not form.validate():
        return _room_page(place, room, form), 422
    try:
        places.save_room(
            db.session, place=place, room=room, by=signed_in_staff(), now=clock.now(), **form.given
        )
    except PortalError as error:
        form.refuse(error)
        return _room_page(place, room, form), error.status
    flash(_("Der Raum ist gespeichert."))
    return redirect(url_for(".index"))


def _closure_form(sent: Any) -> ClosureForm:
    return ClosureForm(sent, prefix="closure")


def _room_page(
    place: Place,
    room: Room | None,
    form: RoomForm,
    closure_form: ClosureForm | None = None,
    error: PortalError | None = None,
) -> str:
    today = clock.local_date(clock.now())
    return render_template(
        ROOM,
        place=place,
        room=room,
        form=form,
        closure_form=closure_form or _closure_form(None),
        closures=places.closures_of(db.session, room=room, today=today) if room else [],
        colliding=error.taken if isinstance(error, Collides) else [],
    )
