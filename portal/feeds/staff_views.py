"""The page on which staff make, replace and end the secret address of their calendar."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.forms import ButtonForm
from portal.accounts.models import Right
from portal.accounts.pages import base_url
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.feeds import queries, service

blueprint = Blueprint("staff_feeds", __name__, url_prefix="/amt/termine/abo")


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def show() -> ResponseReturnValue:
    """Show whether there is an address, and who read it last."""
    feed = queries.feed_of(db.session, signed_in_staff())
    return render_template("feeds/staff/show.html", feed=feed, form=ButtonForm())


@blueprint.post("")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def make() -> ResponseReturnValue:
    """Make an address, or a new one in the place of the old; this page shows it and no other."""
    secret = service.make(db.session, member=signed_in_staff(), now=clock.now())
    return render_template(
        "feeds/staff/made.html",
        file=f"{base_url()}{url_for('feeds.subscribed', secret=secret)}",
        dav=f"{base_url()}{url_for('feeds.home', secret=secret)}",
    )


@blueprint.post("/beenden")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def end() -> ResponseReturnValue:
    """End the address."""
    me = signed_in_staff()
    feed = queries.feed_of(db.session, me)
    if feed is not None:
        service.end(db.session, feed=feed, by=me, now=clock.now())
    flash(_("Die Adresse gilt nicht mehr."), "success")
    return redirect(url_for(".show"))
