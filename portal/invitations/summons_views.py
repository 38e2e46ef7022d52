"""Citizen page of a summons: for what, when, where, and the reason not to come in one screen."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.core import clock
from portal.core.browser import allow_devices
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.invitations import law, queries, rules, shown, summoning
from portal.invitations.forms import ReasonForm
from portal.invitations.models import Summons
from portal.uploads import baskets
from portal.uploads.models import Upload

blueprint = Blueprint("summonses", __name__, url_prefix="/termine/meldeaufforderungen")


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show one summons."""
    found = queries.summons_for(db.session, id, asker=signed_in_citizen())
    return _page(found, ReasonForm(formdata=None))


@blueprint.get("/termin/<uuid:id>")
@citizens(Power.SEE)
def of_booking(id: UUID) -> ResponseReturnValue:
    """Lead from an appointment to the summons that set it."""
    found = queries.summons_of(db.session, id, asker=signed_in_citizen())
    return redirect(url_for(".show", id=found.id))


@blueprint.post("/<uuid:id>/grund")
@citizens(Power.UPLOAD)
@limited("upload")
@commits
def give_reason(id: UUID) -> ResponseReturnValue:
    """Take the reason and its proofs."""
    me, form = signed_in_citizen(), ReasonForm()
    summons = queries.summons_for(db.session, id, asker=me, lock=True)
    if not form.validate_on_submit():
        return _page(summons, form), 422
    try:
        summoning.give_reason(
            db.session,
            summons=summons,
            words=form.words.data or "",
            groups=_groups(form),
            by=me,
            now=clock.now(),
        )
    except PortalError as error:
        db.session.rollback()
        form.refuse(error)
        return _page(queries.summons_for(db.session, id, asker=me), form), error.status
    flash(gettext("Danke. Ihr Grund ist angekommen. Wir melden uns."), "success")
    return redirect(url_for(".show", id=id))


def _groups(form: ReasonForm) -> list[list[Upload]]:
    if not (form.picked or form.upload_ids):
        return []
    return baskets.picked(form.upload_ids, form.picked, together=bool(form.together.data))


def _page(summons: Summons, form: ReasonForm) -> str:
    allow_devices()
    basket = f"meldeaufforderung-{summons.id}"
    return render_template(
        "invitations/summons.html",
        summons=summons,
        details=shown.summons_for_citizen(summons),
        consequences=law.consequences(summons.booking.day),
        can_say=rules.can_give_reason(summons),
        form=form,
        basket=basket,
        waiting=baskets.waiting(basket),
    )
