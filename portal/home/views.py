"""The citizen's start page and the public pages."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.for_whom import may_switch, representation
from portal.accounts.models import Citizen
from portal.accounts.session import account_holder, signed_in_citizen, whoever_is_signed_in
from portal.applications import queries as applications
from portal.applications import wording
from portal.applications.models import Application
from portal.core import clock, i18n
from portal.core.access import anyone
from portal.core.browser import keep, own_path
from portal.core.db import db
from portal.core.errors import InvalidInput
from portal.home import queries, rules
from portal.home.forms import LanguageForm
from portal.notifications import queries as messages

blueprint = Blueprint("home", __name__, url_prefix="")

A_YEAR = 365 * 24 * 3600


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"rules": rules, "name_of": _name_of}


def _name_of(application: Application) -> str:
    form = applications.form_of(db.session, application=application)
    return wording.of_request().text(form.title) if form else gettext("Antrag")


@blueprint.get("/")
@anyone
def index() -> ResponseReturnValue:
    """Show the overview of the citizen, or what one can do here."""
    if not isinstance(whoever_is_signed_in(), Citizen):
        return render_template("home/start.html")
    now = clock.now()
    overview = queries.overview(db.session, asker=signed_in_citizen(), now=now)
    clients: list[queries.Client] = []
    lost: Sequence[str] = ()
    if representation() is None:
        me = account_holder()
        lost = messages.unreached(db.session, recipient_id=me.id, addresses=me.addresses)
        if may_switch():
            clients = queries.clients(db.session, asker=account_holder(), now=now)
    return render_template("home/overview.html", overview=overview, clients=clients, lost=lost)


@blueprint.get("/hilfe")
@anyone
def help() -> ResponseReturnValue:
    """Answer the questions that people ask most."""
    return render_template("home/help.html")


@blueprint.get("/barrierefreiheit")
@anyone
def accessibility() -> ResponseReturnValue:
    """Say how far everybody can use the portal, and how to report a barrier."""
    return render_template("home/accessibility.html")


@blueprint.get("/datenschutz")
@anyone
def privacy() -> ResponseReturnValue:
    """Say what is kept about people, why, and how long."""
    return render_template("home/privacy.html")


@blueprint.get("/impressum")
@anyone
def imprint() -> ResponseReturnValue:
    """Say who is responsible."""
    return render_template("home/imprint.html")


@blueprint.post("/sprache")
@anyone
def choose_language() -> ResponseReturnValue:
    """Keep the chosen language in a cookie and go back to the page."""
    form = LanguageForm()
    if not form.validate():
        raise InvalidInput(gettext("Diese Sprache spricht das Portal noch nicht."))
    answer = redirect(own_path(form.next.data, "/"))
    keep(answer, i18n.COOKIE, str(form.language.data), seconds=A_YEAR)
    return answer
