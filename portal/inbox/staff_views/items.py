"""One item: opening, taking, handing on and finishing it, and the way through the list."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Conflict, PortalError
from portal.inbox import links, many, queries, service, subjects
from portal.inbox.forms import filters_from
from portal.inbox.list_models import Deed
from portal.inbox.models import WorkItem
from portal.inbox.staff_views.blueprint import (
    blueprint,
    last_list,
    list_as_it_was,
    remember_list,
    remember_thing,
)
from portal.inbox.staff_views.handing_over import ask_whom, hand_over_form


@blueprint.post("/<uuid:id>/oeffnen")
@staff(Right.USE_INBOX)
@commits
def open(id: UUID) -> ResponseReturnValue:
    """Remember that it was looked at, and show the thing behind it."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker)
    service.look_at(db.session, item=item, by=asker, now=clock.now())
    remember_list()
    return _go_to(item)


@blueprint.post("/<uuid:id>/uebernehmen")
@staff(Right.USE_INBOX)
@commits
def claim(id: UUID) -> ResponseReturnValue:
    """Take the item."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker, lock=True)
    service.claim(db.session, item=item, by=asker, now=clock.now())
    flash(gettext("Übernommen: %(title)s, %(person)s.", title=item.title, person=item.person))
    return redirect(list_as_it_was(), 303)


@blueprint.post("/<uuid:id>/weitergeben")
@staff(Right.USE_INBOX)
@commits
def hand_over(id: UUID) -> ResponseReturnValue:
    """Give the item to a colleague of the team, with a note for them."""
    asker, now = signed_in_staff(), clock.now()
    item = queries.item_for(db.session, id, asker=asker, lock=True)
    form = hand_over_form([item])
    if not form.validate_on_submit():
        return ask_whom(form, [item]), 422
    to, note = form.chosen, form.note.data or ""
    try:
        service.hand_over(db.session, item=item, to=to, by=asker, now=now, note=note)
    except PortalError as error:
        form.refuse(error)
        return ask_whom(form, [item]), error.status
    flash(gettext("%(title)s liegt jetzt bei %(name)s.", title=item.title, name=to.name))
    return redirect(list_as_it_was(), 303)


@blueprint.post("/<uuid:id>/erledigt")
@staff(Right.USE_INBOX)
@commits
def finish(id: UUID) -> ResponseReturnValue:
    """Close an item that asks for no step in the portal; it can be taken back as many can."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker)
    outcome = many.do(db.session, deed=Deed.DONE, ids=[item.id], by=asker, now=clock.now())
    if outcome.refused:
        raise Conflict(outcome.refused[0])
    flash(gettext("Als erledigt abgelegt. Sie können es zurücknehmen."), "success")
    return redirect(list_as_it_was(), 303)


@blueprint.post("/weiter")
@staff(Right.USE_INBOX)
@commits
def walk() -> ResponseReturnValue:
    """Go from a thing to the next (or the one before) in the list it was opened from."""
    asker = signed_in_staff()
    backwards = request.form.get("richtung") == "zurueck"
    item = _beside(request.form.get("von", type=UUID), backwards=backwards)
    if item is None:
        flash(gettext("Hier endet die Liste."), "info")
        return redirect(url_for(".index", **last_list()), 303)
    service.look_at(db.session, item=item, by=asker, now=clock.now())
    return _go_to(item)


@blueprint.get("/naechstes")
@staff(Right.USE_INBOX)
def next_item() -> ResponseReturnValue:
    """After a deed: show the next thing of the list, or the list when it is empty."""
    item = _beside(request.args.get("von", type=UUID))
    if item is None:
        return redirect(url_for(".index", **last_list()))
    return redirect(_thing_behind(item))


@blueprint.get("/<uuid:id>/weg")
@staff(Right.USE_INBOX)
def gone(id: UUID) -> ResponseReturnValue:
    """Say that the thing behind an item is not there any more, and where it goes on."""
    item = queries.item_for(db.session, id, asker=signed_in_staff())
    return render_template("inbox/staff/gone.html", item=item, kind=links.NAMES[item.kind])


def _go_to(item: WorkItem) -> ResponseReturnValue:
    """Lead to the thing behind an item; where it is gone, the item goes too, and a page says so."""
    address = _thing_behind(item)
    if address == _where_gone(item):
        subjects.close(db.session, item=item, now=clock.now())
    return redirect(address, 303)


def _thing_behind(item: WorkItem) -> str:
    remember_thing(item.subject_id)
    if subjects.is_gone(db.session, item):
        return _where_gone(item)
    return links.address_of(item.kind, item.subject_id)


def _where_gone(item: WorkItem) -> str:
    return url_for(".gone", id=item.id)


def _beside(subject_id: UUID | None, *, backwards: bool = False) -> Any:
    asker = signed_in_staff()
    here = queries.item_about(db.session, subject_id, asker=asker) if subject_id else None
    if here is None:
        return None
    return queries.neighbour(
        db.session,
        of=here,
        asker=asker,
        filters=filters_from(last_list()),
        today=clock.local_date(clock.now()),
        backwards=backwards,
    )
