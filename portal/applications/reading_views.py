"""Citizen pages of reading along: the code for the office, who reads, and what was proposed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import citizens, signed_in_citizen
from portal.applications import (
    pages,
    proposals,
    reading_queries,
    reading_rules,
    reading_shown,
    readings,
    ways,
    wording,
)
from portal.applications.places import Place
from portal.applications.queries import Filled
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import Conflict, InvalidInput
from portal.core.fields import HiddenField

blueprint = Blueprint("application_readings", __name__, url_prefix="/antraege")

_SHOWN = "shown code to read along"


class AnswerForm(FlaskForm):
    """What becomes of a proposal, and beside which answer it was read."""

    answer = HiddenField()
    shown = HiddenField()
    back = HiddenField()


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"say": wording.of_request(), "rules": reading_rules}


@blueprint.get("/<uuid:id>/mitlesen")
@citizens(Power.FILL_IN)
def show(id: UUID) -> ResponseReturnValue:
    """Show the code while it waits, who reads along, and who has opened the draft so far."""
    filled, now = pages.draft(id), clock.now()
    reading = reading_queries.not_ended(db.session, application=filled.application)
    shown_id, letters = session.get(_SHOWN, ["", ""])
    waits = reading is not None and reading_rules.code_is_open(reading, now=now)
    events = reading_queries.openings_of(db.session, application=filled.application)
    return render_template(
        "applications/reading/show.html",
        filled=filled,
        reading=reading,
        waits=waits,
        runs=reading is not None and reading_rules.is_running(reading, now=now),
        code=letters if waits and reading and shown_id == str(reading.id) else "",
        openings=reading_shown.openings(events),
    )


@blueprint.post("/<uuid:id>/mitlesen")
@citizens(Power.SEND)
@limited("invitation")
@commits
def invite(id: UUID) -> ResponseReturnValue:
    """Draw a code: who may send the draft to the office may also let it read along."""
    application, me = pages.draft(id).application, signed_in_citizen()
    reading, code = readings.invite(db.session, application=application, by=me, now=clock.now())
    # Only the hash is in the database; this browser may show the code again until it expires.
    session[_SHOWN] = [str(reading.id), code]
    return redirect(url_for(".show", id=id))


@blueprint.post("/<uuid:id>/mitlesen/beenden")
@citizens(Power.FILL_IN)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """Take the code back, or close the draft for who reads along."""
    application, me = pages.draft(id).application, signed_in_citizen()
    reading = reading_queries.not_ended(db.session, application=application)
    if reading is not None:
        readings.end(db.session, reading=reading, by=me, now=clock.now())
    flash(gettext("Niemand vom Jobcenter liest jetzt mit."), "success")
    return redirect(url_for("applications.show", id=id))


@blueprint.post("/<uuid:id>/vorschlag/<uuid:proposal_id>")
@citizens(Power.FILL_IN)
@commits
def decide(id: UUID, proposal_id: UUID) -> ResponseReturnValue:
    """Accept or refuse a proposal and go back to where it stood."""
    filled, form = pages.draft(id), AnswerForm()
    back = _back(filled, form.back.data or "")
    if form.answer.data == "accept":
        return redirect(_accept(filled, proposal_id, form.shown.data or "", back))
    if form.answer.data != "refuse":
        raise InvalidInput(gettext("Wählen Sie „Übernehmen“ oder „Nicht übernehmen“."))
    me, now = signed_in_citizen(), clock.now()
    proposals.refuse(db.session, filled=filled, id=proposal_id, by=me, now=now)
    flash(gettext("Der Vorschlag ist gelöscht. Ihre Antwort bleibt, wie sie war."))
    return redirect(back)


def _accept(filled: Filled, id: UUID, shown: str, back: str) -> str:
    """Accept a proposal; if the draft has moved on, nothing is changed and both are shown anew."""
    me, now = signed_in_citizen(), clock.now()
    again = url_for("applications.show", id=filled.application.id)
    try:
        proposals.accept(db.session, filled=filled, id=id, shown=shown, by=me, now=now)
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
        return again
    flash(gettext("Der Vorschlag ist jetzt Ihre Antwort. Sie können sie weiter ändern."), "success")
    return back


def _back(filled: Filled, name: str) -> str:
    """Return the page of the question that the form names, or the overview."""
    overview = url_for("applications.show", id=filled.application.id)
    try:
        place = Place.named(name)
    except ValueError:
        return overview
    page = filled.sheet.form.page_of.get(place.question)
    step = filled.sheet.step(page.id, place.owner) if page else None
    if step is None:
        return overview
    return ways.to_row(filled, step, place.row) if place.row else ways.to(filled, step)
