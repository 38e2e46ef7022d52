"""More for citizens who wait: a call by short message, and the receipt of having been there."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.consultations import calling_in, queries, waiting_receipts
from portal.consultations.queries import Room
from portal.core import clock, pdf
from portal.core.db import commits, db
from portal.core.errors import NotFound

blueprint = Blueprint("waiting_room", __name__, url_prefix="/beratung/<uuid:id>")


@blueprint.post("/per-sms")
@citizens(Power.BOOK)
@commits
def call_me(id: UUID) -> ResponseReturnValue:
    """Note that the citizen goes away and is called by short message."""
    ticket = _room(id).ticket
    if ticket is None:
        raise NotFound
    calling_in.ask(ticket, by=signed_in_citizen())
    flash(gettext("Wir schreiben Ihnen eine SMS, wenn Sie dran sind."), "success")
    return redirect(url_for("consultations.room", id=id))


@blueprint.get("/nachweis")
@citizens(Power.BOOK)
def receipt(id: UUID) -> ResponseReturnValue:
    """Show what is on record about being there."""
    found = waiting_receipts.of(db.session, _room(id), now=clock.now())
    return render_template("consultations/waiting_receipt.html", receipt=found, room=found.room)


@blueprint.get("/nachweis.pdf")
@citizens(Power.BOOK)
def receipt_pdf(id: UUID) -> ResponseReturnValue:
    """Hand out the receipt as tagged PDF."""
    found = waiting_receipts.of(db.session, _room(id), now=clock.now())
    content = pdf.render("waiting_receipt", receipt=found, booking=found.room.booking)
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=found.filename)
    return answer


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_citizen())
