"""The one page on which somebody chooses how messages come, in which language, and when."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries
from portal.accounts.forms import MessageWishForm
from portal.accounts.message_wishes import Lead, Route
from portal.accounts.pages import again
from portal.accounts.service import wishing
from portal.accounts.session import account_holder, account_holders
from portal.core import clock
from portal.core.db import commits, db
from portal.notifications import queries as messages

blueprint = Blueprint("message_wishes", __name__, url_prefix="/konto/nachrichten")


@blueprint.get("")
@account_holders
def ask() -> ResponseReturnValue:
    """Show what is chosen now, and the addresses the choice is about."""
    me = account_holder()
    form = MessageWishForm.showing(me, queries.message_wish_of(db.session, me))
    return render_template(
        "accounts/messages.html",
        form=form,
        citizen=me,
        lost=messages.unreached(db.session, recipient_id=me.id, addresses=me.addresses),
    )


@blueprint.post("")
@account_holders
@commits
def choose() -> ResponseReturnValue:
    """Keep the choice."""
    form, me = MessageWishForm(), account_holder()
    form.offer(me)
    if not form.validate_on_submit():
        return again("accounts/messages.html", form, citizen=me, lost=())
    wishing.wish(
        db.session,
        citizen=me,
        route=Route(form.route.data) if form.route else Route.MAIL,
        leads=[Lead(lead) for lead in form.leads.data or ()],
        language=form.language.data,
        by=me,
        now=clock.now(),
    )
    flash(gettext("Gespeichert. Das gilt ab der nächsten Nachricht."), "success")
    return redirect(url_for(".ask"))
