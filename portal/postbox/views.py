"""Citizen pages of the postbox: the letters, one letter, the consent.

That a letter was opened is a fact of its delivery (§ 37 (2a) SGB X). It is written down when its
page or its PDF is opened, never by what a browser fetches ahead.
"""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Power
from portal.accounts.pages import again
from portal.accounts.session import citizens, signed_in_citizen
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.requests import page_number
from portal.postbox import answers, consenting, law, paper, queries, rules, service, shown
from portal.postbox.forms import ConsentForm, WithdrawForm
from portal.postbox.models import Letter

blueprint = Blueprint("postbox", __name__, url_prefix="/postfach")

ON_ONE_PAGE = 20
CONSENT = "postbox/consent.html"


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """List the letters, the newest first, and say how letters come."""
    here, me = page_number(), signed_in_citizen()
    found, count = queries.letters_of(
        db.session, asker=me, offset=(here - 1) * ON_ONE_PAGE, limit=ON_ONE_PAGE
    )
    return render_template(
        "postbox/index.html",
        rows=shown.of_citizen(found),
        consent=queries.consent_of(db.session, citizen=me),
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one letter word for word, and from when it counts."""
    letter = _opened(id)
    return render_template(
        "postbox/show.html",
        letter=letter,
        words=paper.words(letter),
        how=shown.of_reader(letter),
        steps=shown.STEPS,
        can_object=law.KINDS[letter.kind].remedy is law.Remedy.OBJECTION,
        counting=shown.counting(letter, land=current_app.config["SETTINGS"].land),
        earlier=shown.earlier(letter, queries.deadlines_of(db.session, letter=letter)),
        arrivals=shown.arrivals(queries.arrivals_of(db.session, letter=letter)),
        can_tell_arrival=rules.can_tell_arrival(letter),
        by_arrival=rules.counts_by_arrival(letter),
    )


@blueprint.get("/<uuid:id>/brief.pdf")
@citizens(Power.SEE)
@commits
def download(id: UUID) -> Response:
    """Hand out the PDF."""
    return answers.pdf_of(db.session, _opened(id, is_download=True))


def _opened(id: UUID, *, is_download: bool = False) -> Letter:
    """Return a letter and write down that it was opened."""
    me = signed_in_citizen()
    letter = queries.letter_for(db.session, id, asker=me)
    if "prefetch" not in request.headers.get("Sec-Purpose", ""):
        service.note_view(
            db.session, letter=letter, by=me, now=clock.now(), is_download=is_download
        )
    return letter


# Consent


@blueprint.get("/einwilligung")
@citizens(Power.SEND)
def consent() -> ResponseReturnValue:
    """Show the sentences, what was agreed to before, and the yes or the way back."""
    text = law.present_consent(clock.local_date(clock.now()))
    return _consent_page(ConsentForm(formdata=None, version=str(text.version)))


@blueprint.post("/einwilligung")
@citizens(Power.SEND)
@commits
def agree() -> ResponseReturnValue:
    """Take the yes."""
    form, me = ConsentForm(), signed_in_citizen()
    if not form.validate_on_submit():
        return again(CONSENT, form, **_consents())
    try:
        consenting.give(db.session, citizen=me, version=form.chosen, now=clock.now())
    except PortalError as error:
        return again(CONSENT, form, error, **_consents())
    flash(gettext("Eingetragen. Neue Briefe bekommen Sie hier."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/einwilligung/widerrufen")
@citizens(Power.SEND)
@commits
def withdraw() -> ResponseReturnValue:
    """Take the consent back."""
    consenting.withdraw(db.session, citizen=signed_in_citizen(), now=clock.now())
    flash(gettext("Widerrufen. Neue Briefe bekommen Sie mit der Post."), "success")
    return redirect(url_for(".index"))


def _consent_page(form: ConsentForm) -> str:
    return render_template(CONSENT, form=form, **_consents())


def _consents() -> dict[str, Any]:
    me = signed_in_citizen()
    return {
        "text": law.present_consent(clock.local_date(clock.now())),
        "consent": queries.consent_of(db.session, citizen=me),
        "can_consent": rules.can_consent(me),
        "is_known": me.level >= rules.IDENTIFIED,
        "rows": shown.consent_rows(queries.consents_of(db.session, citizen=me)),
        "withdraw_form": WithdrawForm(formdata=None),
    }
