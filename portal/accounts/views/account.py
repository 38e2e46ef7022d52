"""The account of a citizen: contact, addresses, password, devices."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import (
    AddressForm,
    ButtonForm,
    ChangePasswordForm,
    ContactForm,
    FirstPasswordForm,
)
from portal.accounts.keys import Ended, LinkPurpose
from portal.accounts.limits import limited
from portal.accounts.models import Citizen
from portal.accounts.pages import again, network
from portal.accounts.service import contact as contacts
from portal.accounts.service import resetting
from portal.accounts.service import sessions as deeds
from portal.accounts.session import account_holder, account_holders, needed_session, proved_lately
from portal.core import clock
from portal.core.access import anyone
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.notifications import queries as messages

blueprint = Blueprint("account", __name__, url_prefix="/konto")


@blueprint.get("")
@account_holders
def index() -> ResponseReturnValue:
    """Show the account."""
    me = account_holder()
    return render_template(
        "accounts/account.html",
        citizen=me,
        factors=queries.factors_of(db.session, me),
        lost=messages.unreached(db.session, recipient_id=me.id, addresses=me.addresses),
        sessions=queries.sessions_of(db.session, me, now=clock.now()),
        changes=[c for c in queries.open_changes(db.session, me) if c.expires_at > clock.now()],
    )


@blueprint.get("/kontakt")
@account_holders
def contact() -> ResponseReturnValue:
    """Show the form for telephone and postal address."""
    return render_template("accounts/contact.html", form=ContactForm(obj=account_holder()))


@blueprint.post("/kontakt")
@account_holders
@commits
def change_contact() -> ResponseReturnValue:
    """Keep telephone and postal address."""
    form, me = ContactForm(), account_holder()
    if not form.validate_on_submit():
        return again("accounts/contact.html", form)
    contacts.change_contact(db.session, citizen=me, **form.given, by=me, now=clock.now())
    flash(gettext("Ihre Kontaktdaten sind gespeichert."), "success")
    return redirect(url_for(".index"))


@blueprint.get("/adresse")
@account_holders
@proved_lately
def address() -> ResponseReturnValue:
    """Show the form for another e-mail address or mobile number."""
    return render_template("accounts/address.html", form=AddressForm(), citizen=account_holder())


@blueprint.post("/adresse")
@account_holders
@proved_lately
@limited("link")
@commits
def ask_for_new_address() -> ResponseReturnValue:
    """Send the links that change the address together."""
    form, me = AddressForm(), account_holder()
    if not form.validate_on_submit():
        return again("accounts/address.html", form, citizen=me)
    try:
        contacts.ask_for_new_address(db.session, citizen=me, **form.given, now=clock.now())
    except PortalError as error:
        return again("accounts/address.html", form, error, citizen=me)
    return redirect(url_for(".address_asked"))


@blueprint.get("/adresse/gesendet")
@account_holders
def address_asked() -> ResponseReturnValue:
    """Say that two links are on their way."""
    return render_template("accounts/address_asked.html")


@blueprint.get("/adresse/<uuid:id>/<string(length=43):secret>")
@anyone
def address_confirmation(id: UUID, secret: str) -> ResponseReturnValue:
    """Show the button of one of the two links; opening a link changes nothing."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.CHANGE_FROM, LinkPurpose.CHANGE_TO)
    rules.check_link(link, now=clock.now())
    return render_template("accounts/address_confirmation.html", link=link)


@blueprint.post("/adresse/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def confirm_address(id: UUID, secret: str) -> ResponseReturnValue:
    """Take one of the two links; the second one changes the address."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.CHANGE_FROM, LinkPurpose.CHANGE_TO)
    change = contacts.confirm_change(db.session, link=link, now=clock.now())
    if change.closed_at:
        flash(gettext("Ihre neue Adresse gilt ab jetzt."), "success")
    else:
        flash(gettext("Bestätigt. Öffnen Sie jetzt noch den Link an der anderen Adresse."), "info")
    return redirect(url_for(".index"))


def _password_form(me: Citizen) -> ChangePasswordForm | FirstPasswordForm:
    return ChangePasswordForm() if me.password_hash else FirstPasswordForm()


@blueprint.get("/passwort")
@account_holders
@proved_lately
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    me = account_holder()
    return render_template("accounts/password.html", form=_password_form(me), address=me.address)


@blueprint.post("/passwort")
@account_holders
@proved_lately
@commits
def change_password() -> ResponseReturnValue:
    """Take a new password; this browser stays signed in, all others do not."""
    me = account_holder()
    form = _password_form(me)
    if not form.validate_on_submit():
        return again("accounts/password.html", form, address=me.address)
    try:
        resetting.change_password(
            db.session,
            person=me,
            **{"current": "", **form.given},
            opened=needed_session(),
            network=network(),
            now=clock.now(),
        )
    except PortalError as error:
        return again("accounts/password.html", form, error, address=me.address)
    sessions.prove_anew(needed_session().method)
    flash(gettext("Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet."), "success")
    return redirect(url_for(".index"))


@blueprint.get("/geraete")
@account_holders
def devices() -> ResponseReturnValue:
    """List the browsers in which somebody is signed in to this account."""
    me = account_holder()
    return render_template(
        "accounts/devices.html",
        sessions=queries.sessions_of(db.session, me, now=clock.now()),
        here=needed_session(),
        form=ButtonForm(),
    )


@blueprint.post("/geraete/<uuid:id>/abmelden")
@account_holders
@commits
def sign_out_device(id: UUID) -> ResponseReturnValue:
    """End one session of this account."""
    me = account_holder()
    opened = queries.session_for(db.session, id, asker=me)
    deeds.end_session(db.session, opened=opened, why=Ended.ELSEWHERE, by=me, now=clock.now())
    flash(gettext("Dieses Gerät ist abgemeldet."), "success")
    return redirect(url_for(".devices"))


@blueprint.post("/ueberall-abmelden")
@account_holders
@commits
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sessions of this person."""
    me = account_holder()
    deeds.sign_out_everywhere(db.session, person=me, by=me, now=clock.now())
    answer = sessions.end(redirect(url_for("accounts.sign_in")))
    flash(gettext("Sie sind auf allen Geräten abgemeldet."), "success")
    return answer
