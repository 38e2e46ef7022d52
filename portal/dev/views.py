"""The demo pages; they exist with `--demo` only."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from portal.core.access import anyone
from portal.dev import gallery

blueprint = Blueprint("dev", __name__, url_prefix="/dev")
blueprint.add_url_rule("/bausteine", "gallery", gallery.show)


@blueprint.get("/csrf")
@anyone
def csrf_token() -> ResponseReturnValue:
    """Hand out a CSRF token, for tests that post without loading the form first."""
    return generate_csrf(), {"Content-Type": "text/plain"}
