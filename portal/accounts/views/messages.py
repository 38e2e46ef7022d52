"""The one page on which somebody chooses how messages come, in which language, and when."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries, telling
from portal.accounts.forms import MessageWishForm
from portal.accounts.limits import limited
from portal.accounts.message_wishes import Lead, Route
from portal.accounts.pages import again
from portal.accounts.service import wishing
from portal.accounts.session import account_holder, account_holders
from portal.core import clock
from portal.core.db import commits, db
from portal.notifications import queries as messages
from portal.notifications import subscribing

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
        **telling.browsers_of(me),
    )


@blueprint.post("")
@account_holders
@commits
def choose() -> ResponseReturnValue:
    """Keep the choice."""
    form, me = MessageWishForm(), account_holder()
    form.offer(me)
    if not form.validate_on_submit():
        return again("accounts/messages.html", form, citizen=me, lost=(), **telling.browsers_of(me))
    wishing.wish(
        db.session,
        citizen=me,
        route=Route(form.route.data) if form.route else Route.MAIL,
        by_topic=form.by_topic,
        leads=[Lead(lead) for lead in form.leads.data or ()],
        language=form.language.data,
        by=me,
        now=clock.now(),
    )
    flash(gettext("Gespeichert. Das gilt ab der nächsten Nachricht."), "success")
    return redirect(url_for(".ask"))


@blueprint.post("/geraete")
@account_holders
@limited("push")
@commits
def tell_here() -> ResponseReturnValue:
    """Let this browser tell of news."""
    telling.subscribe(account_holder())
    flash(gettext("Dieses Gerät meldet ab jetzt, wenn es etwas Neues gibt."), "success")
    return redirect(url_for(".ask", _anchor="meldungen"))


@blueprint.post("/geraete/<uuid:id>/ausschalten")
@account_holders
@commits
def stop_telling(id: UUID) -> ResponseReturnValue:
    """Let a browser tell nothing any more."""
    subscribing.unsubscribe(db.session, recipient_id=account_holder().id, id=id)
    flash(gettext("Dieses Gerät meldet nichts mehr."), "success")
    return redirect(url_for(".ask", _anchor="meldungen"))
