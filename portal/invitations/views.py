"""Citizen pages of voluntary invitations: one page, the held time first, one tap to say no."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.appointments import seating
from portal.calendars import search
from portal.calendars.forms import WORDS, day_in_address
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.invitations import answering, queries, rules
from portal.invitations.forms import ChooseForm, DeedForm
from portal.invitations.models import Invitation

blueprint = Blueprint("invitations", __name__, url_prefix="/termine/einladungen")


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show the invitation: the time that is held, other times, the no."""
    return _page(queries.invitation_for(db.session, id, asker=signed_in_citizen()))


@blueprint.post("/<uuid:id>/annehmen")
@citizens(Power.BOOK)
@limited("booking")
@commits
def accept(id: UUID) -> ResponseReturnValue:
    """Book the time that is held."""
    me = signed_in_citizen()
    invitation = queries.invitation_for(db.session, id, asker=me, lock=True)
    try:
        booking = answering.take_held(db.session, invitation=invitation, by=me, now=clock.now())
    except PortalError as error:
        db.session.rollback()
        return _again(id, error)
    return redirect(url_for("appointments.booked", id=booking.id))


@blueprint.post("/<uuid:id>/waehlen")
@citizens(Power.BOOK)
@limited("booking")
@commits
def choose(id: UUID) -> ResponseReturnValue:
    """Book another time."""
    me, form = signed_in_citizen(), ChooseForm()
    invitation = queries.invitation_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _page(invitation, form), 422
    slot, now = form.slot.chosen, clock.now()
    try:
        booking = answering.choose(db.session, invitation=invitation, slot=slot, by=me, now=now)
    except PortalError as error:
        db.session.rollback()
        return _again(id, error, form)
    return redirect(url_for("appointments.booked", id=booking.id))


@blueprint.post("/<uuid:id>/ablehnen")
@citizens(Power.BOOK)
@commits
def decline(id: UUID) -> ResponseReturnValue:
    """Say no with one tap."""
    me = signed_in_citizen()
    invitation = queries.invitation_for(db.session, id, asker=me, lock=True)
    answering.decline(db.session, invitation=invitation, by=me, now=clock.now())
    flash(gettext("Danke für Ihre Antwort. Sie müssen nichts weiter tun."), "success")
    return redirect(url_for(".show", id=id))


def _again(id: UUID, error: PortalError, form: ChooseForm | None = None) -> ResponseReturnValue:
    form = form or ChooseForm(formdata=None)
    form.refuse(error)
    invitation = queries.invitation_for(db.session, id, asker=signed_in_citizen())
    return _page(invitation, form), error.status


def _page(invitation: Invitation, form: ChooseForm | None = None) -> str:
    me, now = signed_in_citizen(), clock.now()
    is_open = rules.is_open(invitation, now=now)
    page = None
    if is_open:
        page = search.slot_page(
            db.session,
            type=invitation.type,
            channel=invitation.channel,
            citizen=invitation.citizen,
            start=day_in_address(request.args.get("ab")),
            asker=me,
            now=now,
        )
    held = queries.held_for(db.session, invitation)
    return render_template(
        "invitations/invitation.html",
        invitation=invitation,
        held=held if held and held.held_until and held.held_until > now else None,
        is_open=is_open,
        page=page,
        form=form or ChooseForm(formdata=None),
        deed=DeedForm(formdata=None),
        words=WORDS,
        names=seating.names,
    )
