"""Citizen pages: who acts for me, for whom I act, codes to give away and to take."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import slowdown
from portal.accounts.forms import ButtonForm
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, HelperInvitation
from portal.accounts.pages import again, base_url, network, qr_picture
from portal.accounts.service.secrets import plain_code
from portal.accounts.session import (
    account_holder,
    account_holders,
    needed_session,
    proved_lately,
    whoever_is_signed_in,
)
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import Expired, PortalError
from portal.representation import queries, rules, service, words
from portal.representation.forms import AcceptForm, CodeForm, HelpForm, SwitchForm, TrustForm

blueprint = Blueprint("representation", __name__, url_prefix="")

HELP = "representation/help.html"
TRUST = "representation/trust.html"
CODE = "representation/enter_code.html"
ACCEPT = "representation/accept.html"
_SHOWN = "shown code"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return words.names()


@blueprint.get("/vertretung")
@account_holders
def index() -> ResponseReturnValue:
    """Show who may act for me, and for whom I may act."""
    me, now = account_holder(), clock.now()
    return render_template(
        "representation/index.html",
        given=queries.given_by(db.session, asker=me, now=now),
        held=queries.held_by(db.session, asker=me, now=now),
        waiting=queries.open_invitations_of(db.session, asker=me, now=now),
        me=me,
        rules=rules,
        kinds=words.KINDS,
    )


@blueprint.get("/vertretung/neu")
@account_holders
@proved_lately
def trust() -> ResponseReturnValue:
    """Ask whom to trust with what, and how long."""
    return render_template(TRUST, form=TrustForm())


@blueprint.post("/vertretung/neu")
@account_holders
@proved_lately
@limited("invitation")
@commits
def invite_trusted() -> ResponseReturnValue:
    """Draw the code for a power of attorney."""
    return _invite(TrustForm(), TRUST)


@blueprint.get("/vertretung/helfen-lassen")
@account_holders
def help() -> ResponseReturnValue:
    """Ask what a helper may do, and how long."""
    return render_template(HELP, form=HelpForm())


@blueprint.post("/vertretung/helfen-lassen")
@account_holders
@limited("invitation")
@commits
def invite_helper() -> ResponseReturnValue:
    """Draw the code for a helper."""
    return _invite(HelpForm(), HELP)


def _invite(form: HelpForm | TrustForm, template: str) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return again(template, form)
    try:
        invitation, code = service.invite(
            db.session, principal=account_holder(), **form.wanted, now=clock.now()
        )
    except PortalError as error:
        return again(template, form, error)
    # Only the hash is in the database; this browser may show the code again until it expires.
    session[_SHOWN] = [str(invitation.id), code]
    return redirect(url_for(".code", id=invitation.id))


@blueprint.get("/vertretung/code/<uuid:id>")
@account_holders
def code(id: UUID) -> ResponseReturnValue:
    """Show a code as picture and letters while it waits, then what became of it."""
    me, now = account_holder(), clock.now()
    invitation = queries.invitation_for(db.session, id, asker=me)
    taken = [
        one
        for one in queries.given_by(db.session, asker=me, now=now)
        if one.id == invitation.representation_id
    ]
    shown_id, letters = session.get(_SHOWN, ["", ""])
    shown = letters if shown_id == str(id) and _is_open(invitation) else ""
    link = base_url() + url_for(".accept_page", code=plain_code(letters)) if shown else ""
    return render_template(
        "representation/code.html",
        invitation=invitation,
        is_open=_is_open(invitation),
        taken=taken[0] if taken else None,
        code=shown,
        link=link,
        qr=qr_picture(link) if shown else "",
        now_is=now,
        form=ButtonForm(),
        rules=rules,
        kinds=words.KINDS,
    )


def _is_open(invitation: HelperInvitation) -> bool:
    try:
        rules.check_is_open(invitation, now=clock.now())
    except Expired:
        return False
    return True


@blueprint.post("/vertretung/code/<uuid:id>/zuruecknehmen")
@account_holders
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Make a code worthless."""
    me = account_holder()
    invitation = queries.invitation_for(db.session, id, asker=me)
    service.withdraw(db.session, invitation=invitation, by=me, now=clock.now())
    flash(gettext("Der Code gilt nicht mehr."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/vertretung/<uuid:id>/beenden")
@account_holders
@commits
def end(id: UUID) -> ResponseReturnValue:
    """End a representation from either side; the next request of the other opens nothing."""
    me = account_holder()
    found = queries.representation_for(db.session, id, asker=me)
    service.end(db.session, representation=found, by=me, now=clock.now())
    other = found.representative if found.principal_id == me.id else found.principal
    flash(gettext("Die Vertretung mit %(name)s ist beendet.", name=other.name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/vertretung/wechseln")
@account_holders
@commits
def switch() -> ResponseReturnValue:
    """Act for the chosen person from now on, or for oneself."""
    form, me, now = SwitchForm(), account_holder(), clock.now()
    chosen = None
    if form.representation.data:
        chosen = queries.representation_for(db.session, _uuid(form), asker=me)
    service.switch(db.session, opened=needed_session(), representation=chosen, by=me, now=now)
    return redirect(own_path(form.next.data, "/"))


def _uuid(form: SwitchForm) -> UUID:
    try:
        return UUID(form.representation.data or "")
    except ValueError:
        return UUID(int=0)


# Taking a code


@blueprint.get("/helfen")
@anyone
def enter_code() -> ResponseReturnValue:
    """Ask for a code."""
    return render_template(CODE, form=CodeForm())


@blueprint.post("/helfen")
@anyone
@commits
def take_code() -> ResponseReturnValue:
    """Look at a typed code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return again(CODE, form)
    typed = plain_code(form.code.data or "")[:40]
    try:
        _look_at(typed)
    except PortalError as error:
        return again(CODE, form, error)
    return redirect(url_for(".accept_page", code=typed))


@blueprint.get("/helfen/<string(minlength=1,maxlength=40):code>")
@anyone
def accept_page(code: str) -> ResponseReturnValue:
    """Show who invites, by first name and one letter, and what one may do; taking needs a click."""
    invitation = _look_at(code)
    return render_template(
        ACCEPT, form=AcceptForm(), invitation=invitation, code=code, **_about(invitation)
    )


@blueprint.post("/helfen/<string(minlength=1,maxlength=40):code>")
@account_holders
@commits
def accept(code: str) -> ResponseReturnValue:
    """Take the code and act for who gave it, from the next page on."""
    form, me, now = AcceptForm(), account_holder(), clock.now()
    invitation = _look_at(code)
    try:
        form.validate_on_submit()
        taken = service.accept(
            db.session, code=code, by=me, opened=needed_session(), **form.given, now=now
        )
    except PortalError as error:
        return again(ACCEPT, form, error, invitation=invitation, code=code, **_about(invitation))
    if not rules.can_act(taken):
        flash(gettext("Sie begleiten jetzt %(name)s.", name=taken.principal.name), "success")
        return redirect(url_for(".index"))
    service.switch(db.session, opened=needed_session(), representation=taken, by=me, now=now)
    flash(gettext("Sie handeln jetzt für %(name)s.", name=taken.principal.name), "success")
    return redirect("/")


def _about(invitation: HelperInvitation) -> dict[str, Any]:
    me = whoever_is_signed_in()
    return {
        "kinds": words.KINDS,
        "is_mine": isinstance(me, Citizen) and me.id == invitation.principal_id,
        "is_sitting": rules.is_for_a_sitting(invitation),
        "is_help": invitation.kind is words.Kind.HELPER,
        "next": request.path,
    }


def _look_at(code: str) -> HelperInvitation:
    """Return the invitation of a code; a wrong one is counted, whatever the answer does then."""
    me, now = whoever_is_signed_in(), clock.now()
    tries = slowdown.Tries.of("code of a helper", str(me.id) if me else "", network())
    apart = me is None  # strangers are no one account: only those from the same network wait
    try:
        return service.look_at(db.session, code=code, tries=tries, known=apart, now=now)
    except Expired:
        db.session.rollback()
        with db.sessionmaker.begin() as aside:
            tries.count(aside, known=apart, now=now)
        raise
