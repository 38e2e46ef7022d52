"""Registration, sign-in and the account of citizens."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries, rules, service, session
from portal.accounts.forms import (
    AddressForm,
    ChangePasswordForm,
    ContactForm,
    NewPasswordForm,
    RegisterForm,
    SignInForm,
)
from portal.accounts.models import Citizen, LinkPurpose
from portal.accounts.pages import again, network
from portal.accounts.session import citizens, signed_in_citizen, whoever_is_signed_in
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("accounts", __name__, url_prefix="")


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
        service.register(db.session, **form.given, network=network(), now=clock.now())
    except PortalError as error:
        return again("accounts/register.html", form, error)
    return redirect(url_for(".registered"))


@blueprint.get("/registrieren/bestaetigen")
@anyone
def registered() -> ResponseReturnValue:
    """Say that a mail is on its way."""
    return render_template("accounts/registered.html")


@blueprint.get("/bestaetigen/<uuid:id>/<string(length=43):secret>")
@anyone
def confirmation(id: UUID, secret: str) -> ResponseReturnValue:
    """Show the button that confirms the address; opening a link changes nothing."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.CONFIRM_EMAIL)
    rules.check_link(link, now=clock.now())
    return render_template("accounts/confirmation.html", citizen=link.citizen)


@blueprint.post("/bestaetigen/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def confirm_email(id: UUID, secret: str) -> ResponseReturnValue:
    """Take the link as proof of the address."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.CONFIRM_EMAIL)
    service.confirm_email(db.session, link=link, now=clock.now())
    flash(gettext("Ihre E-Mail-Adresse ist bestätigt. Melden Sie sich jetzt an."), "success")
    return redirect(url_for(".sign_in"))


@blueprint.get("/anmelden")
@anyone
def sign_in() -> ResponseReturnValue:
    """Show the sign-in."""
    if isinstance(whoever_is_signed_in(), Citizen):
        return redirect(own_path(request.args.get("next"), "/"))
    return render_template(
        "accounts/sign_in.html", form=SignInForm(), next=request.args.get("next")
    )


@blueprint.post("/anmelden")
@anyone
@commits
def start_session() -> ResponseReturnValue:
    """Sign in and go on where the person wanted to go."""
    form = SignInForm()
    wanted = request.args.get("next")
    if not form.validate_on_submit():
        return again("accounts/sign_in.html", form, next=wanted)
    try:
        citizen = service.sign_in(
            db.session,
            **form.given,
            network=network(),
            known_as=session.known_as(),
            now=clock.now(),
        )
    except PortalError as error:
        return again("accounts/sign_in.html", form, error, next=wanted)
    session.begin(citizen)
    return session.remember_browser(redirect(own_path(wanted, "/")), citizen)


@blueprint.post("/abmelden")
@anyone
@commits
def sign_out() -> ResponseReturnValue:
    """End the session of this browser; with a session that has ended already, too."""
    if person := whoever_is_signed_in():
        service.sign_out(db.session, person=person, now=clock.now())
    session.end()
    flash(gettext("Sie sind abgemeldet."), "success")
    return redirect(url_for(".sign_in"))


@blueprint.get("/konto")
@citizens
def account() -> ResponseReturnValue:
    """Show the account."""
    return render_template("accounts/account.html", citizen=signed_in_citizen())


@blueprint.get("/konto/kontakt")
@citizens
def contact() -> ResponseReturnValue:
    """Show the form for telephone and postal address."""
    return render_template("accounts/contact.html", form=ContactForm(obj=signed_in_citizen()))


@blueprint.post("/konto/kontakt")
@citizens
@commits
def change_contact() -> ResponseReturnValue:
    """Keep telephone and postal address."""
    form, citizen = ContactForm(), signed_in_citizen()
    if not form.validate_on_submit():
        return again("accounts/contact.html", form)
    service.change_contact(
        db.session,
        citizen=citizen,
        **form.given,
        by=citizen,
        now=clock.now(),
    )
    flash(gettext("Ihre Kontaktdaten sind gespeichert."), "success")
    return redirect(url_for(".account"))


@blueprint.get("/konto/passwort")
@citizens
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    email = signed_in_citizen().email
    return render_template("accounts/password.html", form=ChangePasswordForm(), email=email)


@blueprint.post("/konto/passwort")
@citizens
@commits
def change_password() -> ResponseReturnValue:
    """Take a new password; this browser stays signed in, all others do not."""
    form, citizen = ChangePasswordForm(), signed_in_citizen()
    if not form.validate_on_submit():
        return again("accounts/password.html", form, email=citizen.email)
    try:
        service.change_password(
            db.session,
            citizen=citizen,
            **form.given,
            network=network(),
            now=clock.now(),
        )
    except PortalError as error:
        return again("accounts/password.html", form, error, email=citizen.email)
    session.begin(citizen)
    flash(gettext("Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet."), "success")
    return redirect(url_for(".account"))


@blueprint.post("/konto/ueberall-abmelden")
@citizens
@commits
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sessions of this person."""
    citizen = signed_in_citizen()
    service.sign_out_everywhere(db.session, person=citizen, by=citizen, now=clock.now())
    session.end()
    flash(gettext("Sie sind auf allen Geräten abgemeldet."), "success")
    return redirect(url_for(".sign_in"))


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
        service.ask_for_new_password(db.session, **form.given, network=network(), now=clock.now())
    except PortalError as error:
        return again("accounts/forgotten_password.html", form, error)
    return redirect(url_for(".link_sent"))


@blueprint.get("/passwort-vergessen/gesendet")
@anyone
def link_sent() -> ResponseReturnValue:
    """Say that a mail is on its way, if the address is known."""
    return render_template("accounts/link_sent.html")


@blueprint.get("/passwort-neu/<uuid:id>/<string(length=43):secret>")
@anyone
def new_password(id: UUID, secret: str) -> ResponseReturnValue:
    """Show the form that the link from the mail opens."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.RESET_PASSWORD)
    rules.check_link(link, now=clock.now())
    email = link.citizen.email
    return render_template("accounts/new_password.html", form=NewPasswordForm(), email=email)


@blueprint.post("/passwort-neu/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def reset_password(id: UUID, secret: str) -> ResponseReturnValue:
    """Set the new password; the person signs in with it."""
    form = NewPasswordForm()
    link = queries.link_for(db.session, id, secret, LinkPurpose.RESET_PASSWORD)
    if not form.validate_on_submit():
        return again("accounts/new_password.html", form, email=link.citizen.email)
    try:
        service.reset_password(db.session, link=link, **form.given, now=clock.now())
    except PortalError as error:
        return again("accounts/new_password.html", form, error, email=link.citizen.email)
    flash(gettext("Ihr neues Passwort gilt. Melden Sie sich jetzt an."), "success")
    return redirect(url_for(".sign_in"))
