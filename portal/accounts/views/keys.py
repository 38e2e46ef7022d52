"""The keys of a citizen's account: passkeys, the app with codes, codes on paper."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries
from portal.accounts.forms import FirstCodeForm, NewPasskeyForm
from portal.accounts.keys import TotpFactor
from portal.accounts.models import Citizen
from portal.accounts.pages import again, base_url, office, qr_picture
from portal.accounts.service import factors, passkeys
from portal.accounts.session import account_holder, account_holders, proved_lately
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError

blueprint = Blueprint("keys", __name__, url_prefix="/konto/schluessel")

INDEX = "accounts/keys.html"
APP = "accounts/app.html"


@blueprint.get("")
@account_holders
@proved_lately
def index() -> ResponseReturnValue:
    """Show with what one can sign in, and what could be added."""
    return render_template(INDEX, form=NewPasskeyForm(formdata=None), **_shown(account_holder()))


def _shown(me: Citizen) -> dict[str, object]:
    return {
        "citizen": me,
        "factors": queries.factors_of(db.session, me),
        "identities": queries.identities_of(db.session, me),
    }


@blueprint.post("/passkey/aufgabe")
@account_holders
@proved_lately
@commits
def passkey_task() -> ResponseReturnValue:
    """Give the browser what it needs to make a passkey."""
    return jsonify(
        passkeys.new_task(
            db.session,
            person=account_holder(),
            office=office(),
            base_url=base_url(),
            now=clock.now(),
        )
    )


@blueprint.post("/passkey")
@account_holders
@proved_lately
@commits
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the device has made."""
    form, me = NewPasskeyForm(), account_holder()
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
        return again(INDEX, form, error, **_shown(me))
    flash(gettext("Der Passkey ist eingerichtet. Sie können sich damit anmelden."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/passkey/<uuid:id>/entfernen")
@account_holders
@proved_lately
@commits
def drop_passkey(id: UUID) -> ResponseReturnValue:
    """Take a passkey away."""
    me = account_holder()
    passkey = queries.passkey_for(db.session, id, asker=me)
    passkeys.drop(db.session, passkey=passkey, person=me, by=me, now=clock.now())
    flash(gettext("Der Passkey „%(name)s“ ist entfernt.", name=passkey.name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/app")
@account_holders
@proved_lately
@commits
def begin_app() -> ResponseReturnValue:
    """Draw the secret for an app; the next page shows it."""
    factors.begin_app(db.session, person=account_holder(), now=clock.now())
    return redirect(url_for(".app"))


@blueprint.get("/app")
@account_holders
@proved_lately
def app() -> ResponseReturnValue:
    """Show the QR code for the app and ask for a first code."""
    me = account_holder()
    return render_template(APP, form=FirstCodeForm(formdata=None), **_app_shown(me, _new_app(me)))


@blueprint.post("/app/bestaetigen")
@account_holders
@proved_lately
@commits
def confirm_app() -> ResponseReturnValue:
    """Switch the app on with a first code, and show the codes for paper."""
    form, me = FirstCodeForm(), account_holder()
    factor = _new_app(me)
    try:
        factors.confirm_app(
            db.session, factor=factor, person=me, code=form.code.data or "", now=clock.now()
        )
    except PortalError as error:
        return again(APP, form, error, **_app_shown(me, factor))
    return _paper_page(me)


@blueprint.post("/app/entfernen")
@account_holders
@proved_lately
@commits
def drop_app() -> ResponseReturnValue:
    """Switch the app off."""
    me = account_holder()
    factors.drop_app(db.session, person=me, by=me, now=clock.now())
    flash(gettext("Ab jetzt genügt wieder Ihr Passwort oder Ihr Passkey."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/notfall-codes")
@account_holders
@proved_lately
@commits
def new_paper() -> ResponseReturnValue:
    """Draw new codes for paper; they are shown once."""
    return _paper_page(account_holder())


def _paper_page(me: Citizen) -> str:
    codes = factors.new_paper(db.session, person=me, now=clock.now())
    return render_template("accounts/paper.html", codes=codes)


def _new_app(me: Citizen) -> TotpFactor:
    factor = queries.totp_of(db.session, me)
    if factor is None or factor.confirmed_at is not None:
        raise NotFound(gettext("Fangen Sie unter „Anmelden und Sicherheit“ noch einmal an."))
    return factor


def _app_shown(me: Citizen, factor: TotpFactor) -> dict[str, str]:
    address = factors.app_address(factor, person=me, issuer=office())
    return {"qr": qr_picture(address), "secret": factors.app_secret(factor, person=me)}
