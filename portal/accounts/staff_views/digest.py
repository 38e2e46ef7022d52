"""The page on which staff choose whether the numbers of the day come by mail."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries
from portal.accounts.forms import DigestForm
from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.service import wishing
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db

blueprint = Blueprint("staff_digest", __name__, url_prefix="/amt/konto/zusammenfassung")


@blueprint.get("")
@staff(Right.USE_INBOX)
def ask() -> ResponseReturnValue:
    """Show what is chosen now."""
    me = signed_in_staff()
    wish = queries.digest_wish_of(db.session, me)
    form = DigestForm(data={"hour": str(wish.hour) if wish else ""})
    return render_template("accounts/staff/digest.html", form=form, member=me)


@blueprint.post("")
@staff(Right.USE_INBOX)
@commits
def choose() -> ResponseReturnValue:
    """Keep the choice."""
    form, me = DigestForm(), signed_in_staff()
    if not form.validate_on_submit():
        return again("accounts/staff/digest.html", form, member=me)
    hour = int(form.hour.data) if form.hour.data else None
    wishing.wish_digest(db.session, member=me, hour=hour, by=me, now=clock.now())
    flash(gettext("Gespeichert. Das gilt ab dem nächsten Arbeitstag."), "success")
    return redirect(url_for(".ask"))
