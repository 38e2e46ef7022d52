"""The page on which officers and leads let a browser tell that somebody waits for them.

The choice is the subscription itself. A call for help (`safety`) reaches leads on open pages and by
mail whatever they choose here; a browser that tells is told of it as well.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import rules, telling
from portal.accounts.limits import limited
from portal.accounts.models import Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.core.db import commits, db
from portal.core.errors import NotFound
from portal.notifications import subscribing

blueprint = Blueprint("staff_telling", __name__, url_prefix="/amt/konto/meldungen")


@blueprint.get("")
@staff(Right.USE_INBOX)
def ask() -> ResponseReturnValue:
    """Show which browsers tell."""
    return render_template("accounts/staff/telling.html", **telling.browsers_of(_called()))


@blueprint.post("/geraete")
@staff(Right.USE_INBOX)
@limited("push")
@commits
def tell_here() -> ResponseReturnValue:
    """Let this browser tell."""
    telling.subscribe(_called())
    flash(gettext("Dieser Browser meldet ab jetzt, wenn jemand auf Sie wartet."), "success")
    return redirect(url_for(".ask"))


@blueprint.post("/geraete/<uuid:id>/ausschalten")
@staff(Right.USE_INBOX)
@commits
def stop_telling(id: UUID) -> ResponseReturnValue:
    """Let a browser tell nothing any more."""
    subscribing.unsubscribe(db.session, recipient_id=_called().id, id=id)
    flash(gettext("Dieser Browser meldet nichts mehr."), "success")
    return redirect(url_for(".ask"))


def _called() -> StaffMember:
    """Return who is signed in; whom nobody waits for or calls has no such page."""
    me = signed_in_staff()
    if not (rules.can(me, Right.HOLD_CONSULTATIONS) or rules.can(me, Right.SEE_TEAM)):
        raise NotFound
    return me
