"""Signing in at an identity provider, connecting one with the account, signing out there."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from portal.accounts import ceremonies, providers, queries, rules
from portal.accounts import session as sessions
from portal.accounts.forms import ButtonForm, SignInForm
from portal.accounts.keys import Method, StepKind
from portal.accounts.limits import limited
from portal.accounts.models import Citizen
from portal.accounts.oidc import signin, signout
from portal.accounts.oidc.identity import VerifiedIdentity
from portal.accounts.pages import again
from portal.accounts.service import provider as deeds
from portal.accounts.service import signing_in, steps
from portal.accounts.session import account_holder, account_holders, proved_lately
from portal.core import clock
from portal.core.access import anyone, signed
from portal.core.browser import csrf, own_path
from portal.core.db import commits, db
from portal.core.errors import Expired, PortalError

blueprint = Blueprint("provider", __name__, url_prefix="")

SURE_ENOUGH = 2
"""From this level on the provider has asked for two factors itself."""


@blueprint.post("/anmelden/anbieter")
@anyone
@limited("key")
@commits
def begin() -> ResponseReturnValue:
    """Send the browser to the provider, to sign in."""
    return _send_away("sign_in", own_path(request.args.get("next"), "/"))


@blueprint.post("/konto/schluessel/anbieter")
@account_holders
@proved_lately
@commits
def begin_connecting() -> ResponseReturnValue:
    """Send the browser to the provider, to connect it with the account."""
    return _send_away("connect", url_for("keys.index"))


def _send_away(purpose: str, next_page: str) -> ResponseReturnValue:
    """Answer with a page that leads to the provider.

    Not with a redirect: `form-action` of our policy would stop it on its way from the form.
    """
    try:
        start = signin.begin(
            providers.provider(),
            next_page=next_page,
            purpose=purpose,
            wanted=ceremonies.settings().oidc_asked_level,
            language=get_locale().language,
            now=clock.now(),
        )
    except PortalError as error:
        return again("accounts/sign_in.html", SignInForm(formdata=None), error, next=next_page)
    providers.keep(start.kept)
    page = make_response(render_template("accounts/to_provider.html", address=start.address))
    page.headers["Refresh"] = f"0; url={start.address}"
    return page


@blueprint.get(providers.CALLBACK)
@anyone
@commits
def come_back() -> ResponseReturnValue:
    """Take the answer of the provider.

    The one page besides the readings of files that changes something by GET: the protocol sends
    the browser back that way (OpenID Connect Core 3.1.2.5). State, PKCE and nonce make sure that
    this browser has asked for it, once.
    """
    try:
        kept = providers.take(request.args)
        identity = signin.finish(providers.provider(), kept, request.args, now=clock.now())
        if kept.purpose == "connect":
            return _connected(identity, kept.next_page)
        citizen = deeds.recognised(db.session, identity=identity, now=clock.now())
    except PortalError as error:
        return again("accounts/sign_in.html", SignInForm(formdata=None), error, next=None)
    if citizen is None:
        return _ask_for_account(identity, kept.next_page)
    return _let_in(citizen, identity, kept.next_page)


def _connected(identity: VerifiedIdentity, next_page: str) -> ResponseReturnValue:
    deeds.connect(db.session, citizen=account_holder(), identity=identity, now=clock.now())
    flash(gettext("Verbunden. Sie können sich jetzt auch so anmelden."), "success")
    return redirect(own_path(next_page, "/"), 303)


def _let_in(citizen: Citizen, identity: VerifiedIdentity, wanted: str) -> ResponseReturnValue:
    """Open the session; a provider that is not sure enough does not skip the second factor."""
    asks = rules.asks_second_factor(citizen, queries.factors_of(db.session, citizen))
    if asks and identity.level < SURE_ENOUGH:
        ceremonies.remember_step(
            signing_in.ask_second_factor(db.session, person=citizen, now=clock.now())
        )
        return redirect(url_for("accounts.second_factor", next=wanted), 303)
    sessions.begin(citizen, Method.PROVIDER, level=identity.level, provider=identity.sid)
    return sessions.remember_browser(redirect(own_path(wanted, "/"), 303), citizen)


def _ask_for_account(identity: VerifiedIdentity, wanted: str) -> ResponseReturnValue:
    """Remember whom the provider has recognised, and ask whether to open an account."""
    kept: dict[str, Any] = {**asdict(identity), "next_page": wanted}
    for name in ("birth_date", "auth_time"):
        kept[name] = kept[name].isoformat() if kept[name] else None
    ceremonies.remember_step(
        steps.begin_step(db.session, kind=StepKind.PROVIDER_ACCOUNT, now=clock.now(), **kept)
    )
    return redirect(url_for(".account"), 303)


@blueprint.get("/anmelden/anbieter/konto")
@anyone
def account() -> ResponseReturnValue:
    """Ask somebody whom the provider has recognised whether to open an account."""
    step = ceremonies.waiting_step(StepKind.PROVIDER_ACCOUNT)
    if step is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/provider_account.html", form=ButtonForm(), kept=step.kept)


@blueprint.post("/anmelden/anbieter/konto")
@anyone
@commits
def open_account() -> ResponseReturnValue:
    """Open the account and sign in."""
    form, waiting = ButtonForm(), ceremonies.waiting_step(StepKind.PROVIDER_ACCOUNT)
    if waiting is None:
        raise Expired(gettext("Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an."))
    identity, wanted = _identity_in(waiting.kept), waiting.kept["next_page"]
    try:
        citizen = deeds.open_account(
            db.session, identity=identity, language=get_locale().language, now=clock.now()
        )
    except PortalError as error:
        return again("accounts/provider_account.html", form, error, kept=waiting.kept)
    ceremonies.use_step(StepKind.PROVIDER_ACCOUNT)
    return _let_in(citizen, identity, wanted)


def _identity_in(kept: dict[str, Any]) -> VerifiedIdentity:
    fields = {name: value for name, value in kept.items() if name != "next_page"}
    born = fields["birth_date"]
    return VerifiedIdentity(
        **{**fields, "birth_date": date.fromisoformat(born) if born else None, "auth_time": None}
    )


@blueprint.post("/konto/schluessel/anbieter/<uuid:id>/entfernen")
@account_holders
@proved_lately
@commits
def disconnect(id: UUID) -> ResponseReturnValue:
    """End the sign-in by the provider."""
    me = account_holder()
    identity = queries.identity_for(db.session, id, asker=me)
    deeds.disconnect(db.session, citizen=me, identity=identity, now=clock.now())
    flash(gettext("Die Verbindung ist entfernt."), "success")
    return redirect(url_for("keys.index"))


@blueprint.post("/anmelden/anbieter/abgemeldet")
@signed
@commits
def signed_out_there() -> ResponseReturnValue:
    """End the sessions of somebody who has signed out at the provider (Back-Channel Logout 1.0)."""
    token = request.form.get("logout_token", "")
    ended = signout.read_logout_token(providers.provider(), token, now=clock.now())
    deeds.end_at_provider(db.session, ended=ended, now=clock.now())
    return Response(status=200, mimetype="text/plain")


csrf.exempt(signed_out_there)  # a machine signs, it has no session
