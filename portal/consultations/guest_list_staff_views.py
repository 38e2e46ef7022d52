"""The officer's page of the guests of a talk: invite in any role, see, take back."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.consultations import guest_list, queries
from portal.consultations.guest_forms import StaffInviteForm
from portal.consultations.queries import Room
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_guest_list", __name__, url_prefix="/amt/beratung/<uuid:id>/gaeste")

INDEX = "consultations/staff/guests/index.html"


@blueprint.get("")
@staff(Right.HOLD_CONSULTATIONS)
def index(id: UUID) -> ResponseReturnValue:
    """Show who was invited, and the form for one more."""
    shown = guest_list.shown(_room(id), by=signed_in_staff())
    return render_template(INDEX, form=StaffInviteForm(formdata=None), **shown)


@blueprint.post("")
@staff(Right.HOLD_CONSULTATIONS)
@limited("guest_invited")
@commits
def invite(id: UUID) -> ResponseReturnValue:
    """Invite somebody; the page then shows the link or says where it went."""
    found, form, me = _room(id), StaffInviteForm(), signed_in_staff()
    if not form.validate():
        return again(INDEX, form, **guest_list.shown(found, by=me))
    try:
        guest_list.invite(found, form, by=me)
    except PortalError as error:
        return again(INDEX, form, error, **guest_list.shown(found, by=me))
    return redirect(url_for(".index", id=id))


@blueprint.post("/<uuid:guest_id>/beenden")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def end(id: UUID, guest_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    guest = guest_list.end(_room(id), guest_id, by=signed_in_staff())
    flash(gettext("Die Einladung von %(name)s gilt nicht mehr.", name=guest.shown_name), "success")
    return redirect(url_for(".index", id=id))


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_staff())
