"""A file that the officer picks in the call, to be shown as soon as it is safe."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles.models import Document
from portal.consultations import picking, queries
from portal.consultations.pick_forms import PickForm
from portal.consultations.queries import Room
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.fields import blame

blueprint = Blueprint("staff_consultation_pick", __name__, url_prefix="/amt/beratung")


@blueprint.post("/<uuid:id>/datei")
@staff(Right.HOLD_CONSULTATIONS)
@commits
def pick(id: UUID) -> ResponseReturnValue:
    """Take a file in; the page shows it when it has been looked at."""
    found, form, by = _room(id), PickForm(), signed_in_staff()
    if not form.validate():
        return _words(found, form), 422
    try:
        document = picking.take_in(
            db.session, room=found, file=form.files.data, by=by, now=clock.now()
        )
    except PortalError as error:
        db.session.rollback()
        blame(form, error)
        return _words(_room(id), form), error.status
    return _words(found, PickForm(formdata=None), picked=document)


def _words(found: Room, form: PickForm, *, picked: Document | None = None) -> Response:
    words = render_template(
        "consultations/staff/_pick.html", room=found, pick_form=form, picked=picked
    )
    return jsonify(words=words)


def _room(id: UUID) -> Room:
    return queries.room_for(db.session, id, asker=signed_in_staff())
