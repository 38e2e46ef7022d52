"""The staff inbox: the list, opening, taking and handing on an item, the way through the list."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.requests import page_number
from portal.inbox import links, queries, rules, service
from portal.inbox.forms import VIEW_NAMES, FilterForm, arguments_of, filters_from
from portal.office import queries as office

blueprint = Blueprint("staff_inbox", __name__, url_prefix="/amt/eingang")

_LAST_LIST = "inbox"


@blueprint.app_context_processor
def way_back() -> dict[str, Any]:
    """Give the pages of the things the way back into the list as it was."""
    return {"inbox_address": lambda: url_for("staff_inbox.index", **session.get(_LAST_LIST, {}))}


@blueprint.get("")
@staff(Right.USE_INBOX)
def index() -> ResponseReturnValue:
    """Show what waits."""
    asker, filters = signed_in_staff(), filters_from(request.args)
    page = page_number()
    today = clock.local_date(clock.now())
    rows = queries.rows(db.session, asker=asker, filters=filters, today=today, page=page)
    return render_template(
        "inbox/staff/index.html",
        rows=rows[: queries.PAGE],
        has_more=len(rows) > queries.PAGE,
        page=page,
        filters=filters,
        arguments=arguments_of(filters),
        counts=queries.counts(db.session, asker=asker),
        colleagues=accounts.colleagues_of(db.session, asker=asker),
        filter_form=FilterForm(request.args),
        views=VIEW_NAMES,
        kinds=links.NAMES,
        rules=rules,
        stands_in_for=office.standing_of(db.session, asker, day=today).absent_ids,
        today=today,
    )


@blueprint.post("/<uuid:id>/oeffnen")
@staff(Right.USE_INBOX)
@commits
def open(id: UUID) -> ResponseReturnValue:
    """Remember that it was looked at, and show the thing behind it."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker)
    service.look_at(db.session, item=item, by=asker, now=clock.now())
    session[_LAST_LIST] = arguments_of(filters_from(request.args))
    return redirect(links.address_of(item.kind, item.subject_id), 303)


@blueprint.post("/<uuid:id>/uebernehmen")
@staff(Right.USE_INBOX)
@commits
def claim(id: UUID) -> ResponseReturnValue:
    """Take the item."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker, lock=True)
    service.claim(db.session, item=item, by=asker, now=clock.now())
    flash(gettext("Übernommen: %(title)s, %(person)s.", title=item.title, person=item.person))
    return redirect(_list_as_it_was(), 303)


@blueprint.post("/<uuid:id>/weitergeben")
@staff(Right.USE_INBOX)
@commits
def hand_over(id: UUID) -> ResponseReturnValue:
    """Give the item to a colleague of the team."""
    asker = signed_in_staff()
    item = queries.item_for(db.session, id, asker=asker, lock=True)
    to = accounts.colleague_for(db.session, request.form.get("an", ""), asker=asker)
    service.hand_over(db.session, item=item, to=to, by=asker, now=clock.now())
    flash(gettext("%(title)s liegt jetzt bei %(name)s.", title=item.title, name=to.name))
    return redirect(_list_as_it_was(), 303)


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
        return redirect(url_for(".index", **session.get(_LAST_LIST, {})), 303)
    service.look_at(db.session, item=item, by=asker, now=clock.now())
    return redirect(links.address_of(item.kind, item.subject_id), 303)


@blueprint.get("/naechstes")
@staff(Right.USE_INBOX)
def next_item() -> ResponseReturnValue:
    """After a deed: show the next thing of the list, or the list when it is empty."""
    item = _beside(request.args.get("von", type=UUID))
    if item is None:
        return redirect(url_for(".index", **session.get(_LAST_LIST, {})))
    return redirect(links.address_of(item.kind, item.subject_id))


def _list_as_it_was() -> str:
    return url_for(".index", **arguments_of(filters_from(request.args)))  # type: ignore[arg-type]


def _beside(subject_id: UUID | None, *, backwards: bool = False) -> Any:
    asker = signed_in_staff()
    here = queries.item_about(db.session, subject_id, asker=asker) if subject_id else None
    if here is None:
        return None
    return queries.neighbour(
        db.session,
        of=here,
        asker=asker,
        filters=filters_from(session.get(_LAST_LIST, {})),
        today=clock.local_date(clock.now()),
        backwards=backwards,
    )
