"""Whether this process lives and whether it can serve; the figures for Prometheus (not public)."""

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from portal.core.access import anyone
from portal.core.db import db
from portal.core.storage import store

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
@anyone
def live() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(live=True)


@blueprint.get("/health/ready")
@anyone
def ready() -> ResponseReturnValue:
    """Say whether database and file store answer; details stay inside."""
    db.session.execute(text("SELECT 1"))
    next(store().keys(), None)
    return jsonify(ready=True)


@blueprint.get("/metrics")
@anyone
def metrics() -> ResponseReturnValue:
    """Hand out the figures; the proxy in front keeps this address inside."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
