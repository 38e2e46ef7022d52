"""Signing in and out at the office, and the invitation by which people of the office come."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import ceremonies, queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import CodeForm, NewPasswordForm, PasskeyForm, SignInForm
from portal.accounts.keys import LinkPurpose, Method, StepKind
from portal.accounts.limits import limited
from portal.accounts.models import StaffMember
from portal.accounts.pages import again, base_url, network
from portal.accounts.service import factors, inviting, keeping, letters, passkeys, signing_in
from portal.accounts.session import newcomers, signed_in_staff, staff, whoever_is_signed_in
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import Expired, PortalError

blueprint = Blueprint("staff_accounts", __name__, url_prefix="/amt")

START = "/amt"
SIGN_IN = "accounts/staff/sign_in.html"
SECOND = "accounts/staff/second_factor.html"
ANEW = "accounts/staff/prove_anew.html"
INVITATION = "accounts/staff/invitation.html"


@blueprint.get("/anmelden")
@anyone
def sign_in() -> ResponseReturnValue:
    """Show the sign-in of the office."""
    wanted = request.args.get("next")
    if isinstance(whoever_is_signed_in(), StaffMember):
        return redirect(own_path(wanted, START))
    return render_template(SIGN_IN, form=SignInForm(), next=wanted)


@blueprint.post("/anmelden")
@anyone
@commits
def start_session() -> ResponseReturnValue:
    """Take the password; nobody of the office gets in with it alone."""
    form, wanted, now = SignInForm(), request.args.get("next"), clock.now()
    if not form.validate_on_submit():
        return again(SIGN_IN, form, next=wanted)
    try:
        member = signing_in.sign_in_staff(
            db.session,
            **form.given,
            network=network(),
            known_as=sessions.known_as(),
            now=now,
        )
    except PortalError as error:
        return again(SIGN_IN, form, error, next=wanted)
    ceremonies.remember_step(signing_in.ask_second_factor(db.session, person=member, now=now))
    return redirect(url_for(".second_factor", next=wanted))


@blueprint.get("/anmelden/bestaetigen")
@anyone
def second_factor() -> ResponseReturnValue:
    """Ask for the second factor of who has given the right password."""
    step = ceremonies.waiting_step(StepKind.SECOND_FACTOR)
    if step is None:
        return redirect(url_for(".sign_in", next=request.args.get("next")))
    found = queries.factors_of(db.session, ceremonies.member_of(step))
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
    member = ceremonies.member_of(step)
    found = queries.factors_of(db.session, member)
    if not form.validate_on_submit():
        return again(SECOND, form, factors=found, next=wanted)
    try:
        factors.prove_code(db.session, person=member, **form.given, network=network(), now=now)
    except PortalError as error:
        return again(SECOND, form, error, factors=found, next=wanted)
    ceremonies.use_step(StepKind.SECOND_FACTOR)
    return _let_in(member, Method.PASSWORD_AND_CODE, wanted)


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
    """Let in who has shown a passkey of the office."""
    wanted = request.args.get("next")
    try:
        person = ceremonies.prove_passkey(PasskeyForm())
        if not isinstance(person, StaffMember):
            raise passkeys.WrongPasskey
    except PortalError as error:
        return again(SIGN_IN, SignInForm(formdata=None), error, next=wanted)
    return _let_in(person, Method.PASSKEY, wanted)


def _let_in(member: StaffMember, method: Method, wanted: str | None) -> ResponseReturnValue:
    """Open the session; say so by message when this browser was never here before."""
    is_new_device = str(member.id) not in sessions.known_as()
    if is_new_device and queries.has_been_here(db.session, member):
        letters.send(db.session, member, "new_device", now=clock.now(), **ceremonies.device())
    sessions.begin(member, method)
    return sessions.remember_browser(redirect(own_path(wanted, START)), member)


@blueprint.post("/abmelden")
@anyone
@commits
def sign_out() -> ResponseReturnValue:
    """End the session of this browser; with a session that has ended already, too."""
    answer = sessions.end(redirect(url_for(".sign_in")))
    flash(gettext("Sie sind abgemeldet."), "success")
    return answer


@blueprint.get("/einladung/<uuid:id>/<string(length=43):secret>")
@anyone
def invitation(id: UUID, secret: str) -> ResponseReturnValue:
    """Greet who was invited and ask for a password."""
    link = queries.link_for(db.session, id, secret, LinkPurpose.INVITATION)
    rules.check_link(link, now=clock.now())
    return render_template(INVITATION, form=NewPasswordForm(), member=queries.member_of(link))


@blueprint.post("/einladung/<uuid:id>/<string(length=43):secret>")
@anyone
@commits
def take_invitation(id: UUID, secret: str) -> ResponseReturnValue:
    """Set the password and lead on to the second factor."""
    form = NewPasswordForm()
    link = queries.link_for(db.session, id, secret, LinkPurpose.INVITATION)
    member = queries.member_of(link)
    if not form.validate_on_submit():
        return again(INVITATION, form, member=member)
    try:
        inviting.take_invitation(db.session, link=link, **form.given, now=clock.now())
    except PortalError as error:
        return again(INVITATION, form, error, member=member)
    sessions.begin(member, Method.INVITATION)
    return sessions.remember_browser(redirect(url_for("staff_keys.set_up")), member)


@blueprint.get("/anmelden/noch-einmal")
@newcomers
def prove_anew() -> ResponseReturnValue:
    """Ask who is signed in to show once more who they are."""
    return _anew_page(signed_in_staff())


@blueprint.post("/anmelden/noch-einmal")
@newcomers
@commits
def take_proof() -> ResponseReturnValue:
    """Take a passkey or a code as a new proof and go on."""
    me = signed_in_staff()
    try:
        method = ceremonies.prove_again(me)
    except PortalError as error:
        return _anew_page(me, error)
    sessions.prove_anew(method)
    return redirect(own_path(request.args.get("next"), START))


def _anew_page(me: StaffMember, error: PortalError | None = None) -> ResponseReturnValue:
    shown = {"factors": queries.factors_of(db.session, me), "next": request.args.get("next")}
    form = CodeForm(formdata=None)
    if error is not None:
        return again(ANEW, form, error, person=me, **shown)
    return render_template(ANEW, form=form, person=me, **shown)


@blueprint.get("/weiter/<uuid:id>")
@staff()
def go_on(id: UUID) -> ResponseReturnValue:
    """Show that what was sent is still there, with the button that sends it on."""
    kept = queries.kept_form_for(db.session, id, asker=signed_in_staff(), now=clock.now())
    return render_template("accounts/staff/go_on.html", kept=kept, fields=keeping.fields_of(kept))


@blueprint.get("/sitzung")
@anyone
def session_left() -> ResponseReturnValue:
    """Tell a script how many seconds the session has left; asking is no sign of life."""
    return jsonify(ceremonies.left())


@blueprint.post("/sitzung")
@newcomers
@commits
def stay() -> ResponseReturnValue:
    """Let the session live on because its owner says so (WCAG 2.2.1)."""
    ceremonies.stay()
    return jsonify(ceremonies.left())
