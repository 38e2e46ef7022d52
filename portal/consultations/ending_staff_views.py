"""The end of a talk: the note once more, the next talk, and the deed."""

from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.consultations import ending_shown, next_talk, queries, rules, service
from portal.consultations.ending_forms import EndForm
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_consultation_end", __name__, url_prefix="/amt/beratung/<uuid:id>")


@blueprint.get("/abschliessen")
@staff(Right.HOLD_CONSULTATIONS)
def finish(id: UUID) -> ResponseReturnValue:
    """Show the note once more before the talk is ended for everybody."""
    found = _room(id)
    rules.check_can_end(found.booking, found.consultation, by=signed_in_staff())
    return _page(found, ending_shown.form_of(found, by=signed_in_staff()))


@blueprint.post("/abschliessen/zeiten")
@staff(Right.HOLD_CONSULTATIONS)
def look(id: UUID) -> ResponseReturnValue:
    """Show the free times of the chosen kind; what was typed stays, nothing is kept yet."""
    found, me = _room(id), signed_in_staff()
    return _page(found, ending_shown.offered(EndForm(), found, by=me))


@blueprint.get("/naechster")
@staff(Right.HOLD_CONSULTATIONS)
def times(id: UUID) -> ResponseReturnValue:
    """Tell an open page the free times of a kind of talk."""
    found, me = _room(id), signed_in_staff()
    form = ending_shown.offered(EndForm(request.args), found, by=me)
    words = render_template(
        "consultations/staff/_next_times.html", form=form, page=ending_shown.times(found, form)
    )
    return jsonify(words=words)


@blueprint.post("/abschliessen")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def end(id: UUID) -> ResponseReturnValue:
    """End the talk: the note is final and goes into the file, the next talk is arranged."""
    found, by, now = _room(id), signed_in_staff(), clock.now()
    form = ending_shown.offered(EndForm(), found, by=by)
    if not form.validate():
        return _page(found, form), 422
    booking, words, wanted = found.booking, form.words(), form.wanted
    talk = service.end(db.session, booking=booking, words=words, by=by, now=now)
    if wanted is not None:
        try:
            next_talk.arrange(
                db.session, booking=booking, consultation=talk, wanted=wanted, by=by, now=now
            )
        except PortalError as error:
            db.session.rollback()
            blame(form, error)
            return _page(_room(id), form), error.status
    return redirect(url_for("staff_consultations.room", id=id))


def _page(found: Room, form: EndForm) -> str:
    return render_template(
        "consultations/staff/finish.html",
        room=found,
        form=form,
        page=ending_shown.times(found, form),
    )


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_staff())
