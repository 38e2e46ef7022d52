"""The page on which officers let a browser tell that somebody waits for them by video.

There is one such kind, so that the choice is the subscription itself. The alarm for the safety of
staff (`safety`) goes its own way and cannot be chosen.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import telling
from portal.accounts.limits import limited
from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core.db import commits, db
from portal.notifications import subscribing

blueprint = Blueprint("staff_telling", __name__, url_prefix="/amt/konto/meldungen")


@blueprint.get("")
@staff(Right.HOLD_CONSULTATIONS)
def ask() -> ResponseReturnValue:
    """Show which browsers tell."""
    return render_template("accounts/staff/telling.html", **telling.browsers_of(signed_in_staff()))


@blueprint.post("/geraete")
@staff(Right.HOLD_CONSULTATIONS)
@limited("push")
@commits
def tell_here() -> ResponseReturnValue:
    """Let this browser tell."""
    telling.subscribe(signed_in_staff())
    flash(gettext("Dieser Browser meldet ab jetzt, wenn jemand im Warteraum wartet."), "success")
    return redirect(url_for(".ask"))


@blueprint.post("/geraete/<uuid:id>/ausschalten")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def stop_telling(id: UUID) -> ResponseReturnValue:
    """Let a browser tell nothing any more."""
    subscribing.unsubscribe(db.session, recipient_id=signed_in_staff().id, id=id)
    flash(gettext("Dieser Browser meldet nichts mehr."), "success")
    return redirect(url_for(".ask"))
