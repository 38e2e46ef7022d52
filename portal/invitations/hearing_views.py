"""Citizen page of a hearing: what is planned, and the ways to answer."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.calendars import search
from portal.calendars.forms import day_in_address
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.invitations import hearings, queries, rules
from portal.invitations.forms import AnswerForm, ChooseForm, DeedForm
from portal.invitations.models import Hearing
from portal.uploads import baskets
from portal.uploads.models import Upload

blueprint = Blueprint("hearings", __name__, url_prefix="/anhoerungen")


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show one hearing."""
    return _page(queries.hearing_for(db.session, id, asker=signed_in_citizen()))


@blueprint.post("/<uuid:id>/antwort")
@citizens(Power.SEND)
@limited("upload")
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Take the answer in writing."""
    me, form = signed_in_citizen(), AnswerForm()
    hearing = queries.hearing_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _page(hearing, form), 422
    try:
        hearings.answer(
            db.session,
            hearing=hearing,
            words=form.words.data or "",
            groups=_groups(form),
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        return _page(queries.hearing_for(db.session, id, asker=me), form), error.status
    flash(gettext("Danke. Ihre Antwort ist angekommen."), "success")
    return redirect(url_for(".show", id=id))


def _groups(form: AnswerForm) -> list[list[Upload]]:
    if not (form.picked or form.upload_ids):
        return []
    return baskets.picked(form.upload_ids, form.picked, together=bool(form.together.data))


@blueprint.post("/<uuid:id>/gespraech")
@citizens(Power.BOOK)
@limited("booking")
@commits
def choose_talk(id: UUID) -> ResponseReturnValue:
    """Book a talk to answer in."""
    me, form = signed_in_citizen(), ChooseForm()
    hearing = queries.hearing_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _page(hearing, choose_form=form), 422
    slot, now = form.slot.chosen, clock.now()
    try:
        booking = hearings.choose_talk(db.session, hearing=hearing, slot=slot, by=me, now=now)
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        found = queries.hearing_for(db.session, id, asker=me)
        return _page(found, choose_form=form), error.status
    return redirect(url_for("appointments.booked", id=booking.id))


@blueprint.post("/<uuid:id>/mehr-zeit")
@citizens(Power.SEND)
@commits
def extend(id: UUID) -> ResponseReturnValue:
    """Give more time, once."""
    me, land = signed_in_citizen(), current_app.config["SETTINGS"].land
    hearing = queries.hearing_for(db.session, id, asker=me, lock=True)
    hearings.extend(db.session, hearing=hearing, by=me, now=clock.now(), land=land)
    flash(gettext("Sie haben mehr Zeit. Der neue Tag steht unten."), "success")
    return redirect(url_for(".show", id=id))


def _page(
    hearing: Hearing, form: AnswerForm | None = None, choose_form: ChooseForm | None = None
) -> str:
    is_open, basket = rules.is_answerable(hearing), f"anhoerung-{hearing.id}"
    allow_devices()
    page = None
    if is_open and hearing.booking is None:
        page = search.slot_page(
            db.session,
            type=hearing.type,
            channel=hearing.type.channels[0],
            citizen=hearing.citizen,
            start=day_in_address(request.args.get("ab")),
            asker=signed_in_citizen(),
            now=clock.now(),
        )
    return render_template(
        "invitations/hearing.html",
        hearing=hearing,
        is_open=is_open,
        can_extend=rules.can_extend(hearing),
        page=page,
        form=form or AnswerForm(formdata=None),
        choose_form=choose_form or ChooseForm(formdata=None),
        wrong=form or choose_form,
        deed=DeedForm(formdata=None),
        basket=basket,
        waiting=baskets.waiting(basket),
    )
