"""Staff pages of Wiedervorlagen: the list, a new one (beside an item or alone), and one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.inbox import follow_ups, queries
from portal.inbox.follow_up_forms import FollowUpForm, LaterForm
from portal.inbox.models import FollowUp, WorkItem

blueprint = Blueprint("staff_follow_ups", __name__, url_prefix="/amt/wiedervorlagen")


@blueprint.get("")
@staff(Right.USE_INBOX)
def index() -> ResponseReturnValue:
    """Show what is put off: one's own and the team's."""
    return _list(FollowUpForm())


@blueprint.post("")
@staff(Right.USE_INBOX)
@commits
def put() -> ResponseReturnValue:
    """Put something off that belongs to no item."""
    form = FollowUpForm()
    if not form.validate_on_submit():
        return _list(form), 422
    try:
        made = _put(form)
    except PortalError as error:
        form.refuse(error)
        return _list(form), error.status
    return _done(made)


@blueprint.get("/zu/<uuid:id>")
@staff(Right.USE_INBOX)
def beside(id: UUID) -> ResponseReturnValue:
    """Ask when an item is to be seen again."""
    item = queries.item_for(db.session, id, asker=signed_in_staff())
    return _beside(FollowUpForm(), item)


@blueprint.post("/zu/<uuid:id>")
@staff(Right.USE_INBOX)
@commits
def put_beside(id: UUID) -> ResponseReturnValue:
    """Put a follow-up beside an item; the item itself stays and keeps its day."""
    item = queries.item_for(db.session, id, asker=signed_in_staff())
    form = FollowUpForm()
    if not form.validate_on_submit():
        return _beside(form, item), 422
    try:
        made = _put(form, item=item)
    except PortalError as error:
        form.refuse(error)
        return _beside(form, item), error.status
    return _done(made)


@blueprint.get("/<uuid:id>")
@staff(Right.USE_INBOX)
def show(id: UUID) -> ResponseReturnValue:
    """Show one with its note."""
    return _show(LaterForm(), _found(id))


@blueprint.post("/<uuid:id>/verschieben")
@staff(Right.USE_INBOX)
@commits
def move(id: UUID) -> ResponseReturnValue:
    """Put it off to another day."""
    found, form = _found(id, lock=True), LaterForm()
    if not form.validate_on_submit():
        return _show(form, found), 422
    me, now = signed_in_staff(), clock.now()
    try:
        follow_ups.move(
            db.session, follow_up=found, day=form.given["day"], by=me, now=now, land=_land()
        )
    except PortalError as error:
        form.refuse(error)
        return _show(form, found), error.status
    return _done(found)


@blueprint.post("/<uuid:id>/erledigen")
@staff(Right.USE_INBOX)
@commits
def finish(id: UUID) -> ResponseReturnValue:
    """Say that it is done."""
    found = _found(id, lock=True)
    follow_ups.finish(db.session, follow_up=found, by=signed_in_staff(), now=clock.now())
    flash(gettext("Die Wiedervorlage ist erledigt."), "success")
    return redirect(url_for("staff_inbox.next_item", von=id), 303)


def _put(form: FollowUpForm, *, item: WorkItem | None = None) -> FollowUp:
    return follow_ups.put(
        db.session,
        item=item,
        day=form.given["day"],
        note=form.note.data or "",
        is_private=form.is_private,
        by=signed_in_staff(),
        now=clock.now(),
        land=_land(),
    )


def _done(made: FollowUp) -> ResponseReturnValue:
    flash(gettext("Kommt wieder am %(day)s.", day=f"{made.day:%d.%m.%Y}"), "success")
    return redirect(url_for(".index"), 303)


def _found(id: UUID, *, lock: bool = False) -> FollowUp:
    today = clock.local_date(clock.now())
    return follow_ups.follow_up_for(db.session, id, asker=signed_in_staff(), today=today, lock=lock)


def _list(form: FollowUpForm) -> str:
    today = clock.local_date(clock.now())
    mine = request.args.get("ansicht") == "meine"
    rows = follow_ups.follow_ups_for(db.session, asker=signed_in_staff(), today=today, mine=mine)
    return _page("index", form=form, rows=rows, mine=mine, most=follow_ups.SHOWN)


def _beside(form: FollowUpForm, item: WorkItem) -> str:
    return _page("beside", form=form, item=item)


def _show(form: LaterForm, found: FollowUp) -> str:
    return _page("show", form=form, one=found)


def _page(name: str, **shown: Any) -> str:
    today = clock.local_date(clock.now())
    return render_template(f"inbox/staff/follow_ups/{name}.html", today=today, **shown)


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land
