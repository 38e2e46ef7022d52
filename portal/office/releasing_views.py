"""The staff page on which a lead names who releases what the leads of the team may not."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.office import releasing
from portal.office.forms import ReleaserForm

blueprint = Blueprint("staff_releasing", __name__, url_prefix="/amt/konto/freigabe")


@blueprint.get("")
@staff(Right.SEE_TEAM)
def index() -> ResponseReturnValue:
    """Show who is named for the own team, and the form to name somebody."""
    today = clock.local_date(clock.now())
    form = ReleaserForm(formdata=None, first_day=today)
    return _page(_offered(form))


@blueprint.post("")
@staff(Right.SEE_TEAM)
@commits
def name() -> ResponseReturnValue:
    """Name somebody of another team."""
    form, me = _offered(ReleaserForm()), signed_in_staff()
    if not form.validate_on_submit():
        return _page(form), 422
    people = {str(one.id): one for one in releasing.possible(db.session, asker=me)}
    try:
        made = releasing.name(
            db.session,
            deputy=people[form.deputy.data],
            first_day=form.given["first_day"],
            last_day=form.given["last_day"],
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        form.refuse(error)
        return _page(form), error.status
    flash(gettext("%(name)s ist benannt.", name=made.deputy.name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<uuid:id>/beenden")
@staff(Right.SEE_TEAM)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """End a naming at once."""
    me = signed_in_staff()
    named = releasing.named_by_id(db.session, id, asker=me)
    releasing.end(db.session, named=named, by=me, now=clock.now())
    flash(gettext("Das ist beendet."), "success")
    return redirect(url_for(".index"))


def _offered(form: ReleaserForm) -> ReleaserForm:
    return form.offer(releasing.possible(db.session, asker=signed_in_staff()))


def _page(form: ReleaserForm) -> str:
    me, today = signed_in_staff(), clock.local_date(clock.now())
    return render_template(
        "office/staff/releasers.html",
        form=form,
        named=releasing.planned_for(db.session, asker=me, today=today),
        today=today,
    )
