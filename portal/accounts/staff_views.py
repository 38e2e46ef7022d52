"""Sign-in of staff."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import service, session
from portal.accounts.forms import SignInForm
from portal.accounts.models import StaffMember
from portal.accounts.pages import again, network
from portal.accounts.session import whoever_is_signed_in
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import PortalError

blueprint = Blueprint("staff_accounts", __name__, url_prefix="/amt")

START = "/amt"
PAGE = "accounts/staff/sign_in.html"


@blueprint.get("/anmelden")
@anyone
def sign_in() -> ResponseReturnValue:
    """Show the sign-in of the office."""
    wanted = request.args.get("next")
    if isinstance(whoever_is_signed_in(), StaffMember):
        return redirect(own_path(wanted, START))
    return render_template(PAGE, form=SignInForm(), next=wanted)


@blueprint.post("/anmelden")
@anyone
@commits
def start_session() -> ResponseReturnValue:
    """Sign in and go on where the person wanted to go."""
    form = SignInForm()
    wanted = request.args.get("next")
    if not form.validate_on_submit():
        return again(PAGE, form, next=wanted)
    try:
        member = service.sign_in_staff(
            db.session,
            **form.given,
            network=network(),
            known_as=session.known_as(),
            now=clock.now(),
        )
    except PortalError as error:
        return again(PAGE, form, error, next=wanted)
    session.begin(member)
    return session.remember_browser(redirect(own_path(wanted, START)), member)


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
