"""What the media process reports: signed events, taken once or twice with the same result."""

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from portal.consultations import attendance, nodes, profiles
from portal.core import clock
from portal.core.access import signed
from portal.core.browser import csrf
from portal.core.db import commits, db
from portal.core.errors import NotAllowed, TooLarge
from portal.media.tickets import SIGNATURE_HEADER, SignatureInvalid, verify_event

BODY_LIMIT = 64 * 1024

blueprint = Blueprint("media_events", __name__, url_prefix="/intern/medien")
csrf.exempt(blueprint)  # a machine signs, it has no session


@blueprint.post("/ereignisse")
@signed
@commits
def receive() -> ResponseReturnValue:
    """Check the signature of an event and write it down."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise TooLarge("Das Ereignis ist zu groß.")
    body = request.get_data()
    _check_signature(body)
    sent = request.get_json(silent=True)
    if isinstance(sent, dict) and sent.get("type") == "node":
        nodes.report(db.session, data=attendance.data_of(sent), at=clock.now())
    elif isinstance(sent, dict) and str(sent.get("room", "")).startswith(profiles.ECHO):
        return jsonify(taken=True)  # a rehearsal is nobody's talk: nothing of it is written down
    else:
        attendance.record(db.session, event=attendance.MediaEvent.read(sent))
    return jsonify(taken=True)


def _check_signature(body: bytes) -> None:
    keys = current_app.config["SETTINGS"].ticket_keys
    try:
        verify_event(body, request.headers.get(SIGNATURE_HEADER, ""), keys=keys)
    except SignatureInvalid as error:
        raise NotAllowed("Die Unterschrift fehlt oder passt nicht.") from error
