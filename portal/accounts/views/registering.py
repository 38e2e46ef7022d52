"""Opening an account, proving its address, and the link for who has forgotten the password."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from portal.accounts import queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import AddressForm, NewPasswordForm, PasswordForm, RegisterForm
from portal.accounts.keys import LinkPurpose, Method
from portal.accounts.pages import again, network
from portal.accounts.service import registering, resetting
from portal.core import clock
from portal.core.access import anyone
from portal.core.db import commits, db
from portal.core.errors import Expired, PortalError

blueprint = Blueprint("registering", __name__, url_prefix="")

CONFIRMATION = "accounts/confirmation.html"


@blueprint.get("/registrieren")
@anyone
def register() -> ResponseReturnValue:
    """Show the form that opens an account."""
    return render_template("accounts/register.html", form=RegisterForm())


@blueprint.post("/registrieren")
@anyone
@commits
def create_account() -> ResponseReturnValue:
    """Open an account and send the link that proves the address."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return again("accounts/register.html", form)
    try:
        registering.register(
            db.session,
            **form.given,
            network=network(),
            language=get_locale().language,
            now=clock.now(),
        )
    except PortalError as error:
        return again("accounts/register.html", form, error)
    return redirect(url_for(".registered"))


@blueprint.get("/registrieren/bestaetigen")
@anyone
def registered() -> ResponseReturnValue:
    """Say that a message is on its way."""
    return render_template("accounts/registered.html")


@blueprint.get("/bestaetigen/<uuid:id>/<string(length=43):secret>")
@anyone
def confirmation(id: UUID, secret: str) -> ResponseReturnValue:
    """Show the button that confirms the address; opening a link changes nothing."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.CONFIRM_ADDRESS)
    rules.check_link(link, now=clock.now())
    citizen = queries.citizen_of(link)
    return render_template(CONFIRMATION, form=PasswordForm(), citizen=citizen)


@blueprint.post("/bestaetigen/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def confirm_address(id: UUID, secret: str) -> ResponseReturnValue:
    """Take link and password as proof of the address, and let the person in."""
    form = PasswordForm()
    link = queries.link_for(db.session, id, secret, LinkPurpose.CONFIRM_ADDRESS)
    citizen = queries.citizen_of(link)
    if not form.validate_on_submit():
        return again(CONFIRMATION, form, citizen=citizen)
    try:
        registering.confirm_address(
            db.session, link=link, **form.given, network=network(), now=clock.now()
        )
    except Expired:
        raise
    except PortalError as error:
        return again(CONFIRMATION, form, error, citizen=citizen)
    sessions.begin(citizen, Method.PASSWORD)
    flash(gettext("Ihre Adresse ist bestätigt. Sie sind jetzt angemeldet."), "success")
    return sessions.remember_browser(redirect("/"), citizen)


@blueprint.get("/passwort-vergessen")
@anyone
def forgotten_password() -> ResponseReturnValue:
    """Show the form that asks for a link."""
    return render_template("accounts/forgotten_password.html", form=AddressForm())


@blueprint.post("/passwort-vergessen")
@anyone
@commits
def ask_for_new_password() -> ResponseReturnValue:
    """Send the link, if somebody has this address; the answer is the same if not."""
    form = AddressForm()
    if not form.validate_on_submit():
        return again("accounts/forgotten_password.html", form)
    try:
        resetting.ask_for_new_password(db.session, **form.given, network=network(), now=clock.now())
    except PortalError as error:
        return again("accounts/forgotten_password.html", form, error)
    return redirect(url_for(".link_sent"))


@blueprint.get("/passwort-vergessen/gesendet")
@anyone
def link_sent() -> ResponseReturnValue:
    """Say that a message is on its way, if the address is known."""
    return render_template("accounts/link_sent.html")


@blueprint.get("/passwort-neu/<uuid:id>/<string(length=43):secret>")
@anyone
def new_password(id: UUID, secret: str) -> ResponseReturnValue:
    """Show the form that the link from the message opens."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.RESET_PASSWORD)
    rules.check_link(link, now=clock.now())
    address = queries.citizen_of(link).address
    return render_template("accounts/new_password.html", form=NewPasswordForm(), address=address)


@blueprint.post("/passwort-neu/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def reset_password(id: UUID, secret: str) -> ResponseReturnValue:
    """Set the new password; the person signs in with it, and with what comes second."""
    form = NewPasswordForm()
    link = queries.link_for(db.session, id, secret, LinkPurpose.RESET_PASSWORD)
    address = queries.citizen_of(link).address
    if not form.validate_on_submit():
        return again("accounts/new_password.html", form, address=address)
    try:
        resetting.reset_password(db.session, link=link, **form.given, now=clock.now())
    except PortalError as error:
        return again("accounts/new_password.html", form, error, address=address)
    flash(gettext("Ihr neues Passwort gilt. Melden Sie sich jetzt an."), "success")
    return redirect(url_for("accounts.sign_in"))
