"""The administration of kinds of appointments: the list, a new one, changing, order, on and off."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.calendars import kinds, queries
from portal.calendars.forms import CHANNELS
from portal.calendars.kind_forms import BOOKABLE_BY, KindForm
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_kinds", __name__, url_prefix="/amt/verwaltung/terminarten")

PAGE = "calendars/kinds/kind.html"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"channels": CHANNELS, "bookable_by": BOOKABLE_BY}


@blueprint.get("")
@staff(Right.ADMINISTER)
def index() -> ResponseReturnValue:
    """List every kind in the order in which it is offered."""
    return render_template("calendars/kinds/index.html", kinds=queries.all_types(db.session))


@blueprint.get("/neu")
@staff(Right.ADMINISTER)
def ask_new() -> ResponseReturnValue:
    """Show the empty form."""
    return render_template(PAGE, form=KindForm(formdata=None).hinted(), kind=None)


@blueprint.post("/neu")
@staff(Right.ADMINISTER)
@commits
def add() -> ResponseReturnValue:
    """Add a kind."""
    form, by = KindForm().hinted(), signed_in_staff()
    if not form.validate():
        return again(PAGE, form, kind=None)
    try:
        kind = kinds.add_kind(db.session, facts=form.facts, by=by, now=clock.now())
    except PortalError as error:
        return again(PAGE, form, error, kind=None)
    flash(gettext("„%(name)s“ ist angelegt.", name=kind.name), "success")
    return redirect(url_for(".index"))


@blueprint.get("/<uuid:id>")
@staff(Right.ADMINISTER)
def show(id: UUID) -> ResponseReturnValue:
    """Show one kind, to change it."""
    kind = queries.type_to_change(db.session, id)
    return render_template(PAGE, form=KindForm.of(kind), kind=kind)


@blueprint.post("/<uuid:id>")
@staff(Right.ADMINISTER)
@commits
def change(id: UUID) -> ResponseReturnValue:
    """Change a kind."""
    form, by = KindForm().hinted(), signed_in_staff()
    kind = queries.type_to_change(db.session, id)
    if not form.validate():
        return again(PAGE, form, kind=kind)
    try:
        kinds.change_kind(db.session, kind=kind, facts=form.facts, by=by, now=clock.now())
    except PortalError as error:
        return again(PAGE, form, error, kind=kind)
    flash(gettext("„%(name)s“ ist geändert. Gebuchte Termine bleiben.", name=kind.name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<uuid:id>/platz")
@staff(Right.ADMINISTER)
@commits
def move(id: UUID) -> ResponseReturnValue:
    """Let a kind change places with its neighbour."""
    kind, by = queries.type_to_change(db.session, id), signed_in_staff()
    up = request.form.get("nach") == "oben"
    kinds.move_kind(db.session, kind=kind, up=up, by=by, now=clock.now())
    return redirect(url_for(".index", _anchor=kind.key))


@blueprint.post("/<uuid:id>/angebot")
@staff(Right.ADMINISTER)
@commits
def switch(id: UUID) -> ResponseReturnValue:
    """Offer a kind again, or no more; no kind is ever deleted."""
    kind, by = queries.type_to_change(db.session, id), signed_in_staff()
    on = request.form.get("an") == "ja"
    kinds.switch_kind(db.session, kind=kind, on=on, by=by, now=clock.now())
    said = (
        gettext("„%(name)s“ wird wieder angeboten.", name=kind.name)
        if on
        else gettext(
            "„%(name)s“ wird nicht mehr angeboten. Gebuchte Termine bleiben.", name=kind.name
        )
    )
    flash(said, "success")
    return redirect(url_for(".index", _anchor=kind.key))
