"""Citizen pages of what was handed in when: each hand-in with its receipt."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.casefiles import answers, receipts, shown
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.requests import page_number

blueprint = Blueprint("hand_ins", __name__, url_prefix="/unterlagen/abgaben")

ON_ONE_PAGE = 20


@blueprint.get("")
@citizens(Power.SEE)
def index() -> ResponseReturnValue:
    """Show every hand-in, the newest first."""
    here = page_number()
    found, count = receipts.hand_ins_of(
        db.session,
        asker=signed_in_citizen(),
        offset=(here - 1) * ON_ONE_PAGE,
        limit=ON_ONE_PAGE,
    )
    return render_template(
        "casefiles/hand_ins.html",
        rows=shown.hand_ins(found),
        here=here,
        last=max(1, -(-count // ON_ONE_PAGE)),
    )


@blueprint.get("/<uuid:id>")
@citizens(Power.SEE)
def show(id: UUID) -> ResponseReturnValue:
    """Show what came with one hand-in, its code and its receipt; right after it, confirm it."""
    found = receipts.hand_in_for(db.session, id, signed_in_citizen())
    return render_template(
        "casefiles/hand_in_received.html",
        hand_in=found,
        papers=shown.papers(found.documents),
        details=shown.hand_in_details(found),
        just_arrived="angekommen" in request.args,
    )


@blueprint.get("/<uuid:id>/quittung.pdf")
@citizens(Power.SEE)
def receipt(id: UUID) -> Response:
    """Send the receipt, byte for byte as its hash was taken."""
    found = receipts.hand_in_for(db.session, id, signed_in_citizen())
    if found.receipt_file_id is None:
        raise NotFound(gettext("Die Quittung wird gerade geschrieben. Laden Sie die Seite neu."))
    return answers.receipt(found.receipt_file_id, found.code)
