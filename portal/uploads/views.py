"""The door for files on their way in, spoken to by a script: tus 1.0.0, and a list in JSON.

Who asks is signed in; nobody else's upload is found (404). Every change carries the CSRF token in
the header `X-CSRFToken`. An error is `{"message": …}` in German with the status of the protocol:
401 signed out (sign in in another tab, then go on), 404 not yours, 409 another offset, 410 waited
too long, 411 no Content-Length, 412 no or other Tus-Resumable, 413 too large, 415 other content
type, 422 cannot be taken (the sentence says why), 429 too often and 503 too busy (both with
Retry-After), 460 wrong checksum, 507 no room. A page that was left open for another person answers
409 as well.
"""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from portal.accounts.limits import limited
from portal.accounts.models import Power
from portal.accounts.session import (
    account_holder,
    citizens,
    signed_in_citizen,
    whoever_is_signed_in,
)
from portal.core import clock
from portal.core.access import anyone
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import PortalError, SignedOut, TooMany, Unavailable
from portal.core.requests import STREAMED, streams
from portal.uploads import protocol, queries, receiving, rules, service, shown
from portal.uploads.models import Upload

blueprint = Blueprint("uploads", __name__, url_prefix="/unterlagen/hochladen")

AGAIN_SECONDS = 3


@blueprint.route("", methods=["OPTIONS"], provide_automatic_options=False)
@anyone
def about() -> ResponseReturnValue:
    """Say which version and extensions of tus are spoken, and how large a file may be (204)."""
    return _answer(204, None, **protocol.ABOUT)


@blueprint.post("")
@citizens(Power.UPLOAD, script=True)
@limited("upload_begun")
@commits
def begin() -> ResponseReturnValue:
    """Begin an upload (tus creation): 201 with `Location` and `Upload-Expires`.

    Headers: `Tus-Resumable: 1.0.0`, `Upload-Length`, `Upload-Metadata` with `filename`, `filetype`,
    `basket` (needed, `[A-Za-z0-9_.:@-]{1,160}`: what is handed in together), `sha256` (hex of the
    whole file, compared at the end), `redacted` (1 = the person has blacked something out).
    """
    _check_version()
    said = protocol.announced(
        request.headers.get("Upload-Length"), request.headers.get("Upload-Metadata")
    )
    upload = service.begin(
        db.session, owner=signed_in_citizen(), sender=account_holder(), said=said, now=clock.now()
    )
    return _answer(201, upload, Location=url_for(".offset", id=upload.id))


@blueprint.get("")
@citizens(Power.UPLOAD, script=True)
def index() -> ResponseReturnValue:
    """List this person's uploads of the basket `?korb=` as `{"uploads": [row, …]}`, in order.

    A row: `id`, `filename`, `size` (bytes announced), `offset` (bytes here), `state` (`receiving`,
    `ready`, `refused`), `fault` (a word) and `sentence` (what is wrong and what to do), `warnings`
    (`[{word, sentence}]`), `type`, `pages`, `position`, `redacted`, `sha256` (as announced),
    `expires` (ISO 8601). Its address is `/unterlagen/hochladen/<id>`.
    """
    return jsonify(
        uploads=[
            shown.row(upload)
            for upload in queries.waiting(
                db.session,
                owner=signed_in_citizen(),
                sender=account_holder(),
                now=clock.now(),
                basket=request.args.get("korb", ""),
            )
        ]
    )


@blueprint.route("/<uuid:id>", methods=["HEAD"], provide_automatic_options=False)
@citizens(Power.UPLOAD, script=True)
def offset(id: UUID) -> ResponseReturnValue:
    """Say how much is here (tus core): 200 with `Upload-Offset`, `Upload-Length`, `Upload-Expires`.

    What is here survives a power cut. 404 not yours or gone, 410 waited too long.
    """
    upload = _upload(id)
    _check_version()
    rules.check_is_live(upload, now=clock.now())
    length, here = str(upload.length), str(upload.file.size)
    return _answer(200, upload, **{"Upload-Offset": here, "Upload-Length": length})


