"""The pages of a citizen about the own level of trust: what it opens, and three ways up."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Citizen
from portal.accounts.pages import again, network
from portal.accounts.session import account_holder, account_holders
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import NotFound, PortalError
from portal.identity import queries, rules, service, shown
from portal.identity.forms import AskForm, CodeForm

blueprint = Blueprint("identity", __name__, url_prefix="/konto/identitaet")

INDEX = "identity/index.html"
LETTER = "identity/letter.html"


def _shown(me: Citizen) -> dict[str, Any]:
    now, letter = clock.now(), queries.latest_letter(db.session, me)
    return {
        "citizen": me,
        "how": shown.HOW,
        "letter": letter,
        "stand": rules.stand_of(letter, now=now) if letter else None,
        "may_ask": rules.can_ask(me, letter, now=now),
        "may_enter": rules.can_enter(letter, now=now),
        "next_letter_at": rules.next_letter_at(letter, now=now),
    }


@blueprint.get("")
@account_holders
def index() -> ResponseReturnValue:
    """Say in plain words what the level means, and show the ways to the next."""
    return render_template(INDEX, form=CodeForm(formdata=None), **_shown(account_holder()))


@blueprint.get("/brief")
@account_holders
def letter() -> ResponseReturnValue:
    """Show the form that asks for the letter."""
    return render_template(LETTER, form=AskForm(obj=account_holder()))


@blueprint.post("/brief")
@account_holders
@commits
def ask_for_letter() -> ResponseReturnValue:
    """Ask for the letter with the code."""
    form, me = AskForm(), account_holder()
    if not form.validate_on_submit():
        return again(LETTER, form)
    try:
        service.ask_for_letter(db.session, citizen=me, **form.given, now=clock.now())
    except PortalError as error:
        return again(LETTER, form, error)
    flash(gettext("Der Brief ist bestellt. Er kommt mit der Post."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/code")
@account_holders
@commits
def enter_code() -> ResponseReturnValue:
    """Take the code of the letter."""
    form, me = CodeForm(), account_holder()
    if not form.validate_on_submit():
        return again(INDEX, form, **_shown(me))
    try:
        service.enter_code(db.session, citizen=me, **form.given, network=network(), now=clock.now())
    except PortalError as error:
        return again(INDEX, form, error, **_shown(me))
    flash(gettext("Ihr Konto ist jetzt mit Ihrer Akte verknüpft."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/schalter")
@account_holders
@commits
def draw_number() -> ResponseReturnValue:
    """Draw the six digits for the counter."""
    service.show_number(db.session, citizen=account_holder(), now=clock.now())
    return redirect(url_for(".number"))


@blueprint.get("/schalter")
@account_holders
def number() -> ResponseReturnValue:
    """Show the six digits large, as long as they count."""
    drawn = queries.number_of(db.session, account_holder())
    if drawn is None:
        raise NotFound(gettext("Lassen Sie sich in Ihrem Konto eine neue Nummer zeigen."))
    return render_template(
        "identity/number.html", drawn=drawn, is_live=rules.is_live(drawn, now=clock.now())
    )
