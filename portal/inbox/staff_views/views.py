"""Kept views of the list: keep, delete, begin with one."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput
from portal.inbox import saved_queries, saving
from portal.inbox.forms import SaveViewForm, arguments_of, filters_from
from portal.inbox.staff_views.blueprint import blueprint, list_as_it_was


@blueprint.post("/ansichten")
@staff(Right.USE_INBOX)
@commits
def keep_view() -> ResponseReturnValue:
    """Keep the filters of the address under a name."""
    form, by = SaveViewForm(), signed_in_staff()
    if not form.validate_on_submit():
        raise InvalidInput(next((str(e) for found in form.errors.values() for e in found), ""))
    view = saving.keep_view(
        db.session,
        name=form.name.data or "",
        arguments=arguments_of(filters_from(request.args)),
        for_team=form.fuer_team.data,
        by=by,
        now=clock.now(),
    )
    if form.als_start.data:
        saving.begin_with(db.session, view=view, by=by)
    flash(gettext("Die Ansicht „%(name)s“ ist gespeichert.", name=view.name), "success")
    return redirect(list_as_it_was(), 303)


@blueprint.post("/ansichten/<uuid:id>/loeschen")
@staff(Right.USE_INBOX)
@commits
def forget_view(id: UUID) -> ResponseReturnValue:
    """Delete a kept view."""
    by = signed_in_staff()
    view = saved_queries.view_for(db.session, id, asker=by)
    saving.forget_view(db.session, view=view, by=by)
    flash(gettext("Die Ansicht „%(name)s“ ist gelöscht.", name=view.name))
    return redirect(url_for(".index", ansicht="alle"), 303)


@blueprint.post("/ansichten/<uuid:id>/start")
@staff(Right.USE_INBOX)
@commits
def begin_with_view(id: UUID) -> ResponseReturnValue:
    """Begin with this view, or (again) no longer."""
    by = signed_in_staff()
    view = saved_queries.view_for(db.session, id, asker=by)
    now_with = saved_queries.default_of(db.session, asker=by)
    saving.begin_with(db.session, view=None if now_with is view else view, by=by)
    return redirect(url_for(".index", **view.arguments), 303)