@blueprint.patch("/<uuid:id>")
@streams
@citizens(Power.UPLOAD, script=True)
@commits
def send(id: UUID) -> ResponseReturnValue:
    """Take a part in (tus core): 204 with the new `Upload-Offset`.

    Headers: `Content-Type: application/offset+octet-stream`, `Content-Length`, `Upload-Offset`, and
    `Upload-Checksum` (`sha256` or `sha1`, parts of up to 4 MiB) if wanted. The part may be the
    whole rest. With the last byte the file is looked at before the answer (some seconds): the list
    says then whether it is ready or refused. An empty part at the end looks again.
    """
    upload = _upload(id)
    part = _part(upload)
    db.session.rollback()  # nothing stays open while a slow phone sends
    with _doors().one():
        here = receiving.receive(db.sessionmaker, upload_id=id, part=part, clock=clock.now)
    receiving.look_at(db.sessionmaker, upload_id=id, clock=clock.now)
    return _answer(204, _upload(id), **{"Upload-Offset": str(here)})


@blueprint.delete("/<uuid:id>")
@citizens(Power.UPLOAD, script=True)
@commits
def remove(id: UUID) -> ResponseReturnValue:
    """Forget an upload and its bytes (tus termination): 204."""
    upload = _upload(id)
    _check_version()
    service.remove(db.session, upload=upload)
    return _answer(204, None)


@blueprint.post("/<uuid:id>/entfernen")
@citizens(Power.UPLOAD)
@commits
def remove_by_button(id: UUID) -> ResponseReturnValue:
    """Forget an upload, asked by the button of a page without script; `weiter` leads back there."""
    service.remove(db.session, upload=_upload(id))
    return redirect(own_path(request.form.get("weiter"), url_for("casefiles.hand_in")))


@blueprint.post("/reihenfolge")
@citizens(Power.UPLOAD, script=True)
@commits
def put_in_order() -> ResponseReturnValue:
    """Put uploads of a basket in order: form fields `basket` and `upload` (ids, repeated): 204.

    What is not named keeps its place behind those that are.
    """
    waiting = queries.waiting(
        db.session,
        owner=signed_in_citizen(),
        sender=account_holder(),
        now=clock.now(),
        basket=request.form.get("basket", ""),
    )
    ids = request.form.getlist("upload", UUID)
    service.put_in_order(db.session, waiting=waiting, ids=ids, now=clock.now())
    return _answer(204, None)


def _upload(id: UUID) -> Upload:
    return queries.upload_for(db.session, id, owner=signed_in_citizen(), sender=account_holder())


def _part(upload: Upload) -> receiving.Part:
    """Read the headers of a part, in the order in which the protocol judges them."""
    _check_version()
    if request.mimetype != STREAMED:
        raise protocol.WrongKind
    if "Transfer-Encoding" in request.headers:
        raise protocol.NoLength
    at, length = protocol.number(request.headers.get("Upload-Offset")), request.content_length or 0
    checksum = protocol.checksum(request.headers.get("Upload-Checksum"))
    rules.check_can_go_on(upload, offset=at, length=length, now=clock.now())
    rules.check_pieces(queries.number_of_pieces(db.session, upload=upload))
    connection = request.environ.get("gunicorn.socket")
    return receiving.Part(request.stream, length, at, checksum, connection)


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != protocol.VERSION:
        raise protocol.WrongVersion


def _doors() -> receiving.Doors:
    found: receiving.Doors = current_app.extensions["upload_doors"]
    return found


def _answer(status: int, upload: Upload | None, **headers: str) -> Response:
    answer = Response(status=status, mimetype="text/plain")
    answer.headers["Tus-Resumable"] = protocol.VERSION
    if upload is not None:
        answer.headers["Upload-Expires"] = protocol.written(upload.expires_at)
    answer.headers.update(headers)
    return answer


@blueprint.record_once
def _count_doors(state: Any) -> None:
    """Keep half of the threads of a process free for pages."""
    threads = state.app.config["SETTINGS"].web_threads
    state.app.extensions["upload_doors"] = receiving.Doors(max(1, threads // 2))


@blueprint.errorhandler(PortalError)
def _refused(error: PortalError) -> Response:
    """Tell a script what is wrong."""
    answer = make_response(jsonify(message=error.message), error.status)
    if request.method != "GET":  # the list is no part of the protocol
        answer.headers["Tus-Resumable"] = protocol.VERSION
    if isinstance(error, protocol.WrongVersion):
        answer.headers["Tus-Version"] = protocol.VERSION
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer


@blueprint.errorhandler(CSRFError)
def _no_token(_error: CSRFError) -> Response:
    """Tell a script that its page is too old: who has signed out signs in first."""
    if whoever_is_signed_in() is None:
        return _refused(SignedOut("Ihre Anmeldung ist abgelaufen. Melden Sie sich an."))
    return _refused(protocol.Malformed())
