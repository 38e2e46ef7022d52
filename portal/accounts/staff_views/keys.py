"""The account of a staff member: the keys that open the office, and the browsers signed in."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import ChangePasswordForm, FirstCodeForm, NewPasskeyForm
from portal.accounts.keys import Ended, Method, TotpFactor
from portal.accounts.models import StaffMember
from portal.accounts.pages import again, base_url, network, office, qr_picture
from portal.accounts.service import factors, passkeys, resetting
from portal.accounts.service import sessions as deeds
from portal.accounts.session import needed_session, newcomers, proved_lately, signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError

blueprint = Blueprint("staff_keys", __name__, url_prefix="/amt/konto")

INDEX = "accounts/staff/keys.html"
SET_UP = "accounts/staff/set_up.html"
APP = "accounts/staff/app.html"
PASSWORD = "accounts/staff/password.html"  # noqa: S105 (a template)


def _shown(me: StaffMember) -> dict[str, object]:
    return {
        "member": me,
        "factors": queries.factors_of(db.session, me),
        "must_be_passkey": rules.needs_unphishable_key(me),
    }


@blueprint.get("")
@staff()
def index() -> ResponseReturnValue:
    """Show the own account: keys and browsers."""
    me = signed_in_staff()
    return render_template(
        INDEX,
        form=NewPasskeyForm(formdata=None),
        sessions=queries.sessions_of(db.session, me, now=clock.now()),
        here=needed_session(),
        **_shown(me),
    )


@blueprint.get("/einrichten")
@newcomers
def set_up() -> ResponseReturnValue:
    """Lead somebody new to the second factor; without it there is no way on."""
    me = signed_in_staff()
    if rules.opens_office(needed_session(), me):
        return redirect(url_for(".index"))
    return render_template(SET_UP, form=NewPasskeyForm(formdata=None), **_shown(me))


@blueprint.post("/passkey/aufgabe")
@newcomers
@proved_lately
@commits
def passkey_task() -> ResponseReturnValue:
    """Give the browser what it needs to make a passkey."""
    return jsonify(
        passkeys.new_task(
            db.session,
            person=signed_in_staff(),
            office=office(),
            base_url=base_url(),
            now=clock.now(),
        )
    )


@blueprint.post("/passkey")
@newcomers
@proved_lately
@commits
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the device has made; it opens the office at once."""
    form, me = NewPasskeyForm(), signed_in_staff()
    try:
        if not form.validate_on_submit():
            raise passkeys.WrongPasskey
        passkeys.add(
            db.session,
            person=me,
            token=form.step.data or "",
            answer=form.credential,
            name=form.name.data or "",
            base_url=base_url(),
            now=clock.now(),
        )
    except PortalError as error:
        return again(SET_UP, form, error, **_shown(me))
    sessions.prove_anew(Method.PASSWORD_AND_PASSKEY)
    flash(gettext("Der Passkey ist eingerichtet."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/passkey/<uuid:id>/entfernen")
@staff()
@proved_lately
@commits
def drop_passkey(id: UUID) -> ResponseReturnValue:
    """Take a passkey away, unless it is the last way in."""
    me = signed_in_staff()
    passkey = queries.passkey_for(db.session, id, asker=me)
    passkeys.drop(db.session, passkey=passkey, person=me, by=me, now=clock.now())
    flash(gettext("Der Passkey „%(name)s“ ist entfernt.", name=passkey.name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/app")
@newcomers
@proved_lately
@commits
def begin_app() -> ResponseReturnValue:
    """Draw the secret for an app; the next page shows it."""
    factors.begin_app(db.session, person=signed_in_staff(), now=clock.now())
    return redirect(url_for(".app"))


@blueprint.get("/app")
@newcomers
@proved_lately
def app() -> ResponseReturnValue:
    """Show the QR code for the app and ask for a first code."""
    me = signed_in_staff()
    return render_template(APP, form=FirstCodeForm(formdata=None), **_app_shown(me, _new_app(me)))


@blueprint.post("/app/bestaetigen")
@newcomers
@proved_lately
@commits
def confirm_app() -> ResponseReturnValue:
    """Switch the app on with a first code, and show the codes for paper."""
    form, me = FirstCodeForm(), signed_in_staff()
    factor = _new_app(me)
    try:
        factors.confirm_app(
            db.session, factor=factor, person=me, code=form.code.data or "", now=clock.now()
        )
    except PortalError as error:
        return again(APP, form, error, **_app_shown(me, factor))
    sessions.prove_anew(Method.PASSWORD_AND_CODE)
    codes = factors.new_paper(db.session, person=me, now=clock.now())
    return render_template("accounts/staff/paper.html", codes=codes)


@blueprint.post("/app/entfernen")
@staff()
@proved_lately
@commits
def drop_app() -> ResponseReturnValue:
    """Switch the app off, unless it is the last way in."""
    me = signed_in_staff()
    factors.drop_app(db.session, person=me, by=me, now=clock.now())
    flash(gettext("Die App mit Codes ist entfernt."), "success")
    return redirect(url_for(".index"))


@blueprint.get("/passwort")
@staff()
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    return render_template(PASSWORD, form=ChangePasswordForm(), member=signed_in_staff())


@blueprint.post("/passwort")
@staff()
@commits
def change_password() -> ResponseReturnValue:
    """Take a new password; this browser stays signed in, all others do not."""
    form, me = ChangePasswordForm(), signed_in_staff()
    if not form.validate_on_submit():
        return again(PASSWORD, form, member=me)
    try:
        resetting.change_password(
            db.session,
            person=me,
            **form.given,
            opened=needed_session(),
            network=network(),
            now=clock.now(),
        )
    except PortalError as error:
        return again(PASSWORD, form, error, member=me)
    sessions.prove_anew(needed_session().method)
    flash(gettext("Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/geraete/<uuid:id>/abmelden")
@staff()
@commits
def sign_out_device(id: UUID) -> ResponseReturnValue:
    """End one session of this account."""
    me = signed_in_staff()
    opened = queries.session_for(db.session, id, asker=me)
    deeds.end_session(db.session, opened=opened, why=Ended.ELSEWHERE, by=me, now=clock.now())
    flash(gettext("Dieses Gerät ist abgemeldet."), "success")
    return redirect(url_for(".index"))


def _new_app(me: StaffMember) -> TotpFactor:
    factor = queries.totp_of(db.session, me)
    if factor is None or factor.confirmed_at is not None:
        raise NotFound(gettext("Fangen Sie in Ihrem Konto noch einmal an."))
    return factor


def _app_shown(me: StaffMember, factor: TotpFactor) -> dict[str, str]:
    address = factors.app_address(factor, person=me, issuer=office())
    return {"qr": qr_picture(address), "secret": factors.app_secret(factor, person=me)}
