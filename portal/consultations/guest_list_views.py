"""The citizen's page of who comes along: invite, see, take back."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.pages import again
from portal.accounts.session import citizens, signed_in_citizen
from portal.consultations import guest_list, guest_rules, queries
from portal.consultations.guest_forms import InviteForm
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("guest_list", __name__, url_prefix="/beratung/<uuid:id>/gaeste")

INVITE = "consultations/guests/invite.html"


@blueprint.get("")
@citizens(Power.BOOK)
def index(id: UUID) -> ResponseReturnValue:
    """Show who was invited, and the link that was just made."""
    shown = guest_list.shown(_room(id), by=signed_in_citizen())
    return render_template("consultations/guests/index.html", **shown)


@blueprint.get("/neu")
@citizens(Power.BOOK)
def ask(id: UUID) -> ResponseReturnValue:
    """Ask whom to invite."""
    found = _room(id)
    guest_rules.check_is_still_planned(found.booking, found.consultation, now=clock.now())
    return render_template(INVITE, room=found, form=InviteForm(formdata=None))


@blueprint.post("/neu")
@citizens(Power.BOOK)
@limited("guest_invited")
@commits
def invite(id: UUID) -> ResponseReturnValue:
    """Invite somebody; the next page shows the link or says where it went."""
    found, form = _room(id), InviteForm()
    if not form.validate():
        return again(INVITE, form, room=found)
    try:
        guest_list.invite(found, form, by=signed_in_citizen())
    except PortalError as error:
        return again(INVITE, form, error, room=found)
    return redirect(url_for(".index", id=id))


@blueprint.post("/<uuid:guest_id>/beenden")
@citizens(Power.BOOK)
@commits
def end(id: UUID, guest_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    guest = guest_list.end(_room(id), guest_id, by=signed_in_citizen())
    flash(gettext("Die Einladung von %(name)s gilt nicht mehr.", name=guest.shown_name), "success")
    return redirect(url_for(".index", id=id))


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_citizen())
