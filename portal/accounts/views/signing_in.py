"""Signing in and out, proving oneself once more, and going on where a session had ended."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import ceremonies, queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import CodeForm, PasskeyForm, PasswordForm, SignInForm
from portal.accounts.keys import Method, StepKind
from portal.accounts.limits import limited
from portal.accounts.models import Citizen
from portal.accounts.pages import again, base_url, network
from portal.accounts.service import factors, keeping, letters, passkeys, signing_in
from portal.accounts.session import (
    account_holder,
    account_holders,
    needed_session,
    whoever_is_signed_in,
)
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import Expired, PortalError

blueprint = Blueprint("accounts", __name__, url_prefix="")

SIGN_IN = "accounts/sign_in.html"
SECOND = "accounts/second_factor.html"
ANEW = "accounts/prove_anew.html"


@blueprint.get("/anmelden")
@anyone
def sign_in() -> ResponseReturnValue:
    """Show the sign-in."""
    wanted = request.args.get("next")
    if isinstance(whoever_is_signed_in(), Citizen):
        return redirect(own_path(wanted, "/"))
    return render_template(SIGN_IN, form=SignInForm(), next=wanted)


@blueprint.post("/anmelden")
@anyone
@commits
def start_session() -> ResponseReturnValue:
    """Take the password; go on to what comes second, or in."""
    form, wanted, now = SignInForm(), request.args.get("next"), clock.now()
    if not form.validate_on_submit():
        return again(SIGN_IN, form, next=wanted)
    try:
        citizen = signing_in.sign_in(
            db.session,
            **form.given,
            network=network(),
            known_as=sessions.known_as(),
            now=now,
        )
    except PortalError as error:
        return again(SIGN_IN, form, error, next=wanted)
    if rules.asks_second_factor(citizen, queries.factors_of(db.session, citizen)):
        ceremonies.remember_step(signing_in.ask_second_factor(db.session, person=citizen, now=now))
        return redirect(url_for(".second_factor", next=wanted))
    return _let_in(citizen, Method.PASSWORD, wanted)


@blueprint.get("/anmelden/bestaetigen")
@anyone
def second_factor() -> ResponseReturnValue:
    """Ask for the second factor of who has given the right password."""
    step = ceremonies.waiting_step(StepKind.SECOND_FACTOR)
    if step is None:
        return redirect(url_for(".sign_in", next=request.args.get("next")))
    found = queries.factors_of(db.session, ceremonies.citizen_of(step))
    return render_template(SECOND, form=CodeForm(), factors=found, next=request.args.get("next"))


@blueprint.post("/anmelden/bestaetigen")
@anyone
@commits
def take_second_factor() -> ResponseReturnValue:
    """Take a code of the app or from paper, and let the person in."""
    form, wanted, now = CodeForm(), request.args.get("next"), clock.now()
    step = ceremonies.waiting_step(StepKind.SECOND_FACTOR)
    if step is None:
        raise Expired(gettext("Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an."))
    citizen = ceremonies.citizen_of(step)
    found = queries.factors_of(db.session, citizen)
    if not form.validate_on_submit():
        return again(SECOND, form, factors=found, next=wanted)
    try:
        factors.prove_code(db.session, person=citizen, **form.given, network=network(), now=now)
    except PortalError as error:
        return again(SECOND, form, error, factors=found, next=wanted)
    ceremonies.use_step(StepKind.SECOND_FACTOR)
    return _let_in(citizen, Method.PASSWORD_AND_CODE, wanted)


@blueprint.post("/anmelden/passkey/aufgabe")
@anyone
@limited("key")
@commits
def passkey_task() -> ResponseReturnValue:
    """Give the browser what it needs to ask for a passkey."""
    return jsonify(passkeys.sign_in_task(db.session, base_url=base_url(), now=clock.now()))


@blueprint.post("/anmelden/passkey")
@anyone
@commits
def sign_in_with_passkey() -> ResponseReturnValue:
    """Let in who has shown one of the citizens' passkeys."""
    wanted = request.args.get("next")
    try:
        person = ceremonies.prove_passkey(PasskeyForm())
        if not isinstance(person, Citizen):
            raise passkeys.WrongPasskey
    except PortalError as error:
        return again(SIGN_IN, SignInForm(formdata=None), error, next=wanted)
    return _let_in(person, Method.PASSKEY, wanted)


def _let_in(citizen: Citizen, method: Method, wanted: str | None) -> ResponseReturnValue:
    """Open the session; say so by message when this browser was never here before."""
    is_new_device = str(citizen.id) not in sessions.known_as()
    if is_new_device and queries.has_been_here(db.session, citizen):
        letters.send(db.session, citizen, "new_device", now=clock.now(), **ceremonies.device())
    sessions.begin(citizen, method)
    return sessions.remember_browser(redirect(own_path(wanted, "/")), citizen)


@blueprint.post("/abmelden")
@anyone
@commits
def sign_out() -> ResponseReturnValue:
    """End the session of this browser; with a session that has ended already, too."""
    answer = sessions.end(redirect(url_for(".sign_in")))
    flash(gettext("Sie sind abgemeldet."), "success")
    return answer


@blueprint.get("/anmelden/noch-einmal")
@account_holders
def prove_anew() -> ResponseReturnValue:
    """Ask who is signed in to show once more who they are."""
    me = account_holder()
    return _anew_page(me, PasswordForm(formdata=None))


@blueprint.post("/anmelden/noch-einmal")
@account_holders
@commits
def take_proof() -> ResponseReturnValue:
    """Take password or code as a new proof and go on."""
    me = account_holder()
    try:
        method = ceremonies.prove_again(me)
    except PortalError as error:
        return _anew_page(me, PasswordForm(formdata=None), error)
    sessions.prove_anew(method)
    return redirect(own_path(request.args.get("next"), url_for("account.index")))


def _anew_page(
    me: Citizen, form: PasswordForm, error: PortalError | None = None
) -> ResponseReturnValue:
    shown = {"factors": queries.factors_of(db.session, me), "next": request.args.get("next")}
    if error is not None:
        return again(ANEW, form, error, code=CodeForm(formdata=None), person=me, **shown)
    return render_template(ANEW, form=form, code=CodeForm(formdata=None), person=me, **shown)


@blueprint.get("/weiter/<uuid:id>")
@account_holders
def go_on(id: UUID) -> ResponseReturnValue:
    """Show that what was sent is still there, with the button that sends it on.

    What was typed for one person is sent on only while one acts for that person.
    """
    me, now = account_holder(), clock.now()
    kept = queries.kept_form_for(db.session, id, asker=me, now=now)
    return render_template(
        "accounts/go_on.html",
        kept=kept,
        fields=keeping.fields_of(kept),
        same_person=kept.representation_id == needed_session().representation_id,
        whose=queries.whose_form(db.session, kept, asker=me, now=now),
    )


@blueprint.get("/sitzung")
@anyone
def session_left() -> ResponseReturnValue:
    """Tell a script how many seconds the session has left; asking is no sign of life."""
    return jsonify(ceremonies.left())


@blueprint.post("/sitzung")
@account_holders
@commits
def stay() -> ResponseReturnValue:
    """Let the session live on because its owner says so (WCAG 2.2.1)."""
    ceremonies.stay()
    return jsonify(ceremonies.left())
